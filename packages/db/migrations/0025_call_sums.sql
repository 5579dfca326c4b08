-- Sums of calls by half hours, and of these by half days: a month of them adds up in a moment, however many there were. What is not
-- summed up yet, at most the last 50 minutes, is read from the calls themselves.
set role sy_owner;

-- Calls of one slot (`width` long from `slot` on) that are alike. `attempts` says who was tried when it was more than one, `only_attempt` how the only one ended.
create table switchyard.call_sums (
  workspace_id uuid not null,
  width interval not null check (width in ('30 minutes', '12 hours')),
  slot timestamptz not null,
  part int not null,
  outcome text not null,
  provider text,
  model text,
  kept boolean not null,
  only_attempt text,
  attempts jsonb,
  calls bigint not null,
  input bigint not null,
  cached bigint not null,
  output bigint not null,
  charged bigint not null,
  primary key (workspace_id, width, slot, part)
);
-- How long calls took, as counts of bins (see `duration_bin`): these add up, percentiles do not.
create table switchyard.call_times (
  workspace_id uuid not null,
  width interval not null check (width in ('30 minutes', '12 hours')),
  slot timestamptz not null,
  what text not null check (what in ('first_token', 'total')),
  bins smallint[] not null,
  counts int[] not null,
  primary key (workspace_id, width, slot, what)
);
do $$ declare t text; begin
  foreach t in array array['call_sums', 'call_times'] loop
    perform access.protect(format('switchyard.%I', t)::regclass);
    execute format('create policy ledger_rows on switchyard.%I to sy_billing using (true) with check (true)', t);
    execute format('grant select on switchyard.%I to sy_app, sy_ops', t);
    execute format('grant select, insert, delete on switchyard.%I to sy_billing', t);
  end loop;
end $$;
create policy billing_reads on switchyard.workspaces for select to sy_billing using (true);
grant select (workspace_id) on switchyard.workspaces to sy_billing;

-- Bin 0 holds what took at most a millisecond, bin n what took at most 1.04^n: a duration is told within 2 %.
create function switchyard.duration_bin(ms real) returns smallint language sql immutable strict parallel safe
  return ceil(ln(least(greatest(ms, 1), 1e9)) / ln(1.04))::smallint;

-- The smallest version 7 UUID of an instant.
create function switchyard.first_id_at(instant timestamptz) returns uuid language sql immutable strict parallel safe
  return (lpad(to_hex(greatest(0, floor(extract(epoch from instant) * 1000))::bigint), 12, '0') || '70008000000000000000')::uuid;

-- What is added up of the calls of a workspace in [since, till). Ids are bounded first, and wider: the clock that makes an id and
-- the one that stamps `at` may differ by a quarter of an hour. Nearly all calls have a single attempt, which is told by their
-- provider; only the others' attempts are unfolded.
create function switchyard.call_facts(space uuid, since timestamptz, till timestamptz)
  returns table (at timestamptz, outcome text, provider text, model text, kept boolean, only_attempt text, attempts jsonb,
                 input bigint, cached bigint, output bigint, charged bigint, first_bin smallint, total_bin smallint)
  language sql stable as $$
  select c.at, c.outcome, c.provider_name, c.model_name, coalesce(c.route ? 'cached', false),
         case when jsonb_array_length(c.attempts) = 1 then case when c.outcome = 'answered' then 'ok' else c.attempts -> 0 ->> 'outcome' end end,
         case when jsonb_array_length(c.attempts) > 1 then (select jsonb_agg(jsonb_build_object('provider', one -> 'provider', 'outcome', one -> 'outcome')) from jsonb_array_elements(c.attempts) one) end,
         c.input_tokens + c.cached_input_tokens + c.cache_write_tokens + coalesce(c.further_prompt_tokens, 0), c.cached_input_tokens,
         c.output_tokens + c.reasoning_tokens + coalesce(c.further_completion_tokens, 0), c.charged,
         switchyard.duration_bin(c.first_token_ms), case when c.outcome = 'answered' then switchyard.duration_bin(c.total_ms) end
    from switchyard.calls c
   where c.workspace_id = space and c.at >= since and c.at < till
     and c.id >= switchyard.first_id_at(since - interval '15 minutes') and c.id < switchyard.first_id_at(till + interval '15 minutes')
