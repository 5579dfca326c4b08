/** One run, one machine, one fake provider: the direct way, a bare proxy, nginx, Portkey and Switchyard in turns, then the audit of the books. */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { residentBytes, startChild, startLoad, type LoadGenerator } from "./children.process.ts";
import { CONNECTIONS, bodyOf, figuresOf, isStreamed, turned, type JobDone, type Measurement, type Sample, type Variant } from "./measure.ts";
import { startNginx } from "./nginx.process.ts";
import { startPortkey } from "./portkey.process.ts";
import { auditText, figuresTable, ratiosOf, targetsOf, targetsTable, type Results } from "./report.ts";
import { startSwitchyard, type Audit, type SwitchyardVariant } from "./switchyard.process.ts";
import type { ProviderTally } from "./usage.ts";

const HELP = `pnpm bench [--quick] [--rounds N] [--seconds S] [--without NAME]...

--quick          a few seconds for each way: shows that it works, not how fast it is
--rounds N       interleaved rounds, medians over all of them (5; quick 2)
--seconds S      length of each measurement (3; quick 0.7)
--warm-up S      length of each measurement that is thrown away first (6; quick 0.7): every way is compiled while it runs
--without NAME   leaves out bare, nginx, portkey or switchyard
Exit code 1 only when a record or a cent is missing.`;

const MODEL = "bench-model";
const RESULTS = fileURLToPath(new URL("../results/", import.meta.url));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    seconds: { type: "string" },
    "warm-up": { type: "string" },
    without: { type: "string", multiple: true, default: [] },
    help: { type: "boolean", default: false },
  },
});

async function startVariants(providerPort: number): Promise<{ readonly variants: readonly Variant[]; readonly switchyard: SwitchyardVariant | undefined }> {
  const plain = { path: "/v1/chat/completions", headers: { authorization: "Bearer sk-bench" }, model: MODEL };
  const variants: Variant[] = [{ ...plain, name: "direct", title: "direct, no proxy", port: providerPort, memory: () => ({}), stop: () => Promise.resolve() }];
  const add = async <One extends Variant>(name: Variant["name"], start: () => Promise<One | undefined>, absent: string): Promise<One | undefined> => {
    if (options.without.includes(name)) return undefined;
    try {
      const one = await start();
      if (one) variants.push(one);
      else say(`left out: ${name} (${absent})`);
      return one;
    } catch (error) {
      say(`left out: ${name} (${error instanceof Error ? error.message : String(error)})`);
      return undefined;
    }
  };
  await add(
    "bare",
    async (): Promise<Variant> => {
      const child = await startChild("bare-proxy.http.ts", [`http://127.0.0.1:${providerPort}`]);
      return {
        ...plain,
        name: "bare",
        title: "bare Express 5 + undici pipe",
        port: child.port,
        memory: () => ({ node: residentBytes(child.pid) }),
        stop: child.stop,
      };
    },
    "",
  );
  await add("nginx", () => startNginx(providerPort, MODEL), "it is not installed");
  await add("portkey", () => startPortkey(providerPort, MODEL, say), "");
  const switchyard = await add("switchyard", () => startSwitchyard(providerPort), "");
  return { variants, switchyard };
}

const measureOne = (load: LoadGenerator, variant: Variant, what: Measurement, seconds: number): Promise<JobDone> =>
  load.perform({
    port: variant.port,
    path: variant.path,
    headers: variant.headers,
    body: bodyOf(variant.model, what),
    streamed: isStreamed(what),
    streamEnd: "data: [DONE]",
    connections: CONNECTIONS[what],
    durationMs: seconds * 1_000,
  });

async function sampleOf(load: LoadGenerator, variant: Variant, seconds: number): Promise<Sample> {
  const throughput = await measureOne(load, variant, "throughput", seconds);
  const latency = await measureOne(load, variant, "latency", seconds);
  const streams = await measureOne(load, variant, "streams", seconds);
  const bursts = await measureOne(load, variant, "bursts", seconds);
  const rate = (done: JobDone): number => (done.finished / done.elapsedMs) * 1_000;
  return {
    requestsPerSecond: rate(throughput),
    streamsPerSecond: rate(streams),
    burstsPerSecond: rate(bursts),
    p50Ms: latency.p50Ms,
    p99Ms: latency.p99Ms,
    failed: throughput.failed + latency.failed + streams.failed + bursts.failed,
    errors: [...throughput.errors, ...latency.errors, ...streams.errors, ...bursts.errors],
  };
}

