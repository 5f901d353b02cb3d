-- Usage with a place in the order of commits, for whoever reads on where it stopped,
-- and with a source for each number.
drop index usage_at;
alter table usage_record rename to usage_before;

create table usage_record (
    usage_no      integer primary key autoincrement,  -- in the order of commits, never given twice
    usage_id      text    not null unique,       -- uuid v7
    at            integer not null,              -- ms since the Unix epoch, at the end of the call
    issuer        text    not null,
    user_id       text    not null,
    session_id    text    not null,
    task_id       text,
    project       text    not null,
    model_asked   text,
    model         text    not null,
    engine        text    not null,
    tokens_in     integer not null,
    tokens_out    integer not null,
    source_in     text    not null check (source_in in ('engine', 'counted', 'bound')),
    source_out    text    not null check (source_out in ('engine', 'counted', 'bound')),
    outcome       text    not null check (outcome in ('finished', 'failed', 'cut', 'hung_up')),
    status        integer not null,              -- the HTTP status; 0: given up before there was one
    first_byte_ms integer not null,
    duration_ms   integer not null
) strict;

insert into usage_record (usage_id, at, issuer, user_id, session_id, task_id, project,
                          model_asked, model, engine, tokens_in, tokens_out, source_in, source_out,
                          outcome, status, first_byte_ms, duration_ms)
select usage_id, at, issuer, user_id, session_id, task_id, project, model_asked, model, engine,
       tokens_in, tokens_out, source, source, outcome, status, first_byte_ms, duration_ms
  from usage_before order by rowid;

drop table usage_before;

create index usage_at on usage_record (at);
