/** What the flow of a call needs from the rooms and the world. */
import type { ProviderKind } from "@switchyard/shared/domain/catalog";
import type { Ids, ProviderId, ProviderKeyId } from "@switchyard/shared/kernel/id";
import type { Clock } from "@switchyard/shared/kernel/time";
import type { AnswerCache } from "../answers/answer-cache.ts";
import type { CatalogSnapshot } from "../catalog/snapshot.ts";
import type { IdempotencyStore, Ledger } from "../ledger/ledger.ts";
import type { LearnedLimits } from "../limits/learned-limits.ts";
import type { Limiter } from "../limits/limiter.ts";
import type { AttemptTimeouts, ProviderAdapter, ProviderEndpoint } from "../providers/provider.ts";
import type { RunawayGuard } from "../limits/runaway.ts";
import type { HealthBook } from "../routing/health.ts";
import type { Turns } from "../routing/turns.ts";

import type { Underway } from "./underway.ts";

export interface GatewayPorts {
  readonly catalog: { current(): CatalogSnapshot; endpointOf(provider: ProviderId, key?: ProviderKeyId): ProviderEndpoint | undefined };
  readonly adapterOf: (kind: ProviderKind) => ProviderAdapter | undefined;
  readonly ledger: Ledger;
  readonly idempotency: IdempotencyStore;
  readonly answers: Pick<AnswerCache, "get" | "put">;
  readonly limiter: Pick<Limiter, "take">;
  readonly runaway: Pick<RunawayGuard, "take">;
  /** What providers said of their own limits. */
  readonly learned: Pick<LearnedLimits, "learn" | "sent" | "exhausted">;
  readonly health: HealthBook;
  readonly turns: Turns;
  /** In [0, 1), for sharing calls out; nothing secret hangs on it. */
  readonly random: () => number;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly timeouts: AttemptTimeouts;
  /** No call lasts longer than this, in milliseconds; below the life of a hold. */
  readonly callMaxMs: number;
  /** Runs `then` after `ms`, unless cancelled. */
  readonly later: (ms: number, then: () => void) => { cancel(): void };
  readonly log: { warn(what: string, facts: Record<string, unknown>): void; error(what: string, facts: Record<string, unknown>): void };
  /** Where browsers reach the console, without a slash at the end; undefined when nobody said. */
  readonly consoleUrl: string | undefined;
  /** False while the program drains before it stops. */
  readonly accepting: () => boolean;
  /** Told of every call that begins, by the abort of its door. */
  readonly underway: Pick<Underway, "running">;
}
