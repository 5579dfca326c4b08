/** What is measured, in which order, and how rounds become one figure. */

/** One piece of load for the generator. */
export interface Job {
  readonly id: number;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly streamed: boolean;
  /** What the last bytes of a whole stream hold. */
  readonly streamEnd: string;
  readonly connections: number;
  readonly durationMs: number;
}

export interface JobDone {
  readonly id: number;
  readonly finished: number;
  readonly failed: number;
  /** The first few reasons of failures. */
  readonly errors: readonly string[];
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What stands between the client and the provider. */
export interface Variant {
  readonly name: "direct" | "bare" | "nginx" | "portkey" | "switchyard";
  readonly title: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
  /** Resident memory of its processes in bytes, by what they are. */
  memory(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

/** `streams`: a packet for each frame, as a provider tells each token when it has it; `bursts`: the same frames in four packets. */
export type Measurement = "throughput" | "latency" | "streams" | "bursts";
export const CONNECTIONS: Readonly<Record<Measurement, number>> = { throughput: 32, latency: 1, streams: 16, bursts: 16 };
export const isStreamed = (what: Measurement): boolean => what === "streams" || what === "bursts";
/** What the prompt says where the provider shall answer in bursts: every gateway passes that on. */
export const BURSTS_WORDS = "a few words at a time";

/** One variant's figures in one round. */
export interface Sample {
  readonly requestsPerSecond: number;
  readonly streamsPerSecond: number;
  readonly burstsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
  readonly errors: readonly string[];
}

/** One variant's medians over all rounds. `added` is against the direct way of the same round, so that noise of the machine cancels. */
export interface Figures {
  readonly requestsPerSecond: number;
  readonly streamsPerSecond: number;
  readonly burstsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly addedP50Ms: number;
  readonly addedP99Ms: number;
  readonly failed: number;
  readonly errors: readonly string[];
  readonly memory: Readonly<Record<string, number>>;
}

export const bodyOf = (model: string, what: Measurement): string =>
  JSON.stringify({
    model,
    messages: [
      { role: "system", content: "You are brief." },
      { role: "user", content: `Tell me in one sentence what a switchyard is for, please${what === "bursts" ? `, ${BURSTS_WORDS}` : ""}.` },
    ],
    max_tokens: 200,
    temperature: 0.7,
    ...(isStreamed(what) && { stream: true }),
  });

export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => Number.isFinite(value)).toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** The order of variants in a round: turned by one each time, so that no variant always follows the same neighbour. */
export function turned<Item>(items: readonly Item[], round: number): readonly Item[] {
  const by = items.length === 0 ? 0 : round % items.length;
  return [...items.slice(by), ...items.slice(0, by)];
}

/** @param rounds samples of this variant, @param direct samples of the direct way, both in the order of rounds. */
export function figuresOf(rounds: readonly Sample[], direct: readonly Sample[], memory: Readonly<Record<string, number>>): Figures {
  const of = (pick: (sample: Sample) => number): number => median(rounds.map(pick));
  const added = (pick: (sample: Sample) => number): number =>
    median(rounds.map((sample, index) => pick(sample) - (direct[index] ? pick(direct[index]) : Number.NaN)));
  return {
    requestsPerSecond: of((sample) => sample.requestsPerSecond),
    streamsPerSecond: of((sample) => sample.streamsPerSecond),
    burstsPerSecond: of((sample) => sample.burstsPerSecond),
    p50Ms: of((sample) => sample.p50Ms),
    p99Ms: of((sample) => sample.p99Ms),
    addedP50Ms: added((sample) => sample.p50Ms),
    addedP99Ms: added((sample) => sample.p99Ms),
    failed: rounds.reduce((sum, sample) => sum + sample.failed, 0),
    errors: [...new Set(rounds.flatMap((sample) => sample.errors))].slice(0, 5),
    memory,
  };
}
