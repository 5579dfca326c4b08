/** The figures of /metrics, gathered from the rooms. */
import type { RouteRecord } from "@switchyard/shared/domain/call";
import type { HealthState } from "@switchyard/shared/domain/routing";
import type { Clock } from "@switchyard/shared/kernel/time";
import type { CatalogHold } from "../catalog/snapshot.pg.ts";
import { authenticate } from "../edge/http/authenticate.ts";
import { sendFailure } from "../edge/http/error-body.ts";
import type { Underway } from "../gateway/underway.ts";
import type { Authenticator } from "../identity/authenticator.ts";
import type { CallRow } from "../ledger/call-row.ts";
import type { PgLedger } from "../ledger/ledger.pg.ts";
import { stateOfModel } from "../routing/health-watch.ts";
import { createMetrics, type Metrics } from "../telemetry/metrics.http.ts";
import type { SharedByNodes } from "./shared-by-nodes.ts";

const STATE_NUMBER: Record<HealthState, number> = { healthy: 0, degraded: 1, resting: 2, down: 3, disabled: -1 };

export interface FigureSources {
  readonly authenticator: Authenticator;
  readonly ledger: Pick<PgLedger, "backlog" | "droppedRecords">;
  readonly underway: Pick<Underway, "size">;
  readonly catalog: CatalogHold;
  readonly shared: Pick<SharedByNodes, "health" | "isRedisDegraded" | "losses">;
  readonly clock: Clock;
}

export const figuresOf = ({ authenticator, ledger, underway, catalog, shared, clock }: FigureSources): Metrics =>
  createMetrics({
    allow: async (req, res) => {
      const principal = await authenticate({ authenticator }, req, "operator");
      if (!principal.ok) sendFailure(res, principal.failure);
      return principal.ok;
    },
    backlog: () => ledger.backlog(),
    droppedRecords: () => ledger.droppedRecords(),
    underway: () => underway.size,
    redisDegraded: shared.isRedisDegraded,
    redisLosses: () => shared.losses.figures,
    targetStates: () =>
      [...catalog.current().byWorkspace.values()].flatMap((shelf) =>
        [...shelf.models].map(([target, model]) => [target, STATE_NUMBER[stateOfModel(model, shared.health, clock.now())]] as const),
      ),
  });

/** Counts a call whose record was committed. */
export const countCall = (metrics: Metrics, row: CallRow): void =>
  metrics.call({
    outcome: String(row["outcome"]),
    provider: row["provider_name"] as string | undefined,
    cached: (row["route"] as RouteRecord | null)?.cached !== undefined,
    totalMs: Number(row["total_ms"]),
    firstTokenMs: (row["first_token_ms"] as number | null) ?? undefined,
    overheadMs: Number(row["overhead_ms"]),
  });
