-- The row that /readyz writes to see whether it can.
create table probe (
    id bigint not null primary key check (id = 1),
    at bigint not null
);
