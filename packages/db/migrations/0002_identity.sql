-- Workspaces, people, sessions and API keys.
set role sy_owner;

create table switchyard.workspaces (
  workspace_id uuid primary key,
  name text not null unique check (name ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
  kind text not null check (kind in ('platform', 'team', 'personal')),
  created_at timestamptz not null default clock_timestamp()
);
select access.protect('switchyard.workspaces');
grant select on switchyard.workspaces to sy_app, sy_ops, sy_worker;
grant insert on switchyard.workspaces to sy_worker;
create policy worker_rows on switchyard.workspaces to sy_worker using (true) with check (true);

-- A person is no tenant's row: visible to themselves and to those who share a workspace with them.
create table switchyard.users (
  id uuid primary key,
  email text not null unique check (email = lower(email) and length(email) between 3 and 320),
  name text not null default '' check (length(name) <= 200),
  operator boolean not null default false,
  disabled_at timestamptz,
  created_at timestamptz not null default clock_timestamp()
);
comment on table switchyard.users is 'rls:user a person may be a member of several workspaces';

create table switchyard.members (
  workspace_id uuid not null references switchyard.workspaces (workspace_id),
  user_id uuid not null references switchyard.users (id),
  role text not null check (role in ('owner', 'admin', 'member')),
  created_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, user_id)
);
create index members_of_user on switchyard.members (user_id);
alter table switchyard.members enable row level security;
alter table switchyard.members force row level security;
create policy workspace_rows on switchyard.members for all to sy_app
  using (workspace_id = (select access.current_workspace())) with check (workspace_id = (select access.current_workspace()));
create policy own_memberships on switchyard.members for select to sy_app
  using (user_id = (select access.current_user_id()) and (select access.current_workspace()) is null);
create policy workspace_guard on switchyard.members as restrictive for all to sy_app
  using (workspace_id = (select access.current_workspace()) or (user_id = (select access.current_user_id()) and (select access.current_workspace()) is null))
  with check (workspace_id = (select access.current_workspace()));
create policy operator_reads on switchyard.members for select to sy_ops using ((select access.is_operator()));
create policy worker_rows on switchyard.members to sy_worker using (true) with check (true);
comment on table switchyard.members is 'rls:user a person sees their own memberships when no workspace is chosen yet';
grant select, insert, update, delete on switchyard.members to sy_app;
grant select on switchyard.members to sy_ops;
grant select, insert, update on switchyard.members to sy_worker;

alter table switchyard.users enable row level security;
alter table switchyard.users force row level security;
create policy fellow_members on switchyard.users for select to sy_app
  using (id = (select access.current_user_id())
         or exists (select 1 from switchyard.members m where m.user_id = users.id and m.workspace_id = (select access.current_workspace())));
create policy operator_reads on switchyard.users for select to sy_ops using ((select access.is_operator()));
create policy worker_rows on switchyard.users to sy_worker using (true) with check (true);
create policy owner_rows on switchyard.users to sy_owner using (true) with check (true);
grant select on switchyard.users to sy_app, sy_ops;
grant select, insert, update on switchyard.users to sy_worker;

-- Nobody is granted this table: it is reached by the functions below alone, and no stored value is itself a credential.
create table switchyard.passwords (
  user_id uuid primary key references switchyard.users (id),
  salt bytea not null check (length(salt) >= 16),
  derived bytea not null check (length(derived) = 32),
  changed_at timestamptz not null default clock_timestamp()
);
alter table switchyard.passwords enable row level security;
alter table switchyard.passwords force row level security;
create policy owner_rows on switchyard.passwords to sy_owner using (true) with check (true);
comment on table switchyard.passwords is 'rls:function reached by definer functions only';

create table switchyard.sessions (
  token_hash bytea primary key check (length(token_hash) = 32),
  user_id uuid not null references switchyard.users (id),
  user_agent text not null default '' check (length(user_agent) <= 400),
  address text not null default '' check (length(address) <= 64),
  created_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
);
create index sessions_of_user on switchyard.sessions (user_id);
alter table switchyard.sessions enable row level security;
alter table switchyard.sessions force row level security;
create policy owner_rows on switchyard.sessions to sy_owner using (true) with check (true);
comment on table switchyard.sessions is 'rls:function reached by definer functions only';

-- The salt of an address; an unknown address gets a stable salt of the same shape, so that nothing tells them apart.
create function access.password_salt(address text) returns bytea
  language sql stable security definer set search_path = pg_catalog, switchyard as $$
  select coalesce(
    (select p.salt from switchyard.passwords p join switchyard.users u on u.id = p.user_id where u.email = lower(address) and u.disabled_at is null),
    substring(sha256(convert_to('no such person:' || lower(address), 'UTF8')) for 16))
$$;
-- Opens a session when the derived key is right. Returns no row otherwise.
create function access.sign_in(address text, derived_key bytea, session_hash bytea, agent text, from_address text, ttl_seconds int) returns uuid
  language plpgsql security definer set search_path = pg_catalog, switchyard as $$
