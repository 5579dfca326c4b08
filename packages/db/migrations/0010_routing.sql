-- Strategies, settings of failover, aliases, and how a call was routed.
set role sy_owner;

alter table switchyard.groups drop constraint groups_strategy_check;
alter table switchyard.groups add constraint groups_strategy_check check (strategy in
  ('priority', 'lowest_cost', 'lowest_latency', 'highest_throughput', 'local_first', 'remote_first', 'weighted', 'round_robin'));
-- What the group sets itself; the rest comes from its owner's routing_settings and the defaults.
alter table switchyard.groups add column settings jsonb not null default '{}'
  check (jsonb_typeof(settings) = 'object' and length(settings::text) <= 20000);

-- A keyword has a scope now: [{"text": …, "scope": "any" | "error" | "content"}]. Rewritten by DDL, because row-level security
-- hides the rows from their owner's statements.
create function access.keywords_with_scope(words text[]) returns jsonb language sql immutable set search_path = pg_catalog as
  $$ select coalesce((select jsonb_agg(jsonb_build_object('text', word, 'scope', 'any')) from unnest(words) word), '[]'::jsonb) $$;
alter table switchyard.groups drop constraint groups_failure_keywords_check;
alter table switchyard.groups alter column failure_keywords drop default,
  alter column failure_keywords type jsonb using access.keywords_with_scope(failure_keywords), alter column failure_keywords set default '[]',
  add constraint groups_failure_keywords_check check (jsonb_typeof(failure_keywords) = 'array' and jsonb_array_length(failure_keywords) <= 50);
drop function access.keywords_with_scope(text[]);

alter table switchyard.targets add column weight int not null default 1 check (weight between 0 and 1000);

-- Null: as its address tells.
alter table switchyard.providers add column is_local boolean;
alter table switchyard.providers add column probe_seconds int check (probe_seconds between 5 and 86400);

-- What an owner sets for all of its groups.
create table switchyard.routing_settings (
  workspace_id uuid primary key references switchyard.workspaces (workspace_id),
  settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object' and length(settings::text) <= 20000),
  failure_keywords jsonb not null default '[]' check (jsonb_typeof(failure_keywords) = 'array' and jsonb_array_length(failure_keywords) <= 50)
);
select access.protect_shared('switchyard.routing_settings');

-- Another name for a group or a model, for clients whose model name cannot be changed.
create table switchyard.aliases (
  workspace_id uuid not null references switchyard.workspaces (workspace_id),
  name text not null check (length(name) between 1 and 200 and name !~ '[[:cntrl:][:space:]]'),
  stands_for text not null check (length(stands_for) between 1 and 300),
  primary key (workspace_id, name)
);
select access.protect_shared('switchyard.aliases');

grant select on switchyard.routing_settings, switchyard.aliases to sy_app, sy_ops, sy_worker;
grant insert, update, delete on switchyard.routing_settings, switchyard.aliases to sy_app, sy_worker;
create policy worker_rows on switchyard.routing_settings to sy_worker using (true) with check (true);
create policy worker_rows on switchyard.aliases to sy_worker using (true) with check (true);
create trigger tell_of_change after insert or update or delete on switchyard.routing_settings for each statement execute function access.tell_of_change('catalog');
create trigger tell_of_change after insert or update or delete on switchyard.aliases for each statement execute function access.tell_of_change('catalog');

-- Which targets a call considered, in which order and why, and which it left out.
alter table switchyard.calls add column route jsonb;

reset role;
