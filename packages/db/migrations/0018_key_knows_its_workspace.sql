-- A caller who is refused for money is told where to go: the address of a page in the console holds the workspace's name.
set role sy_owner;
drop function access.resolve_key(bytea);
-- Who a key is, and what its calls are counted under. Called before anyone is known, hence a definer function: at most one row, and no secret in it.
create function access.resolve_key(key_hash bytea) returns table (workspace_id uuid, id uuid, name text, scopes text[], groups text[], limits jsonb, enabled boolean,
    expires_at timestamptz, created_by uuid, budget_ids uuid[], member_limits jsonb, workspace_limits jsonb, address_limits jsonb, workspace_name text)
  language sql stable security definer set search_path = pg_catalog, switchyard, ledger as $$
  select k.workspace_id, k.id, k.name, k.scopes, k.groups, k.limits, k.enabled, k.expires_at, k.created_by,
         array(select b.id from ledger.budgets b where b.workspace_id = k.workspace_id and b.key_id = k.id),
         coalesce((select m.limits from switchyard.members m where m.workspace_id = k.workspace_id and m.user_id = k.created_by), '[]'),
         w.limits,
         coalesce((select p.address_limits from switchyard.workspaces p where p.workspace_id = access.platform_workspace()), '[]'),
         w.name
    from switchyard.api_keys k join switchyard.workspaces w on w.workspace_id = k.workspace_id where k.hash = key_hash and k.revoked_at is null
$$;
grant execute on function access.resolve_key(bytea) to sy_app;
reset role;
