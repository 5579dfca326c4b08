-- The short ways of the ledger: one operation by itself, as an idle program sends it, and the turn of a busy lane with each
-- wallet and budget written once.
set role sy_billing;

-- Places one hold where nothing is in the way. @returns whether it did; if not, nothing was done and `place` says why.
create function ledger.place_one(space uuid, call_id uuid, amount_nano bigint, budgets uuid[], of_key uuid, model text, streamed boolean, epoch uuid, ttl_seconds int) returns boolean
  language plpgsql security definer set search_path = pg_catalog, ledger as $$
declare
  now constant timestamptz := clock_timestamp();
begin
  if cardinality(budgets) > 1 then return false; end if;
  update ledger.wallets w set held = w.held + amount_nano, open_holds = w.open_holds + 1
    where w.workspace_id = space and not w.frozen and w.posted - w.held - amount_nano >= -w.overdraft;
  if not found then return false; end if;
  if cardinality(budgets) = 1 then
    update ledger.budgets b set held = b.held + amount_nano
      where b.workspace_id = space and b.id = budgets[1] and b.cap - b.used - b.held >= amount_nano
        and (b.window_days is null or b.window_start + b.window_days * interval '1 day' > now);
    if not found then
      update ledger.wallets w set held = w.held - amount_nano, open_holds = w.open_holds - 1 where w.workspace_id = space;
      return false;
    end if;
  end if;
  insert into ledger.holds (workspace_id, id, amount, budget_ids, key_id, model_asked, stream, owner_epoch, expires_at)
    values (space, call_id, amount_nano, budgets, of_key, model, streamed, epoch, now + make_interval(secs => ttl_seconds));
  return true;
end $$;

-- Closes one pending hold that covers its cost (a basis `none` gives it back), with the record of its call where there is one.
-- @returns whether it did; if not, nothing was done and `close` says why.
create function ledger.close_one(space uuid, call_id uuid, cost_nano bigint, how text, record json) returns boolean
  language plpgsql security definer set search_path = pg_catalog, ledger, switchyard as $$
declare
  now constant timestamptz := clock_timestamp();
  amount_nano bigint;
  budgets uuid[];
begin
  -- First the wallet, as everywhere: two writers cannot deadlock then.
  perform 1 from ledger.wallets w where w.workspace_id = space for update;
  update ledger.holds h set state = case when how = 'none' then 'voided' else 'posted' end, charged = cost_nano, true_cost = cost_nano, basis = how, resolved_at = now
    where h.workspace_id = space and h.id = call_id and h.state = 'pending' and h.amount >= cost_nano
    returning h.amount, h.budget_ids into amount_nano, budgets;
  if not found then return false; end if;
  update ledger.wallets w set posted = w.posted - cost_nano, held = w.held - amount_nano, open_holds = w.open_holds - 1 where w.workspace_id = space;
  if budgets <> '{}' then
    update ledger.budgets b set used = b.used + cost_nano, held = b.held - amount_nano where b.workspace_id = space and b.id = any (budgets);
  end if;
  if cost_nano > 0 then
    insert into ledger.entries (workspace_id, id, kind, direction, counter_account, amount, hold_id) values (space, call_id, 'usage', -1, 'platform:revenue', cost_nano, call_id);
  end if;
  if record is not null then
    insert into switchyard.calls select * from json_populate_record(null::switchyard.calls, record);
  end if;
  return true;
end $$;

drop function ledger.turn(uuid[], uuid[], bigint[], text[], jsonb, uuid[], uuid[], bigint[], text[], uuid[], text[], boolean[], uuid, int);

-- Closes the holds of `c_…` (arrays of equal length; a basis `none` gives a hold back) with the records of their calls, which
-- have the columns of switchyard.calls, and places the holds of `p_…` out of what is free then (each of `p_budgets` an array of
-- uuids as text; all null where no hold has any).
--
-- Does what is plain: a closing whose hold is pending and no smaller than its cost; the holds of a workspace whose wallet and
-- budgets cover all of them together. Everything else is left as it was and its ids are returned, for `close` and `place`,
-- which tell one outcome for each. A call or hold that is there already is an error: nothing is done then, and the caller
-- asks for each by itself.
create function ledger.turn(
    c_spaces uuid[], c_ids uuid[], c_costs bigint[], c_bases text[], records json,
    p_spaces uuid[], p_ids uuid[], p_amounts bigint[], p_budgets text[], p_keys uuid[], p_models text[], p_streams boolean[],
    epoch uuid, ttl_seconds int) returns uuid[]
  language plpgsql security definer set search_path = pg_catalog, ledger, switchyard as $$
declare
  now constant timestamptz := clock_timestamp();
  rest uuid[];
