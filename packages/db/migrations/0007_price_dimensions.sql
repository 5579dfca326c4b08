-- Prices and usage beyond plain tokens of text: sound, pictures, film, characters, searches, and rates for long prompts.
set role sy_owner;

-- Nano-dollars as decimal text by part of usage (domain/usage.ts), because JSON's numbers are doubles.
create function access.is_rates(rates jsonb) returns boolean language sql immutable set search_path = pg_catalog as $$
  select jsonb_typeof(rates) = 'object' and not exists (
    select 1 from jsonb_each(rates) one where jsonb_typeof(one.value) <> 'string' or one.value #>> '{}' !~ '^\d{1,18}$')
$$;
grant execute on function access.is_rates(jsonb) to sy_app, sy_worker;
alter table switchyard.prices
  add column further jsonb not null default '{}' check (access.is_rates(further)),
  add column tiers jsonb not null default '[]' check (jsonb_typeof(tiers) = 'array' and jsonb_array_length(tiers) <= 10);
comment on column switchyard.prices.tiers is 'ascending: {abovePromptTokens, inputPerMillion, …, further}; the last whose bound the prompt passes prices the whole call';

-- All three may be absent: records that were written to a journal before this change are still closed after it.
alter table switchyard.calls
  add column further_usage jsonb,
  add column further_prompt_tokens bigint,
  add column further_completion_tokens bigint,
  add column reported_cost bigint;
comment on column switchyard.calls.further_usage is 'counts of the parts without a column of their own; its tokens are summed in the two columns beside it';
comment on column switchyard.calls.reported_cost is 'what the provider says that the call cost, in nano-dollars; for comparison, never charged';
reset role;

set role sy_billing;
-- A late settlement replaces a record whole, hence the new columns as well.
do $$
declare
  before text := pg_get_functiondef('ledger.close(jsonb,boolean)'::regprocedure);
  changed text := replace(before, 'reasoning_tokens = excluded.reasoning_tokens,',
    'reasoning_tokens = excluded.reasoning_tokens, further_usage = excluded.further_usage, further_prompt_tokens = excluded.further_prompt_tokens, '
    || 'further_completion_tokens = excluded.further_completion_tokens, reported_cost = excluded.reported_cost,');
begin
  if changed = before then raise exception 'ledger.close has another shape than this migration knows'; end if;
  execute changed;
end $$;
reset role;
