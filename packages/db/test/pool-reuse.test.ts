/** One connection serves twenty workspaces in turn, badly treated, and never shows one what is another's. */
import { sql } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { asPrincipal } from "@switchyard/db/as-principal.pg";
import { rolePassword } from "@switchyard/db/roles.pg";
import { freshDatabase, TEST_SECRET_KEY, type FreshDatabase } from "@switchyard/testkit/postgres-harness.pg";
import { seedWorkspaces, type SeededWorkspace } from "@switchyard/testkit/seed-workspaces.pg";

const TRANSACTIONS = 1_000;
const WORKSPACES = 20;

let database: FreshDatabase;
let workspaces: SeededWorkspace[];
let pool: pg.Pool;
let admin: pg.Client;
beforeAll(async () => {
  database = await freshDatabase();
  workspaces = await seedWorkspaces(
    database.url,
    Array.from({ length: WORKSPACES }, (_, index) => `space-${index}`),
  );
  pool = new pg.Pool({ connectionString: database.as("sy_app", rolePassword(TEST_SECRET_KEY, "sy_app")), max: 1 });
  pool.on("error", () => {}); // Terminated while idle: the next transaction gets a new one.
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
});
afterAll(async () => {
  await pool.end();
  await admin.end();
  await database.drop();
});

type Disturbance = "none" | "throw" | "failed statement" | "statement timeout" | "terminated";
const DISTURBANCES: readonly Disturbance[] = ["throw", "failed statement", "statement timeout", "terminated"];

/** A shuffle that can be had again. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const result = [...items];
  let state = seed;
  for (let at = result.length - 1; at > 0; at--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = state % (at + 1);
    [result[at], result[other]] = [result[other] as T, result[at] as T];
  }
  return result;
}

async function transact(space: SeededWorkspace, disturbance: Disturbance): Promise<void> {
  await asPrincipal(pool, { kind: "system", workspaceId: space.workspaceId }, async (tx) => {
    const seen = await sql<{ workspace_id: string; pid: number }>`select distinct workspace_id, pg_backend_pid() as pid from switchyard.calls`.execute(tx);
    expect(seen.rows.map((row) => row.workspace_id)).toEqual([space.workspaceId]);
    switch (disturbance) {
      case "none":
        return;
      case "throw":
        throw new Error("disturbed");
      case "failed statement":
        return void (await sql`select 1 / 0`.execute(tx));
      case "statement timeout":
        await sql`select set_config('statement_timeout', '5', true)`.execute(tx);
        return void (await sql`select pg_sleep(5)`.execute(tx));
      case "terminated":
        await admin.query("select pg_terminate_backend($1, 5000)", [seen.rows[0]?.pid]);
        return void (await sql`select 1`.execute(tx));
    }
  });
}

it("leaves no setting, no transaction and no other role behind, however a transaction ended", async () => {
  const plan = shuffled(
    Array.from({ length: TRANSACTIONS }, (_, index) => ({
      space: workspaces[index % WORKSPACES] as SeededWorkspace,
      disturbance: index % 4 === 0 ? (DISTURBANCES[(index / 4) % 4] as Disturbance) : ("none" as const),
    })),
    7,
  );
  const left: unknown[] = [];
  for (const { space, disturbance } of plan) {
    const outcome = await transact(space, disturbance).then(
      () => "done",
      (error: unknown) => error,
    );
    if (disturbance === "none") expect(outcome).toBe("done");
    else expect(outcome, disturbance).toBeInstanceOf(Error);
    expect(pool.totalCount).toBeLessThanOrEqual(1);
    const raw = await pool.connect();
    try {
      const state =
        await raw.query(`select current_user as role, coalesce(current_setting('app.workspace_id', true), '') as workspace, coalesce(current_setting('app.user_id', true), '') as person,
        coalesce(current_setting('app.operator', true), '') as operator, pg_current_xact_id_if_assigned() is not null as open, current_setting('statement_timeout') as timeout,
        (select count(*)::int from switchyard.calls) as calls, (select count(*)::int from pg_class where relpersistence = 't') as temporary`);
      left.push(state.rows[0]);
    } finally {
      raw.release();
    }
  }
  expect(new Set(left.map((state) => JSON.stringify(state)))).toEqual(
    new Set([JSON.stringify({ role: "sy_app", workspace: "", person: "", operator: "", open: false, timeout: "0", calls: 0, temporary: 0 })]),
  );
}, 120_000);

it("gives a prepared statement the rows of whoever runs it", async () => {
  const prepared = async (space: SeededWorkspace): Promise<string[]> => {
    const client = await pool.connect();
    try {
      await client.query("begin");
      await client.query("select set_config('app.workspace_id', $1, true)", [space.workspaceId]);
      const rows = await client.query<{ workspace_id: string }>({ name: "same", text: "select workspace_id from switchyard.calls" });
      await client.query("commit");
      return rows.rows.map((row) => row.workspace_id);
    } finally {
      client.release();
    }
  };
  for (let round = 0; round < 12; round++) {
    const space = workspaces[round % 3] as SeededWorkspace;
    expect(await prepared(space)).toEqual([space.workspaceId]);
  }
});
