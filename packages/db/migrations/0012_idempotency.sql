-- Idempotency keys of callers: which call each of them stands for, and what that call answered.
set role sy_billing;

create table ledger.idempotency_keys (
  workspace_id uuid not null,
  key text not null check (length(key) between 1 and 255),
  surface text not null,
  fingerprint bytea not null check (length(fingerprint) = 32),
  call_id uuid not null,
  -- How the whole answer is told again; null while the call runs, of a stream, and of an answer that is too large.
  answer bytea check (length(answer) <= 262144),
  created_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, key, surface)
);
create index idempotency_keys_in_time on ledger.idempotency_keys using brin (created_at) with (autosummarize = on);
comment on column ledger.idempotency_keys.call_id is 'what became of it is told by its hold: pending, posted (it stands), or voided (the key is free again)';

alter table ledger.idempotency_keys enable row level security;
alter table ledger.idempotency_keys force row level security;
create policy ledger_rows on ledger.idempotency_keys to sy_billing using (true) with check (true);
create policy workspace_rows on ledger.idempotency_keys for select to sy_app using (workspace_id = (select access.current_workspace()));
create policy workspace_guard on ledger.idempotency_keys as restrictive for all to sy_app using (workspace_id = (select access.current_workspace()));
create policy operator_reads on ledger.idempotency_keys for select to sy_ops using ((select access.is_operator()));
grant select (workspace_id, key, surface, call_id, created_at) on ledger.idempotency_keys to sy_app, sy_ops;

-- Keys are forgotten after a day.
create function ledger.idempotency_days() returns int language sql immutable set search_path = pg_catalog as $$ select 1 $$;

-- What a key stands for. state: running | answered | free; no row for a key that was never used or is forgotten.
create function ledger.find_idempotent(space uuid, of_key text, of_surface text)
  returns table (call_id uuid, fingerprint bytea, state text, answer bytea)
  language sql stable security definer set search_path = pg_catalog, ledger as $$
  select i.call_id, i.fingerprint, case h.state when 'pending' then 'running' when 'posted' then 'answered' else 'free' end, i.answer
    from ledger.idempotency_keys i left join ledger.holds h on h.workspace_id = i.workspace_id and h.id = i.call_id
   where i.workspace_id = space and i.key = of_key and i.surface = of_surface
     and i.created_at > clock_timestamp() - make_interval(days => ledger.idempotency_days())
$$;

-- Places one hold together with its idempotency key, both or neither. outcome: as `place`, or taken (another call has the key),
-- or reused (another call has it, for another request).
create function ledger.place_idempotent(op jsonb, epoch uuid, ttl_seconds int, of_key text, of_surface text, print bytea)
  returns table (outcome text, available bigint)
  language plpgsql security definer set search_path = pg_catalog, ledger as $$
#variable_conflict use_column
declare
  space constant uuid := (op ->> 'workspace_id')::uuid;
  this constant uuid := (op ->> 'id')::uuid;
  present ledger.idempotency_keys;
begin
  insert into ledger.idempotency_keys (workspace_id, key, surface, fingerprint, call_id) values (space, of_key, of_surface, print, this) on conflict do nothing;
  if not found then
    -- Whoever had it has committed by now: what is asked from here on sees its hold.
    select * into present from ledger.idempotency_keys i where i.workspace_id = space and i.key = of_key and i.surface = of_surface for update;
    if not found then
      outcome := 'busy'; return next; return;
    end if;
    if present.call_id <> this and present.created_at > clock_timestamp() - make_interval(days => ledger.idempotency_days())
       and exists (select 1 from ledger.holds h where h.workspace_id = space and h.id = present.call_id and h.state <> 'voided') then
      outcome := case when present.fingerprint = print then 'taken' else 'reused' end;
      return next; return;
    end if;
    update ledger.idempotency_keys i set fingerprint = print, call_id = this, answer = null, created_at = clock_timestamp()
      where i.workspace_id = space and i.key = of_key and i.surface = of_surface;
  end if;
  select p.outcome, p.available into outcome, available from ledger.place(jsonb_build_array(op), epoch, ttl_seconds, false) p;
  if outcome not in ('ok', 'exists') then
    delete from ledger.idempotency_keys i where i.workspace_id = space and i.key = of_key and i.surface = of_surface and i.call_id = this;
  end if;
  return next;
end $$;

-- Keeps the answer of a call that is about to be closed, for who asks again.
create function ledger.keep_answer(space uuid, of_key text, of_surface text, of_call uuid, what bytea) returns void
  language sql security definer set search_path = pg_catalog, ledger as $$
  update ledger.idempotency_keys i set answer = what where i.workspace_id = space and i.key = of_key and i.surface = of_surface and i.call_id = of_call
$$;

create function ledger.forget_idempotency_keys(most int) returns int language plpgsql security definer set search_path = pg_catalog, ledger as $$
declare n int;
begin
  delete from ledger.idempotency_keys where ctid = any (array(
    select i.ctid from ledger.idempotency_keys i where i.created_at < clock_timestamp() - make_interval(days => ledger.idempotency_days()) limit most));
  get diagnostics n = row_count;
  return n;
end $$;

grant execute on function ledger.find_idempotent(uuid, text, text), ledger.place_idempotent(jsonb, uuid, int, text, text, bytea),
  ledger.keep_answer(uuid, text, text, uuid, bytea), ledger.forget_idempotency_keys(int) to sy_worker;
reset role;
