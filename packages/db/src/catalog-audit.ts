/**
 * Reads the database's own catalog for anything that would let a tenant's row reach somebody else.
 *
 * Nothing here is a list of our tables: the rules hold for whatever tables there are, so one that is added tomorrow is
 * judged by them too. A table is a tenant's when it has `workspace_id`; any other that a serving role can reach says in
 * its comment why that is right: `rls:user` (rows of persons), `rls:function` (reached by definer functions only),
 * `rls:global` (the same for everyone, read only).
 *
 * What a policy may say is a closed set of expressions, compared whole: "mentions current_workspace" would accept
 * `workspace_id = current_workspace() or true`.
 */
import { sql, type Kysely } from "kysely";

/** A rule that is broken, and by what. */
export interface CatalogViolation {
  readonly rule: string;
  readonly detail: string;
}

/** Violations of every rule; none is how it must be. Any role may run it: it reads the catalog alone. */
export async function auditCatalog<T>(db: Kysely<T>): Promise<CatalogViolation[]> {
  const found = await sql<CatalogViolation>`${sql.raw(AUDIT)}`.execute(db);
  return found.rows;
}

/** Comparing expressions without blanks and brackets spares us the habits of Postgres' printer. */
const MINE = "workspace_id=selectaccess.current_workspaceascurrent_workspace";
const NO_WORKSPACE = "selectaccess.current_workspaceascurrent_workspaceisnull";
const MY_USER = "user_id=selectaccess.current_user_idascurrent_user_id";
const SHARED = `${MINE}orselectaccess.current_workspaceascurrent_workspaceisnotnullandworkspace_id=selectaccess.platform_workspaceasplatform_workspace`;
const OWN_MEMBERSHIPS = `${MY_USER}and${NO_WORKSPACE}`;
const MEMBERS_GUARD = `${MINE}or${OWN_MEMBERSHIPS}`;
const FELLOWS =
  "id=selectaccess.current_user_idascurrent_user_idorexistsselect1fromswitchyard.membersmwherem.user_id=users.idandm.workspace_id=selectaccess.current_workspaceascurrent_workspace";
const OPERATOR = "selectaccess.is_operatorasis_operator";

const quote = (texts: readonly string[]): string => texts.map((text) => `'${text}'`).join(", ");

