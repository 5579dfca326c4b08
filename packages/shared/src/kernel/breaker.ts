/** Decides when a dependency that fails is left alone, and when it is tried again. */
import type { Clock } from "./time.ts";

const FAILURES_MAX = 3;
const OPEN_MS = 1_000;

/** After three failures in a row nobody asks for a second; then one asks for all. */
export class Breaker {
  readonly #clock: Clock;
  #failures = 0;
  #openUntil = 0;
  #trying = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether to ask now. Whoever gets true reports how it went. */
  mayTry(): boolean {
    if (this.#failures < FAILURES_MAX) return true;
    if (this.#trying || this.#clock.monotonic() < this.#openUntil) return false;
    this.#trying = true;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#trying = false;
  }

  failed(): void {
    this.#failures += 1;
    this.#trying = false;
    if (this.#failures >= FAILURES_MAX) this.#openUntil = this.#clock.monotonic() + OPEN_MS;
  }
}
