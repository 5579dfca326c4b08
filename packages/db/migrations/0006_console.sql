-- What the console asks before a workspace is chosen, and what it may know of secrets: that they exist.
set role sy_owner;

create policy owner_reads on switchyard.members for select to sy_owner using (true);
create policy owner_reads on switchyard.workspaces for select to sy_owner using (true);
-- Only of the workspace that asks: whether somebody else's provider has a key is nobody's business.
create policy owner_reads on switchyard.provider_secrets for select to sy_owner using (workspace_id = (select access.current_workspace()));

-- The workspaces a person may open. Operators open every one, with the rights of an owner.
create function access.workspaces_of(who uuid) returns table (workspace_id uuid, name text, role text, member boolean)
  language sql stable security definer set search_path = pg_catalog, switchyard as $$
  select w.workspace_id, w.name, case when u.operator then 'owner' else m.role end, m.user_id is not null
    from switchyard.users u cross join switchyard.workspaces w
    left join switchyard.members m on m.workspace_id = w.workspace_id and m.user_id = u.id
   where u.id = who and u.disabled_at is null and (u.operator or m.user_id is not null)
   order by m.user_id is null, w.name limit 500
$$;
-- The same of one workspace by its name: no row for one that is not theirs, as for one that does not exist.
create function access.enter_workspace(who uuid, space_name text) returns table (workspace_id uuid, role text, member boolean)
  language sql stable security definer set search_path = pg_catalog, switchyard as $$
  select w.workspace_id, case when u.operator then 'owner' else m.role end, m.user_id is not null
    from switchyard.workspaces w join switchyard.users u on u.id = who
    left join switchyard.members m on m.workspace_id = w.workspace_id and m.user_id = u.id
   where w.name = space_name and u.disabled_at is null and (u.operator or m.user_id is not null)
$$;
create function access.providers_with_key() returns setof uuid
  language sql stable security definer set search_path = pg_catalog, switchyard as
  $$ select provider_id from switchyard.provider_secrets where workspace_id = (select access.current_workspace()) $$;
grant execute on function access.workspaces_of(uuid), access.enter_workspace(uuid, text), access.providers_with_key() to sy_app;

reset role;
set role sy_billing;
-- Corrections of a call's charge; the charge itself is found by the primary key.
create index entries_about_call on ledger.entries (workspace_id, hold_id) where hold_id is not null and hold_id <> id;
reset role;
