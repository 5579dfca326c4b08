/** What a closing charges that is not plain: a call dearer than its hold, and one whose hold was given back before it ended. */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshDatabase, type FreshDatabase } from "@switchyard/testkit/postgres-harness.pg";
import { uuidAt } from "@switchyard/testkit/seed-workspaces.pg";

let database: FreshDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

const HOLD = 1_000;

interface Closed {
  readonly outcome: string;
  readonly charged: string;
  readonly written_off: string;
}

/** A wallet of its own with so much money, and a budget where there is to be one. */
async function purse(credit: number, budgetCap?: number) {
  const space = randomUUID();
  await client.query("insert into switchyard.workspaces (workspace_id, name, kind) values ($1, $2, 'team')", [space, `space-${space}`]);
  await client.query("select ledger.credit($1, $2, $3, 'credit', 'platform:promo', 'test', null)", [randomUUID(), space, credit]);
  const budgets: string[] = [];
  if (budgetCap !== undefined) {
    budgets.push(randomUUID());
    await client.query("insert into ledger.budgets (workspace_id, id, cap) values ($1, $2, $3)", [space, budgets[0], budgetCap]);
  }
  const id = uuidAt(Date.now());
  const place = (call: string) =>
    client.query("select outcome from ledger.place($1, $2, 600, false)", [
      JSON.stringify([{ workspace_id: space, id: call, amount: HOLD, budget_ids: budgets, key_id: null, model_asked: "m", stream: false }]),
      randomUUID(),
    ]);
  const close = async (cost: number, basis: string): Promise<Closed | undefined> =>
    (
      await client.query<Closed>("select outcome, charged, written_off from ledger.close($1, false)", [
        JSON.stringify([{ workspace_id: space, id, cost, charged: cost, usage_basis: basis }]),
      ])
    ).rows[0];
  const wallet = async () =>
    (await client.query<{ posted: string; held: string }>("select posted, held from ledger.wallets where workspace_id = $1", [space])).rows[0];
  const entries = async () =>
    (await client.query<{ kind: string; amount: string }>("select kind, amount from ledger.entries where hold_id = $1 order by seq", [id])).rows;
  expect((await place(id)).rows).toEqual([{ outcome: "ok" }]);
  return { place, close, wallet, entries };
}

describe.each([
  ["without a budget", undefined],
  ["within a budget", 10_000],
] as const)("%s", (_where, cap) => {
  test("a call that cost more than its hold is charged all of it, as far as there is money", async () => {
    const rich = await purse(5_000, cap);
    expect(await rich.close(1_700, "usage")).toEqual({ outcome: "ok", charged: "1700", written_off: "0" });
    expect(await rich.wallet()).toEqual({ posted: "3300", held: "0" });
    const poor = await purse(1_200, cap);
    expect(await poor.close(1_700, "usage")).toEqual({ outcome: "ok", charged: "1200", written_off: "500" });
    expect(await poor.wallet()).toEqual({ posted: "0", held: "0" });
  });

  test("money that another call holds is not taken for it", async () => {
    const shared = await purse(2_500, cap);
    await shared.place(uuidAt(Date.now()));
    expect(await shared.close(1_700, "usage")).toEqual({ outcome: "ok", charged: "1500", written_off: "200" });
    expect(await shared.wallet()).toEqual({ posted: "1000", held: "1000" });
  });

  test("a call whose hold was given back is charged late, once, from free money only", async () => {
    const late = await purse(5_000, cap);
    expect(await late.close(0, "none")).toMatchObject({ outcome: "ok", charged: "0" });
    expect(await late.wallet()).toEqual({ posted: "5000", held: "0" });
    expect(await late.close(700, "usage")).toEqual({ outcome: "ok", charged: "700", written_off: "0" });
    expect(await late.close(700, "usage")).toMatchObject({ outcome: "exists", charged: "700" });
    expect(await late.wallet()).toEqual({ posted: "4300", held: "0" });
    expect(await late.entries()).toEqual([{ kind: "late_usage", amount: "700" }]);
    const broke = await purse(1_000, cap);
    await broke.close(0, "none");
    await broke.place(uuidAt(Date.now()));
    expect(await broke.close(700, "usage")).toEqual({ outcome: "ok", charged: "0", written_off: "700" });
  });
});

test("a budget lets no more through than it has left beside the hold", async () => {
  const narrow = await purse(5_000, 1_300);
  expect(await narrow.close(1_700, "usage")).toEqual({ outcome: "ok", charged: "1300", written_off: "400" });
  const late = await purse(5_000, 1_300);
  await late.close(0, "none");
  expect(await late.close(1_700, "usage")).toEqual({ outcome: "ok", charged: "1300", written_off: "400" });
});

test("no invariant is broken by any of it", async () => {
  // I8 asks for the records of calls, which are not made here.
  expect((await client.query("select * from ledger.violations() where invariant not like 'I8 %'")).rows).toEqual([]);
});
