/** The list asks Postgres exactly what the live list asks `matches`; the overview has a bucket for every step. */
import fc from "fast-check";
import pg from "pg";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asPrincipal, type PrincipalTx } from "@switchyard/db/as-principal.pg";
import { connect, type Connections } from "@switchyard/db/connect.pg";
import { CALL_OUTCOMES } from "@switchyard/shared/domain/call";
import { FILTERED_OUTCOMES, matches, readFilter, type CallFilter } from "@switchyard/shared/domain/call-filter";
import { formatId, type CallId, type KeyId } from "@switchyard/shared/kernel/id";
import { freshDatabase, TEST_SECRET_KEY, type FreshDatabase } from "@switchyard/testkit/postgres-harness.pg";
import { seedCalls, seedWorkspaces, uuidAt, type CallToSeed, type SeededWorkspace } from "@switchyard/testkit/seed-workspaces.pg";
import { firstIdAt, listCalls, type StoredCallRow } from "./calls.ts";
import { overviewSpan, readOverview } from "./overview.ts";

let database: FreshDatabase;
let connections: Connections;
let workspace: SeededWorkspace;
let neighbour: SeededWorkspace;
let rows: readonly StoredCallRow[];
const otherKey = uuidAt(Date.now()) as KeyId;
const NOW = Date.now();

/** As the request path asks. */
const run = <T>(work: (tx: PrincipalTx) => Promise<T>): Promise<T> =>
  asPrincipal(connections.app, { kind: "system", workspaceId: workspace.workspaceId }, work);

const GROUPS = ["pool", "Pool", "p_ol"];
const TEXTS = [null, "100 % of MAIN failed", "ÉCLAIR \\ _x_", "main", 'It\'s "quoted" \u{1f600}'];
const pick = <T>(items: readonly T[], index: number): T => items[index % items.length] as T;

function variedCalls(): CallToSeed[] {
  return Array.from({ length: 150 }, (_, index) => ({
    at: new Date(NOW - index * 40_000 - (index % 7)),
    ...(index % 3 === 0 ? { cost: BigInt(index) } : {}),
    columns: {
      outcome: pick(CALL_OUTCOMES, index),
      group_name: pick([...GROUPS, null], index * 7),
      provider_name: pick(["main", "spare", null], index * 5),
      model_name: pick(["m1", "m2", null], index * 11),
      key_id: pick([workspace.keyId, otherKey, null], index * 13),
      error_code: pick([null, "internal", "provider_error"], index * 3),
      error_text: pick(TEXTS, index * 17),
      route: pick(
        [null, { by: "group", of: "workspace", order: [], cached: { from: "gen_1", ageSeconds: 3 } }, { by: "auto", of: "platform", order: [] }],
        index * 19,
      ),
      attempts:
        index % 4 === 0
          ? [
              { provider: "main", model: "m1", outcome: "failed", startMs: 0, totalMs: 1, bytes: 0 },
              { provider: "spare", model: "m2", outcome: "ok", startMs: 1, totalMs: 2, bytes: 1 },
            ]
          : [],
    },
  }));
}

beforeAll(async () => {
  database = await freshDatabase();
  [workspace = expect.fail("one is seeded"), neighbour = expect.fail("another is seeded")] = await seedWorkspaces(database.url, ["one", "other"]);
  connections = await connect({ databaseUrl: database.url, secretKey: TEST_SECRET_KEY, poolMax: 2 });
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  await seedCalls(admin, { workspaceId: workspace.workspaceId, keyId: workspace.keyId, provider: "main", model: "m1", group: "pool" }, variedCalls());
  await admin.end();
  const all = readFilter({});
  if (!all.ok) return expect.fail("an empty filter is valid");
  rows = (await run((tx) => listCalls(tx, { criteria: all.value, limit: 200 }))).items;
});
afterAll(async () => {
  await connections.close();
  await database.drop();
});

const optional = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: values });
const anyInstant = fc.integer({ min: NOW - 7_000_000, max: NOW + 100_000 }).map((ms) => new Date(ms));

const anyFilter = (): fc.Arbitrary<CallFilter> =>
  fc.record({
    from: optional(anyInstant),
    to: optional(anyInstant),
    outcomes: optional(fc.subarray([...FILTERED_OUTCOMES])),
    group: optional(fc.constantFrom(...GROUPS, "nowhere")),
    provider: optional(fc.constantFrom("main", "spare", "%")),
    model: optional(fc.constantFrom("m1", "m2", "m_")),
    key: optional(fc.constantFrom(formatId("key", workspace.keyId), formatId("key", otherKey))),
    errorCode: optional(fc.constantFrom("internal", "provider_error")),
    search: optional(
      fc.oneof(
        fc.constantFrom("main", "MAIN", "%", "_", "\\", "100 % of main", "é", "É", "'", '"', "\u{1f600}", "gen_", "nothing"),
        fc.tuple(fc.nat(rows.length - 1), fc.integer({ min: 4, max: 30 })).map(([index, length]) => formatId("call", pick(rows, index).id).slice(0, length)),
        fc.nat(rows.length - 1).map((index) => pick(rows, index).id),
      ),
    ),
  });

