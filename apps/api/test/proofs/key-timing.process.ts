/** `pnpm proof:keys`: whether the time of a refusal tells how much of a key is right. */
import { randomBytes } from "node:crypto";
import { Agent, get } from "node:http";
import { parseArgs } from "node:util";
import { KEYS, type Gateway } from "../gateway-harness.process.ts";
import { prove, say } from "./environment.process.ts";

const HELP = `pnpm proof:keys [--tries N]

Asks with keys of several kinds in turns, N times each (5,000): unknown ones, ones that differ from a real key in their last
letters only, ones that begin like a real key, and a real key in other case. All are looked up by their SHA-256, so that the
means differ by chance alone. Exit code 1 when a mean is 0.2 ms or more away from that of the unknown keys and chance does
not explain it (four standard errors).`;

const DIFFERENCE_MAX_MS = 0.2;
const ERRORS_MAX = 4;
/** The slowest of a hundred are those that waited for the machine, not for us. */
const KEPT = 0.95;

const { values: options } = parseArgs({ options: { tries: { type: "string", default: "5000" }, help: { type: "boolean", default: false } } });

const letters = (count: number): string => randomBytes(count).toString("hex").slice(0, count);
/** Every one is asked once only: the answer to a guess that was made before is remembered for a moment, whatever it is like. */
const KINDS: Readonly<Record<string, () => string>> = {
  "an unknown key": () => `sy-${letters(KEYS.acme.length - 3)}`,
  "a real key but for its last letters": () => KEYS.acme.slice(0, -8) + letters(8),
  "the beginning of a real key": () => KEYS.acme.slice(0, 12) + letters(KEYS.acme.length - 12),
  "a real key in other case": () => KEYS.acme.slice(0, -8).toUpperCase() + letters(8),
};

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Milliseconds until the refusal has come. @throws when it is none */
function timeOf(gateway: Gateway, key: string): Promise<number> {
  return new Promise((done, fail) => {
    const begun = performance.now();
    get(`${gateway.url}/v1/models`, { agent, headers: { authorization: `Bearer ${key}` } }, (answer) => {
      answer.resume();
      answer.once("end", () => (answer.statusCode === 401 ? done(performance.now() - begun) : fail(new Error(`answered with ${answer.statusCode}`))));
    }).once("error", fail);
  });
}

interface Figures {
  readonly mean: number;
  readonly median: number;
  /** Of the mean, squared. */
  readonly variance: number;
}

function figuresOf(times: readonly number[]): Figures {
  const kept = times.toSorted((a, b) => a - b).slice(0, Math.ceil(times.length * KEPT));
  const mean = kept.reduce((sum, ms) => sum + ms, 0) / kept.length;
  const spread = kept.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / (kept.length - 1);
  return { mean, median: kept[Math.floor(kept.length / 2)] ?? 0, variance: spread / kept.length };
}

async function run(gateway: Gateway): Promise<string[]> {
  const times = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, [] as number[]]));
  for (let warm = 0; warm < 300; warm += 1) for (const make of Object.values(KINDS)) await timeOf(gateway, make());
  for (let round = 0; round < Number(options.tries); round += 1) {
    // In turns, each round beginning with another kind: what the machine does meanwhile, it does to all.
    const kinds = Object.entries(KINDS);
    for (const [kind, make] of [...kinds.slice(round % kinds.length), ...kinds.slice(0, round % kinds.length)])
      times[kind]?.push(await timeOf(gateway, make()));
  }
  const figures = Object.entries(times).map(([kind, all]) => ({ kind, ...figuresOf(all) }));
  const [unknown] = figures;
  if (!unknown) return ["nothing was measured"];
  const wrong: string[] = [];
  for (const { kind, mean, median, variance } of figures) {
    const difference = mean - unknown.mean;
    const error = Math.sqrt(variance + unknown.variance);
    say(`${kind}: mean ${mean.toFixed(3)} ms, median ${median.toFixed(3)} ms, difference ${difference.toFixed(3)} ± ${error.toFixed(3)} ms`);
    if (Math.abs(difference) >= DIFFERENCE_MAX_MS && Math.abs(difference) > ERRORS_MAX * error) wrong.push(`${kind} is told from an unknown key by its time`);
  }
  return wrong;
}

if (options.help) say(HELP);
else {
  say(`${options.tries} tries of each kind, the slowest twentieth left out`);
  await prove(async (gateway) => run(gateway).finally(() => agent.destroy()));
}