$$;
grant execute on function switchyard.duration_bin(real), switchyard.first_id_at(timestamptz), switchyard.call_facts(uuid, timestamptz, timestamptz) to sy_app, sy_ops, sy_billing;
reset role;

set role sy_billing;
-- Up to where calls are summed up.
create table ledger.summed (
  singleton boolean primary key default true check (singleton),
  until timestamptz not null
);
comment on table ledger.summed is 'rls:function reached by the ledger''s functions only';
-- Half hours that were summed up before one of their calls was written, as after a crash. Not unique, so that nobody who closes a
-- call waits for whoever sums up.
create table ledger.late_slots (slot timestamptz not null);
comment on table ledger.late_slots is 'rls:function reached by the ledger''s functions only';
do $$ declare t text; begin
  foreach t in array array['summed', 'late_slots'] loop
    execute format('alter table ledger.%I enable row level security', t);
    execute format('alter table ledger.%I force row level security', t);
    execute format('create policy ledger_rows on ledger.%I to sy_billing using (true) with check (true)', t);
  end loop;
end $$;

create function ledger.summed_until() returns timestamptz language sql stable security definer set search_path = pg_catalog, ledger as
  $$ select s.until from ledger.summed s $$;

-- Told of all records that are not written at once, in their transaction. Half hours are summed up 20 minutes after their end.
create function ledger.note_late(batch jsonb) returns void language sql security definer set search_path = pg_catalog, ledger as $$
  insert into ledger.late_slots select distinct date_bin('30 minutes', (r ->> 'at')::timestamptz, 'epoch') from jsonb_array_elements(batch) r
   where (r ->> 'at')::timestamptz < clock_timestamp() - interval '10 minutes'
$$;

create function ledger.forget_slot(of_width interval, s timestamptz) returns void language sql security definer set search_path = pg_catalog, ledger as $$
  delete from switchyard.call_sums c where c.width = of_width and c.slot = s and c.workspace_id in (select w.workspace_id from switchyard.workspaces w);
  delete from switchyard.call_times t where t.width = of_width and t.slot = s and t.workspace_id in (select w.workspace_id from switchyard.workspaces w)
$$;

create function ledger.sum_slot(s timestamptz) returns void language plpgsql security definer set search_path = pg_catalog, ledger as $$
begin
  perform ledger.forget_slot(interval '30 minutes', s);
  insert into switchyard.call_sums
    select w.workspace_id, interval '30 minutes', s, row_number() over (partition by w.workspace_id), f.outcome, f.provider, f.model, f.kept, f.only_attempt, f.attempts,
           count(*), sum(f.input), sum(f.cached), sum(f.output), sum(f.charged)
      from switchyard.workspaces w cross join lateral switchyard.call_facts(w.workspace_id, s, s + interval '30 minutes') f
     group by w.workspace_id, f.outcome, f.provider, f.model, f.kept, f.only_attempt, f.attempts;
  insert into switchyard.call_times
    select x.workspace_id, interval '30 minutes', s, x.what, array_agg(x.bin order by x.bin), array_agg(x.n order by x.bin)
      from (select w.workspace_id, v.what, v.bin, count(*)::int as n
              from switchyard.workspaces w cross join lateral switchyard.call_facts(w.workspace_id, s, s + interval '30 minutes') f
             cross join lateral (values ('first_token', f.first_bin), ('total', f.total_bin)) v(what, bin)
             where v.bin is not null group by 1, 2, 3) x
     group by x.workspace_id, x.what;
end $$;

