/** Remembers how much of each limit the other nodes had used when they were last heard of, for the time when they cannot be asked. */
import type { Clock } from "@switchyard/shared/kernel/time";

/** Limits remembered; of more, the one heard of longest ago is forgotten. */
const KNOWN_MAX = 100_000;

export interface OthersUse {
  readonly used: number;
  /** Milliseconds until all of it has left, at the latest. */
  readonly leaveMs: number;
}

interface Known {
  readonly used: number;
  readonly until: number;
}

export class OthersUses {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #known = new Map<string, Known>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** @param used 0 or less when the others have used nothing @param leaveMs how long it counts at most */
  heard(name: string, used: number, leaveMs: number): void {
    this.#known.delete(name);
    if (used <= 0 || leaveMs <= 0) return;
    this.#known.set(name, { used, until: this.#clock.monotonic() + leaveMs });
    if (this.#known.size <= KNOWN_MAX) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }

  /** undefined when nothing is known that still counts. */
  of(name: string): OthersUse | undefined {
    const known = this.#known.get(name);
    if (!known) return undefined;
    const leaveMs = known.until - this.#clock.monotonic();
    if (leaveMs > 0) return { used: known.used, leaveMs };
    this.#known.delete(name);
    return undefined;
  }
}
