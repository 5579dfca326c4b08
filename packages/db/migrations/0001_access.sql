-- The ground of tenancy: schemas, who is asking, and how a table is put under row-level security.
-- Roles exist already (src/roles.pg.ts). This file runs as the login that migrates; objects are made as their owners.

create schema access authorization sy_owner;
create schema switchyard authorization sy_owner;
create schema ledger authorization sy_billing;
revoke all on schema public from public;
grant usage on schema access, switchyard to sy_app, sy_worker, sy_ops, sy_billing;
grant usage on schema ledger to sy_app, sy_worker, sy_ops, sy_owner;
alter default privileges for role sy_owner revoke execute on functions from public;
alter default privileges for role sy_billing revoke execute on functions from public;

set role sy_owner;

-- A setting that was local to an earlier transaction comes back as '' and not as NULL, hence nullif.
create function access.current_workspace() returns uuid language sql stable parallel safe set search_path = pg_catalog
  as $$ select nullif(current_setting('app.workspace_id', true), '')::uuid $$;
create function access.current_user_id() returns uuid language sql stable parallel safe set search_path = pg_catalog
  as $$ select nullif(current_setting('app.user_id', true), '')::uuid $$;
create function access.is_operator() returns boolean language sql stable parallel safe set search_path = pg_catalog
  as $$ select coalesce(current_setting('app.operator', true), '') = 'yes' $$;
-- The workspace that owns what the operators share with everyone.
create function access.platform_workspace() returns uuid language sql immutable parallel safe set search_path = pg_catalog
  as $$ select '00000000-0000-7000-8000-000000000001'::uuid $$;
grant execute on function access.current_workspace(), access.current_user_id(), access.is_operator(), access.platform_workspace()
  to sy_app, sy_worker, sy_ops, sy_billing;

-- Rows belong to one workspace. The restrictive twin keeps a later, sloppy permissive policy from opening the table.
create function access.protect(tbl regclass) returns void language plpgsql set search_path = pg_catalog as $$
begin
  execute format('alter table %s enable row level security', tbl);
  execute format('alter table %s force row level security', tbl);
  execute format('create policy workspace_rows on %s as permissive for all to sy_app using (workspace_id = (select access.current_workspace())) with check (workspace_id = (select access.current_workspace()))', tbl);
  execute format('create policy workspace_guard on %s as restrictive for all to sy_app using (workspace_id = (select access.current_workspace())) with check (workspace_id = (select access.current_workspace()))', tbl);
  execute format('create policy operator_reads on %s as permissive for select to sy_ops using ((select access.is_operator()))', tbl);
end $$;

-- As protect, but what the platform owns may be read by every workspace.
create function access.protect_shared(tbl regclass) returns void language plpgsql set search_path = pg_catalog as $$
declare
  readable constant text := '(workspace_id = (select access.current_workspace()) or ((select access.current_workspace()) is not null and workspace_id = (select access.platform_workspace())))';
  mine constant text := '(workspace_id = (select access.current_workspace()))';
begin
  execute format('alter table %s enable row level security', tbl);
  execute format('alter table %s force row level security', tbl);
  execute format('create policy shared_rows on %s as permissive for select to sy_app using %s', tbl, readable);
  execute format('create policy workspace_inserts on %s as permissive for insert to sy_app with check %s', tbl, mine);
  execute format('create policy workspace_updates on %s as permissive for update to sy_app using %s with check %s', tbl, mine, mine);
  execute format('create policy workspace_deletes on %s as permissive for delete to sy_app using %s', tbl, mine);
  execute format('create policy shared_guard on %s as restrictive for select to sy_app using %s', tbl, readable);
  execute format('create policy insert_guard on %s as restrictive for insert to sy_app with check %s', tbl, mine);
  execute format('create policy update_guard on %s as restrictive for update to sy_app using %s with check %s', tbl, mine, mine);
  execute format('create policy delete_guard on %s as restrictive for delete to sy_app using %s', tbl, mine);
  execute format('create policy operator_reads on %s as permissive for select to sy_ops using ((select access.is_operator()))', tbl);
end $$;

reset role;
