/** Names everything the console's procedures need from outside; `app.ts` fills it in. */
import type { IncomingMessage } from "node:http";
import type { Kysely } from "kysely";
import type pg from "pg";
import type { Database } from "@switchyard/db/schema";
import type { ProviderKey } from "@switchyard/shared/domain/catalog";
import type { Ids, ProviderId } from "@switchyard/shared/kernel/id";
import type { Clock } from "@switchyard/shared/kernel/time";
import type { RoutingDefaults } from "@switchyard/shared/wire/console/routing";
import type { CatalogEdit } from "../../catalog/catalog-edit.pg.ts";
import type { CatalogWork } from "../../catalog/catalog-work.pg.ts";
import type { PlatformLimitsWork } from "../../catalog/platform-limits.pg.ts";
import type { EventBus } from "../../events/event-bus.ts";
import type { SignIn, Sessions } from "../../identity/session.ts";
import type { DryRunPorts } from "../dry-run.ts";
import type { Limiter } from "../../limits/limiter.ts";
import type { HealthBook } from "../../routing/health.ts";
import type { FromFile } from "./present.ts";

/** Where something unexpected happened. */
export interface ReportPlace {
  readonly where: string;
  /** As the person saw it. */
  readonly requestId?: string | undefined;
}

export interface TrpcPorts {
  /** The request path's pool, for `asPrincipal`. */
  readonly pool: pg.Pool;
  /** What the request path has no right to: setting budgets. */
  readonly worker: Kysely<Database>;
  readonly bus: EventBus;
  readonly sessions: Sessions;
  readonly signIn: SignIn;
  readonly catalogWork: CatalogWork;
  readonly catalogEdit: CatalogEdit;
  readonly dryRun: DryRunPorts;
  /** What holds where nobody says otherwise, with the time-outs of this installation. */
  readonly routingDefaults: RoutingDefaults;
  readonly fromFile: FromFile;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Unpredictable bytes. */
  readonly random: (bytes: number) => Buffer;
  /** `PUBLIC_URL`, where it is set. */
  readonly publicUrl: string | undefined;
  /** The caller's network address, trusted proxies taken into account. */
  readonly clientAddress: (request: IncomingMessage) => string;
  /** How providers and their models serve, as this program knows it. */
  readonly health: HealthBook;
  /** All keys of a provider, without their secrets. */
  readonly keysOf: (provider: ProviderId) => readonly ProviderKey[];
  /** How much of limits is used now. */
  readonly limiter: Pick<Limiter, "usage">;
  readonly platformLimits: PlatformLimitsWork;
  /** Forgets what this node remembers of API keys; the other nodes hear it from Postgres. */
  readonly invalidateKeys: () => void;
  /** A new name for a request, as in `x-request-id`. */
  readonly requestId: () => string;
  /** Tells the log of what nobody expected. Never gets inputs, which may be secrets. */
  readonly report: (error: unknown, place: ReportPlace) => void;
}
