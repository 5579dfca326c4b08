/** Clock, ids and randomness of the real world, as the ports that everything else takes. */
import { randomBytes } from "node:crypto";
import { toId, type Ids } from "@switchyard/shared/kernel/id";
import { toEpochMs, type Clock } from "@switchyard/shared/kernel/time";

export const systemClock: Clock = { now: () => toEpochMs(Date.now()), monotonic: () => performance.now() };

/** In [0, 1), for sharing work out. Whatever must not be guessed is made of `randomBytes`. */
export const systemRandom = (): number => Math.random();

/** Random bytes are drawn in blocks: asking the system for each id costs more than the id. */
const BLOCK_IDS = 256;
const RANDOM_PER_ID = 10;
let block = Buffer.alloc(0);
let used = 0;

/** Version 7 UUIDs (RFC 9562): 48 bits of time, 74 of randomness. */
export const systemIds: Ids = {
  next: (kind) => {
    if (used + RANDOM_PER_ID > block.length) {
      block = randomBytes(BLOCK_IDS * RANDOM_PER_ID);
      used = 0;
    }
    const time = Date.now().toString(16).padStart(12, "0");
    const first = (0x7000 | (block.readUInt16BE(used) & 0x0fff)).toString(16);
    const second = (0x8000 | (block.readUInt16BE(used + 2) & 0x3fff)).toString(16);
    const rest = block.toString("hex", used + 4, used + 10);
    used += RANDOM_PER_ID;
    return toId(kind, `${time.slice(0, 8)}-${time.slice(8)}-${first}-${second}-${rest}`);
  },
};

/** `req_` and a number within this program's life: unique, and cheap enough for every request. */
export function requestIds(): () => string {
  const life = randomBytes(6).toString("hex");
  let count = 0;
  return () => `req_${life}${(++count).toString(36).padStart(6, "0")}`;
}