declare who uuid;
begin
  select u.id into who from switchyard.users u join switchyard.passwords p on p.user_id = u.id
   where u.email = lower(address) and u.disabled_at is null and p.derived = derived_key;
  if who is null then return null; end if;
  insert into switchyard.sessions (token_hash, user_id, user_agent, address, expires_at)
    values (session_hash, who, left(agent, 400), left(from_address, 64), clock_timestamp() + make_interval(secs => ttl_seconds));
  delete from switchyard.sessions s where s.user_id = who and s.expires_at < clock_timestamp();
  return who;
end $$;
create function access.resolve_session(session_hash bytea) returns table (user_id uuid, email text, name text, operator boolean, expires_at timestamptz)
  language sql stable security definer set search_path = pg_catalog, switchyard as $$
  select u.id, u.email, u.name, u.operator, s.expires_at from switchyard.sessions s join switchyard.users u on u.id = s.user_id
   where s.token_hash = session_hash and s.expires_at > clock_timestamp() and u.disabled_at is null
$$;
create function access.end_session(session_hash bytea) returns void
  language sql security definer set search_path = pg_catalog, switchyard as $$ delete from switchyard.sessions where token_hash = session_hash $$;
-- Sets a password and ends every session of the person but one.
create function access.set_password(who uuid, new_salt bytea, new_derived bytea, keep_session bytea) returns void
  language plpgsql security definer set search_path = pg_catalog, switchyard as $$
begin
  insert into switchyard.passwords (user_id, salt, derived) values (who, new_salt, new_derived)
    on conflict (user_id) do update set salt = excluded.salt, derived = excluded.derived, changed_at = clock_timestamp();
  delete from switchyard.sessions s where s.user_id = who and s.token_hash is distinct from keep_session;
end $$;
create function access.has_password(who uuid) returns boolean
  language sql stable security definer set search_path = pg_catalog, switchyard as $$ select exists (select 1 from switchyard.passwords where user_id = who) $$;
grant execute on function access.password_salt(text), access.sign_in(text, bytea, bytea, text, text, int), access.resolve_session(bytea), access.end_session(bytea) to sy_app;
grant execute on function access.set_password(uuid, bytea, bytea, bytea), access.has_password(uuid) to sy_worker;

create table switchyard.api_keys (
  workspace_id uuid not null references switchyard.workspaces (workspace_id),
  id uuid not null,
  name text not null check (length(name) between 1 and 100),
  hash bytea not null unique check (length(hash) = 32),
  prefix text not null check (length(prefix) <= 12),
  last_four text not null check (length(last_four) = 4),
  scopes text[] not null default '{inference}' check (scopes <@ array['inference', 'operator'] and cardinality(scopes) > 0),
  groups text[],
  limits jsonb not null default '[]',
  enabled boolean not null default true,
  expires_at timestamptz,
  revoked_at timestamptz,
  created_by uuid,
  created_at timestamptz not null default clock_timestamp(),
  last_used_at timestamptz,
  primary key (workspace_id, id)
);
create unique index api_keys_name on switchyard.api_keys (workspace_id, name) where revoked_at is null;
comment on column switchyard.api_keys.groups is 'names of the groups and models it may use; null means all';
select access.protect('switchyard.api_keys');
grant select (workspace_id, id, name, prefix, last_four, scopes, groups, limits, enabled, expires_at, revoked_at, created_by, created_at, last_used_at) on switchyard.api_keys to sy_app, sy_ops;
grant insert on switchyard.api_keys to sy_app;
grant update (name, groups, limits, enabled, expires_at, revoked_at) on switchyard.api_keys to sy_app;
create policy worker_rows on switchyard.api_keys to sy_worker using (true) with check (true);
grant select, insert, update on switchyard.api_keys to sy_worker;
create policy owner_rows on switchyard.api_keys for select to sy_owner using (true);

-- An append-only account of who changed what. Secrets are never in it.
create table switchyard.audit_log (
  workspace_id uuid not null,
  id uuid not null,
  at timestamptz not null default clock_timestamp(),
  actor text not null,
  verb text not null,
  object text not null,
  detail jsonb not null default '{}',
  primary key (workspace_id, id)
);
select access.protect('switchyard.audit_log');
grant select, insert on switchyard.audit_log to sy_app, sy_worker, sy_ops;
create policy worker_rows on switchyard.audit_log to sy_worker using (true) with check (true);
create policy operator_writes on switchyard.audit_log for insert to sy_ops with check ((select access.is_operator()));
create function access.no_change() returns trigger language plpgsql set search_path = pg_catalog as $$ begin raise exception 'this table is append-only'; end $$;
create trigger audit_log_is_append_only before update or delete or truncate on switchyard.audit_log for each statement execute function access.no_change();

reset role;
