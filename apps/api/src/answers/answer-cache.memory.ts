/** Keeps answers in the memory of this process. */
import type { Clock } from "@switchyard/shared/kernel/time";
import type { AnswerCache } from "./answer-cache.ts";

const SECOND_MS = 1_000;
/** What an entry costs beside its bytes: its name, its place in the map. */
const ENTRY_BYTES = 300;

interface Entry {
  readonly answer: Buffer;
  /** Monotonic milliseconds. */
  readonly until: number;
}

/** @param bytesMax all answers together, names included */
export function createMemoryAnswers(clock: Clock, bytesMax: number): AnswerCache & { readonly bytes: number } {
  const entries = new Map<string, Entry>();
  let bytes = 0;

  const forget = (name: string): void => {
    const entry = entries.get(name);
    if (!entry) return;
    entries.delete(name);
    bytes -= entry.answer.length + ENTRY_BYTES;
  };
  /** What is over goes first, then what is over soonest. */
  const makeRoom = (needed: number): void => {
    if (bytes + needed <= bytesMax) return;
    const inOrder = [...entries].sort(([, a], [, b]) => a.until - b.until);
    // A tenth more than is needed, so that not every answer has to look through all of them.
    for (const [name] of inOrder) {
      if (bytes + needed <= bytesMax * 0.9) return;
      forget(name);
    }
  };

  return {
    get(name) {
      const entry = entries.get(name);
      if (!entry) return undefined;
      if (entry.until > clock.monotonic()) return entry.answer;
      forget(name);
      return undefined;
    },
    put(name, answer, ttlSeconds) {
      forget(name);
      const needed = answer.length + ENTRY_BYTES;
      if (needed > bytesMax) return;
      makeRoom(needed);
      entries.set(name, { answer, until: clock.monotonic() + ttlSeconds * SECOND_MS });
      bytes += needed;
    },
    close: async () => {
      entries.clear();
      bytes = 0;
    },
    get bytes() {
      return bytes;
    },
  };
}
