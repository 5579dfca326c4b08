-- A call that cost more than its hold, or whose hold was given back before it ended, is charged for it also where no budget is
-- concerned: until now such a call was charged nothing, and all of it was written off.
set role sy_billing;

create or replace function ledger.close(batch jsonb, skip_locked boolean) returns table (id uuid, outcome text, charged bigint, written_off bigint)
  language plpgsql security definer set search_path = pg_catalog, ledger, switchyard as $$
#variable_conflict use_column
declare
  records switchyard.calls[] := array(select r from jsonb_populate_recordset(null::switchyard.calls, batch) r);
  r switchyard.calls;
  locked uuid[];
  closed uuid[];
  w ledger.wallets;
  h ledger.holds;
  late boolean;
begin
  written_off := 0;

  -- An idle gateway sends one op at a time.
  if cardinality(records) = 1 and not skip_locked then
    r := records[1];
    perform 1 from ledger.wallets w where w.workspace_id = r.workspace_id for update;
    with done as (
      update ledger.holds h set state = case when r.usage_basis is null or r.usage_basis = 'none' then 'voided' else 'posted' end,
          charged = coalesce(r.cost, 0), true_cost = coalesce(r.cost, 0), basis = coalesce(r.usage_basis, 'none'), resolved_at = clock_timestamp()
        where h.workspace_id = r.workspace_id and h.id = r.id and h.state = 'pending' and h.amount >= coalesce(r.cost, 0)
        returning h.amount, h.budget_ids),
    paid as (
      update ledger.wallets w set posted = w.posted - coalesce(r.cost, 0), held = w.held - d.amount, open_holds = w.open_holds - 1 from done d where w.workspace_id = r.workspace_id),
    used as (
      update ledger.budgets b set used = b.used + coalesce(r.cost, 0), held = b.held - d.amount from done d where b.workspace_id = r.workspace_id and b.id = any (d.budget_ids)),
    entered as (
      insert into ledger.entries (workspace_id, id, kind, direction, counter_account, amount, hold_id)
        select r.workspace_id, r.id, 'usage', -1, 'platform:revenue', r.cost, r.id from done where r.cost > 0)
    select array[r.id] into closed from done;
    if found then
      if r.at is not null then insert into switchyard.calls select r.* on conflict do nothing; end if;
      id := r.id; outcome := 'ok'; charged := coalesce(r.cost, 0); return next; return;
    end if;
  end if;

  if skip_locked then
    locked := array(select w.workspace_id from ledger.wallets w where w.workspace_id in (select o.workspace_id from unnest(records) o) order by w.workspace_id for update skip locked);
  else
    locked := array(select w.workspace_id from ledger.wallets w where w.workspace_id in (select o.workspace_id from unnest(records) o) order by w.workspace_id for update);
  end if;

  -- The common case, in one statement: still pending, and no dearer than its hold.
  with done as (
    update ledger.holds h set state = case when o.usage_basis is null or o.usage_basis = 'none' then 'voided' else 'posted' end,
        charged = coalesce(o.cost, 0), true_cost = coalesce(o.cost, 0), basis = coalesce(o.usage_basis, 'none'), resolved_at = clock_timestamp()
      from unnest(records) o
      where h.workspace_id = o.workspace_id and h.id = o.id and o.workspace_id = any (locked) and h.state = 'pending' and h.amount >= coalesce(o.cost, 0)
      returning h.workspace_id, h.id, h.amount, h.budget_ids, h.charged),
  paid as (
    update ledger.wallets w set posted = w.posted - d.charged, held = w.held - d.amount, open_holds = w.open_holds - d.holds
      from (select c.workspace_id, sum(c.charged)::bigint as charged, sum(c.amount)::bigint as amount, count(*)::int as holds from done c group by c.workspace_id) d
     where w.workspace_id = d.workspace_id),
  used as (
    update ledger.budgets b set used = b.used + d.charged, held = b.held - d.amount
      from (select c.workspace_id, u.id, sum(c.charged)::bigint as charged, sum(c.amount)::bigint as amount from done c cross join unnest(c.budget_ids) u(id) group by c.workspace_id, u.id) d
     where b.workspace_id = d.workspace_id and b.id = d.id),
  entered as (
    insert into ledger.entries (workspace_id, id, kind, direction, counter_account, amount, hold_id)
      select c.workspace_id, c.id, 'usage', -1, 'platform:revenue', c.charged, c.id from done c where c.charged > 0),
  recorded as (
    insert into switchyard.calls select o.* from unnest(records) o join done c on c.workspace_id = o.workspace_id and c.id = o.id where o.at is not null on conflict do nothing)
  select array_agg(c.id) into closed from done c;

  -- The rest one by one: dearer than held, swept before, closed before, or not ours to lock just now.
  foreach r in array records loop
    id := r.id; charged := 0; written_off := 0;
    if r.id = any (closed) then
      outcome := 'ok'; charged := coalesce(r.cost, 0);
      return next; continue;
    end if;
    if not r.workspace_id = any (locked) then
      outcome := 'busy';
      return next; continue;
    end if;
    select * into h from ledger.holds h where h.workspace_id = r.workspace_id and h.id = r.id for update;
    if not found then
      outcome := 'no_hold'; r.charged := 0; r.cost := 0; r.usage_basis := 'none';
      if r.at is not null then insert into switchyard.calls select r.* on conflict do nothing; end if;
      return next; continue;
    end if;
    late := h.state = 'voided';
    if h.state = 'posted' or (late and coalesce(r.cost, 0) = 0) then
      outcome := 'exists'; charged := coalesce(h.charged, 0);
      return next; continue;
    end if;
    select * into w from ledger.wallets w where w.workspace_id = r.workspace_id;
    charged := least(r.cost, greatest(0, w.posted - w.held + w.overdraft + case when late then 0 else h.amount end));
    -- A budget never lets more through than it has left beside this very hold.
    -- `greatest` passes over nulls: asked for the smallest of no budgets at all it would say zero.
    charged := least(charged, (select greatest(0, min(b.cap - b.used - b.held + case when late then 0 else h.amount end))
                                 from ledger.budgets b where b.workspace_id = h.workspace_id and b.id = any (h.budget_ids) having count(*) > 0));
    r.charged := charged;
    if late then r.usage_basis := 'late'; end if;
    update ledger.wallets w set posted = w.posted - r.charged, held = w.held - case when late then 0 else h.amount end,
        open_holds = w.open_holds - case when late then 0 else 1 end where w.workspace_id = r.workspace_id;
    update ledger.budgets b set used = b.used + r.charged, held = b.held - case when late then 0 else h.amount end
      where b.workspace_id = h.workspace_id and b.id = any (h.budget_ids);
    update ledger.holds x set state = 'posted', charged = r.charged, true_cost = r.cost, basis = r.usage_basis,
        resolved_at = coalesce(x.resolved_at, clock_timestamp()) where x.workspace_id = r.workspace_id and x.id = r.id;
    if r.charged > 0 then
      insert into ledger.entries (workspace_id, id, kind, direction, counter_account, amount, hold_id)
        values (r.workspace_id, r.id, case when late then 'late_usage' else 'usage' end, -1, 'platform:revenue', r.charged, r.id);
    end if;
    if r.at is not null then
      insert into switchyard.calls as c select r.*
        on conflict (workspace_id, id) do update set outcome = excluded.outcome, http_status = excluded.http_status, attempts = excluded.attempts,
          provider_name = excluded.provider_name, model_name = excluded.model_name, price_id = excluded.price_id,
          input_tokens = excluded.input_tokens, cached_input_tokens = excluded.cached_input_tokens, cache_write_tokens = excluded.cache_write_tokens,
          output_tokens = excluded.output_tokens, reasoning_tokens = excluded.reasoning_tokens, usage_basis = excluded.usage_basis,
          cost = excluded.cost, charged = excluded.charged, total_ms = excluded.total_ms, finish_reason = excluded.finish_reason,
          error_code = excluded.error_code, error_text = excluded.error_text;
    end if;
    outcome := 'ok'; written_off := r.cost - r.charged;
    return next;
  end loop;
