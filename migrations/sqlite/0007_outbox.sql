-- Events that wait for Weaviate. A row is on disk before its request is answered
-- and leaves once Weaviate has taken the event, so what Weaviate misses is here.
create table memory_outbox (
    outbox_no  integer primary key,           -- the order in which they are sent
    event_id   text    not null unique,       -- uuid; the object's id, so sent twice it is there once
    at         integer not null,              -- ms since the Unix epoch
    event      text    not null,              -- prompt, response, task_sent, task_result, document, log
    issuer     text    not null,
    user_id    text    not null,
    session_id text    not null,
    task_id    text,
    body       text    not null check (json_valid(body)),  -- every other field that applies
    bytes      integer not null,              -- of the body
    queued_at  integer not null default (cast(unixepoch('subsec') * 1000 as integer)),
    attempts   integer not null default 0,    -- how often Weaviate refused this very event
    delays     integer not null default 0,    -- how often it waited for a reason that may be Weaviate's
    due_at     integer not null default 0,    -- not before this moment; 0 is at once
    dead_at    integer,                       -- set aside: refused too often, kept for whoever mends it
    erased_at  integer,                       -- erased by its owner: Weaviate is told to forget it
    last_error text                           -- what Weaviate said of it
) strict;

create index memory_outbox_mine on memory_outbox (issuer, user_id, at, event_id);
create index memory_outbox_age on memory_outbox (at, event_id) where erased_at is null;
create index memory_outbox_due on memory_outbox (due_at, outbox_no) where dead_at is null;
create index memory_outbox_dead on memory_outbox (dead_at) where dead_at is not null;
create index memory_outbox_erased on memory_outbox (issuer, user_id) where erased_at is not null;

-- Which event was kept under an idempotency key. Known for a day, also when the
-- event has long left the outbox.
create table memory_outbox_key (
    issuer          text    not null,
    user_id         text    not null,
    idempotency_key text    not null,
    event_id        text    not null,
    kept_at         integer not null default (cast(unixepoch('subsec') * 1000 as integer)),
    primary key (issuer, user_id, idempotency_key)
) strict, without rowid;

create index memory_outbox_key_age on memory_outbox_key (kept_at);
create index memory_outbox_key_event on memory_outbox_key (event_id);

-- A document written for a task shows in the task's history.
create trigger memory_outbox_document after insert on memory_outbox
when new.event = 'document' and new.task_id is not null begin
    insert into task_event (task_id, seq, at, kind, state, attempt, data)
    select t.task_id,
           (select max(seq) + 1 from task_event e where e.task_id = t.task_id),
           new.at, 'document', t.state, t.attempt,
           json_object('mem_id', new.event_id, 'title', new.body ->> 'title',
                       'agent', new.body ->> 'agent')
      from task t where t.task_id = new.task_id;
end;

-- For whoever looks after what was set aside. To have it tried again:
--   update memory_outbox set dead_at = null, attempts = 0, due_at = 0
--    where dead_at is not null;
create view memory_set_aside as
select event_id, datetime(dead_at / 1000, 'unixepoch') set_aside, issuer, user_id, event,
       attempts, last_error, body
  from memory_outbox where dead_at is not null and erased_at is null;
