/** The last use of a key reaches its row, never goes back, and is not lost when the database does not take it. */
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect, type Connections } from "@switchyard/db/connect.pg";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import { freshDatabase, TEST_SECRET_KEY, type FreshDatabase } from "@switchyard/testkit/postgres-harness.pg";
import { seedWorkspaces, type SeededWorkspace } from "@switchyard/testkit/seed-workspaces.pg";
import { startKeyUse, writeKeyUse } from "./key-use.pg.ts";
import { KeyUse } from "./key-use.ts";
import { keyPrincipal } from "./testing/key-principal.ts";

let database: FreshDatabase;
let connections: Connections;
let seeded: SeededWorkspace[];
let admin: pg.Client;

beforeAll(async () => {
  database = await freshDatabase();
  seeded = await seedWorkspaces(database.url, ["acme", "globex"]);
  connections = await connect({ databaseUrl: database.url, secretKey: TEST_SECRET_KEY });
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await connections.close();
  await database.drop();
});

const LONG_MS = 3_600_000;
const PATIENCE = { timeout: 10_000 };
const lastUses = async (): Promise<(number | undefined)[]> => {
  const { rows } = await admin.query<{ id: string; last_used_at: Date | null }>("select id, last_used_at from switchyard.api_keys");
  return seeded.map(({ keyId }) => rows.find((row) => row.id === keyId)?.last_used_at?.getTime());
};
const principalOf = ({ workspaceId, keyId }: SeededWorkspace): KeyPrincipal => keyPrincipal({ workspaceId, keyId });
const noted = (...times: number[]) =>
  times.flatMap((at, index) => {
    const space = seeded[index];
    return space ? [{ workspaceId: space.workspaceId, keyId: space.keyId, at: toEpochMs(at) }] : [];
  });

it("writes many keys of many workspaces at once, and never a time back", async () => {
  await writeKeyUse(connections.worker, noted(10_000, 20_000));
  expect(await lastUses()).toEqual([10_000, 20_000]);
  await writeKeyUse(connections.worker, noted(9_000, 30_000));
  expect(await lastUses()).toEqual([10_000, 30_000]);
});

it("locks keys in the order of their ids whatever the order of their uses, so that no two programs wait for each other", async () => {
  const inOrder = noted(40_000, 40_000).toSorted((one, other) => (one.workspaceId < other.workspaceId ? -1 : 1));
  const [first, last] = inOrder;
  const other = new pg.Client({ connectionString: database.url });
  await other.connect();
  try {
    // Now it lies behind the other on disk, where a scan that knows no order comes to it last.
    await admin.query("update switchyard.api_keys set last_used_at = null where id = $1", [first?.keyId]);
    await admin.query("begin");
    await admin.query("select 1 from switchyard.api_keys where id = $1 for update", [first?.keyId]);
    const writing = writeKeyUse(connections.worker, inOrder.toReversed());
    await expect
      .poll(
        async () => (await other.query("select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")).rowCount,
        PATIENCE,
      )
      .toBe(1);
    expect((await other.query("select 1 from switchyard.api_keys where id = $1 for update skip locked", [last?.keyId])).rowCount).toBe(1);
    await admin.query("commit");
    await writing;
  } finally {
    await admin.query("rollback"); // Only says that there is nothing to roll back, when all went well.
    await other.end();
  }
  expect(await lastUses()).toEqual([40_000, 40_000]);
});

it("does not tell every program that a key has changed", async () => {
  const heard: string[] = [];
  const listener = new pg.Client({ connectionString: database.url });
  listener.on("notification", ({ channel, payload }) => void heard.push(`${channel} ${payload ?? ""}`));
  await listener.connect();
  try {
    await listener.query("listen switchyard_changed");
    await writeKeyUse(connections.worker, noted(50_000, 50_000));
    await admin.query("notify switchyard_changed, 'the end'");
    await expect.poll(() => heard.at(-1), PATIENCE).toContain("the end");
    expect(heard).toHaveLength(1);
  } finally {
    await listener.end();
  }
});

it("writes by itself, and what is left when it stops", async () => {
  const [acme, globex] = seeded;
  if (!acme || !globex) throw new Error("two workspaces were asked for");
  const uses = new KeyUse();
  const often = startKeyUse({ worker: connections.worker, uses, log: console, everyMs: 20 });
  uses.note(principalOf(acme), toEpochMs(60_000));
  await expect.poll(async () => (await lastUses())[0], PATIENCE).toBe(60_000);
  await often.stop();
  const seldom = startKeyUse({ worker: connections.worker, uses, log: console, everyMs: LONG_MS });
  uses.note(principalOf(globex), toEpochMs(70_000));
  await seldom.stop();
  expect(await lastUses()).toEqual([60_000, 70_000]);
});

it("keeps what the database did not take and says so", async () => {
  const [acme] = seeded;
  if (!acme) throw new Error("two workspaces were asked for");
  const warned: unknown[] = [];
  const uses = new KeyUse();
  uses.note(principalOf(acme), toEpochMs(80_000));
  await admin.query("revoke update on switchyard.api_keys from sy_worker");
  await startKeyUse({ worker: connections.worker, uses, log: { warn: (what) => void warned.push(what) }, everyMs: LONG_MS }).stop();
  expect(warned).toHaveLength(1);
  await admin.query("grant update on switchyard.api_keys to sy_worker");
  await startKeyUse({ worker: connections.worker, uses, log: console, everyMs: LONG_MS }).stop();
  expect((await lastUses())[0]).toBe(80_000);
});
