-- Whether a server of the OpenAI family speaks Responses itself; null: as is known of the server at its address.
set role sy_owner;
alter table switchyard.providers add column responses boolean;
reset role;
