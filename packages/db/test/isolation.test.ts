/** No workspace reaches another's rows in any table there is, and the proof itself notices when a wall is taken away. */
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditCatalog } from "@switchyard/db/catalog-audit";
import { freshDatabase, type FreshDatabase } from "@switchyard/testkit/postgres-harness.pg";
import { seedWorkspaces } from "@switchyard/testkit/seed-workspaces.pg";
import { probeIsolation, type Victims } from "./isolation-probe.ts";

let database: FreshDatabase;
let client: pg.Client;
let victims: Victims;
beforeAll(async () => {
  database = await freshDatabase();
  const [a = expect.fail("a"), b = expect.fail("b")] = await seedWorkspaces(database.url, ["one", "other"]);
  victims = { a: a.workspaceId, b: b.workspaceId, personOfA: a.owner.id };
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** The audit's findings, and the probe's when the audit has none, after statements that are taken back. */
async function findings(...statements: string[]): Promise<string[]> {
  await client.query("begin");
  try {
    for (const statement of statements) await client.query(statement);
    const audit = (await auditCatalog(overOne(client))).map((one) => `${one.rule}: ${one.detail}`);
    return audit.length > 0 ? audit : await probeIsolation(client, victims);
  } finally {
    await client.query("rollback");
  }
}

/** Kysely over the connection whose transaction is under way. */
const overOne = (one: pg.Client): Kysely<unknown> => {
  const lent = { query: one.query.bind(one), release: () => {} };
  return new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: { connect: async () => lent as unknown as pg.PoolClient, end: async () => {}, options: {} } }),
  });
};

async function probe(...statements: string[]): Promise<string[]> {
  await client.query("begin");
  try {
    for (const statement of statements) await client.query(statement);
    return await probeIsolation(client, victims);
  } finally {
    await client.query("rollback");
  }
}

describe("the schema as it is migrated", () => {
  it("keeps every workspace to itself", async () => {
    expect(await findings()).toEqual([]);
  });

  it("has tenants' tables to keep apart, each of them filled for both", async () => {
    const tables = await client.query(
      "select 1 from pg_attribute a join pg_class c on c.oid = a.attrelid where a.attname = 'workspace_id' and c.relkind = 'r' and c.relnamespace in ('switchyard'::regnamespace, 'ledger'::regnamespace)",
    );
    expect(tables.rows.length).toBeGreaterThanOrEqual(14);
  });
});

describe("a table that is added", () => {
  const create = "create table switchyard.notes (workspace_id uuid not null, id uuid primary key, text text); create index on switchyard.notes (workspace_id)";
  const grant = "grant select, insert, update, delete on switchyard.notes to sy_app, sy_worker, sy_ops";
  const fill = () => `insert into switchyard.notes values ('${victims.a}', gen_random_uuid(), 'a'), ('${victims.b}', gen_random_uuid(), 'b')`;

  it("fails without a policy, by itself", async () => {
    expect(await findings(create, grant, fill())).toEqual(expect.arrayContaining([expect.stringContaining("switchyard.notes")]));
    expect(await probe(create, grant, fill())).toEqual(
      expect.arrayContaining([expect.stringContaining("notes: another's rows visible"), expect.stringContaining("notes: a row added for another")]),
    );
  });

  it("fails when it is protected and nobody seeded it, for then nothing is proved", async () => {
    expect(await probe(create, "select access.protect('switchyard.notes')", grant)).toEqual(["switchyard.notes: the seeder left a workspace empty"]);
  });

  it("passes the probe when it is protected and filled", async () => {
    expect(await probe(create, "select access.protect('switchyard.notes')", grant, fill())).toEqual([]);
  });
});

describe("the probe alone", () => {
  it.each([
    [
      "a policy that lets everybody read",
      "drop policy workspace_guard on switchyard.calls",
      "create policy sloppy on switchyard.calls for select to sy_app using (true)",
      /calls: visible without a workspace/,
    ],
    [
      "a policy that forgets what is written",
      "drop policy workspace_guard on switchyard.api_keys",
      "alter policy workspace_rows on switchyard.api_keys with check (true)",
      /api_keys: a row added for another/,
    ],
    [
      "a view with its owner's rights",
      "create view switchyard.all_calls as select * from switchyard.calls",
      "grant select on switchyard.all_calls to sy_app",
      /all_calls: another's rows visible/,
    ],
    [
      "a grant to change what is shared",
      "drop policy update_guard on switchyard.groups",
      "create policy wide on switchyard.groups for update to sy_app using (true) with check (true)",
      /groups: another's rows changed|groups: the platform's rows changed/,
    ],
    ["operators who need not be any", "create policy lax on switchyard.calls for select to sy_ops using (true)", "select 1", /calls: the operators' role sees/],
    [
      "people who see everybody",
      "drop policy fellow_members on switchyard.users",
      "create policy all_people on switchyard.users for select to sy_app using (true)",
      /users: people of another workspace/,
    ],
  ])("notices %s", async (_what, first, second, hole) => {
    expect((await probe(first, second)).join("\n")).toMatch(hole);
  });
});

/** What the server's roles are at this moment: they are what this test shares with others. */
async function roles(): Promise<string> {
  const { rows } = await client.query<{ told: string }>(
    `select string_agg(concat_ws(' ', r.rolname, case when r.rolsuper then 'superuser' end, case when r.rolbypassrls then 'bypassrls' end, m.of), ', ') as told
       from pg_roles r left join lateral (select 'in ' || string_agg(roleid::regrole::text, '+') as of from pg_auth_members where member = r.oid) m on true
      where r.rolname like 'sy\\_%'`,
  );
  return rows[0]?.told ?? "no roles";
}

describe("the proof", () => {
  it("goes red for every single policy that is dropped and every table that is left unforced or open", async () => {
    // Not those that open a command to roles which nobody granted it: without them everything is as it was. By the grants that the
    // tables of this database list: what a role may do by its power or its memberships belongs to the whole server, and so to
    // every other test that runs on it.
    const policies = await client.query<{ sql: string }>(`
      select format('drop policy %I on %s', p.polname, p.polrelid::regclass) as sql from pg_policy p join pg_class c on c.oid = p.polrelid
       where not p.polpermissive or exists (
         select 1 from (select coalesce(c.relacl, acldefault('r', c.relowner)) as acl union all select attacl from pg_attribute where attrelid = c.oid) lists,
                       aclexplode(lists.acl) granted
          where granted.grantee = any (p.polroles)
            and granted.privilege_type = case p.polcmd when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE' else 'SELECT' end)
       order by 1`);
    const tables = await client.query<{ sql: string }>(`
      select format('alter table %s %s row level security', c.oid::regclass, verb) as sql from pg_class c cross join unnest(array['no force', 'disable']) verb
       where c.relkind = 'r' and c.relrowsecurity order by 1`);
    const mutations = [...policies.rows, ...tables.rows].map((row) => row.sql);
    expect(mutations.length).toBeGreaterThan(100);
    const survivors: string[] = [];
    for (const mutation of mutations) if ((await findings(mutation)).length === 0) survivors.push(`${mutation}; ${await roles()}`);
    expect(survivors).toEqual([]);
  }, 300_000);
});
