-- What operators change while the program runs: a group that leaves its strategy to its owner, providers that are asked as often
-- as all are or never, and providers and models that are gone for everyone but for the calls and prices that name them.
set role sy_owner;

alter table switchyard.groups alter column strategy drop not null, alter column strategy drop default;
comment on column switchyard.groups.strategy is 'null: as the owner''s routing_settings say';

alter table switchyard.providers drop constraint providers_probe_seconds_check;
alter table switchyard.providers add constraint providers_probe_seconds_check check (probe_seconds = 0 or probe_seconds between 5 and 86400);
comment on column switchyard.providers.probe_seconds is 'null: as the owner''s routing_settings say; 0: never';

-- Prices are append-only and calls keep theirs, so what is deleted stays as a row that nobody is shown.
alter table switchyard.providers add column deleted_at timestamptz;
alter table switchyard.providers drop constraint providers_workspace_id_name_key;
create unique index providers_name on switchyard.providers (workspace_id, name) where deleted_at is null;
alter table switchyard.models add column deleted_at timestamptz;
alter table switchyard.models drop constraint models_workspace_id_provider_id_name_key;
create unique index models_name on switchyard.models (workspace_id, provider_id, name) where deleted_at is null;

reset role;
