/** Counts failed attempts to sign in, so that passwords cannot be guessed by trying. */
import type { Clock } from "@switchyard/shared/kernel/time";

/**
 * Ten failures a minute for one address from one place, and twenty from one place for all addresses together. An attempt
 * counts from its beginning and is taken back when it succeeds: a hundred at once are not a way around.
 */
export interface SignInThrottle {
  /** @returns how to end the attempt, or how long to wait, in milliseconds */
  begin(attempt: {
    readonly email: string;
    readonly address: string;
  }): { readonly allowed: true; readonly succeeded: () => void } | { readonly allowed: false; readonly retryAfterMs: number };
}

const WINDOW_MS = 60_000;
const FAILURES_MAX = 10;
const FAILURES_OF_ADDRESS_MAX = 20;
/** Beyond this many places the longest known is forgotten: memory is bounded, whoever knocks. */
const ENTRIES_MAX = 20_000;

export function createSignInThrottle(clock: Clock): SignInThrottle {
  const failures = new Map<string, number[]>();

  const recent = (name: string, now: number): number[] => {
    const kept = (failures.get(name) ?? []).filter((at) => now - at < WINDOW_MS);
    failures.delete(name);
    if (kept.length > 0) failures.set(name, kept);
    return kept;
  };
  const add = (name: string, now: number): void => {
    failures.set(name, [...(failures.get(name) ?? []), now]);
    const [oldest] = failures.size > ENTRIES_MAX ? failures.keys() : [];
    if (oldest !== undefined) failures.delete(oldest);
  };
  const takeBack = (name: string, at: number): void => {
    const kept = failures.get(name);
    const index = kept?.indexOf(at) ?? -1;
    if (kept !== undefined && index >= 0) kept.splice(index, 1);
  };

  return {
    begin({ email, address }) {
      const now = clock.monotonic();
      const bounds = [
        { name: `${address} ${email.toLowerCase()}`, max: FAILURES_MAX },
        { name: address, max: FAILURES_OF_ADDRESS_MAX },
      ];
      const waits = bounds.map(({ name, max }) => {
        const kept = recent(name, now);
        const oldest = kept[kept.length - max];
        return oldest === undefined ? 0 : oldest + WINDOW_MS - now;
      });
      const retryAfterMs = Math.max(...waits);
      if (retryAfterMs > 0) return { allowed: false, retryAfterMs };
      for (const { name } of bounds) add(name, now);
      return { allowed: true, succeeded: () => bounds.forEach(({ name }) => takeBack(name, now)) };
    },
  };
}
