/** Shares health among programs over Redis: notices by publishing, rests in a hash for whoever comes later. No call waits for it. */
import { Redis } from "ioredis";
import type { Clock } from "@switchyard/shared/kernel/time";
import { readMessage, readRest, readRestId, writeMessage } from "./health-notice.ts";
import type { HealthNotice } from "./health.ts";
import type { Rest, RestId } from "./standing.ts";
import type { HealthShare } from "./health-share.ts";

const CHANNEL = "switchyard:health";
const RESTS = "sy:health:rests";
/** Everything is read anew this often: what was missed while the connection was broken, and what FLUSHALL took. */
const READ_MS = 5_000;
const RECONNECT_MAX_MS = 1_000;
/** A rest that another program began and that is gone from Redis is over when this many readings did not find it. */
const MISSED_MAX = 3;
/** A rest that nobody ended in this time after it was over is forgotten. */
const FORGOTTEN_MS = 60 * 60_000;

export interface RedisHealthShareOptions {
  readonly url: string;
  /** Names this program's life. */
  readonly node: string;
  readonly clock: Clock;
  readonly hear: (notice: HealthNotice) => void;
  readonly readMs?: number;
  /** Told of each notice that could not be told to the others. */
  readonly onLost?: () => void;
}

/** Instants are those of the program that began a rest: clocks of one installation should agree to the second. */
export function createRedisHealthShare({ url, node, clock, hear, readMs = READ_MS, onLost }: RedisHealthShareOptions): HealthShare {
  const connection = { retryStrategy: (times: number) => Math.min(times * 50, RECONNECT_MAX_MS), connectTimeout: 1_000 };
  const writer = new Redis(url, { ...connection, enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 1_000 });
  const subscriber = new Redis(url, { ...connection, autoResubscribe: false });
  for (const redis of [writer, subscriber]) redis.on("error", () => {}); // Both reconnect by themselves; what is lost is read again.

  /** What this program began and has not ended. */
  const own = new Map<RestId, Rest>();
  /** What the others began, and in how many readings it was missing. */
  const foreign = new Map<RestId, number>();

  const heard = (notice: HealthNotice): void => {
    if (notice.kind === "rest") {
      own.delete(notice.id);
      foreign.set(notice.id, 0);
    } else if (notice.kind === "recovered") forget(notice.id);
    hear(notice);
  };
  const forget = (id: RestId): void => {
    own.delete(id);
    foreign.delete(id);
  };

  const read = async (): Promise<void> => {
    const found = await writer.hgetall(RESTS);
    const now = clock.now();
    const stale: string[] = [];
    for (const [field, text] of Object.entries(found)) {
      const id = readRestId(field);
      const rest = readRest(text);
      if (id === undefined || !rest || rest.until + FORGOTTEN_MS < now) stale.push(field);
      else if (!own.has(id)) heard({ kind: "rest", id, rest });
    }
    for (const [id, missed] of foreign) {
      if (id in found) continue;
      foreign.set(id, missed + 1);
      if (missed + 1 >= MISSED_MAX) heard({ kind: "recovered", id });
    }
    for (const [id, rest] of own) {
      if (rest.until + FORGOTTEN_MS < now) own.delete(id);
      else if (!(id in found)) await writer.hset(RESTS, id, JSON.stringify(rest));
    }
    if (stale.length > 0) await writer.hdel(RESTS, ...stale);
  };
  // Redis is away: the next reading makes up for it.
  const readQuietly = (): void => void read().catch(() => {});
  const timer = setInterval(readQuietly, readMs);
  timer.unref();
  writer.on("ready", readQuietly);
  subscriber.on("ready", () => {
    subscriber.subscribe(CHANNEL).then(readQuietly, () => subscriber.disconnect(true)); // The connection broke again; the next one subscribes.
  });
  subscriber.on("message", (_channel: string, text: string) => {
    const message = readMessage(text);
    if (message && message.node !== node) heard(message.notice);
  });

  return {
    tell(notice) {
      const told: Promise<unknown>[] = [writer.publish(CHANNEL, writeMessage(node, notice))];
      if (notice.kind === "rest") {
        foreign.delete(notice.id);
        own.set(notice.id, notice.rest);
        told.push(writer.hset(RESTS, notice.id, JSON.stringify(notice.rest)));
      } else if (notice.kind === "recovered") {
        forget(notice.id);
        told.push(writer.hdel(RESTS, notice.id));
      }
      // Redis is away: this program knows, the others find out by themselves.
      Promise.all(told).catch(() => onLost?.());
    },
    async close() {
      clearInterval(timer);
      writer.disconnect();
      subscriber.disconnect();
    },
  };
}
