/** Whose turn it is in each group. Every program counts by itself: what is even for each of them is even for all. */
import type { GroupId } from "@switchyard/shared/kernel/id";

export class Turns {
  readonly #next = new Map<GroupId | undefined, number>();

  /** Whose turn it is, without taking it. */
  look(group: GroupId | undefined): number {
    return this.#next.get(group) ?? 0;
  }

  /** 0, 1, 2, … */
  take(group: GroupId | undefined): number {
    const turn = this.#next.get(group) ?? 0;
    this.#next.set(group, (turn + 1) % Number.MAX_SAFE_INTEGER);
    return turn;
  }
}
