/** What programs on one database share: through Redis where it is configured, else this program keeps it for itself. */
import { randomUUID } from "node:crypto";
import type { Clock } from "@switchyard/shared/kernel/time";
import type { AnswerCache } from "../answers/answer-cache.ts";
import { createMemoryAnswers } from "../answers/answer-cache.memory.ts";
import { createRedisAnswers } from "../answers/answer-cache.redis.ts";
import type { Config } from "../config.ts";
import type { EventBus } from "../events/event-bus.ts";
import { createMemoryBus } from "../events/event-bus.memory.ts";
import { createRedisBus } from "../events/event-bus.redis.ts";
import type { Limiter } from "../limits/limiter.ts";
import { createMemoryLimiter } from "../limits/limiter.memory.ts";
import { createRedisLimiter } from "../limits/limiter.redis.ts";
import { HealthBook, type HealthNotice } from "../routing/health.ts";
import { HealthHub } from "../routing/health-share.memory.ts";
import { createRedisHealthShare } from "../routing/health-share.redis.ts";
import type { HealthShare } from "../routing/health-share.ts";
import type { Log } from "../telemetry/log.stdout.ts";
import { RedisLosses } from "../telemetry/redis-losses.ts";

export interface SharedByNodes {
  readonly bus: EventBus;
  readonly limiter: Limiter;
  readonly answers: AnswerCache;
  /** What this program knows of its providers' health; it tells the others and hears them. */
  readonly health: HealthBook;
  /** What could not be told to the others. */
  readonly losses: Pick<RedisLosses, "figures">;
  /** True while Redis is configured and out of reach. */
  readonly isRedisDegraded: () => boolean;
  /** How many programs live, for limits that must be counted by each alone. */
  readonly setLivingNodes: (living: number) => void;
  close(): Promise<void>;
}

export function shareByNodes({ config, clock, epoch, log }: { config: Config; clock: Clock; epoch: string; log: Log }): SharedByNodes {
  const { REDIS_URL: url, REDIS_TIMEOUT_MS: commandTimeoutMs } = config;
  let redisDegraded = false;
  let livingNodes = 1;
  const losses = new RedisLosses({ clock, warn: (what, facts) => log.warn(what, facts) });
  const bus = url ? createRedisBus({ url, epoch, onLost: (what) => losses.lost(what) }) : createMemoryBus(epoch);
  const limiter = url
    ? createRedisLimiter({
        url,
        clock,
        leaseId: randomUUID,
        nodes: () => livingNodes,
        silenceMs: commandTimeoutMs,
        tell: {
          shared: (shared) => {
            redisDegraded = !shared;
            losses.reached(shared);
          },
          alone: () => losses.decidedAlone(),
          dropped: () => losses.lost("limits"),
        },
      })
    : createMemoryLimiter(clock);
  const bytesMax = config.CACHE_MEGABYTES * 1024 * 1024;
  const answers = url ? createRedisAnswers({ url, clock, bytesMax, commandTimeoutMs }) : createMemoryAnswers(clock, bytesMax);
  const health: HealthBook = new HealthBook((notice) => healthShare.tell(notice));
  const hear = (notice: HealthNotice): void => health.hear(notice);
  const healthShare: HealthShare = url
    ? createRedisHealthShare({ url, node: epoch, clock, hear, onLost: () => losses.lost("health") })
    : new HealthHub().join(hear);
  return {
    bus,
    limiter,
    answers,
    health,
    losses,
    isRedisDegraded: () => redisDegraded,
    setLivingNodes: (living) => {
      livingNodes = living;
    },
    close: async () => {
      await Promise.all([limiter.close(), answers.close(), bus.close(), healthShare.close()]);
    },
  };
}
