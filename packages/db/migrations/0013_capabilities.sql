-- What a model can do is either said or not known, and what is not known is not refused.
set role sy_owner;
alter table switchyard.models alter column capabilities set default '{}';
comment on column switchyard.models.capabilities is 'empty: not known';
-- The former default said nothing about the model. Owners are under row-level security like everyone, hence a worker's rights.
reset role;
set role sy_worker;
update switchyard.models set capabilities = '{}' where capabilities = '{chat}';
reset role;
