/** Runs the console's server side on a database of its own, and speaks to it as a browser would. */
import { createServer, type Server } from "node:http";
import { randomBytes } from "node:crypto";
import { createTRPCClient, createWSClient, httpBatchLink, wsLink, type TRPCClient } from "@trpc/client";
import express from "express";
import pg from "pg";
import superjson from "superjson";
import { WebSocket } from "ws";
import { connect, type Connections } from "@switchyard/db/connect.pg";
import { setPassword } from "@switchyard/db/queries/account";
import { PROVIDER_FAILURES, type ProviderFailureKind } from "@switchyard/shared/domain/call";
import { DEFAULT_OWNER } from "@switchyard/shared/domain/routing";
import type { UserId, Ids } from "@switchyard/shared/kernel/id";
import { toEpochMs, type Clock } from "@switchyard/shared/kernel/time";
import { CLIENT_HEADER, CLIENT_NAME } from "@switchyard/shared/wire/console/client";
import { freshDatabase, TEST_SECRET_KEY, type FreshDatabase } from "@switchyard/testkit/postgres-harness.pg";
import { seedWorkspaces, uuidAt, type SeededWorkspace } from "@switchyard/testkit/seed-workspaces.pg";
import { createCatalogEdit } from "../../../catalog/catalog-edit.pg.ts";
import { createCatalogWork } from "../../../catalog/catalog-work.pg.ts";
import { platformLimits } from "../../../catalog/platform-limits.pg.ts";
import { EMPTY_SHELF } from "../../../catalog/snapshot.ts";
import { createPriceBook } from "../../../catalog/price-book.sdk.ts";
import { secretBox } from "../../../catalog/secret-box.ts";
import { createGuardedGet } from "../../../providers/guarded-get.http.ts";
import { createMemoryBus } from "../../../events/event-bus.memory.ts";
import type { EventBus } from "../../../events/event-bus.ts";
import { derivePassword, SALT_BYTES } from "../../../identity/password.ts";
import { createSessions } from "../../../identity/session.pg.ts";
import { createMemoryLimiter } from "../../../limits/limiter.memory.ts";
import { HealthBook } from "../../../routing/health.ts";
import { Turns } from "../../../routing/turns.ts";
import { createSignIn } from "../../../identity/sign-in.pg.ts";
import { attachTrpcSocket } from "../../ws/trpc-socket.ws.ts";
import { trpcHandler } from "../mount.http.ts";
import type { ReportPlace, TrpcPorts } from "../ports.ts";
import type { AppRouter } from "../router.ts";

export const PASSWORD = "a password of the test";

export interface ConsoleRig {
  readonly url: string;
  readonly ports: TrpcPorts;
  readonly bus: EventBus;
  readonly database: FreshDatabase;
  /** A superuser's connection, to look behind the curtain. */
  readonly admin: pg.Client;
  readonly workspaces: readonly SeededWorkspace[];
  /** What the server thought worth a look. */
  readonly reported: ({ readonly error: unknown } & ReportPlace)[];
  readonly keysInvalidated: () => number;
  /** A browser without a session. Each has an address of its own, so that one's mistakes do not throttle another. */
  browser(): Browser;
  /** A browser in which this person is signed in. */
  signedIn(email: string): Promise<Browser>;
  /** A person without any workspace. */
  addOperator(email: string): Promise<UserId>;
  close(): Promise<void>;
}

export interface Browser {
  readonly client: TRPCClient<AppRouter>;
  /** The cookie header it would send. */
  cookie(): string;
  /** A raw request with its cookie, as a page of ours sends it unless overridden. */
  fetch(
    path: string,
    init?: { method?: string; headers?: Record<string, string | undefined>; body?: string },
  ): Promise<{ status: number; headers: Headers; text: string }>;
  /** A client whose subscriptions travel over a WebSocket. */
  live(): { client: TRPCClient<AppRouter>; close: () => Promise<void> };
}

/** An answer without the one thing in which any two of them differ, so that they can be compared. */
export const nameless = (text: string): string => text.replaceAll(/"requestId":"req_\d+"/g, '"requestId":"…"');

/** The rig has no calls: nothing is routed here. */
const EMPTY_CATALOG = { platform: EMPTY_SHELF, byWorkspace: new Map() };
const { routing, ...defaults } = DEFAULT_OWNER;
const ROUTING_DEFAULTS = {
  ...defaults,
  sticky: routing.sticky,
  hedgeAfterMs: routing.hedgeAfterMs,
  cache: routing.cache,
  restAfter: routing.restAfter,
  connectMs: 5_000,
  firstTokenMs: 60_000,
  answerMs: 60_000,
  stallMs: 60_000,
  on: Object.fromEntries(PROVIDER_FAILURES.map((kind) => [kind, "next"])) as Record<ProviderFailureKind, "next">,
};

const ADDRESS_HEADER = "x-test-address";

