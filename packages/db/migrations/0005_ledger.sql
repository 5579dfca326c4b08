-- The ledger. A hold is placed before a call is sent and closed exactly once after it; entries are append-only.
-- Amounts are nano-dollars. Invariant at every instant: posted - held >= -overdraft for each wallet, used + held <= cap for each budget.
-- Only the functions below write, and they run as sy_billing, which owns nothing else. Time is Postgres' clock, never the caller's.
set role sy_billing;

create table ledger.wallets (
  workspace_id uuid primary key,
  posted bigint not null default 0,
  held bigint not null default 0 check (held >= 0),
  open_holds int not null default 0 check (open_holds >= 0),
  overdraft bigint not null default 0 check (overdraft >= 0),
  frozen boolean not null default false,
  constraint wallet_floor check (posted - held >= -overdraft)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

create table ledger.budgets (
  workspace_id uuid not null references ledger.wallets (workspace_id),
  id uuid not null,
  key_id uuid,
  cap bigint not null check (cap >= 0),
  window_days int check (window_days between 1 and 366),
  window_start timestamptz not null default clock_timestamp(),
  used bigint not null default 0 check (used >= 0),
  held bigint not null default 0 check (held >= 0),
  primary key (workspace_id, id)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
create unique index budgets_of_key on ledger.budgets (workspace_id, key_id);
comment on column ledger.budgets.window_days is 'null means for ever';

create table ledger.holds (
  workspace_id uuid not null,
  id uuid not null,
  amount bigint not null check (amount >= 0),
  budget_ids uuid[] not null default '{}',
  key_id uuid,
  model_asked text not null default '',
  stream boolean not null default false,
  state text not null default 'pending' check (state in ('pending', 'posted', 'voided')),
  charged bigint check (charged >= 0),
  true_cost bigint check (true_cost >= charged),
  basis text check (basis in ('usage', 'estimate', 'recovered', 'late', 'none')),
  owner_epoch uuid not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  resolved_at timestamptz,
  primary key (workspace_id, id),
  check ((state = 'pending') = (resolved_at is null)),
  check (state <> 'posted' or charged is not null)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
-- No index knows the state: closing a hold then changes its row in place (HOT), which halves the price of a settlement.
-- What has to be found without its id is found by time.
create index holds_in_time on ledger.holds using brin (created_at) with (autosummarize = on);
comment on column ledger.holds.id is 'the id of the call';

-- That its wallet exists is the functions' care, and an invariant: a foreign key would be checked for every charge.
create table ledger.entries (
  workspace_id uuid not null,
  id uuid not null,
  seq bigint generated always as identity,
  kind text not null check (kind in ('credit', 'usage', 'late_usage', 'refund', 'adjustment')),
  direction smallint not null check (direction in (-1, 1)),
  counter_account text not null check (counter_account in ('platform:revenue', 'platform:cash', 'platform:promo')),
  amount bigint not null check (amount > 0),
  hold_id uuid,
  actor text,
  reason text check (length(reason) <= 500),
  created_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, id),
  check (kind not in ('usage', 'late_usage') or (hold_id = id and direction = -1))
);
create index entries_in_order on ledger.entries (workspace_id, seq desc);
comment on column ledger.entries.id is 'of a usage entry: the id of its call, so that a call can be charged only once';
create function ledger.no_change() returns trigger language plpgsql set search_path = pg_catalog as $$ begin raise exception 'the ledger is append-only'; end $$;
create trigger entries_are_append_only before update or delete or truncate on ledger.entries for each statement execute function ledger.no_change();

-- The running programs, so that the holds of one that died can be told from those of one that works.
create table ledger.instances (
  epoch uuid primary key,
  host text not null,
  pid int not null,
  started_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp(),
  swept boolean not null default false
);
comment on table ledger.instances is 'rls:function reached by the ledger''s functions only';

do $$ declare t text; begin
  foreach t in array array['wallets', 'budgets', 'holds', 'entries', 'instances'] loop
    execute format('alter table ledger.%I enable row level security', t);
    execute format('alter table ledger.%I force row level security', t);
    execute format('create policy ledger_rows on ledger.%I to sy_billing using (true) with check (true)', t);
  end loop;
  foreach t in array array['wallets', 'budgets', 'holds', 'entries'] loop
    execute format('create policy workspace_rows on ledger.%I for select to sy_app using (workspace_id = (select access.current_workspace()))', t);
    execute format('create policy workspace_guard on ledger.%I as restrictive for all to sy_app using (workspace_id = (select access.current_workspace()))', t);
    execute format('create policy operator_reads on ledger.%I for select to sy_ops using ((select access.is_operator()))', t);
    execute format('create policy worker_reads on ledger.%I for select to sy_worker using (true)', t);
    execute format('grant select on ledger.%I to sy_app, sy_ops, sy_worker', t);
  end loop;
end $$;
create policy owner_reads on ledger.budgets for select to sy_owner using (true);
grant select on ledger.budgets to sy_owner;

create type ledger.place_op as (workspace_id uuid, id uuid, amount bigint, budget_ids uuid[], key_id uuid, model_asked text, stream boolean);

-- What a wallet or budgets could still cover.
create function ledger.available(space uuid, budgets uuid[]) returns bigint language sql stable set search_path = pg_catalog, ledger as $$
  select least((select w.posted - w.held + w.overdraft from ledger.wallets w where w.workspace_id = space),
               (select min(b.cap - b.used - b.held) from ledger.budgets b where b.workspace_id = space and b.id = any (budgets)))
$$;

-- Places a batch of holds. Wallets are locked in the order of their ids, then budgets, so that two writers cannot deadlock.
-- A workspace whose whole share of the batch fits is served by one set-wise statement, any other one op by op, in order.
-- outcome: ok | exists | conflict | insufficient | budget | frozen | no_wallet | busy (only with skip_locked: somebody keeps the wallet locked)
create function ledger.place(batch jsonb, epoch uuid, ttl_seconds int, skip_locked boolean) returns table (id uuid, outcome text, available bigint)
  language plpgsql security definer set search_path = pg_catalog, ledger as $$
#variable_conflict use_column
declare
  ops ledger.place_op[] := array(select r from jsonb_populate_recordset(null::ledger.place_op, batch) r);
  op ledger.place_op;
  budgeted boolean := false;
  fits_budget boolean := true;
  ids uuid[];
  locked uuid[];
  fitting uuid[];
  expiry timestamptz := clock_timestamp() + make_interval(secs => ttl_seconds);
  one ledger.holds;
begin
  foreach op in array ops loop
    budgeted := budgeted or cardinality(op.budget_ids) > 0;
    ids := ids || op.id;
  end loop;

  -- An idle gateway sends one op at a time: two or three statements are enough for it, unless something is in the way.
  if cardinality(ops) = 1 and coalesce(cardinality(op.budget_ids), 0) <= 1 and not skip_locked then
    update ledger.wallets w set held = w.held + op.amount, open_holds = w.open_holds + 1
      where w.workspace_id = op.workspace_id and not w.frozen and w.posted - w.held - op.amount >= -w.overdraft;
    if found then
      if budgeted then
        update ledger.budgets b set held = b.held + op.amount
          where b.workspace_id = op.workspace_id and b.id = op.budget_ids[1] and b.cap - b.used - b.held >= op.amount
            and (b.window_days is null or b.window_start + b.window_days * interval '1 day' > clock_timestamp());
        fits_budget := found;
      end if;
      if fits_budget then
        insert into ledger.holds (workspace_id, id, amount, budget_ids, key_id, model_asked, stream, owner_epoch, expires_at)
          values (op.workspace_id, op.id, op.amount, coalesce(op.budget_ids, '{}'), op.key_id, coalesce(op.model_asked, ''), coalesce(op.stream, false), epoch, expiry)
          on conflict do nothing;
        if found then
          id := op.id; outcome := 'ok'; return next; return;
        end if;
        if budgeted then
          update ledger.budgets b set held = b.held - op.amount where b.workspace_id = op.workspace_id and b.id = op.budget_ids[1];
        end if;
      end if;
      -- What was just added is taken back, and the op is answered below.
      update ledger.wallets w set held = w.held - op.amount, open_holds = w.open_holds - 1 where w.workspace_id = op.workspace_id;
    end if;
  end if;

  if skip_locked then
    locked := array(select w.workspace_id from ledger.wallets w where w.workspace_id in (select o.workspace_id from unnest(ops) o) order by w.workspace_id for update skip locked);
  else
    locked := array(select w.workspace_id from ledger.wallets w where w.workspace_id in (select o.workspace_id from unnest(ops) o) order by w.workspace_id for update);
  end if;
  if budgeted then
    perform 1 from ledger.budgets b where (b.workspace_id, b.id) in (select o.workspace_id, c from unnest(ops) o cross join unnest(o.budget_ids) c where o.workspace_id = any (locked))
      order by b.workspace_id, b.id for update;
    update ledger.budgets b set used = 0,
        window_start = b.window_start + floor(extract(epoch from clock_timestamp() - b.window_start) / (b.window_days * 86400)) * b.window_days * interval '1 day'
      where (b.workspace_id, b.id) in (select o.workspace_id, c from unnest(ops) o cross join unnest(o.budget_ids) c where o.workspace_id = any (locked))
        and b.window_days is not null and b.window_start + b.window_days * interval '1 day' <= clock_timestamp();
  end if;

  with need as materialized (
    select o.workspace_id, sum(o.amount)::bigint as total, count(*)::int as holds, count(distinct o.id) < count(*) as doubled from unnest(ops) o where o.workspace_id = any (locked) group by o.workspace_id),
  cap_need as materialized (
    select o.workspace_id, c.id, sum(o.amount)::bigint as total from unnest(ops) o cross join unnest(o.budget_ids) c(id) where budgeted group by o.workspace_id, c.id),
  fits as materialized (
    select n.workspace_id, n.total, n.holds from need n join ledger.wallets w on w.workspace_id = n.workspace_id
     where not n.doubled and not w.frozen and w.posted - w.held - n.total >= -w.overdraft
       and not exists (select 1 from ledger.holds h where h.workspace_id = n.workspace_id and h.id = any (ids))
       and not exists (select 1 from cap_need c left join ledger.budgets b on b.workspace_id = c.workspace_id and b.id = c.id
                        where c.workspace_id = n.workspace_id and (b.id is null or b.cap - b.used - b.held < c.total))),
  charged_wallets as (
    update ledger.wallets w set held = w.held + f.total, open_holds = w.open_holds + f.holds from fits f where w.workspace_id = f.workspace_id),
  charged_budgets as (
    update ledger.budgets b set held = b.held + c.total from cap_need c join fits f on f.workspace_id = c.workspace_id where b.workspace_id = c.workspace_id and b.id = c.id),
  placed as (
    insert into ledger.holds (workspace_id, id, amount, budget_ids, key_id, model_asked, stream, owner_epoch, expires_at)
      select o.workspace_id, o.id, o.amount, coalesce(o.budget_ids, '{}'), o.key_id, coalesce(o.model_asked, ''), coalesce(o.stream, false), epoch, expiry
        from unnest(ops) o join fits f on f.workspace_id = o.workspace_id)
  select array_agg(f.workspace_id) into fitting from fits f;

  foreach op in array ops loop
    id := op.id; available := null; outcome := null;
    if op.workspace_id = any (fitting) then
      outcome := 'ok';
    elsif not op.workspace_id = any (locked) then
      outcome := case when exists (select 1 from ledger.wallets w where w.workspace_id = op.workspace_id) then 'busy' else 'no_wallet' end;
    else
      select * into one from ledger.holds h where h.workspace_id = op.workspace_id and h.id = op.id;
      if found then
        outcome := case when one.amount = op.amount then 'exists' else 'conflict' end;
      elsif exists (select 1 from unnest(op.budget_ids) c(id) left join ledger.budgets b on b.workspace_id = op.workspace_id and b.id = c.id
                     where b.id is null or b.cap - b.used - b.held < op.amount) then
        outcome := 'budget';
      else
        update ledger.wallets w set held = w.held + op.amount, open_holds = w.open_holds + 1
          where w.workspace_id = op.workspace_id and not w.frozen and w.posted - w.held - op.amount >= -w.overdraft;
        if found then
          update ledger.budgets b set held = b.held + op.amount where b.workspace_id = op.workspace_id and b.id = any (op.budget_ids);
          insert into ledger.holds (workspace_id, id, amount, budget_ids, key_id, model_asked, stream, owner_epoch, expires_at)
            values (op.workspace_id, op.id, op.amount, coalesce(op.budget_ids, '{}'), op.key_id, coalesce(op.model_asked, ''), coalesce(op.stream, false), epoch, expiry);
          outcome := 'ok';
        else
          outcome := case when (select w.frozen from ledger.wallets w where w.workspace_id = op.workspace_id) then 'frozen' else 'insufficient' end;
        end if;
      end if;
      if outcome in ('insufficient', 'budget') then available := ledger.available(op.workspace_id, op.budget_ids); end if;
    end if;
    return next;
  end loop;
end $$;

-- Closes a batch of holds and writes the records of their calls, in one transaction. Each element has the columns of
-- switchyard.calls; `cost` is the true cost, `charged` the same, and the basis `none` means that the hold is given back.
-- The charge is never above what the hold and the money still free can cover: the rest is a write-off. A hold that was swept
-- before is settled late, from free money only.
-- outcome: ok | exists | no_hold | busy
create function ledger.close(batch jsonb, skip_locked boolean) returns table (id uuid, outcome text, charged bigint, written_off bigint)
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
    charged := least(charged, coalesce((select greatest(0, min(b.cap - b.used - b.held + case when late then 0 else h.amount end))
                                          from ledger.budgets b where b.workspace_id = h.workspace_id and b.id = any (h.budget_ids)), charged));
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

-- Records of calls that never held money: refused ones.
create function ledger.record(batch jsonb) returns int language plpgsql security definer set search_path = pg_catalog, ledger, switchyard as $$
declare n int;
begin
  insert into switchyard.calls select * from jsonb_populate_recordset(null::switchyard.calls, batch) on conflict (workspace_id, id) do nothing;
  get diagnostics n = row_count;
  return n;
end $$;

-- Credits a wallet, once for each entry id. outcome: ok | exists | conflict
create function ledger.credit(entry_id uuid, space uuid, amount_nano bigint, entry_kind text, counter text, by_whom text, why text) returns text
  language plpgsql security definer set search_path = pg_catalog, ledger as $$
declare e ledger.entries;
begin
  insert into ledger.wallets (workspace_id) values (space) on conflict do nothing;
  perform 1 from ledger.wallets w where w.workspace_id = space for update;
  select * into e from ledger.entries x where x.workspace_id = space and x.id = entry_id;
  if found then return case when e.amount = amount_nano and e.kind = entry_kind then 'exists' else 'conflict' end; end if;
  insert into ledger.entries (workspace_id, id, kind, direction, counter_account, amount, actor, reason)
    values (space, entry_id, entry_kind, 1, counter, amount_nano, by_whom, why);
  update ledger.wallets w set posted = w.posted + amount_nano where w.workspace_id = space;
  return 'ok';
end $$;

create function ledger.open_wallet(space uuid) returns void language sql security definer set search_path = pg_catalog, ledger as
  $$ insert into ledger.wallets (workspace_id) values (space) on conflict do nothing $$;

-- Sets or changes the budget of a key; what is used and held stays.
create function ledger.set_budget(space uuid, budget uuid, of_key uuid, cap_nano bigint, days int) returns uuid
  language sql security definer set search_path = pg_catalog, ledger as $$
  insert into ledger.budgets (workspace_id, id, key_id, cap, window_days) values (space, budget, of_key, cap_nano, days)
    on conflict (workspace_id, key_id) do update set cap = excluded.cap, window_days = excluded.window_days
  returning id
$$;

create function ledger.heartbeat(my_epoch uuid, my_host text, my_pid int) returns void language sql security definer set search_path = pg_catalog, ledger as $$
  insert into ledger.instances (epoch, host, pid) values (my_epoch, my_host, my_pid) on conflict (epoch) do update set seen_at = clock_timestamp(), swept = false
$$;
create function ledger.leave(my_epoch uuid) returns void language sql security definer set search_path = pg_catalog, ledger as
  $$ update ledger.instances set seen_at = '-infinity' where epoch = my_epoch $$;

create type ledger.open_hold as (workspace_id uuid, id uuid, key_id uuid, model_asked text, stream boolean, amount bigint, created_at timestamptz);

-- Holds that nobody will close: of programs not seen for 30 s, and of this one when they are past their time and not among
-- those it works on. Costs nothing while every program lives and nothing is old.
create function ledger.abandoned(my_epoch uuid, mine uuid[], ttl_seconds int, most int) returns setof ledger.open_hold
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
    if n = 0 then update ledger.instances i set swept = true where i.epoch = dead.epoch; end if;
  end loop;
  return query select h.workspace_id, h.id, h.key_id, h.model_asked, h.stream, h.amount, h.created_at from ledger.holds h
    where h.created_at between clock_timestamp() - make_interval(secs => ttl_seconds + 600) and clock_timestamp() - make_interval(secs => ttl_seconds)
      and h.state = 'pending' and h.owner_epoch = my_epoch and not h.id = any (mine) limit most;
end $$;
-- The open holds of one program, for its recovery from the journal after a crash.
create function ledger.open_holds_of(dead_epoch uuid) returns setof ledger.open_hold
  language sql security definer set search_path = pg_catalog, ledger as $$
  select h.workspace_id, h.id, h.key_id, h.model_asked, h.stream, h.amount, h.created_at from ledger.instances i
    join ledger.holds h on h.created_at >= i.started_at and h.owner_epoch = i.epoch
   where i.epoch = dead_epoch and h.state = 'pending'
$$;

-- Every row is a violation. Reads one snapshot, so it may run at any instant.
create function ledger.violations() returns table (invariant text, detail text)
  language sql stable security definer set search_path = pg_catalog, ledger, switchyard as $$
  select 'I1 posted is not the sum of entries', w.workspace_id::text from ledger.wallets w
   where w.posted <> coalesce((select sum(e.direction * e.amount) from ledger.entries e where e.workspace_id = w.workspace_id), 0)
  union all select 'I2 held is not the sum of pending holds', w.workspace_id::text from ledger.wallets w
   where w.held <> coalesce((select sum(h.amount) from ledger.holds h where h.workspace_id = w.workspace_id and h.state = 'pending'), 0)
  union all select 'I2 open_holds is not the count of pending holds', w.workspace_id::text from ledger.wallets w
   where w.open_holds <> (select count(*) from ledger.holds h where h.workspace_id = w.workspace_id and h.state = 'pending')
  union all select 'I1 entry without a wallet', e.id::text from ledger.entries e where not exists (select 1 from ledger.wallets w where w.workspace_id = e.workspace_id)
  union all select 'I3 wallet below its floor', w.workspace_id::text from ledger.wallets w where w.posted - w.held < -w.overdraft
  union all select 'I2 budget held is not the sum of pending holds', b.id::text from ledger.budgets b
   where b.held <> coalesce((select sum(h.amount) from ledger.holds h where h.workspace_id = b.workspace_id and h.state = 'pending' and b.id = any (h.budget_ids)), 0)
  union all select 'I4 hold pending too long', h.id::text from ledger.holds h where h.state = 'pending' and h.expires_at < clock_timestamp() - interval '60 s'
  union all select 'I5 call charged more than once', e.hold_id::text from ledger.entries e where e.kind in ('usage', 'late_usage') group by e.workspace_id, e.hold_id having count(*) > 1
  union all select 'I7 posted hold without its entry', h.id::text from ledger.holds h
    left join ledger.entries e on e.workspace_id = h.workspace_id and e.id = h.id and e.kind in ('usage', 'late_usage')
   where h.state = 'posted' and h.charged is distinct from coalesce(e.amount, 0)
  union all select 'I7 usage entry without a posted hold', e.id::text from ledger.entries e
    left join ledger.holds h on h.workspace_id = e.workspace_id and h.id = e.hold_id
   where e.kind in ('usage', 'late_usage') and h.state is distinct from 'posted'
  union all select 'I8 closed hold without a record of its call', h.id::text from ledger.holds h
   where h.state <> 'pending' and h.resolved_at > clock_timestamp() - interval '1 day'
     and not exists (select 1 from switchyard.calls c where c.workspace_id = h.workspace_id and c.id = h.id)
  union all select 'I8 record and hold disagree about the charge', c.id::text from switchyard.calls c join ledger.holds h on h.workspace_id = c.workspace_id and h.id = c.id
   where h.state <> 'pending' and c.charged <> coalesce(h.charged, 0)
  union all select 'I9 charged more than the true cost', h.id::text from ledger.holds h where h.state = 'posted' and h.charged > h.true_cost
$$;

grant execute on function ledger.place(jsonb, uuid, int, boolean), ledger.close(jsonb, boolean), ledger.record(jsonb),
  ledger.credit(uuid, uuid, bigint, text, text, text, text), ledger.open_wallet(uuid), ledger.set_budget(uuid, uuid, uuid, bigint, int),
  ledger.heartbeat(uuid, text, int), ledger.leave(uuid), ledger.abandoned(uuid, uuid[], int, int), ledger.open_holds_of(uuid), ledger.violations() to sy_worker;
grant execute on function ledger.violations() to sy_ops;

set role sy_owner;
-- Who a key is. Called before anyone is known, hence a definer function: at most one row, and no secret in it.
create function access.resolve_key(key_hash bytea) returns table (workspace_id uuid, id uuid, name text, scopes text[], groups text[], limits jsonb, enabled boolean, expires_at timestamptz, created_by uuid, budget_ids uuid[])
  language sql stable security definer set search_path = pg_catalog, switchyard, ledger as $$
  select k.workspace_id, k.id, k.name, k.scopes, k.groups, k.limits, k.enabled, k.expires_at, k.created_by,
         array(select b.id from ledger.budgets b where b.workspace_id = k.workspace_id and b.key_id = k.id)
    from switchyard.api_keys k where k.hash = key_hash and k.revoked_at is null
$$;
grant execute on function access.resolve_key(bytea) to sy_app;
reset role;
