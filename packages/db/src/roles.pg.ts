/** The roles of the database: who may own, who may serve, and that none of them has power it must not have. */
import { createHmac } from "node:crypto";
import pg from "pg";

/** Roles that the program works as; none owns a table, none may bypass row-level security. */
export const SERVING_ROLES = ["sy_app", "sy_worker", "sy_ops"] as const;
export type ServingRole = (typeof SERVING_ROLES)[number];
const OWNING_ROLES = ["sy_owner", "sy_billing"] as const;

/** Why the database cannot be used, in words for the person who runs the program. */
export class DatabaseUnfit extends Error {}

/** The password of a role of ours, derived from the installation's secret so that it is stored nowhere. */
export const rolePassword = (secretKey: string, role: string): string => createHmac("sha256", secretKey).update(`postgres role ${role}`).digest("hex");

/**
 * Creates the roles that are missing and lets the present login act as their owners.
 * Needs a login that may create roles the first time; later any member of them will do.
 * @throws DatabaseUnfit when roles are missing and cannot be created.
 */
export async function ensureRoles(login: pg.ClientBase, secretKey: string): Promise<void> {
  const wanted = [...OWNING_ROLES, ...SERVING_ROLES];
  const have = await login.query<{ rolname: string }>("select rolname from pg_roles where rolname = any ($1)", [wanted]);
  const missing = wanted.filter((role) => !have.rows.some((row) => row.rolname === role));
  try {
    for (const role of missing) {
      const serving = SERVING_ROLES.some((one) => one === role);
      const attributes = serving ? `login noinherit password '${rolePassword(secretKey, role)}'` : "nologin noinherit";
      await login.query(`create role ${role} ${attributes} nosuperuser nobypassrls nocreatedb nocreaterole noreplication`);
    }
    await login.query(
      "do $$ begin execute format('grant create, connect, temporary on database %I to sy_owner, sy_billing', current_database()); execute format('grant connect on database %I to sy_app, sy_worker, sy_ops', current_database()); end $$",
    );
    for (const role of wanted) {
      const member = await login.query<{ yes: boolean }>("select pg_has_role(current_user, $1, 'member') as yes", [role]);
      if (member.rows[0]?.yes !== true) await login.query(`grant ${role} to current_user`);
    }
  } catch (cause) {
    throw new DatabaseUnfit(
      `DATABASE_URL: this login may not create the roles ${missing.join(", ") || wanted.join(", ")} or act as them. ` +
        "Use a login with CREATEROLE that owns the database, or create the roles as an administrator (docs/running.md shows the statements).",
      { cause },
    );
  }
}

/** @throws DatabaseUnfit when a role that serves requests could get around row-level security. */
export async function refusePower(client: pg.ClientBase, variable: string): Promise<void> {
  const found = await client.query<{ rolname: string; power: string }>(
    `
    select r.rolname, concat_ws(', ', case when r.rolsuper then 'SUPERUSER' end, case when r.rolbypassrls then 'BYPASSRLS' end,
           case when r.rolcreaterole then 'CREATEROLE' end, case when r.rolcreatedb then 'CREATEDB' end, case when r.rolreplication then 'REPLICATION' end) as power
      from pg_roles r where (r.rolname = any ($1) or r.rolname = current_user) and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication)
    union all
    select s.rolname, 'member of ' || o.rolname from pg_roles s join pg_roles o on o.oid <> s.oid and pg_has_role(s.oid, o.oid, 'member')
     where (s.rolname = any ($1) or s.rolname = current_user) and (o.rolsuper or o.rolbypassrls or o.rolname in ('sy_owner', 'sy_billing'))`,
    [SERVING_ROLES],
  );
  const first = found.rows[0];
  if (first) {
    throw new DatabaseUnfit(
      `${variable}: the role ${first.rolname}, which serves requests, has too much power (${first.power}); with it row-level security would not hold. ` +
        `Take it away, for example: ALTER ROLE ${first.rolname} NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION;`,
    );
  }
}

/**
 * How to connect as a serving role: with its own login where its password is ours, else through the given login, which then
 * becomes the role before its first statement (`-c role`).
 */
export async function connectionFor(role: ServingRole, databaseUrl: string, secretKey: string): Promise<pg.ClientConfig> {
  const own = new URL(databaseUrl);
  own.username = role;
  own.password = rolePassword(secretKey, role);
  const probe = new pg.Client({ connectionString: own.href, connectionTimeoutMillis: 30_000 });
  try {
    await probe.connect();
    await probe.end();
    return { connectionString: own.href };
  } catch (cause) {
    const code = (cause as { code?: string }).code;
    // 28P01 wrong password, 28000 not allowed by pg_hba: another installation set the role's password, or logins are restricted.
    if (code !== "28P01" && code !== "28000") throw cause;
    return { connectionString: databaseUrl, options: `-c role=${role}` };
  }
}