const AUDIT = `
with serving as (select oid, rolname from pg_roles where rolname in ('sy_app', 'sy_worker', 'sy_ops')),
rel as (
  select c.*, n.nspname, n.nspname || '.' || c.relname as name, coalesce(obj_description(c.oid, 'pg_class'), '') as remark,
         exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped) as tenant
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relkind in ('r', 'p', 'v', 'm', 'f')),
-- What each serving role may do with each relation: r read, a add, w change, d delete.
granted as (
  select r.oid, s.oid as role, s.rolname, x.cmd from rel r cross join serving s
   cross join lateral (values
     ('r', has_table_privilege(s.oid, r.oid, 'select') or has_any_column_privilege(s.oid, r.oid, 'select')),
     ('a', has_table_privilege(s.oid, r.oid, 'insert') or has_any_column_privilege(s.oid, r.oid, 'insert')),
     ('w', has_table_privilege(s.oid, r.oid, 'update') or has_any_column_privilege(s.oid, r.oid, 'update')),
     ('d', has_table_privilege(s.oid, r.oid, 'delete'))) x(cmd, may)
   where x.may and has_schema_privilege(s.oid, r.relnamespace, 'usage')),
reach as (select r.* from rel r where exists (select 1 from granted g where g.oid = r.oid)),
-- Every table that must be under row-level security: reachable, a tenant's, or beside those in the same schema.
guarded as (select r.* from rel r where r.relkind in ('r', 'p')
   and (r.tenant or r.oid in (select oid from reach) or r.nspname in (select nspname from rel where tenant))),
pol as (
  select p.*, regexp_replace(lower(coalesce(pg_get_expr(p.polqual, p.polrelid), '')), '[\\s()]', '', 'g') as using_text,
         regexp_replace(lower(coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')), '[\\s()]', '', 'g') as check_text,
         case when p.polcmd = '*' then array['r', 'a', 'w', 'd'] else array[p.polcmd::text] end as cmds
    from pg_policy p),
applies as (select p.oid, s.oid as role, s.rolname from pol p join serving s on p.polroles = '{0}'
   or exists (select 1 from unnest(p.polroles) x where x <> 0 and pg_has_role(s.oid, x, 'member'))),
-- What some policy permits to each serving role: told once, since it is asked of every grant.
served as materialized (select distinct p.polrelid as oid, a.role, x.cmd from pol p join applies a on a.oid = p.oid cross join unnest(p.cmds) x(cmd) where p.polpermissive),
-- Policies of the request path, and which of the accepted forms they have.
judged as (
  select p.*, r.name, r.remark,
         case when p.using_text = '${MINE}' then 'mine' when p.using_text = '${SHARED}' then 'shared' when p.using_text = 'true' then 'all'
              when p.using_text in (${quote([OWN_MEMBERSHIPS, FELLOWS, MEMBERS_GUARD])}) then 'person' when p.using_text = '' then 'none' else 'other' end as reads,
         case when p.check_text = '${MINE}' then 'mine' when p.check_text = '' then 'none' else 'other' end as writes
    from pol p join rel r on r.oid = p.polrelid join applies a on a.oid = p.oid and a.rolname = 'sy_app'),
definer as (
  select f.*, f.oid::regprocedure::text as name, o.rolname as owner, o.rolsuper or o.rolbypassrls as powerful
    from pg_proc f join pg_namespace n on n.oid = f.pronamespace join pg_roles o on o.oid = f.proowner
   where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and f.prosecdef)

select 'A1 a serving role has power' as rule, rolname::text as detail from pg_roles
 where rolname in ('sy_app', 'sy_worker', 'sy_ops', 'sy_owner', 'sy_billing') and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)
union all select 'A2 a serving role can become a role with power or tables', s.rolname || ' -> ' || r.rolname from serving s join pg_roles r on r.oid <> s.oid and pg_has_role(s.oid, r.oid, 'member')
 where r.rolsuper or r.rolbypassrls or exists (select 1 from rel where relowner = r.oid)
union all select 'A3 a serving role owns a relation', s.rolname || ' ' || r.name from rel r join serving s on s.oid = r.relowner
union all select 'A4 a table without ENABLE and FORCE row level security', name from guarded where not (relrowsecurity and relforcerowsecurity)
union all select 'A5 a grant that no policy serves', r.name || ' ' || g.cmd || ' ' || g.rolname from granted g join guarded r on r.oid = g.oid
  left join served s on s.oid = g.oid and s.role = g.role and s.cmd = g.cmd where s.oid is null
union all select 'A6 a policy for everybody', r.name || '/' || p.polname from pol p join rel r on r.oid = p.polrelid where p.polroles = '{0}'
union all select 'A7 a permissive policy of the request path that is not bound to the workspace', name || '/' || polname from judged
 where polpermissive and not (
   (reads = 'mine' and writes in ('mine', 'none')) or (reads = 'none' and writes = 'mine' and polcmd = 'a') or (reads = 'shared' and polcmd = 'r')
   or (reads = 'person' and polcmd = 'r' and remark like 'rls:user%') or (reads = 'all' and polcmd = 'r' and remark like 'rls:global%'))
-- Of every command, granted or not: the guard is there before somebody grants it.
union all select 'A8 a tenant''s table without the restrictive guard of a command', r.name || ' ' || x.cmd from reach r cross join unnest(array['r', 'a', 'w', 'd']) x(cmd)
 where r.tenant and r.relkind in ('r', 'p') and exists (select 1 from granted g where g.oid = r.oid and g.rolname = 'sy_app')
   and not exists (select 1 from judged p where p.polrelid = r.oid and not p.polpermissive and x.cmd = any (p.cmds)
   and case x.cmd when 'a' then p.writes = 'mine' or (p.writes = 'none' and p.reads = 'mine')
                  when 'r' then p.reads in ('mine', 'shared') or (p.reads = 'person' and r.remark like 'rls:user%')
                  else (p.reads = 'mine' or (p.reads = 'person' and r.remark like 'rls:user%')) and p.writes in ('mine', 'none') end)
union all select 'A9 a policy of the operators that does not ask who is one', r.name || '/' || p.polname from pol p join rel r on r.oid = p.polrelid join applies a on a.oid = p.oid and a.rolname = 'sy_ops'
 where p.polpermissive and (case when p.polcmd = 'a' then p.check_text else p.using_text end) <> '${OPERATOR}'
union all select 'A10 a view that reads with its owner''s rights', name from reach r where relkind = 'v'
   and not coalesce((select lower(option_value) in ('true', 'on', '1', 'yes') from pg_options_to_table(r.reloptions) where option_name = 'security_invoker'), false)
union all select 'A11 a materialized view or foreign table, where row-level security cannot apply', name from reach where relkind in ('m', 'f')
union all select 'A12 TRUNCATE, REFERENCES or TRIGGER granted', r.name || ' ' || s.rolname from rel r cross join serving s where r.relkind in ('r', 'p') and has_table_privilege(s.oid, r.oid, 'truncate,references,trigger')
union all select 'A13 a partition that can be reached past its parent''s policies', r.name from reach r where r.relispartition
union all select 'A14 a definer function with a powerful owner, without a search_path of its own, or for everybody', f.name from definer f
 where f.powerful or not exists (select 1 from unnest(coalesce(f.proconfig, '{}')) c where c like 'search_path=%') or f.proacl is null
   or exists (select 1 from aclexplode(f.proacl) x where x.grantee = 0)
union all select 'A15 a definer function whose owner no policy lets at the table it names', f.name || ' -> ' || r.name from definer f join guarded r on f.prosrc ~ ('\\m' || r.nspname || '\\.' || r.relname || '\\M')
 where not exists (select 1 from pol p where p.polrelid = r.oid and p.polpermissive and f.proowner = any (p.polroles))
union all select 'A16 a foreign key between tenants'' tables that leaves the workspace out', c.conrelid::regclass || ' -> ' || c.confrelid::regclass from pg_constraint c
   join pg_attribute a on a.attrelid = c.conrelid and a.attname = 'workspace_id' join pg_attribute b on b.attrelid = c.confrelid and b.attname = 'workspace_id'
 where c.contype = 'f' and not exists (select 1 from generate_subscripts(c.conkey, 1) i where c.conkey[i] = a.attnum and c.confkey[i] = b.attnum)
union all select 'A17 workspace_id may be null or leads no index', r.name from rel r join pg_attribute a on a.attrelid = r.oid and a.attname = 'workspace_id' and not a.attisdropped
 where r.relkind in ('r', 'p') and (not a.attnotnull or not exists (select 1 from pg_index i where i.indrelid = r.oid and i.indkey[0] = a.attnum and i.indpred is null))
union all select 'A18 a table without workspace_id that does not say why', name from guarded where not tenant and remark !~ '^rls:(user|function|global) '
union all select 'A19 a table for functions only that a serving role can reach', name from reach where remark like 'rls:function%'
union all select 'A20 default privileges for serving roles or everybody', d.defaclacl::text from pg_default_acl d
 where exists (select 1 from aclexplode(d.defaclacl) x where (x.grantee = 0 and d.defaclobjtype <> 'T') or x.grantee in (select oid from serving))
union all select 'A21 a function that claims to leak nothing', f.oid::regprocedure::text from pg_proc f join pg_namespace n on n.oid = f.pronamespace
 where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and f.proleakproof
order by 1, 2`;
