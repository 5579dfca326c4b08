/** Composition: which rooms there are, how they know each other, and the order in which they start and stop. */
import { randomBytes, randomUUID } from "node:crypto";
import type { Server } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import type { Connections } from "@switchyard/db/connect.pg";
import { toId } from "@switchyard/shared/kernel/id";
import { bootstrap, type FirstStart } from "./bootstrap.pg.ts";
import { applyConfig } from "./catalog/apply-config.pg.ts";
import { createCatalogWork } from "./catalog/catalog-work.pg.ts";
import type { ConfigFile } from "./catalog/config-file.ts";
import { createPriceBook, PUBLISHED_PRICES } from "./catalog/price-book.sdk.ts";
import { secretBox } from "./catalog/secret-box.ts";
import { platformLimits } from "./catalog/platform-limits.pg.ts";
import { holdCatalog } from "./catalog/snapshot.pg.ts";
import { administrationOf, applyingTo } from "./compose/administration.ts";
import { startBookkeeping } from "./compose/bookkeeping.ts";
import { callFlowOf } from "./compose/call-flow.ts";
import { countCall, figuresOf } from "./compose/figures.ts";
import { catalogEditingOf } from "./compose/catalog-editing.ts";
import { startHealthWatching } from "./compose/health-watching.ts";
import { stopInOrder } from "./compose/stop-in-order.ts";
import { shareByNodes } from "./compose/shared-by-nodes.ts";
import type { Config } from "./config.ts";
import { openApiDocument } from "./edge/http/openapi.ts";
import { createApp, createServer } from "./edge/http/server.http.ts";
import { createSpool } from "./edge/http/spool.fs.ts";
import { trpcHandler } from "./edge/trpc/mount.http.ts";
import type { TrpcPorts } from "./edge/trpc/ports.ts";
import { attachTrpcSocket } from "./edge/ws/trpc-socket.ws.ts";
import { Underway } from "./gateway/underway.ts";
import { createAuthenticator } from "./identity/authenticator.ts";
import { clientAddressOf } from "./identity/client-address.ts";
import { startKeyUse } from "./identity/key-use.pg.ts";
import { KeyUse } from "./identity/key-use.ts";
import { resolveKeyIn } from "./identity/resolve-key.pg.ts";
import { createSessions } from "./identity/session.pg.ts";
import { createSignIn } from "./identity/sign-in.pg.ts";
import type { CallRow } from "./ledger/call-row.ts";
import { createGuardedGet } from "./providers/guarded-get.http.ts";
import { createTransport } from "./providers/transport.http.ts";
import { requestIds, systemClock, systemIds } from "./runtime.process.ts";
import type { Log } from "./telemetry/log.stdout.ts";

export interface AppOptions {
  readonly config: Config;
  /** Opened by `openDatabase`; it is closed when the program stops. */
  readonly database: Connections;
  readonly secretKey: string;
  readonly configFile: ConfigFile | undefined;
  readonly consoleDist: string;
  readonly version: string;
  readonly log: Log;
  /** One line for a person at the terminal. */
  readonly say: (line: string) => void;
  /** Told at once what the first start made, before anything else can fail. */
  readonly onFirstStart: (made: FirstStart) => void;
}

export interface RunningApp {
  readonly server: Server;
  readonly firstStart: FirstStart | undefined;
  readonly configChanges: readonly string[];
  /** Refuses new calls, lets those under way end within `graceMs`, settles the rest and closes everything, within five seconds more. */
  stop(graceMs: number): Promise<void>;
}

const KEEP_ALIVE_MS = 15_000;
const STALLED_CLIENT_MS = 60_000;
const DATABASE_CHECK_MS = 1_000;

