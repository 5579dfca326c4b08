/** How many attempts at a target went well and how many failed, in slots of time. Time is given, never read. */
import type { EpochMs } from "@switchyard/shared/kernel/time";

const SLOT_MS = 5_000;
/** An hour: the longest time a threshold may look back. */
export const LOOK_BACK_MAX_MS = 60 * 60_000;
const SLOTS_MAX = LOOK_BACK_MAX_MS / SLOT_MS;

interface Slot {
  readonly number: number;
  answered: number;
  failed: number;
}

export class AttemptCounts {
  /** The oldest first; slots in which nothing happened are not kept. */
  readonly #slots: Slot[] = [];

  answered(now: EpochMs): void {
    this.#slot(now).answered += 1;
  }

  failed(now: EpochMs): void {
    this.#slot(now).failed += 1;
  }

  #slot(now: EpochMs): Slot {
    const number = Math.floor(now / SLOT_MS);
    const last = this.#slots.at(-1);
    // Another node's failure may come a little late, and a clock may be set back: it counts with the newest.
    if (last && last.number >= number) return last;
    const slot = { number, answered: 0, failed: 0 };
    this.#slots.push(slot);
    if (this.#slots.length > SLOTS_MAX) this.#slots.shift();
    return slot;
  }

  /** What happened in the last `spanMs` milliseconds, to the slot. */
  within(spanMs: number, now: EpochMs): { readonly answered: number; readonly failed: number } {
    const from = Math.floor((now - spanMs) / SLOT_MS);
    let answered = 0;
    let failed = 0;
    for (let at = this.#slots.length - 1; at >= 0; at--) {
      const slot = this.#slots[at] as Slot;
      if (slot.number <= from) break;
      answered += slot.answered;
      failed += slot.failed;
    }
    return { answered, failed };
  }
}
