/** Attacks every table that has `workspace_id`, as the role that serves requests would if it went astray. */
import type pg from "pg";
import { PLATFORM_WORKSPACE } from "@switchyard/db/as-principal.pg";

/** Two workspaces that the seeder filled, and a person who belongs to the first alone. */
export interface Victims {
  readonly a: string;
  readonly b: string;
  readonly personOfA: string;
}

interface Table {
  readonly oid: number;
  readonly name: string;
  readonly kind: string;
  /** The platform's rows may be read by every workspace: its policies say so by name. */
  readonly shared: boolean;
  readonly reachable: boolean;
  readonly readable: boolean;
  readonly insertable: boolean;
  readonly deletable: boolean;
  /** A column that sy_app may update. */
  readonly updatable: string | null;
}

// Views too: one that reads with its owner's rights shows everything.
const TABLES = `
  select c.oid, c.oid::regclass::text as name, c.relkind as kind,
         exists (select 1 from pg_policy p where p.polrelid = c.oid and p.polcmd = 'r' and pg_get_expr(p.polqual, p.polrelid) like '%platform_workspace()%') as shared,
         r.read or r.add or r.change is not null or r.remove as reachable, r.read as readable, r.add as insertable, r.remove as deletable, r.change as updatable
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute w on w.attrelid = c.oid and w.attname = 'workspace_id' and not w.attisdropped
   cross join lateral (select
      has_table_privilege('sy_app', c.oid, 'select') or has_any_column_privilege('sy_app', c.oid, 'select') as read,
      has_table_privilege('sy_app', c.oid, 'insert') or has_any_column_privilege('sy_app', c.oid, 'insert') as add,
      has_table_privilege('sy_app', c.oid, 'delete') as remove,
      (select quote_ident(a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          and has_column_privilege('sy_app', c.oid, a.attnum, 'update') order by a.attname = 'workspace_id' desc, a.attnum limit 1) as change) r
   where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relkind in ('r', 'p', 'v', 'm', 'f')
   order by 2`;

/**
 * @param client a superuser's, inside a transaction that the caller rolls back
 * @returns one line for each hole; whatever could not be tried is a hole too
 */
export async function probeIsolation(client: pg.Client, victims: Victims): Promise<string[]> {
  const tables = await client.query<Table>(TABLES);
  const holes: string[] = [];
  for (const table of tables.rows) holes.push(...(await probeTable(client, table, victims)).map((hole) => `${table.name}: ${hole}`));
  holes.push(...(await probePeople(client, victims)));
  return holes;
}

async function probeTable(client: pg.Client, table: Table, { a, b }: Victims): Promise<string[]> {
  const rows = await client.query<{ workspace_id: string; row: Record<string, unknown> }>(
    `select distinct on (workspace_id) workspace_id, to_jsonb(t) as row from ${table.name} t where workspace_id = any ($1)`,
    [[a, b]],
  );
  const rowOfB = rows.rows.find((one) => one.workspace_id === b)?.row;
  if (rows.rows.length < 2 || rowOfB === undefined) return ["the seeder left a workspace empty"];
  const holes: string[] = [];
  const attempt = async (workspace: string, statement: string, values: unknown[]): Promise<Outcome> =>
    attack(client, { role: "sy_app", workspace }, statement, values);
  const expectNone = (what: string, outcome: Outcome): void => {
    if (outcome.refused === undefined && outcome.rows !== 0) holes.push(`${what}: ${outcome.rows} rows`);
    else if (outcome.refused !== undefined && !HARMLESS.has(outcome.refused)) holes.push(`${what}: inconclusive, ${outcome.refused} ${outcome.message}`);
  };

  if (table.readable) {
    const foreign = table.shared ? `workspace_id not in ($1, '${PLATFORM_WORKSPACE}')` : "workspace_id is distinct from $1";
    expectNone("visible without a workspace", await attempt("", `select workspace_id from ${table.name}`, []));
    expectNone("another's rows visible", await attempt(a, `select workspace_id from ${table.name} where ${foreign}`, [a]));
    const own = await attempt(a, `select workspace_id from ${table.name} where workspace_id = $1`, [a]);
    if (own.refused !== undefined || own.rows === 0) holes.push("its own rows are hidden");
  } else {
    const read = await attempt(a, `select 1 from ${table.name}`, []);
    if (read.refused !== INSUFFICIENT_PRIVILEGE) holes.push("can be read without a grant");
  }
  if (table.kind !== "r" && table.kind !== "p") return holes;
  const column = table.updatable ?? "workspace_id";
  for (const [whose, workspace] of [["another's", b], ...(table.shared ? [["the platform's", PLATFORM_WORKSPACE]] : [])] as const) {
    expectNone(`${whose} rows changed`, await attempt(a, `update ${table.name} set ${column} = ${column} where workspace_id = $1`, [workspace]));
    expectNone(`${whose} rows deleted`, await attempt(a, `delete from ${table.name} where workspace_id = $1`, [workspace]));
  }
  expectNone("own rows moved to another", await attempt(a, `update ${table.name} set workspace_id = $2 where workspace_id = $1`, [a, b]));
  const clone = { ...rowOfB, ...("id" in rowOfB ? { id: crypto.randomUUID() } : {}) };
  const added = await attempt(a, `insert into ${table.name} overriding system value select * from jsonb_populate_record(null::${table.name}, $1)`, [
    JSON.stringify(clone),
  ]);
  if (added.refused !== INSUFFICIENT_PRIVILEGE) holes.push(`a row added for another: ${added.refused ?? "done"}`);
  if (table.readable) await probeOperators(client, table, holes);
  return holes;
}