async function tallyOf(port: number): Promise<ProviderTally> {
  return (await (await fetch(`http://127.0.0.1:${port}/tally`)).json()) as ProviderTally;
}

/** Calls of the other variants reach the same provider: only what came while Switchyard was measured is its own. */
class OwnTally {
  readonly #port: number;
  #sum: ProviderTally = { whole: 0, streams: 0, usageTold: 0, aborted: 0 };

  constructor(port: number) {
    this.#port = port;
  }

  get sum(): ProviderTally {
    return this.#sum;
  }

  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = await tallyOf(this.#port);
    const result = await work();
    const after = await tallyOf(this.#port);
    const more = (part: keyof ProviderTally): number => this.#sum[part] + after[part] - before[part];
    this.#sum = { whole: more("whole"), streams: more("streams"), usageTold: more("usageTold"), aborted: more("aborted") };
    return result;
  }
}

async function runRounds(
  load: LoadGenerator,
  variants: readonly Variant[],
  own: OwnTally,
  plan: { readonly rounds: number; readonly seconds: number; readonly warmUpSeconds: number },
): Promise<Results> {
  const samples = new Map<string, Sample[]>(variants.map((variant) => [variant.name, []]));
  const measured = (variant: Variant, seconds: number): Promise<Sample> =>
    variant.name === "switchyard" ? own.during(() => sampleOf(load, variant, seconds)) : sampleOf(load, variant, seconds);
  say("warming up");
  for (const variant of variants) await measured(variant, plan.warmUpSeconds);
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const variant of turned(variants, round)) samples.get(variant.name)?.push(await measured(variant, plan.seconds));
    say(`round ${round + 1} of ${plan.rounds} done`);
  }
  const direct = samples.get("direct") ?? [];
  return Object.fromEntries(variants.map((variant) => [variant.name, figuresOf(samples.get(variant.name) ?? [], direct, variant.memory())]));
}

function save(results: Results, audit: Audit | undefined, plan: object): string {
  mkdirSync(RESULTS, { recursive: true });
  const at = new Date().toISOString();
  const file = `${RESULTS}${at.replaceAll(":", "-")}.json`;
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, memoryBytes: totalmem() };
  writeFileSync(
    file,
    `${JSON.stringify({ at, machine, plan, connections: CONNECTIONS, results, targets: targetsOf(results, audit), audit }, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 2)}\n`,
  );
  return file;
}

async function main(): Promise<number> {
  if (options.help) {
    say(HELP);
    return 0;
  }
  const plan = {
    rounds: Number(options.rounds ?? (options.quick ? 2 : 5)),
    seconds: Number(options.seconds ?? (options.quick ? 0.7 : 3)),
    warmUpSeconds: Number(options["warm-up"] ?? (options.quick ? 0.7 : 6)),
  };
  const provider = await startChild("upstream.http.ts");
  const load = await startLoad();
  const { variants, switchyard } = await startVariants(provider.port);
  try {
    const own = new OwnTally(provider.port);
    const results = await runRounds(load, variants, own, plan);
    const audit = await switchyard?.audit(own.sum);
    const titles = new Map(variants.map((variant) => [variant.name as string, variant.title]));
    say(`\n${ratiosOf(results, titles)}\n\n${figuresTable(results, titles)}\n\n${targetsTable(targetsOf(results, audit))}\n`);
    for (const [name, one] of Object.entries(results)) if (one.failed > 0) say(`${name}: ${one.failed} failed, first: ${one.errors.join("; ")}`);
    if (audit) say(auditText(audit));
    say(`written to ${save(results, audit, plan)}`);
    return audit && audit.differences.length > 0 ? 1 : 0;
  } finally {
    for (const variant of variants.toReversed()) await variant.stop();
    await load.stop();
    await provider.stop();
  }
}

process.exitCode = await main();