export async function startConsoleRig(names: readonly string[]): Promise<ConsoleRig> {
  const database = await freshDatabase();
  const workspaces = await seedWorkspaces(database.url, names);
  const connections = await connect({ databaseUrl: database.url, secretKey: TEST_SECRET_KEY, poolMax: 4 });
  connections.serve();
  const admin = new pg.Client({ connectionString: database.url });
  admin.on("error", () => undefined); // Seen by query(), which rejects.
  await admin.connect();
  await givePasswords(
    connections,
    workspaces.flatMap((one) => [one.owner.id, one.member.id]),
  );

  const clock: Clock = { now: () => toEpochMs(Date.now()), monotonic: () => performance.now() };
  const ids: Ids = { next: () => uuidAt(Date.now()) as never };
  const bus = createMemoryBus("test");
  const guardedGet = createGuardedGet({ allowPrivateAddresses: true });
  const reported: ConsoleRig["reported"] = [];
  let invalidated = 0;
  let requests = 0;
  const requestId = (): string => `req_${(requests += 1)}`;
  const catalogPorts = {
    worker: connections.worker,
    box: secretBox(TEST_SECRET_KEY),
    ids,
    clock,
    random: randomBytes,
    book: createPriceBook(() => new Date()),
    read: (request: Parameters<typeof guardedGet.get>[0]) => guardedGet.get(request),
    readBook: (bounds: { readonly bytesMax: number; readonly totalMs: number }) => guardedGet.get({ ...bounds, url: "http://127.0.0.1:9/", headers: {} }),
    refresh: async () => {},
  };
  const ports: TrpcPorts = {
    pool: connections.app,
    worker: connections.worker,
    catalogWork: createCatalogWork(catalogPorts),
    catalogEdit: createCatalogEdit(catalogPorts),
    routingDefaults: ROUTING_DEFAULTS,
    fromFile: () => false,
    dryRun: {
      catalog: { current: () => EMPTY_CATALOG, at: async () => EMPTY_CATALOG },
      adapterOf: () => undefined,
      health: new HealthBook(),
      turns: new Turns(),
      clock,
    },
    bus,
    clock,
    ids,
    random: randomBytes,
    publicUrl: undefined,
    sessions: createSessions(connections.app, clock),
    signIn: createSignIn({ pool: connections.app, worker: connections.worker, clock, random: randomBytes }),
    clientAddress: (request) => String(request.headers[ADDRESS_HEADER] ?? "0.0.0.0"),
    health: new HealthBook(),
    keysOf: () => [],
    limiter: createMemoryLimiter(clock),
    platformLimits: platformLimits({ worker: connections.worker, ids, refresh: async () => {} }),
    invalidateKeys: () => void (invalidated += 1),
    requestId,
    report: (error, place) => void reported.push({ error, ...place }),
  };
  const app = express();
  app.use((_req, res, next) => {
    res.setHeader("x-request-id", requestId());
    next();
  });
  app.use("/trpc", trpcHandler(ports));
  const server = createServer(app);
  const socket = attachTrpcSocket(server, ports);
  const url = await listen(server);

  const browser = (): Browser => openBrowser(url);
  return {
    url,
    ports,
    bus,
    database,
    admin,
    workspaces,
    reported,
    browser,
    keysInvalidated: () => invalidated,
    async signedIn(email) {
      const one = browser();
      await one.client.account.signIn.mutate({ email, password: PASSWORD });
      return one;
    },
    async addOperator(email) {
      const id = uuidAt(Date.now()) as UserId;
      await admin.query("insert into switchyard.users (id, email, operator) values ($1, $2, true)", [id, email]);
      await givePasswords(connections, [id]);
      return id;
    },
    async close() {
      socket.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await bus.close();
      await admin.end();
      await connections.close();
      await database.drop();
    },
  };
}

async function givePasswords(connections: Connections, users: readonly UserId[]): Promise<void> {
  const salt = randomBytes(SALT_BYTES);
  const derived = await derivePassword(PASSWORD, salt);
  for (const userId of users) await setPassword(connections.worker, { userId, salt, derived, keepSession: randomBytes(32) });
}

function listen(server: Server): Promise<string> {
  return new Promise((done) =>
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("not a TCP server");
      done(`http://127.0.0.1:${address.port}`);
    }),
  );
}

let browsers = 0;

function openBrowser(url: string): Browser {
  let jar = "";
  browsers += 1;
  const address = `10.0.${browsers >> 8}.${browsers & 255}`;
  const own = (): Record<string, string> => ({ origin: url, [CLIENT_HEADER]: CLIENT_NAME, [ADDRESS_HEADER]: address, ...(jar === "" ? {} : { cookie: jar }) });
  const keepCookie = (headers: Headers): void => {
    for (const line of headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      jar = pair.endsWith("=") ? "" : pair;
    }
  };
  const transport = async (input: Request | URL | string, init?: RequestInit): Promise<Response> => {
    const response = await fetch(input, { ...init, headers: { ...(init?.headers as Record<string, string>), ...own() } });
    keepCookie(response.headers);
    return response;
  };
  return {
    client: createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: `${url}/trpc`, transformer: superjson, fetch: transport as never, maxItems: 20 })] }),
    cookie: () => jar,
    async fetch(path, { method = "GET", headers = {}, body } = {}) {
      const sent = Object.fromEntries(Object.entries({ ...own(), ...headers }).filter((pair): pair is [string, string] => pair[1] !== undefined));
      const response = await fetch(`${url}${path}`, { method, headers: sent, ...(body === undefined ? {} : { body }) });
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
    live() {
      const cookie = jar;
      class OwnSocket extends WebSocket {
        constructor(address: string) {
          super(address, { headers: { origin: url, cookie } });
          this.on("error", () => undefined); // A refused upgrade is seen by the client's close event.
        }
      }
      const socket = createWSClient({
        url: `${url.replace("http", "ws")}/trpc`,
        WebSocket: OwnSocket as unknown as typeof globalThis.WebSocket,
        retryDelayMs: () => 50,
      });
      return { client: createTRPCClient<AppRouter>({ links: [wsLink({ client: socket, transformer: superjson })] }), close: () => socket.close() };
    },
  };
}
