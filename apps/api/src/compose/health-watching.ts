/** Watches providers beside the calls: asks those who should be asked, and tells when the health of one changes. */
import type { Clock } from "@switchyard/shared/kernel/time";
import { listRequest } from "../catalog/model-list.ts";
import type { CatalogHold } from "../catalog/snapshot.pg.ts";
import type { EventBus } from "../events/event-bus.ts";
import type { GuardedGet } from "../providers/guarded-get.http.ts";
import type { HealthBook } from "../routing/health.ts";
import { HealthWatch } from "../routing/health-watch.ts";
import { failureOfStatus, Prober } from "../routing/prober.ts";
import type { Log } from "../telemetry/log.stdout.ts";

const WATCH_MS = 500;
const PROBE_TICK_MS = 1_000;
const PROBE_MS_MAX = 5_000;
const PROBE_BYTES_MAX = 8 * 1024 * 1024;

export interface HealthWatching {
  readonly catalog: CatalogHold;
  readonly health: HealthBook;
  readonly guardedGet: Pick<GuardedGet, "get">;
  readonly bus: Pick<EventBus, "announce">;
  readonly clock: Clock;
  readonly log: Log;
}

export function startHealthWatching({ catalog, health, guardedGet, bus, clock, log }: HealthWatching): { stop(): void } {
  const prober = new Prober({
    providers: () => [...catalog.current().byWorkspace.values()].flatMap((shelf) => [...new Set([...shelf.models.values()].map(({ provider }) => provider))]),
    ask: async (provider) => {
      const endpoint = catalog.endpointOf(provider.id);
      if (!endpoint || provider.kind === "sandbox") return undefined;
      const answer = await guardedGet.get({
        ...listRequest({ kind: provider.kind, ...endpoint }, undefined),
        bytesMax: PROBE_BYTES_MAX,
        totalMs: PROBE_MS_MAX,
      });
      if (answer.kind === "answer") return failureOfStatus(answer.status, { severalKeys: provider.keys !== undefined });
      return answer.why === "slow" ? "timeout" : answer.why === "large" ? undefined : "connection";
    },
    health,
    clock,
  });
  const probing = setInterval(() => void prober.tick(), PROBE_TICK_MS);
  const watch = new HealthWatch();
  const watching = setInterval(() => {
    const changes = watch.look(catalog.current(), health, clock.now());
    for (const change of changes) log.warn("a provider's health changed", { ...change });
    if (changes.length > 0) bus.announce("provider.health");
  }, WATCH_MS);
  return {
    stop: () => {
      clearInterval(watching);
      clearInterval(probing);
    },
  };
}
