-- One row a call. Ids are time-ordered (UUIDv7), so the primary key is also the order in time.
set role sy_owner;

create table switchyard.calls (
  workspace_id uuid not null,
  id uuid not null,
  at timestamptz not null,
  surface text not null,
  outcome text not null check (outcome in ('answered', 'failed', 'aborted', 'refused', 'recovered')),
  http_status smallint not null,
  stream boolean not null,
  key_id uuid,
  user_id uuid,
  model_asked text not null,
  group_name text,
  provider_name text,
  model_name text,
  attempts jsonb not null default '[]',
  input_tokens bigint not null default 0,
  cached_input_tokens bigint not null default 0,
  cache_write_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  reasoning_tokens bigint not null default 0,
  usage_basis text not null default 'none',
  usage_suspect boolean not null default false,
  price_id uuid,
  held bigint not null default 0,
  cost bigint not null default 0,
  charged bigint not null default 0 check (charged <= cost),
  queue_ms real not null default 0,
  first_token_ms real,
  total_ms real not null default 0,
  overhead_ms real not null default 0,
  finish_reason text,
  error_code text,
  error_text text,
  primary key (workspace_id, id)
);
select access.protect('switchyard.calls');
grant select on switchyard.calls to sy_app, sy_ops, sy_worker, sy_billing;
grant insert, update on switchyard.calls to sy_billing;
grant delete on switchyard.calls to sy_worker;
create policy ledger_rows on switchyard.calls to sy_billing using (true) with check (true);
create policy worker_rows on switchyard.calls to sy_worker using (true) with check (true);
alter table switchyard.calls set (autovacuum_vacuum_insert_scale_factor = 0.1);

reset role;
