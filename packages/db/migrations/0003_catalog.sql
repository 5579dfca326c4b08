-- Providers, models, prices, groups and targets. The platform's rows are readable by every workspace.
set role sy_owner;

create table switchyard.providers (
  workspace_id uuid not null references switchyard.workspaces (workspace_id),
  id uuid not null,
  name text not null check (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
  kind text not null check (kind in ('openai', 'anthropic', 'google', 'xai', 'openrouter', 'openai-compatible', 'sandbox')),
  base_url text not null default '' check (length(base_url) <= 2000),
  headers jsonb not null default '{}',
  enabled boolean not null default true,
  created_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, id),
  unique (workspace_id, name)
);
select access.protect_shared('switchyard.providers');

-- The sealed key of a provider: no grant to the roles that serve tenants, read by the worker that fills the catalog snapshot.
create table switchyard.provider_secrets (
  workspace_id uuid not null,
  provider_id uuid not null,
  sealed bytea not null,
  changed_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, provider_id),
  foreign key (workspace_id, provider_id) references switchyard.providers (workspace_id, id) on delete cascade
);
alter table switchyard.provider_secrets enable row level security;
alter table switchyard.provider_secrets force row level security;
create policy worker_rows on switchyard.provider_secrets to sy_worker using (true) with check (true);

create table switchyard.models (
  workspace_id uuid not null,
  id uuid not null,
  provider_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  context_window int check (context_window > 0),
  max_output int check (max_output > 0),
  capabilities text[] not null default '{chat}',
  enabled boolean not null default true,
  created_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, id),
  unique (workspace_id, provider_id, name),
  foreign key (workspace_id, provider_id) references switchyard.providers (workspace_id, id)
);
select access.protect_shared('switchyard.models');

-- Nano-dollars per million tokens. A change of price is a new row; the row's id stays on every hold and call.
create table switchyard.prices (
  workspace_id uuid not null,
  id uuid not null,
  model_id uuid not null,
  effective_at timestamptz not null default clock_timestamp(),
  input_per_million bigint not null check (input_per_million >= 0),
  cached_input_per_million bigint not null check (cached_input_per_million >= 0),
  cache_write_per_million bigint not null check (cache_write_per_million >= 0),
  output_per_million bigint not null check (output_per_million >= 0),
  reasoning_per_million bigint not null check (reasoning_per_million >= 0),
  per_call bigint not null default 0 check (per_call >= 0),
  source text not null check (length(source) <= 200),
  primary key (workspace_id, id),
  foreign key (workspace_id, model_id) references switchyard.models (workspace_id, id)
);
create index prices_of_model on switchyard.prices (workspace_id, model_id, effective_at desc);
select access.protect_shared('switchyard.prices');
create trigger prices_are_append_only before update or delete or truncate on switchyard.prices for each statement execute function access.no_change();

create table switchyard.groups (
  workspace_id uuid not null references switchyard.workspaces (workspace_id),
  id uuid not null,
  name text not null check (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
  strategy text not null default 'priority' check (strategy in ('priority')),
  failure_keywords text[] not null default '{}' check (cardinality(failure_keywords) <= 50),
  created_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, id),
  unique (workspace_id, name)
);
select access.protect_shared('switchyard.groups');

create table switchyard.targets (
  workspace_id uuid not null,
  group_id uuid not null,
  model_id uuid not null,
  priority int not null check (priority between 0 and 1000),
  primary key (workspace_id, group_id, model_id),
  foreign key (workspace_id, group_id) references switchyard.groups (workspace_id, id) on delete cascade,
  foreign key (workspace_id, model_id) references switchyard.models (workspace_id, id)
);
select access.protect_shared('switchyard.targets');

grant select on switchyard.providers, switchyard.models, switchyard.prices, switchyard.groups, switchyard.targets to sy_app, sy_ops, sy_worker;
grant insert, update, delete on switchyard.providers, switchyard.models, switchyard.groups, switchyard.targets to sy_app;
grant insert on switchyard.prices to sy_app;
grant insert, update, delete on switchyard.providers, switchyard.models, switchyard.groups, switchyard.targets, switchyard.provider_secrets to sy_worker;
grant select on switchyard.provider_secrets to sy_worker;
grant insert on switchyard.prices to sy_worker;
do $$ declare t text; begin
  foreach t in array array['providers', 'models', 'prices', 'groups', 'targets'] loop
    execute format('create policy worker_rows on switchyard.%I to sy_worker using (true) with check (true)', t);
  end loop;
end $$;

-- Every change of what the gateway holds in memory is told to all nodes: which workspace, nothing else.
create function access.tell_of_change() returns trigger language plpgsql set search_path = pg_catalog as $$
begin perform pg_notify('switchyard_changed', tg_argv[0]); return null; end $$;
do $$ declare t text; begin
  foreach t in array array['providers', 'provider_secrets', 'models', 'prices', 'groups', 'targets'] loop
    execute format('create trigger tell_of_change after insert or update or delete on switchyard.%I for each statement execute function access.tell_of_change(''catalog'')', t);
  end loop;
end $$;
-- Not on last_used_at: that one is written while calls flow.
create trigger tell_of_change after insert or update of enabled, groups, limits, expires_at, revoked_at or delete on switchyard.api_keys
  for each statement execute function access.tell_of_change('keys');

reset role;
