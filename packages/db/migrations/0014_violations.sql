-- What must never be found in the books.
--
-- The record of a call that was refused is written behind its answer: when its hold's fate was unknown (the database fell away
-- in the middle), the hold may be given back a moment before that record is there. A charge has its record at once.
-- What a row's state and kind may be is no check of the tables any more (it is read anew for every statement); it is one here.
set role sy_billing;
create or replace function ledger.violations() returns table (invariant text, detail text)
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
     and (h.state = 'posted' or h.resolved_at < clock_timestamp() - interval '10 seconds')
     and not exists (select 1 from switchyard.calls c where c.workspace_id = h.workspace_id and c.id = h.id)
  union all select 'I8 record and hold disagree about the charge', c.id::text from switchyard.calls c join ledger.holds h on h.workspace_id = c.workspace_id and h.id = c.id
   where h.state <> 'pending' and c.charged <> coalesce(h.charged, 0)
  union all select 'I7 hold in no known state', h.id::text from ledger.holds h
   where h.state not in ('pending', 'posted', 'voided') or h.basis not in ('usage', 'estimate', 'recovered', 'late', 'none') or (h.state = 'pending') <> (h.resolved_at is null)
  union all select 'I7 entry of no known kind', e.id::text from ledger.entries e
   where e.kind not in ('credit', 'usage', 'late_usage', 'refund', 'adjustment') or e.direction not in (-1, 1) or e.amount < 0
  union all select 'I9 charged more than the true cost', h.id::text from ledger.holds h where h.state = 'posted' and h.charged > h.true_cost
$$;
reset role;
