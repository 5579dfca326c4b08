-- A provider may have several keys; each attempt is made with one of them.
set role sy_owner;

alter table switchyard.provider_secrets
  -- A key's own, changed with its secret: what is known of the old one is not believed of the new one.
  add column id uuid not null default gen_random_uuid(),
  add column name text not null default 'key-1' check (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
  add column place int not null default 0 check (place between 0 and 1000),
  add column weight int not null default 1 check (weight between 0 and 1000),
  drop constraint provider_secrets_pkey;
alter table switchyard.provider_secrets add primary key (workspace_id, provider_id, name), add unique (id);

reset role;