begin
  -- In the order of their ids, so that two writers cannot deadlock; a wallet's lock covers its budgets and holds as well, and
  -- what comes after it sees what the one before has committed.
  perform 1 from ledger.wallets w where w.workspace_id = any (c_spaces || p_spaces) order by w.workspace_id for update;
  with done as (
    update ledger.holds h set state = case when o.basis = 'none' then 'voided' else 'posted' end,
        charged = o.cost, true_cost = o.cost, basis = o.basis, resolved_at = now
      from unnest(c_spaces, c_ids, c_costs, c_bases) o(space, id, cost, basis)
     where h.workspace_id = o.space and h.id = o.id and h.state = 'pending' and h.amount >= o.cost
    returning h.workspace_id, h.id, h.amount, h.budget_ids, h.charged),
  freed as materialized (
    select d.workspace_id, sum(d.charged)::bigint as charged, sum(d.amount)::bigint as amount, count(*)::int as holds from done d group by d.workspace_id),
  freed_budgets as materialized (
    select d.workspace_id, u.id, sum(d.charged)::bigint as charged, sum(d.amount)::bigint as amount from done d cross join unnest(d.budget_ids) u(id) group by d.workspace_id, u.id),
  need as materialized (
    select o.space, sum(o.amount)::bigint as total, count(*)::int as holds from unnest(p_spaces, p_amounts) o(space, amount) group by o.space),
  need_budgets as materialized (
    select o.space, u.id, sum(o.amount)::bigint as total
      from unnest(p_spaces, p_amounts, p_budgets) o(space, amount, budgets) cross join unnest(o.budgets::uuid[]) u(id) group by o.space, u.id),
  -- Budgets that are missing, too small, or about to begin a new window.
  short as materialized (
    select n.space from need_budgets n left join ledger.budgets b on b.workspace_id = n.space and b.id = n.id
      left join freed_budgets f on f.workspace_id = n.space and f.id = n.id
     where b.id is null or b.cap - b.used - b.held - coalesce(f.charged - f.amount, 0) < n.total
        or b.window_start + b.window_days * interval '1 day' <= now),
  fitting as materialized (
    select n.space, n.total, n.holds from need n join ledger.wallets w on w.workspace_id = n.space left join freed f on f.workspace_id = n.space
     where not w.frozen and w.posted - w.held - coalesce(f.charged - f.amount, 0) - n.total >= -w.overdraft and n.space not in (select s.space from short s)),
  -- Each wallet and budget is written once, for its closings and its holds together.
  moved as (
    update ledger.wallets w set posted = w.posted - m.charged, held = w.held + m.held, open_holds = w.open_holds + m.holds
      from (select x.space, sum(x.charged)::bigint as charged, sum(x.held)::bigint as held, sum(x.holds)::int as holds
              from (select f.workspace_id, f.charged, -f.amount, -f.holds from freed f union all select n.space, 0, n.total, n.holds from fitting n) x(space, charged, held, holds)
             group by x.space) m
     where w.workspace_id = m.space),
  used as (
    update ledger.budgets b set used = b.used + m.charged, held = b.held + m.held
      from (select x.space, x.id, sum(x.charged)::bigint as charged, sum(x.held)::bigint as held
              from (select f.workspace_id, f.id, f.charged, -f.amount from freed_budgets f
                    union all select n.space, n.id, 0, n.total from need_budgets n where n.space in (select t.space from fitting t)) x(space, id, charged, held)
             group by x.space, x.id) m
     where b.workspace_id = m.space and b.id = m.id),
  entered as (
    insert into ledger.entries (workspace_id, id, kind, direction, counter_account, amount, hold_id)
      select d.workspace_id, d.id, 'usage', -1, 'platform:revenue', d.charged, d.id from done d where d.charged > 0),
  recorded as (
    insert into switchyard.calls select r.* from json_populate_recordset(null::switchyard.calls, records) r where r.id = any (array(select d.id from done d))),
  placed as (
    insert into ledger.holds (workspace_id, id, amount, budget_ids, key_id, model_asked, stream, owner_epoch, expires_at)
      select o.space, o.id, o.amount, coalesce(o.budgets::uuid[], '{}'), o.key_id, o.model, o.stream, epoch, now + make_interval(secs => ttl_seconds)
        from unnest(p_spaces, p_ids, p_amounts, p_budgets, p_keys, p_models, p_streams) o(space, id, amount, budgets, key_id, model, stream)
       where o.space in (select t.space from fitting t))
  select array(select i from unnest(c_ids) i where not i = any (array(select d.id from done d)))
      || array(select o.id from unnest(p_spaces, p_ids) o(space, id) where o.space not in (select t.space from fitting t)) into rest;
  return rest;
end $$;

grant execute on function ledger.place_one(uuid, uuid, bigint, uuid[], uuid, text, boolean, uuid, int), ledger.close_one(uuid, uuid, bigint, text, json),
  ledger.turn(uuid[], uuid[], bigint[], text[], json, uuid[], uuid[], bigint[], text[], uuid[], text[], boolean[], uuid, int) to sy_worker;
reset role;
