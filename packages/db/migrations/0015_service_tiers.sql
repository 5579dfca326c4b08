-- Prices of calls that a provider serves in another tier than the ordinary one.
set role sy_owner;
alter table switchyard.prices add column service_tiers jsonb not null default '{}' check (jsonb_typeof(service_tiers) = 'object');
comment on column switchyard.prices.service_tiers is
  'by name (flex, priority, scale, batch): {inputPerMillion, …, further, perCall, tiers}, amounts as decimal text; a tier that is absent costs as ordinary service';
reset role;
