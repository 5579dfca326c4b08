/** Two attempts at once when the first is late: whichever begins to answer first is kept, the other is broken off. */

export interface Hedge<T> {
  /** Begins the first attempt, which ends early when its signal is aborted. */
  readonly first: (signal: AbortSignal) => Promise<T>;
  /** What to begin when the first is late; undefined when nothing is left. */
  readonly second: () => ((signal: AbortSignal) => Promise<T>) | undefined;
  readonly afterMs: number;
  readonly later: (ms: number, then: () => void) => { cancel(): void };
  readonly signal: AbortSignal;
  /** Whether this outcome makes the other one needless. */
  readonly decides: (outcome: T) => boolean;
  /** Puts away what nobody needs: an answer that came too late to be kept. */
  readonly discard: (outcome: T) => void;
}

/** The reason with which the slower of two attempts is aborted. */
export const SLOWER = "another attempt began to answer first";
/** The slower one has so long to end before nobody waits for it any more, in milliseconds. */
const ENDING_MS_MAX = 100;

/** @returns the outcomes in the order in which they came, the last of them the one that counts */
export async function hedged<T>({ first, second, afterMs, later, signal, decides, discard }: Hedge<T>): Promise<readonly T[]> {
  const one = begun(first, signal);
  if (!(await isLate(one.outcome, afterMs, later))) return [await one.outcome];
  const next = second();
  if (!next) return [await one.outcome];
  const two = begun(next, signal);
  const faster = await Promise.race([one.outcome.then(() => one), two.outcome.then(() => two)]);
  const slower = faster === one ? two : one;
  const outcome = await faster.outcome;
  if (!decides(outcome)) return [outcome, await slower.outcome];
  slower.abort();
  const put = slower.outcome.then(discard);
  await isLate(put, ENDING_MS_MAX, later);
  return [outcome];
}

function begun<T>(run: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): { readonly outcome: Promise<T>; abort(): void } {
  const own = new AbortController();
  return { outcome: run(AbortSignal.any([signal, own.signal])), abort: () => own.abort(SLOWER) };
}

/** Whether the time is over before `outcome` is there. */
async function isLate(outcome: Promise<unknown>, ms: number, later: Hedge<unknown>["later"]): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = later(ms, () => resolve(true));
  try {
    return await Promise.race([promise, outcome.then(() => false)]);
  } finally {
    timer.cancel();
  }
}
