-- What attach-gateway migrate has brought here from a file, so that it goes on where it
-- was stopped and moves no row twice. Empty where nothing was ever moved.
create table moved_from (
    one        bigint not null primary key check (one = 1),
    source     text   not null,                -- which file it is, whatever its name
    mark       text   not null,                -- how far that file had been written
    began_at   bigint not null,                -- ms since the Unix epoch
    ended_at   bigint                          -- null: not everything is here, no gateway serves
);

create table moved (
    step     text collate "C" not null primary key,  -- a table, or a part of one
    place    text,                             -- the key of its last row that is here, as JSON
    rows     bigint  not null,                 -- how many are here
    is_done  boolean not null                  -- no row follows
);
