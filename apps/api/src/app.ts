/** Composition: the only file that knows every room, and the order in which they start and stop. */
import { randomBytes, randomUUID } from "node:crypto";
import type { Server } from "node:http";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { auditCatalog } from "@switchyard/db/catalog-audit";
import { connect } from "@switchyard/db/connect.pg";
import { setPassword } from "@switchyard/db/queries/account";
import { DatabaseUnfit } from "@switchyard/db/roles.pg";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import { toId } from "@switchyard/shared/kernel/id";
import type { HealthState } from "@switchyard/shared/domain/routing";
import type { NanoUsd } from "@switchyard/shared/kernel/money";
import { createMemoryAnswers } from "./answers/answer-cache.memory.ts";
import { createRedisAnswers } from "./answers/answer-cache.redis.ts";
import { bootstrap, type FirstStart } from "./bootstrap.pg.ts";
import { applyConfig, type ApplyPorts } from "./catalog/apply-config.pg.ts";
import { checkConfig, type ConfigFile } from "./catalog/config-file.ts";
import { createCatalogWork } from "./catalog/catalog-work.pg.ts";
import { createPriceBook } from "./catalog/price-book.sdk.ts";
import { exportConfig } from "./catalog/export-config.pg.ts";
import { listRequest } from "./catalog/model-list.ts";
import { secretBox } from "./catalog/secret-box.ts";
import { holdCatalog } from "./catalog/snapshot.pg.ts";
import type { Config } from "./config.ts";
import { authenticate } from "./edge/http/authenticate.ts";
import { sendFailure } from "./edge/http/error-body.ts";
import { openApiDocument } from "./edge/http/openapi.ts";
import { createSpool } from "./edge/http/spool.fs.ts";
import { createApp, createServer } from "./edge/http/server.http.ts";
import { trpcHandler } from "./edge/trpc/mount.http.ts";
import type { TrpcPorts } from "./edge/trpc/ports.ts";
import { attachTrpcSocket } from "./edge/ws/trpc-socket.ws.ts";
import { createMemoryBus } from "./events/event-bus.memory.ts";
import { Underway } from "./gateway/underway.ts";
import { createRedisBus } from "./events/event-bus.redis.ts";
import type { GatewayPorts } from "./gateway/ports.ts";
import { hashApiKey, partsOf } from "./identity/api-key.ts";
import { createAuthenticator } from "./identity/authenticator.ts";
import { clientAddressOf } from "./identity/client-address.ts";
import { startKeyUse } from "./identity/key-use.pg.ts";
import { KeyUse } from "./identity/key-use.ts";
import { derivePassword, SALT_BYTES } from "./identity/password.ts";
import { resolveKeyIn } from "./identity/resolve-key.pg.ts";
import { createSessions } from "./identity/session.pg.ts";
import { createSignIn } from "./identity/sign-in.pg.ts";
import type { CallRow } from "./ledger/call-row.ts";
import { idempotencyIn } from "./ledger/idempotency.pg.ts";
import { Journal } from "./ledger/journal.fs.ts";
import { createLedger } from "./ledger/ledger.pg.ts";
import { RunningResponses } from "./edge/http/responses-running.ts";
import { startRetention } from "./ledger/retention.pg.ts";
import { heartbeat, recoverFromJournals, startSweep } from "./ledger/sweep.pg.ts";
import { LearnedLimits } from "./limits/learned-limits.ts";
import { RunawayGuard } from "./limits/runaway.ts";
import { createMemoryLimiter } from "./limits/limiter.memory.ts";
import { createRedisLimiter } from "./limits/limiter.redis.ts";
import { createGuardedGet } from "./providers/guarded-get.http.ts";
import { httpAdapter } from "./providers/http-adapter.http.ts";
import { createRegistry } from "./providers/registry.ts";
import { createTransport } from "./providers/transport.http.ts";
import { HealthBook, type HealthNotice } from "./routing/health.ts";
import { HealthWatch, stateOfModel } from "./routing/health-watch.ts";
import { failureOfStatus, Prober } from "./routing/prober.ts";
import { HealthHub } from "./routing/health-share.memory.ts";
import { createRedisHealthShare } from "./routing/health-share.redis.ts";
import { Turns } from "./routing/turns.ts";
import { requestIds, systemClock, systemIds, systemRandom } from "./runtime.process.ts";
import type { Log } from "./telemetry/log.stdout.ts";
import { createMetrics } from "./telemetry/metrics.http.ts";

