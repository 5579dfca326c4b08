/** What is over its time goes, for every workspace, and nothing else does. */
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, type Connections } from "@switchyard/db/connect.pg";
import { freshDatabase, TEST_SECRET_KEY, type FreshDatabase } from "@switchyard/testkit/postgres-harness.pg";
import { seedWorkspaces, type SeededWorkspace } from "@switchyard/testkit/seed-workspaces.pg";
import { startRetention } from "./retention.pg.ts";

let database: FreshDatabase;
let connections: Connections;
let seeded: SeededWorkspace[];
let admin: pg.Client;

beforeAll(async () => {
  database = await freshDatabase();
  seeded = await seedWorkspaces(database.url, ["acme", "globex", "initech"]);
  connections = await connect({ databaseUrl: database.url, secretKey: TEST_SECRET_KEY });
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await connections.close();
  await database.drop();
});

const idsIn = async (table: string, column = "id"): Promise<ReadonlySet<string>> =>
  new Set((await admin.query<{ id: string }>(`select ${column} as id from switchyard.${table}`)).rows.map((row) => row.id));

test("records of calls, kept responses and conversations with their items go when their time is over; entries stay", async () => {
  const [old, expired, young] = seeded.map(({ callId }) => callId);
  const entries = (await admin.query("select count(*) from ledger.entries")).rows;
  await admin.query("update switchyard.calls set at = at - interval '8 days' where id = $1", [old]);
  await admin.query("update switchyard.responses set expires_at = now() - interval '1 second' where id = $1", [expired]);
  await admin.query("update switchyard.conversations set expires_at = now() - interval '1 second' where workspace_id = $1", [seeded[1]?.workspaceId]);
  await admin.query("update switchyard.response_events set created_at = now() - interval '25 hours' where response_id = $1", [old]);
  const warnings: string[] = [];
  const retention = startRetention({
    worker: connections.worker,
    days: 7,
    log: { warn: (what, facts) => warnings.push(`${what} ${JSON.stringify(facts)}`) },
    everyMs: 20,
  });
  try {
    await expect.poll(() => idsIn("responses"), { timeout: 10_000 }).toEqual(new Set([old, young]));
    await expect.poll(() => idsIn("calls"), { timeout: 10_000 }).toEqual(new Set([expired, young]));
    // Events go sooner than their responses, and with them.
    await expect.poll(() => idsIn("response_events", "response_id"), { timeout: 10_000 }).toEqual(new Set([young]));
    await expect.poll(() => idsIn("conversations", "workspace_id"), { timeout: 10_000 }).toEqual(new Set([seeded[0]?.workspaceId, seeded[2]?.workspaceId]));
  } finally {
    retention.stop();
  }
  expect(await idsIn("response_items", "response_id")).toEqual(new Set([old, young]));
  expect(await idsIn("conversation_items", "workspace_id")).toEqual(new Set([seeded[0]?.workspaceId, seeded[2]?.workspaceId]));
  expect((await admin.query("select count(*) from ledger.entries")).rows).toEqual(entries);
  expect(warnings).toEqual([]);
});
