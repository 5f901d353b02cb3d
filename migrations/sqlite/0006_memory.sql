-- Memory by owner: an owner's events stand together in the file and in the index
-- of words, so that reading and searching cost what the owner has, however much
-- others have. What was remembered before moves over.
drop trigger memory_document;
drop index memory_mine;
drop index memory_age;
drop index memory_key;
alter table memory_event rename to memory_before;

create table memory_owner (
    owner_no   integer primary key,
    issuer     text    not null,
    user_id    text    not null,
    last_no    integer not null default 0,  -- the last number given to an event
    indexed_no integer not null default 0,  -- events up to this number are in memory_word
    events     integer not null default 0,  -- how many there are
    bytes      integer not null default 0,  -- about what they take in the file
    unique (issuer, user_id)
) strict;

create index memory_unindexed on memory_owner (owner_no) where indexed_no < last_no;

-- Redacted; own entries only: every query names the owner.
create table memory_event (
    memory_no  integer primary key,           -- owner_no << 32 | the owner's number
    event_id   text    not null unique,       -- uuid
    at         integer not null,              -- ms since the Unix epoch
    event      text    not null,              -- prompt, response, task_sent, task_result, document, log
    session_id text    not null,
    task_id    text,
    title      text,
    text       text,
    body       text    not null check (json_valid(body)),  -- the other fields that apply
    bytes      integer not null,              -- about what it takes in the file
    idempotency_key text,
    owner_no   integer generated always as (memory_no >> 32) virtual
) strict;

create index memory_newest on memory_event (owner_no, at);
create index memory_age on memory_event (at);
create index memory_task on memory_event (task_id) where task_id is not null;
create unique index memory_key on memory_event (owner_no, idempotency_key)
    where idempotency_key is not null;

-- Which event has which word: words as domain/memory/words.rs makes them. Filled
-- when there is time for it, or before the owner searches.
create virtual table memory_word using fts5 (
    words, content = '', detail = none, columnsize = 0, tokenize = 'ascii'
);

create trigger memory_counted after insert on memory_event begin
    update memory_owner set events = events + 1, bytes = bytes + new.bytes
     where owner_no = new.memory_no >> 32;
end;

create trigger memory_uncounted after delete on memory_event begin
    update memory_owner set events = events - 1, bytes = bytes - old.bytes
     where owner_no = old.memory_no >> 32;
end;

insert into memory_owner (issuer, user_id, last_no)
select issuer, user_id, count(*) from memory_before group by issuer, user_id;

insert into memory_event (memory_no, event_id, at, event, session_id, task_id, title, text, body,
                          bytes, idempotency_key)
select (o.owner_no << 32)
       + row_number() over (partition by b.issuer, b.user_id order by b.event_id),
       b.event_id, b.at, b.event, b.session_id, b.task_id, b.title, b.text, b.body,
       300 + ifnull(length(b.title), 0) + ifnull(length(b.text), 0) + length(b.body),
       b.idempotency_key
  from memory_before b
  join memory_owner o on o.issuer = b.issuer and o.user_id = b.user_id;

drop table memory_before;

-- A document written for a task shows in the task's history.
create trigger memory_document after insert on memory_event
when new.event = 'document' and new.task_id is not null begin
    insert into task_event (task_id, seq, at, kind, state, attempt, data)
    select t.task_id,
           (select max(seq) + 1 from task_event e where e.task_id = t.task_id),
           new.at, 'document', t.state, t.attempt,
           json_object('mem_id', new.event_id, 'title', new.title,
                       'agent', new.body ->> 'agent')
      from task t where t.task_id = new.task_id;
end;

-- For whoever looks into the file.
create view memory as
select e.event_id, datetime(e.at / 1000, 'unixepoch') at, o.issuer, o.user_id, e.event,
       e.session_id, e.task_id, e.title, e.text, e.body
  from memory_event e join memory_owner o on o.owner_no = e.memory_no >> 32;