export interface AppOptions {
  readonly config: Config;
  readonly databaseUrl: string;
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
  /** Refuses new calls, lets those under way end within `graceMs`, settles the rest and closes everything. */
  stop(graceMs: number): Promise<void>;
}

const CALL_MAX_MS = 15 * 60_000;
const KEEP_ALIVE_MS = 15_000;
const STALLED_CLIENT_MS = 60_000;
const DATABASE_CHECK_MS = 1_000;
const HEALTH_WATCH_MS = 500;
const STATE_NUMBER: Record<HealthState, number> = { healthy: 0, degraded: 1, resting: 2, down: 3, disabled: -1 };
const PROBE_TICK_MS = 1_000;
const PROBE_MS_MAX = 5_000;
const PROBE_BYTES_MAX = 8 * 1024 * 1024;

/** Starts everything but the listening. The database has been migrated already. @throws DatabaseUnfit when it must not be used. */
export async function startApp(options: AppOptions): Promise<RunningApp> {
  const { config, databaseUrl, secretKey, log } = options;
  const clock = systemClock;
  const ids = systemIds;
  const database = await connect({ databaseUrl, appDatabaseUrl: config.APP_DATABASE_URL, secretKey });
  const holes = await auditCatalog(database.worker);
  if (holes.length > 0)
    throw new DatabaseUnfit(
      `DATABASE_URL: row-level security has holes, and the program does not start on it: ${holes.map((one) => `${one.rule} ${one.detail}`).join("; ")}`,
    );

  const box = secretBox(secretKey);
  const book = createPriceBook(() => new Date(clock.now()));
  const applyPorts = (actor: string): ApplyPorts => ({
    book,
    worker: database.worker,
    box,
    ids,
    random: randomBytes,
    actor,
    keyShape: (secret) => ({ hash: hashApiKey(secret), ...partsOf(secret) }),
    derivePassword: async (password) => {
      const salt = randomBytes(SALT_BYTES);
      return { salt, derived: await derivePassword(password, salt) };
    },
  });
  const firstStart = await bootstrap(applyPorts("system:bootstrap"), config);
  if (firstStart) options.onFirstStart(firstStart);
  const configChanges = options.configFile ? await applyConfig(applyPorts("system:config-file"), options.configFile) : [];

  const epoch = randomUUID();
  const bus = config.REDIS_URL ? createRedisBus({ url: config.REDIS_URL, epoch }) : createMemoryBus(epoch);
  let redisDegraded = false;
  let livingNodes = 1;
  const limiter = config.REDIS_URL
    ? createRedisLimiter({
        url: config.REDIS_URL,
        clock,
        leaseId: randomUUID,
        nodes: () => livingNodes,
        commandTimeoutMs: config.REDIS_TIMEOUT_MS,
        onShared: (shared) => {
          redisDegraded = !shared;
          log.warn(shared ? "limits are shared through Redis again" : "Redis is out of reach; limits are counted by this program alone", {});
        },
      })
    : createMemoryLimiter(clock);

  const answersBytesMax = config.CACHE_MEGABYTES * 1024 * 1024;
  const answers = config.REDIS_URL
    ? createRedisAnswers({ url: config.REDIS_URL, clock, bytesMax: answersBytesMax, commandTimeoutMs: config.REDIS_TIMEOUT_MS })
    : createMemoryAnswers(clock, answersBytesMax);

  const journalDir = join(config.dataDir, "journal");
  await heartbeat({ worker: database.worker, epoch, host: hostname(), pid: process.pid });
  const metricsOf = { current: undefined as ReturnType<typeof createMetrics> | undefined };
  const onClosed = (row: CallRow, charged: NanoUsd): void => {
    void charged;
    metricsOf.current?.call({
      outcome: String(row["outcome"]),
      provider: row["provider_name"] as string | undefined,
      totalMs: Number(row["total_ms"]),
      firstTokenMs: (row["first_token_ms"] as number | null) ?? undefined,
      overheadMs: Number(row["overhead_ms"]),
    });
    bus.publish({ kind: "call.finished", workspaceId: toId("workspace", row.workspace_id), callId: row.id });
  };
  const journal = new Journal(journalDir, epoch);
  const idempotency = idempotencyIn(database.worker, { epoch, holdTtlSeconds: config.HOLD_TTL_SECONDS });
  const ledger = createLedger({ idempotency, connection: database.workerConfig, epoch, holdTtlSeconds: config.HOLD_TTL_SECONDS, journal, log, onClosed });
  const recovered = await recoverFromJournals({ worker: database.worker, ledger, epoch, journalDir, log });
  if (recovered.charged + recovered.givenBack > 0)
    options.say(`Recovered after an unclean stop: ${recovered.charged} calls charged for what they produced, ${recovered.givenBack} holds given back.`);
  const sweep = startSweep({
    worker: database.worker,
    ledger,
    epoch,
    host: hostname(),
    pid: process.pid,
    journalDir,
    intervalMs: config.SWEEP_INTERVAL_MS,
    holdTtlSeconds: config.HOLD_TTL_SECONDS,
    log,
    onNodes: (living) => {
      livingNodes = living;
    },
  });
  const retention = startRetention({ worker: database.worker, days: config.GENERATION_RETENTION_DAYS, log });

  const uses = new KeyUse();
  const keyUse = startKeyUse({ worker: database.worker, uses, log });
  const authenticator = createAuthenticator({ resolve: resolveKeyIn(database.app), clock, onUse: (principal, at) => uses.note(principal, at) });
  const health: HealthBook = new HealthBook((notice) => healthShare.tell(notice));
  const hear = (notice: HealthNotice): void => health.hear(notice);
  const healthShare = config.REDIS_URL ? createRedisHealthShare({ url: config.REDIS_URL, node: epoch, clock, hear }) : new HealthHub().join(hear);
  const catalog = await holdCatalog({
    worker: database.worker,
    connection: database.workerConfig,
    box,
    log,
    onChange: (what) => {
      if (what === "keys") authenticator.invalidate();
    },
    // A new key or address of a provider is worth a try at once.
    onProvidersChanged: (ids) => health.mended(ids),
  });
  const transport = createTransport({ allowPrivateAddresses: config.allowPrivateUpstreams });
  const guardedGet = createGuardedGet({ allowPrivateAddresses: config.allowPrivateUpstreams });
  const catalogWork = createCatalogWork({
    worker: database.worker,
    box,
    ids,
    book,
    read: (request) => guardedGet.get(request),
    refresh: () => catalog.refresh(),
  });
  const registry = createRegistry({
    overHttp: (wires) => httpAdapter(wires, transport),
    sandbox: { sleep: (ms, signal) => sleep(ms, undefined, { signal }), wordMs: 25 },
  });
  let accepting = true;
  const turns = new Turns();
  const underway = new Underway();
  const gateway: GatewayPorts = {
    underway,
    catalog,
    ledger,
    idempotency,
    answers,
    limiter,
    runaway: new RunawayGuard(clock),
    learned: new LearnedLimits(),
    health,
    turns,
    random: systemRandom,
    clock,
    ids,
    log,
    adapterOf: (kind) => (kind === "sandbox" && config.production ? undefined : registry(kind)),
    timeouts: { connectMs: config.UPSTREAM_CONNECT_MS, firstByteMs: config.UPSTREAM_FIRST_BYTE_MS, idleMs: config.UPSTREAM_IDLE_MS },
    callMaxMs: Math.min(CALL_MAX_MS, config.HOLD_TTL_SECONDS * 750),
    later: (ms, then) => {
      const timer = setTimeout(then, ms);
      return { cancel: () => clearTimeout(timer) };
    },
    accepting: () => accepting,
  };

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
      if (answer.kind === "answer") return failureOfStatus(answer.status);
      return answer.why === "slow" ? "timeout" : answer.why === "large" ? undefined : "connection";
    },
    health,
    clock,
  });
  const probing = setInterval(() => void prober.tick(), PROBE_TICK_MS);
  const healthWatch = new HealthWatch();
  const watching = setInterval(() => {
    const changes = healthWatch.look(catalog.current(), health, clock.now());
    for (const change of changes) log.warn("a provider's health changed", { ...change });
    if (changes.length > 0) bus.announce("provider.health");
  }, HEALTH_WATCH_MS);
  bus.onOrder((order) => underway.cancel(order.id, order));

  const nextRequestId = requestIds();
  const sessions = createSessions(database.app, clock);
  const clientAddress = clientAddressOf(config.TRUSTED_PROXIES ?? []);
  const trpcPorts: TrpcPorts = {
    pool: database.app,
    worker: database.worker,
    catalogWork,
    bus,
    sessions,
    clock,
    ids,
    random: randomBytes,
    publicUrl: config.PUBLIC_URL,
    clientAddress,
    signIn: createSignIn({ pool: database.app, worker: database.worker, clock, random: randomBytes }),
    health,
    invalidateKeys: () => authenticator.invalidate(),
    requestId: nextRequestId,
    report: (error, { where, requestId }) =>
      log.error("a procedure failed unexpectedly", { where, requestId, cause: error instanceof Error ? error.stack : String(error) }),
  };
  const metrics = createMetrics({
    allow: async (req, res) => {
      const principal = await authenticate({ authenticator }, req, "operator");
      if (!principal.ok) sendFailure(res, principal.failure);
      return principal.ok;
    },
    backlog: () => ledger.backlog(),
    droppedRecords: () => ledger.droppedRecords(),
    underway: () => underway.size,
    redisDegraded: () => redisDegraded,
    targetStates: () =>
      [...catalog.current().byWorkspace.values()].flatMap((shelf) =>
        [...shelf.models].map(([target, model]) => [target, STATE_NUMBER[stateOfModel(model, health, clock.now())]] as const),
      ),
  });
  metricsOf.current = metrics;
  const app = createApp({
    authenticator,
    gateway,
    clientAddress,
    catalog,
    underway,
    order: (order) => bus.order(order),
    runningResponses: new RunningResponses(),
    responsesKeptDays: config.RESPONSES_RETENTION_DAYS,
    spool: createSpool(join(config.dataDir, "spool"), config.SPOOL_BYTES_MAX),
    pool: database.app,
    ops: database.ops,
    worker: database.worker,
    ids,
    catalogWork,
    version: options.version,
    log,
    sse: { keepAliveMs: KEEP_ALIVE_MS, stalledMs: STALLED_CLIENT_MS },
    consoleDist: options.consoleDist,
    corsOrigins: config.CORS_ORIGINS ?? [],
    trpc: trpcHandler(trpcPorts),
    metrics: metrics.handler,
    requestId: nextRequestId,
    openApi: () => openApiDocument(options.version, config.PUBLIC_URL),
    applyConfig: async (raw, actor) => {
      const checked = checkConfig(raw, {});
      if (!checked.ok) throw new FailureError(checked.failure);
      const changes = await applyConfig(applyPorts(actor), checked.value);
      // The other nodes hear of it from Postgres; whoever asked this one finds it done.
      await catalog.refresh();
      return changes;
    },
    exportConfig: () => exportConfig(database.worker),
    dryRun: { ...gateway, catalog, turns },
    setPassword: async (email, password) => {
      const person = await database.worker.selectFrom("switchyard.users").select("id").where("email", "=", email).executeTakeFirst();
      if (!person) return false;
      const salt = randomBytes(SALT_BYTES);
      await setPassword(database.worker, {
        userId: toId("user", person.id),
        salt,
        derived: await derivePassword(password, salt),
        keepSession: Buffer.alloc(32),
      });
      return true;
    },
    unready: async () => [
      ...(accepting ? [] : ["shutting down"]),
      ...(ledger.ready() ? [] : ["too many settlements wait for the database"]),
      ...((await answersInTime()) ? [] : ["Postgres does not answer"]),
    ],
  });
  const answersInTime = (): Promise<boolean> =>
    Promise.race([
      sql`select 1`.execute(database.worker).then(
        () => true,
        () => false,
      ),
      sleep(DATABASE_CHECK_MS, false, { ref: false }),
    ]);
  const server = createServer(app, nextRequestId);
  const socket = attachTrpcSocket(server, trpcPorts);

  return {
    server,
    firstStart,
    configChanges,
    async stop(graceMs) {
      accepting = false;
      const deadline = performance.now() + graceMs;
      while (underway.size > 0 && performance.now() < deadline) await sleep(20);
      for (const call of underway) call.abort(failure("shutting_down", { detail: "the grace of the shutdown was over" }));
      socket.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const settled = performance.now() + LAST_SETTLEMENTS_MS;
      while (underway.size > 0 && performance.now() < settled) await sleep(10);
      server.closeAllConnections();
      await closed;
      clearInterval(watching);
      clearInterval(probing);
      retention.stop();
      await sweep.stop();
      await catalog.stop();
      await ledger.stop();
      journal.close();
      await Promise.all([keyUse.stop(), transport.close(), guardedGet.close(), limiter.close(), answers.close(), bus.close(), healthShare.close()]);
      await database.close();
    },
  };
}

/** What calls that were cut short get to be settled, in milliseconds. */
const LAST_SETTLEMENTS_MS = 4_000;