/** The operators' role sees nothing until it says that it is used by an operator. */
async function probeOperators(client: pg.Client, table: Table, holes: string[]): Promise<void> {
  const seen = async (operator: boolean): Promise<Outcome> =>
    attack(client, { role: "sy_ops", workspace: "", operator }, `select workspace_id from ${table.name}`, []);
  const outside = await seen(false);
  if (outside.refused === undefined && outside.rows !== 0) holes.push(`the operators' role sees ${outside.rows} rows without an operator`);
  const inside = await seen(true);
  if (inside.refused === undefined && inside.rows === 0) holes.push("operators see nothing");
}

/** Persons are no tenant's rows: one sees oneself and one's fellows, and one's own memberships before a workspace is chosen. */
async function probePeople(client: pg.Client, { a, b, personOfA }: Victims): Promise<string[]> {
  const holes: string[] = [];
  const count = async (who: { workspace: string; user: string }, statement: string, values: unknown[]): Promise<number> => {
    const outcome = await attack(client, { role: "sy_app", ...who }, statement, values);
    return outcome.refused === undefined ? outcome.rows : -1;
  };
  const notOfA = "select id from switchyard.users where id not in (select user_id from switchyard.members where workspace_id = $1)";
  if ((await count({ workspace: "", user: "" }, "select id from switchyard.users", [])) !== 0) holes.push("switchyard.users: visible to nobody in particular");
  if ((await count({ workspace: a, user: personOfA }, notOfA, [a])) !== 0) holes.push("switchyard.users: people of another workspace visible");
  if ((await count({ workspace: a, user: personOfA }, "select id from switchyard.users", [])) < 2) holes.push("switchyard.users: fellow members hidden");
  if ((await count({ workspace: "", user: personOfA }, "select id from switchyard.users", [])) !== 1)
    holes.push("switchyard.users: a person does not see just themselves");
  if ((await count({ workspace: "", user: personOfA }, "select user_id from switchyard.members", [])) !== 1)
    holes.push("switchyard.members: a person does not see just their own memberships");
  if ((await count({ workspace: b, user: personOfA }, "select user_id from switchyard.members where user_id = $1", [personOfA])) !== 0)
    holes.push("switchyard.members: own memberships visible from within another workspace");
  for (const table of ["switchyard.passwords", "switchyard.sessions", "switchyard.users", "ledger.instances"]) {
    const outcome = await attack(client, { role: "sy_app", workspace: a, user: personOfA }, `delete from ${table}`, []);
    if (outcome.refused !== INSUFFICIENT_PRIVILEGE) holes.push(`${table}: may be deleted from`);
  }
  return holes;
}

const INSUFFICIENT_PRIVILEGE = "42501";
/** Refusals that stop the attack: no right (also a violated policy), or a table that only grows. */
const HARMLESS = new Set([INSUFFICIENT_PRIVILEGE, "P0001"]);

interface Outcome {
  readonly rows: number;
  /** The SQLSTATE, when it was refused. */
  readonly refused?: string;
  readonly message?: string;
}

interface Attacker {
  readonly role: "sy_app" | "sy_ops";
  readonly workspace: string;
  readonly user?: string;
  readonly operator?: boolean;
}

/** One statement as somebody, taken back whatever it did. */
async function attack(client: pg.Client, who: Attacker, statement: string, values: unknown[]): Promise<Outcome> {
  await client.query("savepoint attack");
  try {
    await client.query("select set_config('app.workspace_id', $1, true), set_config('app.user_id', $2, true), set_config('app.operator', $3, true)", [
      who.workspace,
      who.user ?? "",
      who.operator ? "yes" : "",
    ]);
    await client.query(`set local role ${who.role}`);
    const done = await client.query(statement, values);
    return { rows: done.rowCount ?? 0 };
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    if (code === undefined) throw error;
    return { rows: 0, refused: code, message: message ?? "" };
  } finally {
    await client.query("rollback to savepoint attack; release savepoint attack");
  }
}
