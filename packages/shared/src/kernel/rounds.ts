/** Work that is done again and again beside the calls. */

export interface Rounds {
  /** Begins no further round, and waits for the one under way. */
  stop(): Promise<void>;
}

/**
 * Never two rounds at once: one that takes longer than `everyMs` leaves out the next. Its timer keeps no program alive.
 * @param failed told why a round did not succeed; the next is tried all the same
 */
export function startRounds(everyMs: number, round: () => Promise<unknown>, failed: (cause: unknown) => void): Rounds {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= round()
      .then(() => {}, failed)
      .finally(() => {
        running = undefined;
      });
  }, everyMs);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
