/** The catalog of a migrated database breaks no rule, and each rule is broken by what it is about. */
import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditCatalog, type CatalogViolation } from "@switchyard/db/catalog-audit";
import { freshDatabase, type FreshDatabase } from "@switchyard/testkit/postgres-harness.pg";

let database: FreshDatabase;
let pool: pg.Pool;
let db: Kysely<unknown>;
beforeAll(async () => {
  database = await freshDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 1 });
  // The pool is ended before its connection is: dropping the database may still cut it, and nobody asks it anything then.
  pool.on("connect", (one) => one.on("error", () => {}));
  db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

/** The violations after a statement, which is taken back. */
async function auditAfter(statement: string): Promise<CatalogViolation[]> {
  return db.connection().execute(async (client) => {
    await run(client, "begin");
    try {
      await run(client, statement);
      return await auditCatalog(client);
    } finally {
      await run(client, "rollback");
    }
  });
}
const run = async (on: Kysely<unknown>, text: string): Promise<void> => void (await sql.raw(text).execute(on));

it("finds nothing in the schema as it is migrated", async () => {
  expect(await auditCatalog(db)).toEqual([]);
});

describe("a sabotage is named", () => {
  const sabotages: [string, RegExp, string][] = [
    ["a role with power", /^A1 /, "alter role sy_app createdb"],
    ["a role that can become an owner", /^A2 /, "grant sy_owner to sy_app"],
    ["a table owned by a serving role", /^A3 /, "grant create on schema switchyard to sy_worker; alter table switchyard.groups owner to sy_worker"],
    [
      "a table added without any policy",
      /^A4 .*new_table/,
      "create table switchyard.new_table (workspace_id uuid primary key); grant select on switchyard.new_table to sy_app",
    ],
    ["a table that nobody may read yet", /^A4 .*new_table/, "create table switchyard.new_table (id uuid primary key)"],
    ["a table in a schema of its own", /^A4 .*other/, "create schema elsewhere; create table elsewhere.other (workspace_id uuid primary key)"],
    ["a grant beyond the policies", /^A5 .*calls a sy_worker|^A5 .*passwords/, "grant select on switchyard.passwords to sy_app"],
    ["a policy for PUBLIC", /^A6 /, "create policy p on switchyard.calls as restrictive for select using (true)"],
    ["a sloppy permissive policy", /^A7 .*calls\/sloppy/, "create policy sloppy on switchyard.calls for select to sy_app using (true)"],
    [
      "a policy that only mentions the workspace",
      /^A7 .*calls\/sly/,
      "create policy sly on switchyard.calls for select to sy_app using (workspace_id = (select access.current_workspace()) or true)",
    ],
    [
      "a policy that reads its own and writes anything",
      /^A7 .*calls\/half/,
      "create policy half on switchyard.calls for all to sy_app using (workspace_id = (select access.current_workspace())) with check (true)",
    ],
    [
      "the platform's rows where they may be changed",
      /^A7 .*groups\/wide/,
      "create policy wide on switchyard.groups for update to sy_app using (workspace_id = (select access.current_workspace()) or ((select access.current_workspace()) is not null and workspace_id = (select access.platform_workspace())))",
    ],
    ["a missing guard", /^A8 .*calls/, "drop policy workspace_guard on switchyard.calls"],
    ["an operators' policy that asks nobody", /^A9 /, "create policy lax on switchyard.calls for select to sy_ops using (true)"],
    ["a view with its owner's rights", /^A10 /, "create view switchyard.v as select * from switchyard.calls; grant select on switchyard.v to sy_app"],
    ["a materialized view", /^A11 /, "create materialized view switchyard.m as select 1 as one; grant select on switchyard.m to sy_app"],
    ["a grant of TRUNCATE", /^A12 /, "grant truncate on switchyard.calls to sy_app"],
    [
      "a definer function for everybody",
      /^A14 /,
      "create function access.f() returns int language sql security definer set search_path = pg_catalog as 'select 1'; grant execute on function access.f() to public",
    ],
    [
      "a definer function of a superuser",
      /^A14 /,
      "create function access.f() returns int language sql security definer set search_path = pg_catalog as 'select 1'; revoke execute on function access.f() from public",
    ],
    [
      "a definer function without a search_path",
      /^A14 /,
      "set role sy_owner; create function access.f() returns int language sql security definer as 'select 1'; reset role",
    ],
    ["a definer function that would find nothing", /^A15 /, "drop policy owner_rows on switchyard.sessions"],
    [
      "a foreign key without the workspace",
      /^A16 /,
      "alter table switchyard.groups add unique (id); alter table switchyard.calls add column g uuid references switchyard.groups (id)",
    ],
    ["a workspace_id that may be null", /^A17 /, "create table switchyard.n (workspace_id uuid, id uuid primary key); select access.protect('switchyard.n')"],
    ["a table that does not say why it has no workspace", /^A18 /, "comment on table switchyard.users is null"],
    ["a table for functions that is granted", /^A19 /, "grant select on switchyard.sessions to sy_worker"],
    ["default privileges", /^A20 /, "alter default privileges in schema switchyard grant select on tables to sy_app"],
    ["a function called leakproof", /^A21 /, "create function access.f() returns int language sql leakproof as 'select 1'"],
  ];
  it.each(sabotages)("%s", async (_what, rule, statement) => {
    const found = await auditAfter(statement);
    expect(found.map((one) => `${one.rule} ${one.detail}`).filter((line) => rule.test(line))).not.toEqual([]);
  });
});
