/**
 * Slows down clients that ask again and again without end.
 *
 * Some agents repeat a turn at once when its answer is not what they wait for: one was seen to ask 1,800 times in three
 * minutes, another 560 times in 25 seconds. No person and no team of sub-agents works so fast in one session, so a session
 * that does is told to wait until its window is over. Each program counts for itself: a loop sticks to one connection.
 */
import type { Clock } from "@switchyard/shared/kernel/time";

/** Calls that one session may begin within one window. */
export const RUNAWAY_CALLS_MAX = 80;
export const RUNAWAY_WINDOW_MS = 10_000;
/** Sessions that are remembered; of more, the longest known are forgotten. */
const SESSIONS_MAX = 10_000;

interface Window {
  readonly since: number;
  calls: number;
}

export class RunawayGuard {
  readonly #clock: Pick<Clock, "now">;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Counts one call of a session. @returns how long it must wait, in milliseconds; undefined when it may go on */
  take(session: string): number | undefined {
    const now = this.#clock.now();
    const window = this.#windows.get(session);
    if (window === undefined || now - window.since >= RUNAWAY_WINDOW_MS) {
      this.#windows.delete(session);
      this.#windows.set(session, { since: now, calls: 1 });
      if (this.#windows.size > SESSIONS_MAX) this.#forgetOldest();
      return undefined;
    }
    window.calls += 1;
    return window.calls > RUNAWAY_CALLS_MAX ? window.since + RUNAWAY_WINDOW_MS - now : undefined;
  }

  #forgetOldest(): void {
    for (const oldest of this.#windows.keys()) {
      this.#windows.delete(oldest);
      return;
    }
  }
}
