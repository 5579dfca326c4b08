/**
 * Group commit: many operations, one transaction.
 *
 * Operations queue up while the one before is under way; when it is done, all that wait (at most `batchMax`) go in the next.
 * There is no timer: an idle lane sends at once, a busy one forms batches by itself; waiting for more to come would only let
 * the database and this program rest in turns. When a batch fails for a reason that may lie in one operation, each is sent on
 * its own, so that a poisoned one harms nobody else. When the connection broke, the outcome is unknown: the same operations
 * are sent again, which is safe because each is idempotent on its id.
 */

/** What became of one operation in a batch. */
export type LaneOutcome<R> = { readonly kind: "done"; readonly result: R } | { readonly kind: "busy" };

export class LaneDown extends Error {}

export interface LanePort<O, R> {
  /**
   * Sends one transaction and returns one outcome for each operation, in order.
   * @param skipLocked answer `busy` for wallets that somebody else keeps locked, instead of waiting for them
   * @throws LaneDown when the outcome is unknown or nothing could be sent; anything else when the transaction was refused
   */
  send(operations: readonly O[], skipLocked: boolean): Promise<readonly LaneOutcome<R>[]>;
  /** Waits before another try, in milliseconds. */
  sleep(ms: number): Promise<void>;
  monotonic(): number;
}

interface Waiting<O, R> {
  readonly operation: O;
  readonly giveUpAt: number;
  readonly resolve: (result: R | undefined) => void;
}

const BATCH_MAX = 256;
const BUSY_RETRY_MS = 5;
const DOWN_RETRY_MS = 100;

/** One lane: strictly one transaction at a time. */
export class GroupCommitLane<O, R> {
  readonly #port: LanePort<O, R>;
  #waiting: Waiting<O, R>[] = [];
  #running = false;

  constructor(port: LanePort<O, R>) {
    this.#port = port;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Nothing waits and nothing is under way. */
  get idle(): boolean {
    return !this.#running;
  }

  /** @returns the result once committed, or undefined when `giveUpAfterMs` passed first; the operation may or may not have happened then. */
  submit(operation: O, giveUpAfterMs: number): Promise<R | undefined> {
    return new Promise((resolve) => {
      this.#waiting.push({ operation, giveUpAt: this.#port.monotonic() + giveUpAfterMs, resolve });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    // One turn of the loop lets operations of the same moment join the first batch.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH_MAX);
      const again = await this.#carryOut(batch);
      const now = this.#port.monotonic();
      const late = again.operations.filter((one) => one.giveUpAt <= now);
      for (const one of late) one.resolve(undefined);
      const rest = again.operations.filter((one) => one.giveUpAt > now);
      if (rest.length > 0) {
        this.#waiting.unshift(...rest);
        if (again.waitMs > 0) await this.#port.sleep(again.waitMs);
      }
    }
    this.#running = false;
  }

  /** @returns the operations that have to be tried again, and how long to wait before. */
  async #carryOut(batch: Waiting<O, R>[]): Promise<{ operations: Waiting<O, R>[]; waitMs: number }> {
    const whole = await this.#attempt(batch, false);
    if (whole !== "refused") return whole;
    const operations: Waiting<O, R>[] = [];
    let waitMs = 0;
    for (const one of batch) {
      const single = await this.#attempt([one], true);
      if (single === "refused") one.resolve(undefined);
      else {
        operations.push(...single.operations);
        waitMs = Math.max(waitMs, single.waitMs);
      }
    }
    return { operations, waitMs };
  }

  async #attempt(batch: Waiting<O, R>[], skipLocked: boolean): Promise<{ operations: Waiting<O, R>[]; waitMs: number } | "refused"> {
    try {
      const outcomes = await this.#port.send(
        batch.map((one) => one.operation),
        skipLocked,
      );
      const busy: Waiting<O, R>[] = [];
      batch.forEach((one, index) => {
        const outcome = outcomes[index];
        if (outcome?.kind === "done") one.resolve(outcome.result);
        else busy.push(one);
      });
      return { operations: busy, waitMs: busy.length > 0 ? BUSY_RETRY_MS : 0 };
    } catch (error) {
      if (error instanceof LaneDown) return { operations: batch, waitMs: DOWN_RETRY_MS };
      return "refused";
    }
  }
}
