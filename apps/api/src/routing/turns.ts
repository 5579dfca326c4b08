/**
 * Whose turn it is in each group, and among the keys of a provider. Every program counts by itself: what is even for each
 * of them is even for all.
 */
import type { ProviderKey } from "@switchyard/shared/domain/catalog";
import type { GroupId, ProviderKeyId } from "@switchyard/shared/kernel/id";

export class Turns {
  readonly #next = new Map<GroupId | undefined, number>();
  /** What each key has saved up. */
  readonly #saved = new Map<ProviderKeyId, number>();

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

  /**
   * Each key as often as its weight among those that may serve, spread evenly: nginx's smooth weighted round robin, in which
   * all save up their weight and the richest pays for everyone (https://github.com/nginx/nginx/commit/52327e0627f49dbda1e8db695e63a4b0af4448b1).
   * @param keys at least one
   */
  takeKey(keys: readonly ProviderKey[]): ProviderKey {
    const first = keys[0] as ProviderKey;
    const weighed = keys.filter(({ weight }) => weight > 0);
    let richest = weighed[0] ?? first;
    for (const key of weighed) {
      this.#saved.set(key.id, (this.#saved.get(key.id) ?? 0) + key.weight);
      if ((this.#saved.get(key.id) ?? 0) > (this.#saved.get(richest.id) ?? 0)) richest = key;
    }
    const whole = weighed.reduce((sum, { weight }) => sum + weight, 0);
    if (whole > 0) this.#saved.set(richest.id, (this.#saved.get(richest.id) ?? 0) - whole);
    return richest;
  }
}
