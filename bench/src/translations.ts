/**
 * What translating costs: streams per second through the running server for each door and provider, and microseconds per
 * frame of every reader and translator by itself, each against the way on which bytes are passed on, in the same run.
 */
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "@switchyard/testkit/server.process";
import { startChild, startLoad } from "./children.process.ts";
import { frameCosts } from "./frame-costs.ts";
import { median, turned } from "./measure.ts";
import { table } from "./report.ts";

const ROUNDS = Number(process.argv[2] ?? 5);
const SECONDS = Number(process.argv[3] ?? 2);
const CONNECTIONS = 16;
/** A translated stream may take three times as long as one that is passed on, and no longer. */
const SHARE_WANTED = 1 / 3;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const messages = [{ role: "user", content: "Count to a hundred, please." }];
const chat = (model: string) => ({ path: "/v1/chat/completions", body: { model, messages, max_tokens: 200, stream: true }, streamEnd: "[DONE]" });
const anthropic = (model: string) => ({ path: "/v1/messages", body: { model, messages, max_tokens: 200, stream: true }, streamEnd: "message_stop" });
const responses = (model: string) => ({
  path: "/v1/responses",
  body: { model, input: "Count to a hundred, please.", store: false, stream: true },
  streamEnd: "\n\n",
});
const google = (model: string) => ({
  path: `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
  body: { contents: [{ role: "user", parts: [{ text: "Count to a hundred, please." }] }] },
  streamEnd: "totalTokenCount",
});

const WAYS = [
  ["chat from OpenAI (passed on)", chat("openai/words")],
  ["chat from Anthropic", chat("anthropic/words")],
  ["chat from Google", chat("google/words")],
  ["Messages from Anthropic", anthropic("anthropic/words")],
  ["Messages from OpenAI", anthropic("openai/words")],
  ["Messages from Google", anthropic("google/words")],
  ["Responses from OpenAI's family", responses("openai/words")],
  ["Responses from Anthropic", responses("anthropic/words")],
  ["generateContent from OpenAI", google("openai/words")],
  ["generateContent from Anthropic", google("anthropic/words")],
] as const;

const upstream = await startChild("translated-upstream.http.ts");
const load = await startLoad();
const folder = mkdtempSync(join(tmpdir(), "switchyard-bench-"));
chmodSync(folder, 0o711); // As root, the database runs under another account and must pass through.
const price = { inputPerMillion: "0.15", outputPerMillion: "0.60" };
const models = [{ id: "words", contextWindow: 128_000, maxOutput: 16_384, capabilities: ["chat"], price }];
const origin = `http://127.0.0.1:${upstream.port}`;
const configuration = {
  providers: [
    // `openai-compatible` has no Responses of its own, so that its doors are translated ones.
    { name: "openai", kind: "openai-compatible", baseUrl: `${origin}/v1`, apiKey: "sk-bench", models },
    { name: "anthropic", kind: "anthropic", baseUrl: origin, apiKey: "sk-bench", models },
    { name: "google", kind: "google", baseUrl: `${origin}/v1beta`, apiKey: "sk-bench", models },
  ],
  workspaces: [{ name: "bench", credit: "1000000.00", keys: [{ name: "load", secret: "env:BENCH_KEY" }] }],
};
writeFileSync(join(folder, "config.json"), JSON.stringify(configuration));
const key = `sy-${randomBytes(20).toString("hex")}`;
const server = await startServer({
  env: { DATA_DIR: join(folder, "data"), CONFIG_FILE: join(folder, "config.json"), BENCH_KEY: key, ALLOW_PRIVATE_UPSTREAMS: "true", LOG_LEVEL: "warn" },
});

let exitCode = 0;
try {
  const rates = new Map<string, number[]>(WAYS.map(([name]) => [name, []]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, way] of turned(WAYS, Math.max(round, 0))) {
      const done = await load.perform({
        port: server.port,
        path: way.path,
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify(way.body),
        streamed: true,
        streamEnd: way.streamEnd,
        connections: CONNECTIONS,
        durationMs: (round < 0 ? 0.5 : SECONDS) * 1_000,
      });
      if (done.failed > 0) throw new Error(`${name}: ${done.failed} failed: ${done.errors.join("; ")}`);
      if (round >= 0) rates.get(name)?.push((done.finished / done.elapsedMs) * 1_000);
    }
    if (round >= 0) say(`round ${round + 1} of ${ROUNDS} done`);
  }
  const passedOn = median(rates.get(WAYS[0][0]) ?? []);
  const rows = [...rates].map(([name, all]) => ({ name, share: median(all) / passedOn, rate: median(all) }));
  const verdict = (share: number): string => (share >= SHARE_WANTED ? "kept" : "MISSED");
  say(
    `\n${table([["streams of 100 frames", "vs passed on", "per second", `wanted ${SHARE_WANTED.toFixed(2)}x`], ...rows.map(({ name, share, rate }) => [name, `${share.toFixed(2)}x`, rate.toFixed(0), verdict(share)])])}`,
  );
  if (rows.some(({ share }) => share < SHARE_WANTED)) exitCode = 1;
} finally {
  await server.stop();
  await load.stop();
  await upstream.stop();
  rmSync(folder, { recursive: true, force: true });
}

const costs = frameCosts();
const base = costs[0]?.microseconds ?? Number.NaN;
say(
  `\n${table([["one frame by itself", "vs passed on", "microseconds"], ...costs.map(({ name, microseconds }) => [name, `${(microseconds / base).toFixed(2)}x`, microseconds.toFixed(2)])])}\n`,
);
process.exitCode = exitCode;
