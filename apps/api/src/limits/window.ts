/** Keeps what was admitted lately under one limit, in a ring that grows with its use and never beyond a bound. */
import { assert } from "@switchyard/shared/kernel/assert";

const RING_START = 8;
/** So many admissions are told apart; beyond them, those of one step share a cell, and leave with its newest. */
export const CELLS_EXACT = 512;
/** The steps of a window: what sharing a cell can add to the window's length is one of them, 0.2 %. */
export const WINDOW_STEPS = 512;

/** One window of one scope. All instants are milliseconds of one clock that never goes backwards, all weights whole numbers. */
export class SlidingWindow {
  readonly #windowMs: number;
  /** When the newest admission of each cell was. */
  #at: Float64Array;
  #weight: Float64Array;
  #first = 0;
  #count = 0;
  /** The number of the oldest cell; numbers are never used again. */
  #base = 0;
  #used = 0;
  #newestSince = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
    this.#at = new Float64Array(RING_START);
    this.#weight = new Float64Array(RING_START);
  }

  /** How much counts now. */
  used(now: number): number {
    this.#forget(now);
    return this.#used;
  }

  /** How long until `weight` more would be within `max`; 0 for now, infinite when it never can be. What weighs nothing is always admitted. */
  waitMs(now: number, weight: number, max: number): number {
    this.#forget(now);
    let excess = this.#used + weight - max;
    if (weight === 0 || excess <= 0) return 0;
    if (weight > max) return Number.POSITIVE_INFINITY;
    for (let cell = 0; cell < this.#count; cell++) {
      excess -= this.#weight[this.#place(cell)] ?? 0;
      if (excess <= 0) return Math.max(0, (this.#at[this.#place(cell)] ?? 0) + this.#windowMs - now);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Keeps an admission. @returns the number of its cell, to correct its weight by */
  admit(now: number, weight: number): number {
    this.#used += weight;
    const newest = this.#place(this.#count - 1);
    if (this.#count >= CELLS_EXACT && now - this.#newestSince < this.#windowMs / WINDOW_STEPS) {
      this.#at[newest] = now;
      this.#weight[newest] = (this.#weight[newest] ?? 0) + weight;
      return this.#base + this.#count - 1;
    }
    if (this.#count === this.#at.length) this.#grow();
    const place = this.#place(this.#count);
    this.#at[place] = now;
    this.#weight[place] = weight;
    this.#newestSince = now;
    this.#count += 1;
    return this.#base + this.#count - 1;
  }

  /** Changes what was admitted in a cell, if it still counts. */
  correct(cell: number, delta: number): void {
    const index = cell - this.#base;
    if (index < 0 || index >= this.#count) return;
    const place = this.#place(index);
    const corrected = (this.#weight[place] ?? 0) + delta;
    assert(corrected >= 0, "a cell weighs nothing at least");
    this.#weight[place] = corrected;
    this.#used += delta;
  }

  /** Until the newest admission leaves the window. */
  resetMs(now: number): number {
    if (this.#count === 0) return 0;
    return Math.max(0, (this.#at[this.#place(this.#count - 1)] ?? 0) + this.#windowMs - now);
  }

  #place(index: number): number {
    return (this.#first + index) % this.#at.length;
  }

  #forget(now: number): void {
    while (this.#count > 0 && (this.#at[this.#first] ?? 0) + this.#windowMs <= now) {
      this.#used -= this.#weight[this.#first] ?? 0;
      this.#first = this.#place(1);
      this.#count -= 1;
      this.#base += 1;
    }
  }

  #grow(): void {
    const at = new Float64Array(this.#at.length * 2);
    const weight = new Float64Array(this.#at.length * 2);
    for (let index = 0; index < this.#count; index++) {
      at[index] = this.#at[this.#place(index)] ?? 0;
      weight[index] = this.#weight[this.#place(index)] ?? 0;
    }
    this.#at = at;
    this.#weight = weight;
    this.#first = 0;
  }
}
