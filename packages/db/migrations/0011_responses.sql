-- Responses that a caller may ask for again or go on from. Bodies are JSON as it was written: jsonb could not hold every text.
set role sy_owner;

create table switchyard.responses (
  workspace_id uuid not null,
  -- The id of the call that made it.
  id uuid not null,
  key_id uuid,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  -- The response that this one went on from. No reference: that one may be deleted first.
  previous_id uuid,
  -- The items of its own input.
  input text not null check (octet_length(input) <= 8388608),
  response text not null check (octet_length(response) <= 8388608),
  primary key (workspace_id, id)
);
create index responses_expiring on switchyard.responses (expires_at);
select access.protect('switchyard.responses');
grant select, insert, delete on switchyard.responses to sy_app;
grant select, delete on switchyard.responses to sy_worker;
create policy worker_rows on switchyard.responses to sy_worker using (true) with check (true);

-- Where an item that a caller names by its id stands.
create table switchyard.response_items (
  workspace_id uuid not null,
  item_id text not null check (length(item_id) between 1 and 256),
  response_id uuid not null,
  primary key (workspace_id, item_id, response_id),
  foreign key (workspace_id, response_id) references switchyard.responses (workspace_id, id) on delete cascade
);
create index response_items_of on switchyard.response_items (workspace_id, response_id);
select access.protect('switchyard.response_items');
grant select, insert on switchyard.response_items to sy_app;

reset role;
