/**
 * The catalog follows Postgres through every gap in its listening. It is read anew every half minute whatever happens, so each
 * test is about a change that has to arrive sooner than that.
 */
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { connect, type Connections } from "@switchyard/db/connect.pg";
import { startFaultProxy, type FaultProxy } from "@switchyard/testkit/fault-proxy";
import { freshDatabase, TEST_SECRET_KEY, type FreshDatabase } from "@switchyard/testkit/postgres-harness.pg";
import { seedWorkspaces, type SeededWorkspace } from "@switchyard/testkit/seed-workspaces.pg";
import { secretBox } from "./secret-box.ts";
import { holdCatalog, type CatalogHold } from "./snapshot.pg.ts";

let database: FreshDatabase;
let acme: SeededWorkspace;
let admin: pg.Client;
/** Between the catalog's listening and Postgres, and between its reading and Postgres. */
let listening: FaultProxy;
let reading: FaultProxy;
let connections: Connections;
const through = (proxy: FaultProxy, url: string): string => {
  const proxied = new URL(url);
  proxied.port = String(proxy.port);
  return proxied.href;
};

beforeAll(async () => {
  database = await freshDatabase();
  [acme = expect.fail("no workspace")] = await seedWorkspaces(database.url, ["acme"]);
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  const port = Number(new URL(database.url).port);
  [listening, reading] = await Promise.all([startFaultProxy({ port }), startFaultProxy({ port })]);
  connections = await connect({ databaseUrl: through(reading, database.url), secretKey: TEST_SECRET_KEY });
  connections.serve();
});
beforeEach(async () => {
  await Promise.all([listening.set({ kind: "pass" }), reading.set({ kind: "pass" })]);
});
afterAll(async () => {
  await connections.close();
  await Promise.all([listening.close(), reading.close(), admin.end()]);
  await database.drop();
});

interface Held {
  readonly catalog: CatalogHold;
  readonly warnings: string[];
  /** What it was told to have changed. */
  readonly told: string[];
}

/** A catalog whose listening goes through its proxy, stopped at the end of the test. */
async function holding(run: (held: Held) => Promise<void>): Promise<void> {
  const warnings: string[] = [];
  const told: string[] = [];
  const catalog = await holdCatalog({
    worker: connections.worker,
    connection: { ...connections.workerConfig, connectionString: through(listening, connections.workerConfig.connectionString ?? "") },
    box: secretBox(TEST_SECRET_KEY),
    log: { warn: (what) => void warnings.push(what) },
    onChange: (what) => void told.push(what),
  });
  try {
    await run({ catalog, warnings, told });
  } finally {
    await listening.set({ kind: "pass" });
    await catalog.stop();
  }
}

let windows = 100_000;
/** Changes a model, and tells to what. */
async function change(): Promise<number> {
  windows += 1;
  await admin.query("update switchyard.models set context_window = $2 where id = $1", [acme.modelId, windows]);
  return windows;
}
const windowIn = ({ catalog }: Held): number | undefined => catalog.current().byWorkspace.get(acme.workspaceId)?.models.get("acme/model-1")?.contextWindow;
/** Keys are told to have changed whenever listening begins. */
const isListening = (held: Held) => expect.poll(() => held.told).toContain("keys");

it("has a change at once while it listens, and tells it once it has it", () =>
  holding(async (held) => {
    await isListening(held);
    const wanted = await change();
    await expect.poll(() => held.told).toContain("catalog");
    expect(windowIn(held)).toBe(wanted);
  }));

it("has what was changed after it was read first and before it listened", async () => {
  await listening.set({ kind: "blackhole" });
  await holding(async (held) => {
    const wanted = await change();
    expect(windowIn(held)).not.toBe(wanted);
    expect(held.told).toEqual([]);
    await listening.set({ kind: "pass" });
    await expect.poll(() => windowIn(held)).toBe(wanted);
  });
});

it("has what was changed while its listening was broken", () =>
  holding(async (held) => {
    await isListening(held);
    await listening.set({ kind: "refuse" });
    const wanted = await change();
    await expect.poll(() => held.warnings).toContain("cannot listen for changes; trying again");
    expect(windowIn(held)).not.toBe(wanted);
    await listening.set({ kind: "pass" });
    await expect.poll(() => windowIn(held)).toBe(wanted);
    expect(held.told.filter((what) => what === "keys").length).toBeGreaterThan(1);
  }));

it("keeps the last catalog when it cannot be read, and tries again soon", () =>
  holding(async (held) => {
    await isListening(held);
    const before = windowIn(held);
    await reading.set({ kind: "refuse" });
    const wanted = await change();
    await expect.poll(() => held.warnings).toContain("the catalog could not be read; the last one stays until it can");
    expect(windowIn(held)).toBe(before);
    await reading.set({ kind: "pass" });
    await expect.poll(() => windowIn(held)).toBe(wanted);
  }));
