-- The ordinary turn of a ledger's lane: closings and holds of one batch in one call, all of it set-wise.
set role sy_billing;

-- Postgres reads a table's checks anew for every statement, and lists of words are the dearest to read: a seventh of what a
-- batch costs. Only this schema's functions write these columns, with words of their own; `credit`, which is told a kind,
-- looks at it itself. Checks of amounts and of wallets' and budgets' bounds stay.
alter table ledger.holds drop constraint holds_state_check, drop constraint holds_basis_check, drop constraint holds_check1;
alter table ledger.entries drop constraint entries_kind_check, drop constraint entries_counter_account_check, drop constraint entries_check;
reset role;
set role sy_owner;
alter table switchyard.calls drop constraint calls_outcome_check;
reset role;
set role sy_billing;

-- Credits a wallet, once for each entry id. outcome: ok | exists | conflict
create or replace function ledger.credit(entry_id uuid, space uuid, amount_nano bigint, entry_kind text, counter text, by_whom text, why text) returns text
  language plpgsql security definer set search_path = pg_catalog, ledger as $$
declare e ledger.entries;
begin
  if entry_kind not in ('credit', 'refund', 'adjustment') or counter not in ('platform:revenue', 'platform:cash', 'platform:promo') then
    raise check_violation using message = format('an entry of kind %s against %s cannot be credited', entry_kind, counter);
  end if;
  insert into ledger.wallets (workspace_id) values (space) on conflict do nothing;
  perform 1 from ledger.wallets w where w.workspace_id = space for update;
  select * into e from ledger.entries x where x.workspace_id = space and x.id = entry_id;
  if found then return case when e.amount = amount_nano and e.kind = entry_kind then 'exists' else 'conflict' end; end if;
  insert into ledger.entries (workspace_id, id, kind, direction, counter_account, amount, actor, reason)
    values (space, entry_id, entry_kind, 1, counter, amount_nano, by_whom, why);
  update ledger.wallets w set posted = w.posted + amount_nano where w.workspace_id = space;
  return 'ok';
end $$;

-- Closes the holds of `c_…` (arrays of equal length; a basis `none` gives a hold back) with the records of their calls, which
-- have the columns of switchyard.calls, and then places the holds of `p_…` (each of `p_budgets` an array of uuids as text; all
-- null where no hold has any).
--
-- Does what is plain: a closing whose hold is pending and no smaller than its cost; the holds of a workspace whose wallet and
-- budgets cover all of them together. Everything else is left as it was and its ids are returned, for `close` and `place`,
-- which tell one outcome for each. A call or hold that is there already is an error: nothing is done then, and the caller
-- asks for each by itself.
create function ledger.turn(
    c_spaces uuid[], c_ids uuid[], c_costs bigint[], c_bases text[], records jsonb,
    p_spaces uuid[], p_ids uuid[], p_amounts bigint[], p_budgets text[], p_keys uuid[], p_models text[], p_streams boolean[],
    epoch uuid, ttl_seconds int) returns uuid[]
  language plpgsql security definer set search_path = pg_catalog, ledger, switchyard as $$
declare
  now constant timestamptz := clock_timestamp();
  closed uuid[];
  short uuid[] := '{}';
  fitting uuid[] := '{}';
  placed int;
  rest uuid[];
