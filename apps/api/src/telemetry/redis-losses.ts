/** Counts what could not be told to the other programs through Redis, and what this one decided for itself meanwhile. */
import type { Clock } from "@switchyard/shared/kernel/time";

/** `limits`: of admissions and their corrections; `health`: rests and recoveries; `orders`: to cancel a call; `events`: for consoles. */
export const REDIS_WRITES = ["limits", "health", "orders", "events"] as const;
export type RedisWrite = (typeof REDIS_WRITES)[number];

/** Whoever watches the log hears of losses once in this many milliseconds at most. */
const TOLD_EVERY_MS = 60_000;

export interface RedisLossesOptions {
  readonly clock: Pick<Clock, "monotonic">;
  readonly warn: (what: string, facts: Record<string, unknown>) => void;
}

export class RedisLosses {
  readonly #options: RedisLossesOptions;
  readonly #lost: Record<RedisWrite, number> = { limits: 0, health: 0, orders: 0, events: 0 };
  #alone = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #reachTold = { at: Number.NEGATIVE_INFINITY, reached: true };
  /** What was told last, to say what has come since. */
  #told: Readonly<Record<RedisWrite | "alone", number>> = { limits: 0, health: 0, orders: 0, events: 0, alone: 0 };

  constructor(options: RedisLossesOptions) {
    this.#options = options;
  }

  /** Something could not be told, and will not be. */
  lost(what: RedisWrite): void {
    this.#lost[what] += 1;
    this.#tell();
  }

  /** A call was admitted or refused by this program's own count. */
  decidedAlone(): void {
    this.#alone += 1;
    this.#tell();
  }

  /** Redis is out of reach, or back. One that comes and goes is said once a minute; the metric tells how it is now. */
  reached(reached: boolean): void {
    const now = this.#options.clock.monotonic();
    if (reached === this.#reachTold.reached || (!reached && now - this.#reachTold.at < TOLD_EVERY_MS)) return;
    this.#reachTold = { at: now, reached };
    this.#options.warn(reached ? "limits are shared through Redis again" : "Redis is out of reach; limits are counted by this program alone", {});
  }

  get figures(): { readonly lost: Readonly<Record<RedisWrite, number>>; readonly decidedAlone: number } {
    return { lost: this.#lost, decidedAlone: this.#alone };
  }

  #tell(): void {
    const now = this.#options.clock.monotonic();
    if (now - this.#toldAt < TOLD_EVERY_MS) return;
    const all = { ...this.#lost, alone: this.#alone };
    const { limits, health, orders, events, alone } = this.#told;
    this.#options.warn("Redis was not there for some things; the numbers are those since this was said last", {
      limitsDecidedAlone: all.alone - alone,
      lost: { limits: all.limits - limits, health: all.health - health, orders: all.orders - orders, events: all.events - events },
    });
    this.#toldAt = now;
    this.#told = all;
  }
}