end $$;

-- A program that was taken for dead and is not must not be left out of the sweep when it dies later.
create or replace function ledger.abandoned(my_epoch uuid, mine uuid[], ttl_seconds int, most int) returns setof ledger.open_hold
  language plpgsql security definer set search_path = pg_catalog, ledger as $$
declare
  dead record;
  one ledger.open_hold;
  n int;
begin
  for dead in select i.epoch, i.started_at from ledger.instances i where not i.swept and i.epoch <> my_epoch and i.seen_at < clock_timestamp() - interval '30 s' loop
    n := 0;
    for one in select h.workspace_id, h.id, h.key_id, h.model_asked, h.stream, h.amount, h.created_at from ledger.holds h
                where h.created_at >= dead.started_at and h.owner_epoch = dead.epoch and h.state = 'pending' limit most loop
      n := n + 1;
      return next one;
    end loop;
    -- It may have been suspended and beat again meanwhile: then its next holds are its own.
    if n = 0 then update ledger.instances i set swept = true where i.epoch = dead.epoch and i.seen_at < clock_timestamp() - interval '30 s'; end if;
  end loop;
  return query select h.workspace_id, h.id, h.key_id, h.model_asked, h.stream, h.amount, h.created_at from ledger.holds h
    where h.created_at between clock_timestamp() - make_interval(secs => ttl_seconds + 600) and clock_timestamp() - make_interval(secs => ttl_seconds)
      and h.state = 'pending' and h.owner_epoch = my_epoch and not h.id = any (mine) limit most;
end $$;

reset role;
