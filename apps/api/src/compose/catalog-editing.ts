/** What people need to change the catalog: the hand that does it, what holds by itself, and what the configuration file says. */
import type { Connections } from "@switchyard/db/connect.pg";
import { PROVIDER_FAILURES, type ProviderFailureKind } from "@switchyard/shared/domain/call";
import { DEFAULT_OWNER, type FailureRule } from "@switchyard/shared/domain/routing";
import { createCatalogEdit, type CatalogEditPorts } from "../catalog/catalog-edit.pg.ts";
import type { ConfigFile } from "../catalog/config-file.ts";
import type { FromFile } from "../edge/trpc/present.ts";
import type { TrpcPorts } from "../edge/trpc/ports.ts";
import type { GatewayPorts } from "../gateway/ports.ts";
import { VERDICTS } from "../routing/failover.ts";

export interface CatalogEditingSources extends Omit<CatalogEditPorts, "worker"> {
  readonly database: Connections;
  readonly configFile: ConfigFile | undefined;
  readonly timeouts: GatewayPorts["timeouts"];
}

export function catalogEditingOf({
  database,
  configFile,
  timeouts,
  ...ports
}: CatalogEditingSources): Pick<TrpcPorts, "catalogEdit" | "routingDefaults" | "fromFile"> {
  const { routing, strategy, auto, probe } = DEFAULT_OWNER;
  const { sticky, hedgeAfterMs, cache, restAfter } = routing;
  const { connectMs, firstByteMs, idleMs } = timeouts;
  return {
    catalogEdit: createCatalogEdit({ worker: database.worker, ...ports }),
    routingDefaults: {
      strategy,
      auto,
      probe,
      sticky,
      hedgeAfterMs,
      cache,
      restAfter,
      connectMs,
      firstTokenMs: firstByteMs,
      answerMs: firstByteMs,
      stallMs: idleMs,
      on: Object.fromEntries(PROVIDER_FAILURES.map((kind) => [kind, VERDICTS[kind].next ? "next" : "stop"])) as Record<ProviderFailureKind, FailureRule>,
    },
    fromFile: namesIn(configFile),
  };
}

/** What a configuration names. */
function namesIn(file: ConfigFile | undefined): FromFile {
  const namesOf = (list: readonly { readonly name: string }[] | undefined): ReadonlySet<string> => new Set(list?.map(({ name }) => name));
  const named = {
    provider: namesOf(file?.providers),
    group: namesOf(file?.groups),
    alias: namesOf(file?.aliases),
    routing: new Set(file?.routing === undefined ? [] : [""]),
  };
  return (kind, name) => named[kind].has(name);
}
