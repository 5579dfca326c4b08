-- Responses that run on without their caller: how far each one is, and the events that it has told so far.
set role sy_owner;

alter table switchyard.responses
  add column status text not null default 'completed' check (status in ('queued', 'in_progress', 'completed', 'incomplete', 'failed', 'cancelled')),
  add column background boolean not null default false,
  -- Whether its events are kept.
  add column streamed boolean not null default false;
create index responses_running on switchyard.responses (created_at) where status in ('queued', 'in_progress');
grant update on switchyard.responses to sy_app, sy_worker;

-- Of responses that were asked for as a stream; whoever lost the connection reads on from here, on any program.
create table switchyard.response_events (
  workspace_id uuid not null,
  response_id uuid not null,
  -- Pieces in the order in which they were told.
  piece int not null check (piece >= 0),
  frames text not null check (octet_length(frames) <= 33554432),
  created_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, response_id, piece),
  foreign key (workspace_id, response_id) references switchyard.responses (workspace_id, id) on delete cascade
);
create index response_events_in_time on switchyard.response_events using brin (created_at) with (autosummarize = on);
select access.protect('switchyard.response_events');
grant select, insert on switchyard.response_events to sy_app;
grant select, delete on switchyard.response_events to sy_worker;
create policy worker_rows on switchyard.response_events to sy_worker using (true) with check (true);

reset role;
