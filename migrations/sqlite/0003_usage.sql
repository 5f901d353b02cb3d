-- One row a call of an engine. Prometheus totals are sums over these.
create table usage_record (
    usage_id      text    not null primary key,  -- uuid v7
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
    source        text    not null check (source in ('engine', 'counted')),
    outcome       text    not null check (outcome in ('finished', 'failed', 'cut', 'hung_up')),
    status        integer not null,              -- the HTTP status; 0: given up before there was one
    first_byte_ms integer not null,
    duration_ms   integer not null
) strict;

create index usage_at on usage_record (at);

-- Who was here, since when. A session spans every hop of a hand-off.
create table session (
    session_id    text    not null primary key,
    issuer        text    not null,
    user_id       text    not null,
    first_seen_at integer not null,
    last_seen_at  integer not null,
    requests      integer not null
) strict;

create index session_age on session (last_seen_at);
