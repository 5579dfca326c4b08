-- Conversations that callers name: their items in order, those of every response that belongs to one included.
set role sy_owner;

create table switchyard.conversations (
  workspace_id uuid not null,
  id uuid not null,
  key_id uuid,
  -- JSON texts: jsonb could not hold every one.
  metadata text not null check (octet_length(metadata) <= 65536),
  -- Of all items together.
  bytes bigint not null default 0 check (bytes >= 0),
  created_at timestamptz not null default clock_timestamp(),
  -- So many days after its last use.
  expires_at timestamptz not null,
  primary key (workspace_id, id)
);
create index conversations_expiring on switchyard.conversations (expires_at);
select access.protect('switchyard.conversations');
grant select, insert, update, delete on switchyard.conversations to sy_app;
grant select, delete on switchyard.conversations to sy_worker;
create policy worker_rows on switchyard.conversations to sy_worker using (true) with check (true);

create table switchyard.conversation_items (
  workspace_id uuid not null,
  conversation_id uuid not null,
  seq bigint generated always as identity,
  item_id text not null check (length(item_id) between 1 and 256),
  item text not null check (octet_length(item) <= 33554432),
  primary key (workspace_id, conversation_id, seq),
  unique (workspace_id, conversation_id, item_id),
  foreign key (workspace_id, conversation_id) references switchyard.conversations (workspace_id, id) on delete cascade
);
select access.protect('switchyard.conversation_items');
grant select, insert, delete on switchyard.conversation_items to sy_app;

reset role;
