-- Limits of workspaces, members, providers and addresses, beside those that keys have.
set role sy_owner;

alter table switchyard.workspaces
  add column limits jsonb not null default '[]' check (jsonb_typeof(limits) = 'array'),
  add column address_limits jsonb not null default '[]' check (jsonb_typeof(address_limits) = 'array');
comment on column switchyard.workspaces.address_limits is 'of the platform''s row: for every address from which calls come, whatever their key';
alter table switchyard.members add column limits jsonb not null default '[]' check (jsonb_typeof(limits) = 'array');
alter table switchyard.providers add column limits jsonb not null default '[]' check (jsonb_typeof(limits) = 'array');

-- A workspace may narrow itself; what holds for every address is the operators' to say.
grant update (limits) on switchyard.workspaces to sy_app;
grant update (limits, address_limits) on switchyard.workspaces to sy_worker;

create trigger tell_of_change after update of limits, address_limits on switchyard.workspaces
  for each statement execute function access.tell_of_change('keys');
create trigger tell_of_change after update of limits or delete on switchyard.members
  for each statement execute function access.tell_of_change('keys');

drop function access.resolve_key(bytea);
-- Who a key is, and what its calls are counted under. Called before anyone is known, hence a definer function: at most one row, and no secret in it.
create function access.resolve_key(key_hash bytea) returns table (workspace_id uuid, id uuid, name text, scopes text[], groups text[], limits jsonb, enabled boolean,
    expires_at timestamptz, created_by uuid, budget_ids uuid[], member_limits jsonb, workspace_limits jsonb, address_limits jsonb)
  language sql stable security definer set search_path = pg_catalog, switchyard, ledger as $$
  select k.workspace_id, k.id, k.name, k.scopes, k.groups, k.limits, k.enabled, k.expires_at, k.created_by,
         array(select b.id from ledger.budgets b where b.workspace_id = k.workspace_id and b.key_id = k.id),
         coalesce((select m.limits from switchyard.members m where m.workspace_id = k.workspace_id and m.user_id = k.created_by), '[]'),
         (select w.limits from switchyard.workspaces w where w.workspace_id = k.workspace_id),
         coalesce((select w.address_limits from switchyard.workspaces w where w.workspace_id = access.platform_workspace()), '[]')
    from switchyard.api_keys k where k.hash = key_hash and k.revoked_at is null
$$;
grant execute on function access.resolve_key(bytea) to sy_app;

reset role;
set role sy_billing;
-- How many programs share the work, for what one of them may admit when they cannot count together.
create function ledger.living() returns int language sql stable security definer set search_path = pg_catalog, ledger as
  $$ select count(*)::int from ledger.instances i where i.seen_at > clock_timestamp() - interval '30 s' $$;
grant execute on function ledger.living() to sy_worker;
reset role;
