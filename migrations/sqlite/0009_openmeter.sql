-- How far OpenMeter has been told of usage. The records are rows of usage_record, in
-- the order of commits, so what waits is a place among them and not a second copy.
create table openmeter (
    one        integer not null primary key check (one = 1),
    began_no   integer not null,            -- records up to this one were there before: never told
    usage_no   integer not null,            -- all up to this one are told, or set aside
    records    integer not null default 0,  -- what was told, for whoever compares
    tokens_in  integer not null default 0,
    tokens_out integer not null default 0,
    failures   integer not null default 0,  -- in a row
    due_at     integer not null default 0,  -- OpenMeter asked to be left alone until then
    last_error text,                        -- the last thing that went wrong, also when it is over
    failed_at  integer,                     -- when that was, ms since the Unix epoch
    check (usage_no >= began_no)
) strict;

-- Records that OpenMeter refused for good, each alone. They hold up no other.
-- To have them told after all, tell them by hand: their ids stay good for a month.
-- The rows stay, as the account is even by them.
create table openmeter_refused (
    usage_id   text    not null primary key,
    usage_no   integer not null,
    said       text    not null,            -- what OpenMeter answered, cut short, without secrets
    at         integer not null,            -- ms since the Unix epoch
    settled_at integer                      -- when somebody said that this was dealt with, likewise
) strict;

create view usage_set_aside as
select r.usage_id, datetime(r.at / 1000, 'unixepoch') set_aside, u.issuer, u.user_id, u.model,
       u.tokens_in, u.tokens_out, r.said,
       datetime(r.settled_at / 1000, 'unixepoch') settled
  from openmeter_refused r left join usage_record u using (usage_no);

-- What the totals at the start are read from, without a sort of all usage there ever was.
create index usage_sum on usage_record (issuer, user_id, model, tokens_in, tokens_out)
    where tokens_in > 0 or tokens_out > 0;
