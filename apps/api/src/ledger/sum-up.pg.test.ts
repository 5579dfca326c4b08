/** Calls are summed up when their half hour is over, a late one too, whichever way the ledger wrote it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, type Connections } from "@switchyard/db/connect.pg";
import type { CallRecord } from "@switchyard/shared/domain/call";
import { NO_USAGE } from "@switchyard/shared/domain/usage";
import { toId } from "@switchyard/shared/kernel/id";
import { nano } from "@switchyard/shared/kernel/money";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import { freshDatabase, TEST_SECRET_KEY, type FreshDatabase } from "@switchyard/testkit/postgres-harness.pg";
import { seedWorkspaces, uuidAt, type SeededWorkspace } from "@switchyard/testkit/seed-workspaces.pg";
import { idempotencyIn } from "./idempotency.pg.ts";
import { Journal } from "./journal.fs.ts";
import { createLedger, type PgLedger } from "./ledger.pg.ts";
import { startSumming, sumUpCalls } from "./sum-up.pg.ts";

const DAYS = 30;
const HOUR_MS = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), "switchyard-sums-"));
let database: FreshDatabase;
let connections: Connections;
let workspace: SeededWorkspace;
let admin: pg.Client;
let ledger: PgLedger;
let journal: Journal;

beforeAll(async () => {
  database = await freshDatabase();
  [workspace = expect.fail("one is seeded")] = await seedWorkspaces(database.url, ["acme"]);
  connections = await connect({ databaseUrl: database.url, secretKey: TEST_SECRET_KEY });
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  const options = { epoch: randomUUID(), holdTtlSeconds: 60 };
  journal = new Journal(folder, options.epoch);
  const log = { warn: () => {}, error: () => {} };
  const idempotency = idempotencyIn(connections.worker, options);
  ledger = createLedger({ ...options, idempotency, connection: connections.workerConfig, journal, log, onClosed: () => {} });
});
afterAll(async () => {
  await ledger.stop();
  journal.close();
  await admin.end();
  await connections.close();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** The record of a call that was given back, as the program writes it when it ends. */
const record = (at: number, outcome: CallRecord["outcome"]): CallRecord => ({
  id: toId("call", uuidAt(at)),
  workspaceId: workspace.workspaceId,
  at: toEpochMs(at),
  surface: "chat",
  outcome,
  httpStatus: 429,
  stream: false,
  keyId: undefined,
  userId: undefined,
  modelAsked: "pool",
  groupName: undefined,
  providerName: undefined,
  modelName: undefined,
  attempts: [],
  route: undefined,
  usage: NO_USAGE,
  usageBasis: "none",
  usageSuspect: false,
  priceId: undefined,
  held: nano(0n),
  cost: nano(0n),
  queueMs: 0,
  firstTokenMs: undefined,
  totalMs: 3,
  overheadMs: 3,
  finishReason: undefined,
  errorCode: undefined,
  errorText: undefined,
});

async function holdAndClose(at: number): Promise<void> {
  const closing = record(at, "failed");
  const { id: callId, workspaceId, keyId, modelAsked, stream } = closing;
  expect(await ledger.hold({ callId, workspaceId, amount: nano(5n), budgetIds: [], keyId, modelAsked, stream })).toEqual({ kind: "held" });
  expect(await ledger.close({ record: closing, void: true })).toMatchObject({ kind: "closed" });
}

const summed = async (outcome: string): Promise<number> =>
  Number(
    (
      await admin.query("select coalesce(sum(calls), 0) as n from switchyard.call_sums where slot > 'epoch' and width = '30 minutes' and outcome = $1", [
        outcome,
      ])
    ).rows[0].n,
  );
const lateSlots = async (): Promise<number> => Number((await admin.query("select count(*) as n from ledger.late_slots")).rows[0].n);

test("what is closed or recorded late is summed up again, and what is not late is not noted", async () => {
  await sumUpCalls(connections.worker, DAYS);
  const now = Date.now();
  await Promise.all([holdAndClose(now), holdAndClose(now - 1_000)]);
  expect(await lateSlots()).toBe(0);

  await holdAndClose(now - 5 * HOUR_MS);
  await Promise.all([holdAndClose(now - 26 * HOUR_MS), holdAndClose(now - 26 * HOUR_MS - 1), holdAndClose(now)]);
  ledger.record(record(now - 3 * HOUR_MS, "refused"));
  await expect.poll(lateSlots).toBe(3);
  expect(await summed("failed")).toBe(0);
  await sumUpCalls(connections.worker, DAYS);
  expect([await summed("failed"), await summed("refused"), await lateSlots()]).toEqual([3, 1, 0]);
  await sumUpCalls(connections.worker, DAYS);
  expect([await summed("failed"), await summed("refused")]).toEqual([3, 1]);
});

test("a half hour whose calls may be gone is left as it was summed up", async () => {
  await holdAndClose(Date.now() - 40 * 24 * HOUR_MS);
  await sumUpCalls(connections.worker, DAYS);
  expect([await summed("failed"), await lateSlots()]).toEqual([3, 0]);
});

test("rounds go on by themselves, say why when they fail, and end", async () => {
  const warnings: string[] = [];
  const log = { warn: (what: string): void => void warnings.push(what) };
  const rounds = startSumming({ worker: connections.worker, days: DAYS, log, everyMs: 20 });
  await holdAndClose(Date.now() - 7 * HOUR_MS);
  await expect.poll(() => summed("failed")).toBe(4);
  await admin.query("alter function ledger.sum_up_calls(int, int) rename to elsewhere");
  await expect.poll(() => warnings[0]).toContain("could not be summed up");
  await admin.query("alter function ledger.elsewhere(int, int) rename to sum_up_calls");
  await rounds.stop();
});