begin
  -- In the order of their ids, so that two writers cannot deadlock; a wallet's lock covers its budgets and holds as well.
  perform 1 from ledger.wallets w where w.workspace_id = any (c_spaces || p_spaces) order by w.workspace_id for update;

  if cardinality(c_ids) > 0 then
    with done as (
      update ledger.holds h set state = case when o.basis = 'none' then 'voided' else 'posted' end,
          charged = o.cost, true_cost = o.cost, basis = o.basis, resolved_at = now
        from unnest(c_spaces, c_ids, c_costs, c_bases) o(space, id, cost, basis)
       where h.workspace_id = o.space and h.id = o.id and h.state = 'pending' and h.amount >= o.cost
      returning h.workspace_id, h.id, h.amount, h.budget_ids, h.charged),
    paid as (
      update ledger.wallets w set posted = w.posted - d.charged, held = w.held - d.amount, open_holds = w.open_holds - d.holds
        from (select c.workspace_id, sum(c.charged)::bigint as charged, sum(c.amount)::bigint as amount, count(*)::int as holds from done c group by c.workspace_id) d
       where w.workspace_id = d.workspace_id),
    used as (
      update ledger.budgets b set used = b.used + d.charged, held = b.held - d.amount
        from (select c.workspace_id, u.id, sum(c.charged)::bigint as charged, sum(c.amount)::bigint as amount
                from done c cross join unnest(c.budget_ids) u(id) group by c.workspace_id, u.id) d
       where b.workspace_id = d.workspace_id and b.id = d.id),
    entered as (
      insert into ledger.entries (workspace_id, id, kind, direction, counter_account, amount, hold_id)
        select c.workspace_id, c.id, 'usage', -1, 'platform:revenue', c.charged, c.id from done c where c.charged > 0)
    select coalesce(array_agg(c.id), '{}') into closed from done c;
    if cardinality(closed) = cardinality(c_ids) then
      insert into switchyard.calls select * from jsonb_populate_recordset(null::switchyard.calls, records);
    else
      insert into switchyard.calls select r.* from jsonb_populate_recordset(null::switchyard.calls, records) r where r.id = any (closed);
      rest := array(select i from unnest(c_ids) i where not i = any (closed));
    end if;
  end if;

  if cardinality(p_ids) > 0 then
    if p_budgets is not null then
      -- Budgets that are missing, too small, or about to begin a new window.
      short := array(
        select n.space from (select o.space, b.id, sum(o.amount) as total
                               from unnest(p_spaces, p_amounts, p_budgets) o(space, amount, budgets) cross join unnest(o.budgets::uuid[]) b(id) group by o.space, b.id) n
         where not exists (select 1 from ledger.budgets b where b.workspace_id = n.space and b.id = n.id and b.cap - b.used - b.held >= n.total
                             and (b.window_days is null or b.window_start + b.window_days * interval '1 day' > now)));
    end if;
    with need as (
      select o.space, sum(o.amount)::bigint as total, count(*)::int as holds from unnest(p_spaces, p_amounts) o(space, amount)
       where not o.space = any (short) group by o.space),
    taken as (
      update ledger.wallets w set held = w.held + n.total, open_holds = w.open_holds + n.holds from need n
       where w.workspace_id = n.space and not w.frozen and w.posted - w.held - n.total >= -w.overdraft
      returning w.workspace_id)
    select coalesce(array_agg(t.workspace_id), '{}') into fitting from taken t;
    if p_budgets is not null then
      update ledger.budgets b set held = b.held + n.total
        from (select o.space, u.id, sum(o.amount)::bigint as total
                from unnest(p_spaces, p_amounts, p_budgets) o(space, amount, budgets) cross join unnest(o.budgets::uuid[]) u(id)
               where o.space = any (fitting) group by o.space, u.id) n
       where b.workspace_id = n.space and b.id = n.id;
    end if;
    insert into ledger.holds (workspace_id, id, amount, budget_ids, key_id, model_asked, stream, owner_epoch, expires_at)
      select o.space, o.id, o.amount, coalesce(o.budgets::uuid[], '{}'), o.key_id, o.model, o.stream, epoch, now + make_interval(secs => ttl_seconds)
        from unnest(p_spaces, p_ids, p_amounts, p_budgets, p_keys, p_models, p_streams) o(space, id, amount, budgets, key_id, model, stream)
       where o.space = any (fitting);
    get diagnostics placed = row_count;
    if placed < cardinality(p_ids) then
      rest := rest || array(select o.id from unnest(p_spaces, p_ids) o(space, id) where not o.space = any (fitting));
    end if;
  end if;
  return rest;
end $$;
grant execute on function ledger.turn(uuid[], uuid[], bigint[], text[], jsonb, uuid[], uuid[], bigint[], text[], uuid[], text[], boolean[], uuid, int) to sy_worker;
reset role;
