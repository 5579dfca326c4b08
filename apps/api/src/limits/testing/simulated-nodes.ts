/** Nodes, the wires between them and the counts they share, in a time of its own: late, busy or gone as a test wants it. */
import { toEpochMs, type Clock } from "@switchyard/shared/kernel/time";
import type { Loop } from "../patience.ts";
import type { CountAnswer, CountAsk, SharedCounts } from "../shared-counts.ts";
import { SlidingWindow } from "../window.ts";

/** Spans of time in which something does not run. */
export type Away = readonly { readonly from: number; readonly to: number }[];

/** The phases of a program's loop, in their order: timers, then what has arrived, then what waits for that. */
type Phase = 0 | 1 | 2;
interface Event {
  readonly at: number;
  readonly phase: Phase;
  readonly number: number;
  readonly run: () => void;
}

/** What one event sets off is over within so many steps of promises. */
const PROMISES_DEEP = 25;

export class SimulatedTime {
  now = 0;
  #number = 0;
  #events: Event[] = [];
  readonly clock: Clock = { now: () => toEpochMs(this.now), monotonic: () => this.now };

  /** @param away when nobody is there to do it, it is done after that */
  at(time: number, away: Away, phase: Phase, run: () => void): { cancel(): void } {
    let at = Math.max(time, this.now);
    for (const { from, to } of away) if (at >= from && at < to) at = to;
    const event = { at, phase, number: ++this.#number, run };
    this.#events.push(event);
    return { cancel: () => void (this.#events = this.#events.filter((one) => one !== event)) };
  }

  /** Runs until nothing is left to happen, or `until`. */
  async run(until: number): Promise<void> {
    for (;;) {
      let next: Event | undefined;
      for (const event of this.#events) if (next === undefined || comesBefore(event, next)) next = event;
      if (next === undefined || next.at > until) return;
      this.#events = this.#events.filter((event) => event !== next);
      this.now = next.at;
      next.run();
      for (let step = 0; step < PROMISES_DEEP; step++) await Promise.resolve();
    }
  }
}

const comesBefore = (a: Event, b: Event): boolean => (a.at === b.at ? (a.phase === b.phase ? a.number < b.number : a.phase < b.phase) : a.at < b.at);

export const loopOf = (time: SimulatedTime, away: Away): Loop => ({
  later: (ms, then) => time.at(time.now + ms, away, 0, then),
  afterInput: (then) => void time.at(time.now, [], 2, then),
});

/** What all count in: the same windows as in memory. */
export class SimulatedCounts {
  readonly #time: SimulatedTime;
  readonly #away: Away;
  readonly #windows = new Map<string, SlidingWindow>();

  constructor(time: SimulatedTime, away: Away) {
    this.#time = time;
    this.#away = away;
  }

  used(key: string): number {
    return this.#windows.get(key)?.used(this.#time.now) ?? 0;
  }

  /** One node's way to the counts: what it asks arrives in the order it was asked, and so do the answers. @param delayMs of one way */
  connect(nodeAway: Away, delayMs: () => number): SharedCounts {
    let asked = 0;
    let answered = 0;
    const carry = <T>(work: () => T): Promise<T> =>
      new Promise((resolve) => {
        asked = Math.max(asked, this.#time.now + delayMs());
        this.#time.at(asked, this.#away, 1, () => {
          const answer = work();
          answered = Math.max(answered, this.#time.now + delayMs());
          this.#time.at(answered, nodeAway, 1, () => resolve(answer));
        });
      });
    return {
      take: (asks) => carry(() => this.#take(asks)),
      change: (changes) =>
        carry(() => {
          for (const change of changes) if (change.kind === "window") this.#windows.get(change.key)?.correct(change.cell, change.delta);
        }),
      renew: () => carry(() => undefined),
      record: (past) => carry(() => past.map(({ key, windowMs, weight }) => this.#window(key, windowMs).admit(this.#time.now, weight))),
      close: () => undefined,
    };
  }

  #window(key: string, windowMs: number): SlidingWindow {
    const window = this.#windows.get(key) ?? new SlidingWindow(windowMs);
    this.#windows.set(key, window);
    return window;
  }

  #take(asks: readonly CountAsk[]): CountAnswer[] {
    const now = this.#time.now;
    const waits = asks.map(({ key, windowMs, weight, max }) => this.#window(key, windowMs).waitMs(now, weight, max));
    const isRefused = waits.some((wait) => wait > 0);
    return asks.map(({ key, windowMs, weight }, index) => {
      const window = this.#window(key, windowMs);
      const cell = isRefused ? undefined : window.admit(now, weight);
      return { waitMs: waits[index] ?? 0, used: window.used(now), resetMs: window.resetMs(now), cell };
    });
  }
}