describe("a filter", () => {
  it("means the same to Postgres as to the live list", async () => {
    expect(rows.length).toBeGreaterThan(150);
    let narrowed = 0;
    await fc.assert(
      fc.asyncProperty(anyFilter(), async (filter) => {
        const criteria = readFilter(filter);
        if (!criteria.ok) return expect.fail("a filter of valid parts is valid");
        const listed = await run((tx) => listCalls(tx, { criteria: criteria.value, limit: 200 }));
        expect(listed.items.map((row) => row.id)).toEqual(rows.filter((row) => matches(criteria.value, row)).map((row) => row.id));
        if (listed.items.length > 0 && listed.items.length < rows.length) narrowed += 1;
      }),
      { numRuns: 150 },
    );
    expect(narrowed).toBeGreaterThan(20);
  });

  it("finds them all, page by page, however few calls are looked at for a page", async () => {
    await fc.assert(
      fc.asyncProperty(anyFilter(), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 20 }), async (filter, lookedAt, limit) => {
        const criteria = readFilter(filter);
        if (!criteria.ok) return expect.fail("a filter of valid parts is valid");
        const ids: string[] = [];
        for (let before: CallId | undefined, pages = 0; ; pages++) {
          const page = await run((tx) => listCalls(tx, { criteria: criteria.value, before, limit, lookedAt }));
          ids.push(...page.items.map(({ id }) => id));
          before = page.next;
          if (before === undefined) break;
          if (pages > rows.length + 1) return expect.fail("it does not end");
        }
        expect(ids).toEqual(rows.filter((row) => matches(criteria.value, row)).map((row) => row.id));
      }),
      { numRuns: 40 },
    );
  });

  it("finds a call by its id at once, however many are newer", async () => {
    const oldest = rows.at(-1) ?? expect.fail("there are calls");
    const criteria = readFilter({ search: formatId("call", oldest.id) });
    if (!criteria.ok) return expect.fail("an id is something to look for");
    const page = await run((tx) => listCalls(tx, { criteria: criteria.value, limit: 5, lookedAt: 1 }));
    expect(page.items.map(({ id }) => id)).toEqual([oldest.id]);
  });

  it("finds calls whose id is a little older or newer than their instant", async () => {
    const skewed = await run((tx) =>
      sql<{ n: number }>`select count(*)::int as n from switchyard.calls c where c.id >= ${firstIdAt(NOW - 1_000)}::uuid`.execute(tx),
    );
    expect(skewed.rows[0]?.n).toBeGreaterThan(0);
    expect(firstIdAt(-5)).toBe("00000000-0000-7000-8000-000000000000");
    expect(firstIdAt(Number.MAX_SAFE_INTEGER)).toBe("ffffffff-ffff-7000-8000-000000000000");
  });
});

describe("the overview", () => {
  it("says nothing of an empty span but its empty buckets", async () => {
    const span = overviewSpan("1h", NOW - 400 * 86_400_000);
    const overview = await run((tx) => readOverview(tx, span));
    expect(overview.buckets).toHaveLength(60);
    expect(overview.totals).toMatchObject({ calls: 0, charged: 0n, firstTokenP50Ms: undefined });
    expect(overview.models).toEqual([]);
  });

  it("tells the same by sums of half hours as by the calls, late ones included", async () => {
    const admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    const place = { workspaceId: workspace.workspaceId, keyId: workspace.keyId, provider: "main", model: "m1", group: "pool" };
    const days = Array.from({ length: 300 }, (_, index) => {
      const columns = {
        outcome: pick(CALL_OUTCOMES, index),
        provider_name: pick(["main", "spare", null], index),
        first_token_ms: index * 3.7,
        total_ms: index * 11,
      };
      return { at: new Date(NOW - index * 2_500_000), ...(index % 3 === 0 ? { cost: BigInt(index) } : {}), columns };
    });
    await seedCalls(admin, place, days);
    const sumUp = async (): Promise<void> => {
      for (let done = 48; done > 0;) done = Number((await admin.query("select ledger.sum_up_calls(48, 30) as done")).rows[0].done);
    };
    const spans = (["1h", "24h", "7d", "30d"] as const).map((range) => overviewSpan(range, NOW + 1));
    const all = () => Promise.all(spans.map((span) => run((tx) => readOverview(tx, span))));
    const byCalls = await all();
    expect(byCalls[3]?.totals).toMatchObject({ calls: expect.toSatisfy((calls: number) => calls > 400), firstTokenP50Ms: expect.any(Number) });
    expect(byCalls[2]?.previous.calls).toBeGreaterThan(10);
    await sumUp();
    const { rows: summed } = await admin.query(
      "select sum(calls)::int as calls from switchyard.call_sums where slot > 'epoch' and width = '30 minutes' and workspace_id = $1",
      [place.workspaceId],
    );
    expect(summed[0].calls).toBeGreaterThan(290);
    expect(await all()).toEqual(byCalls);

    const late = [{ at: new Date(NOW - 3 * 86_400_000), cost: 77n, columns: { total_ms: 5 } }];
    const [id] = await seedCalls(admin, place, late);
    await admin.query("select ledger.note_late(jsonb_build_array(to_jsonb(c))) from switchyard.calls c where c.id = $1", [id]);
    expect((await all())[3]?.totals).toEqual(byCalls[3]?.totals);
    await sumUp();
    const [, , week] = await all();
    expect(week?.totals.calls).toBe((byCalls[2]?.totals.calls ?? 0) + 1);
    expect(week?.totals.charged).toBe((byCalls[2]?.totals.charged ?? 0n) + 77n);
    await admin.end();
  });

  it("keeps the sums of a workspace to itself", async () => {
    const seen = await asPrincipal(connections.app, { kind: "system", workspaceId: neighbour.workspaceId }, (tx) =>
      readOverview(tx, overviewSpan("30d", Date.now() + 60_000)),
    );
    expect(seen.totals.calls).toBe(1);
  });
});