/** Starts everything but the listening. */
export async function startApp(options: AppOptions): Promise<RunningApp> {
  const { config, database, secretKey, log } = options;
  const clock = systemClock;
  const ids = systemIds;
  const box = secretBox(secretKey);
  const book = createPriceBook(() => new Date(clock.now()));
  const applyAs = applyingTo(database, { book, box, ids });
  const firstStart = await bootstrap(applyAs("system:bootstrap"), config);
  if (firstStart) options.onFirstStart(firstStart);
  const configChanges = options.configFile ? await applyConfig(applyAs("system:config-file"), options.configFile) : [];

  const epoch = randomUUID();
  const shared = shareByNodes({ config, clock, epoch, log });
  const { bus, health } = shared;
  const told: { closed?: (row: CallRow) => void } = {};
  const { ledger, idempotency, ...bookkeeping } = await startBookkeeping({
    config,
    database,
    epoch,
    log,
    say: options.say,
    onClosed: (row) => {
      told.closed?.(row);
      bus.publish({ kind: "call.finished", workspaceId: toId("workspace", row.workspace_id), callId: row.id });
    },
    onNodes: shared.setLivingNodes,
  });

  const uses = new KeyUse();
  const keyUse = startKeyUse({ worker: database.worker, uses, log });
  const authenticator = createAuthenticator({ resolve: resolveKeyIn(database.app), clock, onUse: (principal, at) => uses.note(principal, at) });
  const catalog = await holdCatalog({
    worker: database.worker,
    connection: database.workerConfig,
    box,
    log,
    onChange: (what) => {
      if (what === "keys") authenticator.invalidate();
      else bus.announce("config.changed");
    },
    // A new key or address of a provider is worth a try at once.
    onProvidersChanged: (changed) => health.mended(changed),
  });
  const transport = createTransport({ allowPrivateAddresses: config.allowPrivateUpstreams });
  const guardedGet = createGuardedGet({ allowPrivateAddresses: config.allowPrivateUpstreams });
  // Who sets its address runs the installation: a mirror in a closed network lies on a private one.
  const bookGet = config.PRICE_BOOK_URL === undefined ? guardedGet : createGuardedGet({ allowPrivateAddresses: true });
  const catalogWork = createCatalogWork({
    worker: database.worker,
    box,
    ids,
    book,
    read: (request) => guardedGet.get(request),
    readBook: (bounds) => bookGet.get({ ...bounds, url: config.PRICE_BOOK_URL ?? PUBLISHED_PRICES, headers: {} }),
    refresh: () => catalog.refresh(),
  });
  const healthWatching = startHealthWatching({ catalog, health, guardedGet, bus, clock, log });

  let accepting = true;
  const underway = new Underway();
  bus.onOrder((order) => underway.cancel(order.id, order));
  const gateway = callFlowOf(config, transport, {
    underway,
    catalog,
    ledger,
    idempotency,
    answers: shared.answers,
    limiter: shared.limiter,
    health,
    clock,
    ids,
    log,
    accepting: () => accepting,
  });
  const dryRun = { ...gateway, catalog };
  const catalogEditing = catalogEditingOf({
    database,
    ids,
    book,
    box,
    clock,
    random: randomBytes,
    read: (request) => guardedGet.get(request),
    refresh: () => catalog.refresh(),
    configFile: options.configFile,
    timeouts: gateway.timeouts,
  });
  const metrics = figuresOf({ authenticator, ledger, underway, catalog, shared, clock });
  told.closed = (row) => countCall(metrics, row);

  const nextRequestId = requestIds();
  const clientAddress = clientAddressOf(config.TRUSTED_PROXIES ?? []);
  const trpcPorts: TrpcPorts = {
    pool: database.app,
    worker: database.worker,
    catalogWork,
    ...catalogEditing,
    dryRun,
    bus,
    sessions: createSessions(database.app, clock),
    clock,
    ids,
    random: randomBytes,
    publicUrl: config.PUBLIC_URL,
    clientAddress,
    signIn: createSignIn({ pool: database.app, worker: database.worker, clock, random: randomBytes }),
    health,
    keysOf: (provider) => catalog.keysOf(provider),
    limiter: shared.limiter,
    platformLimits: platformLimits({ worker: database.worker, ids, refresh: () => catalog.refresh() }),
    invalidateKeys: () => authenticator.invalidate(),
    requestId: nextRequestId,
    report: (error, { where, requestId }) =>
      log.error("a procedure failed unexpectedly", { where, requestId, cause: error instanceof Error ? error.stack : String(error) }),
  };
  const app = createApp({
    authenticator,
    gateway,
    clientAddress,
    catalog,
    underway,
    order: (order) => bus.order(order),
    responsesKeptDays: config.RESPONSES_RETENTION_DAYS,
    spool: createSpool(join(config.dataDir, "spool"), config.SPOOL_BYTES_MAX),
    pool: database.app,
    ops: database.ops,
    worker: database.worker,
    ids,
    catalogWork,
    catalogEdit: catalogEditing.catalogEdit,
    version: options.version,
    log,
    sse: { keepAliveMs: KEEP_ALIVE_MS, stalledMs: STALLED_CLIENT_MS },
    consoleDist: options.consoleDist,
    corsOrigins: config.CORS_ORIGINS ?? [],
    trpc: trpcHandler(trpcPorts),
    metrics: metrics.handler,
    requestId: nextRequestId,
    openApi: () => openApiDocument(options.version, config.PUBLIC_URL),
    ...administrationOf(database, applyAs, () => catalog.refresh()),
    dryRun,
    unready: async () => [
      ...(accepting ? [] : ["shutting down"]),
      ...(ledger.ready() ? [] : ["too many settlements wait for the database"]),
      ...((await answersInTime(database)) ? [] : ["Postgres does not answer"]),
    ],
  });
  database.serve();
  const server = createServer(app, nextRequestId);
  const socket = attachTrpcSocket(server, trpcPorts);

  return {
    server,
    firstStart,
    configChanges,
    async stop(graceMs) {
      accepting = false;
      const books = [() => Promise.all([bookkeeping.stopSweeping(), keyUse.stop()]), () => bookkeeping.stop(), () => database.close()];
      const others = [transport, guardedGet, bookGet, shared].map((part) => [() => part.close()]);
      const parts = [books, [() => healthWatching.stop()], [() => catalog.stop()], ...others];
      await stopInOrder({ underway, server, socket, parts, uncommitted: () => ledger.active().length, say: options.say }, graceMs);
    },
  };
}

const answersInTime = (database: Connections): Promise<boolean> =>
  Promise.race([
    sql`select 1`.execute(database.worker).then(
      () => true,
      () => false,
    ),
    sleep(DATABASE_CHECK_MS, false, { ref: false }),
  ]);
