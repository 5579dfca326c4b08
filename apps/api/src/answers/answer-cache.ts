/** Knows what a cache of answers promises, wherever it keeps them. */

/**
 * Keeps answers for a while, so that who asks the same is told the same at once. It may forget whenever it likes: nothing
 * depends on it but speed and price. What it keeps is bounded in bytes; when there is no room, what would be forgotten
 * soonest goes first.
 */
export interface AnswerCache {
  /** At once where it is kept here; undefined for what is not known, is over, or cannot be had in a moment. Never throws. */
  get(name: string): Buffer | undefined | Promise<Buffer | undefined>;
  /** Keeps an answer, or does not: nobody waits for it. */
  put(name: string, answer: Buffer, ttlSeconds: number): void;
  close(): Promise<void>;
}
