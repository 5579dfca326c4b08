/** Holds the documents against the tree: every link, path, command and variable they name is there, and every decision is in its index. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const LEFT_OUT = new Set(["node_modules", "dist", ".git", "data"]);

function* entriesUnder(folder: string): Generator<string> {
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    if (LEFT_OUT.has(entry.name)) continue;
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    yield path;
    if (entry.isDirectory()) yield* entriesUnder(path);
  }
}
const FILES = [...entriesUnder("")];
const DOCUMENTS = FILES.filter((path) => /^(?:[^/]*|docs\/.*)\.md$/.test(path));

/** Made by a start or a test, or somebody else's: not in the tree. */
const NOT_OURS = /^(?:data|\.switchyard|dist|node_modules|CLAUDE\.md)(?:\/|$)/;
/** Variables of other programs. */
const THEIRS = /^(?:ANTHROPIC_DEFAULT_|CLAUDE_CODE_|npm_)/;
const SCRIPTS = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
const PNPM_VERBS = new Set(["install", "exec", "approve-builds"]);
const VARIABLES = new Set([...read(".env.example").matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name));

const asPattern = (path: string): RegExp => {
  const escaped = path.replaceAll(/[.+^$()|[\]\\]/g, "\\$&");
  const open = escaped
    .replaceAll(/<[^>]*>|\*+/g, "[^/]*")
    .replaceAll(/\{([^}]*)\}/g, (_whole, names: string) => `(?:${names.replaceAll(/\s/g, "").replaceAll(",", "|")})`)
    .replace(/\/$/, "");
  return new RegExp(`(?:^|/)${open}(?:/|$)`);
};

/** A path as the documents write it: from the root, or from any folder below. */
const isThere = (path: string): boolean => {
  const pattern = asPattern(path);
  return FILES.some((file) => pattern.test(file));
};

function faultsOf(document: string): string[] {
  const text = read(document);
  const faults: string[] = [];
  for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    const [path = ""] = target.split("#");
    if (/^[a-z]+:/.test(target) || path === "") continue;
    const place = join(dirname(document), path).replace(/\/$/, "");
    if (!FILES.includes(place)) faults.push(`links to ${target}, which is not there`);
  }
  const prose = text.replaceAll(/^```[^\n]*\n[\s\S]*?^```/gm, "");
  for (const [, code = ""] of prose.matchAll(/`([^`\n]+)`/g)) {
    const isPath =
      /^(?:\{[\w., -]+\}|[\w.<>*@-])+(?:\/(?:\{[\w., -]+\}|[\w.<>*@-])+)*\/?$/.test(code) &&
      /(?:^(?:apps|packages|docs|e2e|bench|scripts)\/|\.(?:ts|tsx|sql|mjs|md)$|\/$)/.test(code);
    if (isPath && !NOT_OURS.test(code) && !isThere(code)) faults.push(`names ${code}, which is not there`);
    if (/^[A-Z][A-Z0-9]*_[A-Z0-9_]+$/.test(code) && !VARIABLES.has(code) && !THEIRS.test(code))
      faults.push(`names the variable ${code}, which .env.example does not know`);
  }
  for (const [, verb = ""] of text.matchAll(/pnpm@[\d.]+ (?:run )?([a-z][\w:-]*)/g)) {
    if (!(verb in SCRIPTS.scripts) && !PNPM_VERBS.has(verb)) faults.push(`names the command '${verb}', which package.json does not have`);
  }
  return faults.map((fault) => `${document} ${fault}`);
}

const faults = DOCUMENTS.flatMap(faultsOf);
const index = read("docs/decisions/README.md");
for (const path of FILES)
  if (/^docs\/decisions\/\d.*\.md$/.test(path) && !index.includes(basename(path)))
    faults.push(`${relative("docs/decisions", path)} is not in the index of decisions`);
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exit(1);
