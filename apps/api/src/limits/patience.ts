/**
 * Waits for a place that may be late, gone, or only seem so because this program was busy itself.
 *
 * An answer that is late is not a lost one. Time is counted in ticks of the program's own loop, a late tick counting no more than
 * one in time: while the program was away it could not have heard anything, and what arrived meanwhile is read before it gives up.
 * And what counts is the silence of the place, not the age of a question: as long as it answers others it is there, and who
 * asked later waits for its turn. Once it is silent, nobody waits; the first sign of it ends the silence at once.
 */
import type { Clock } from "@switchyard/shared/kernel/time";
import { Breaker } from "@switchyard/shared/kernel/breaker";

/** How the program's loop turns. */
export interface Loop {
  later(ms: number, then: () => void): { cancel(): void };
  /** After all that has arrived by now was read. */
  afterInput(then: () => void): void;
}

const TICK_MS = 10;
/** Who asks a place that answers others, but slowly, waits this many times as long as a silence may last. */
const TURNS_MAX = 10;

export interface PatienceOptions {
  readonly clock: Clock;
  readonly loop: Loop;
  /** The longest silence, in milliseconds. */
  readonly silenceMs: number;
  /** Told when the place stops answering, and when it does again. */
  readonly onHeard: (heard: boolean) => void;
}

interface Waiting {
  readonly since: number;
  readonly giveUp: () => void;
}

export class Patience {
  readonly #options: PatienceOptions;
  readonly #breaker: Breaker;
  /** In the order of their coming. */
  readonly #waiting = new Set<Waiting>();
  /** Milliseconds that were waited in all, as ticks count them. */
  #waited = 0;
  #heardAt = 0;
  #tickedAt = 0;
  #ticking: { cancel(): void } | undefined;
  #silent = false;
  #heard = true;

  constructor(options: PatienceOptions) {
    this.#options = options;
    this.#breaker = new Breaker(options.clock);
  }

  /** Whether to ask now. Who gets true is to `wait` for what it asks. */
  mayAsk(): boolean {
    return !this.#silent && this.#breaker.mayTry();
  }

  /** @returns undefined when there is no answer: the question failed, or was waited for long enough. It may be answered later. */
  wait<T>(answer: Promise<T>): Promise<T | undefined> {
    if (this.#waiting.size === 0) this.#heardAt = this.#waited;
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { since: this.#waited, giveUp: () => resolve(undefined) };
      this.#waiting.add(waiting);
      this.#tickOn();
      answer.then(
        (value) => {
          this.#answered(waiting);
          resolve(value);
        },
        (error: unknown) => {
          this.#failed(waiting);
          if (error instanceof Error) resolve(undefined);
          else reject(error);
        },
      );
    });
  }

  close(): void {
    this.#ticking?.cancel();
    for (const waiting of this.#waiting) waiting.giveUp();
    this.#waiting.clear();
  }

  #answered(waiting: Waiting): void {
    // A late answer shows that the place is there; that it answers in time again, only one in time.
    if (this.#waiting.delete(waiting)) this.#breaker.succeeded();
    this.#silent = false;
    this.#heardAt = this.#waited;
    this.#tell(true);
    this.#tickOff();
  }

  /** The connection was lost, or the answer is an error: that is known at once, so nobody has to be kept from asking. */
  #failed(waiting: Waiting): void {
    if (this.#waiting.delete(waiting)) this.#breaker.failed();
    this.#silent = false;
    this.#tell(false);
    this.#tickOff();
  }

  #tell(heard: boolean): void {
    if (heard !== this.#heard) this.#options.onHeard(heard);
    this.#heard = heard;
  }

  #tickOn(): void {
    if (this.#ticking) return;
    this.#tickedAt = this.#options.clock.monotonic();
    this.#ticking = this.#options.loop.later(TICK_MS, () => this.#tick());
  }

  #tickOff(): void {
    if (this.#waiting.size > 0) return;
    this.#ticking?.cancel();
    this.#ticking = undefined;
  }

  #tick(): void {
    this.#ticking = undefined;
    if (this.#waiting.size === 0) return;
    this.#waited += Math.min(TICK_MS, this.#options.clock.monotonic() - this.#tickedAt);
    this.#tickOn();
    this.#options.loop.afterInput(() => this.#judge());
  }

  #judge(): void {
    const { silenceMs } = this.#options;
    if (this.#waiting.size === 0) return;
    if (this.#waited - this.#heardAt >= silenceMs) {
      this.#silent = true;
      this.#giveUp([...this.#waiting]);
    } else {
      this.#giveUp([...this.#waiting].filter(({ since }) => this.#waited - since >= silenceMs * TURNS_MAX));
    }
  }

  #giveUp(all: readonly Waiting[]): void {
    if (all.length === 0) return;
    this.#breaker.failed();
    this.#tell(false);
    for (const waiting of all) {
      this.#waiting.delete(waiting);
      waiting.giveUp();
    }
    this.#tickOff();
  }
}
