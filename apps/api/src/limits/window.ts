/** Keeps the instants of the last admissions under one limit, in a ring that grows with its use. */
import { assert } from "@switchyard/shared/kernel/assert";

const RING_START = 8;
/** Instants forgotten at one look: the cost of a take is bounded, whatever has gathered. */
const FORGET_MAX = 16;

/** One limit of one scope. All instants are milliseconds of one clock that never goes backwards. */
export class SlidingWindow {
  readonly #max: number;
  readonly #windowMs: number;
  #ring: Float64Array;
  #first = 0;
  #count = 0;

  constructor(limit: { readonly max: number; readonly windowMs: number }) {
    this.#max = limit.max;
    this.#windowMs = limit.windowMs;
    this.#ring = new Float64Array(Math.min(limit.max, RING_START));
  }

  /** How long until a request would be admitted, 0 for now. */
  waitMs(now: number): number {
    this.#forget(now);
    return this.#count < this.#max ? 0 : Math.max(0, this.#oldest() + this.#windowMs - now);
  }

  /** Keeps an admission. Only to be called when `waitMs` was 0 at the same instant. */
  admit(now: number): void {
    assert(this.#count < this.#max, "a full window admits nobody");
    if (this.#count === this.#ring.length) this.#grow();
    this.#ring[(this.#first + this.#count) % this.#ring.length] = now;
    this.#count += 1;
  }

  /** Never more than there is: instants that are out but not forgotten yet still count. */
  remaining(now: number): number {
    this.#forget(now);
    return this.#max - this.#count;
  }

  /** Until the newest admission leaves the window. */
  resetMs(now: number): number {
    if (this.#count === 0) return 0;
    const newest = this.#ring[(this.#first + this.#count - 1) % this.#ring.length] ?? 0;
    return Math.max(0, newest + this.#windowMs - now);
  }

  #oldest(): number {
    return this.#ring[this.#first] ?? 0;
  }

  #forget(now: number): void {
    for (let forgotten = 0; forgotten < FORGET_MAX && this.#count > 0 && this.#oldest() + this.#windowMs <= now; forgotten++) this.#drop();
  }

  #drop(): void {
    this.#first = (this.#first + 1) % this.#ring.length;
    this.#count -= 1;
  }

  #grow(): void {
    const larger = new Float64Array(Math.min(this.#max, this.#ring.length * 2));
    for (let at = 0; at < this.#count; at++) larger[at] = this.#ring[(this.#first + at) % this.#ring.length] ?? 0;
    this.#ring = larger;
    this.#first = 0;
  }
}