-- Adds up the half hours of half a day.
create function ledger.sum_half_day(s timestamptz) returns void language plpgsql security definer set search_path = pg_catalog, ledger as $$
begin
  perform ledger.forget_slot(interval '12 hours', s);
  insert into switchyard.call_sums
    select c.workspace_id, interval '12 hours', s, row_number() over (partition by c.workspace_id), c.outcome, c.provider, c.model, c.kept, c.only_attempt, c.attempts,
           sum(c.calls), sum(c.input), sum(c.cached), sum(c.output), sum(c.charged)
      from switchyard.workspaces w join switchyard.call_sums c on c.workspace_id = w.workspace_id
     where c.width = interval '30 minutes' and c.slot >= s and c.slot < s + interval '12 hours'
     group by c.workspace_id, c.outcome, c.provider, c.model, c.kept, c.only_attempt, c.attempts;
  insert into switchyard.call_times
    select x.workspace_id, interval '12 hours', s, x.what, array_agg(x.bin order by x.bin), array_agg(x.n order by x.bin)
      from (select t.workspace_id, t.what, u.bin, sum(u.n)::int as n
              from switchyard.workspaces w join switchyard.call_times t on t.workspace_id = w.workspace_id cross join lateral unnest(t.bins, t.counts) u(bin, n)
             where t.width = interval '30 minutes' and t.slot >= s and t.slot < s + interval '12 hours' group by 1, 2, 3) x
     group by x.workspace_id, x.what;
end $$;

-- Sums up at most so many half hours and for about five seconds, the late ones first; one program at a time. What there is to do
-- after a long rest is so done in many transactions, and none is given up by its time. Late ones are left alone when their calls
-- are kept for so few days that they may be gone. @returns how many it did: 0 when nothing is left, or another program is at it
create function ledger.sum_up_calls(most int, kept_days int) returns int language plpgsql security definer set search_path = pg_catalog, ledger as $$
declare
  began constant timestamptz := clock_timestamp();
  goal constant timestamptz := date_bin('30 minutes', clock_timestamp() - interval '20 minutes', 'epoch');
  reached timestamptz;
  s timestamptz;
  done int := 0;
  half_days timestamptz[] := '{}';
begin
  if not pg_try_advisory_xact_lock(hashtext('ledger.sum_up_calls')) then return 0; end if;
  select x.until into reached from ledger.summed x;
  if reached is null then
    reached := case when exists (select 1 from switchyard.calls) then goal - least(kept_days, 62) * interval '1 day' else goal end;
    insert into ledger.summed (until) values (reached);
  end if;
  delete from ledger.late_slots l where l.slot < clock_timestamp() - make_interval(days => kept_days);
  while done < most and clock_timestamp() < began + interval '5 seconds' loop
    select min(l.slot) into s from ledger.late_slots l where l.slot < reached;
    if s is not null then
      delete from ledger.late_slots l where l.slot = s;
    elsif reached < goal then
      s := reached;
      reached := reached + interval '30 minutes';
    else
      exit;
    end if;
    perform ledger.sum_slot(s);
    half_days := half_days || date_bin('12 hours', s, 'epoch');
    done := done + 1;
  end loop;
  for s in select distinct h from unnest(half_days) h where h + interval '12 hours' <= reached loop
    perform ledger.sum_half_day(s);
  end loop;
  update ledger.summed set until = reached where until <> reached;
  return done;
end $$;

create function ledger.forget_sums(days int) returns void language sql security definer set search_path = pg_catalog, ledger as $$
  delete from switchyard.call_sums s where s.slot < clock_timestamp() - make_interval(days => days);
  delete from switchyard.call_times t where t.slot < clock_timestamp() - make_interval(days => days)
$$;

grant execute on function ledger.summed_until() to sy_app, sy_ops;
grant execute on function ledger.note_late(jsonb), ledger.sum_up_calls(int, int), ledger.forget_sums(int) to sy_worker;
reset role;
