-- Memory by owner: an owner's events stand together in the indexes, so that reading
-- and searching cost what the owner has, however much others have. What was
-- remembered before moves over.
drop trigger memory_document;
drop index memory_mine;
drop index memory_age;
drop index memory_key;
alter table memory_event rename to memory_before;

create table memory_owner (
    owner_no   integer primary key autoincrement,  -- never given twice
    issuer     text    not null,
    user_id    text    not null,
    last_no    integer not null default 0,  -- the owner's last event
    indexed_no integer not null default 0,  -- the owner's events up to this one are in memory_word
    events     integer not null default 0,  -- how many there are
    bytes      integer not null default 0,  -- about what they take in the file
    unique (issuer, user_id)
) strict;

-- Redacted; own entries only: every query names the owner.
create table memory_event (
    memory_no  integer primary key autoincrement,  -- in the order of commits, never given twice
    owner_no   integer not null,
    at         integer not null,              -- ms since the Unix epoch
    bytes      integer not null,              -- about what it takes in the file
    event_id   text    not null unique,       -- uuid
    event      text    not null,              -- prompt, response, task_sent, task_result, document, log
    session_id text    not null,
    task_id    text,
    idempotency_key text,
    title      text,
    text       text,
    body       text    not null check (json_valid(body))  -- the other fields that apply
) strict;

create index memory_newest on memory_event (owner_no, at, event_id);
create index memory_age on memory_event (at);
create index memory_task on memory_event (task_id) where task_id is not null;
create unique index memory_key on memory_event (owner_no, idempotency_key)
    where idempotency_key is not null;

-- Which event has which word, at owner_no << 36 | memory_no, so that an owner's
-- stand together; words as domain/memory/words.rs makes them. Filled when there is
-- time for it, or before the owner searches.
create virtual table memory_word using fts5 (
    words, content = '', detail = none, columnsize = 0, tokenize = 'ascii'
);

create table memory_index (
    indexed_no integer not null,  -- everyone's events up to this one are in memory_word
    unclean    integer not null   -- 1: the journal may hold what was erased; 2: memory_word too
) strict;

insert into memory_index values (0, 0);

create trigger memory_uncounted after delete on memory_event begin
    update memory_owner set events = events - 1, bytes = bytes - old.bytes
     where owner_no = old.owner_no;
end;

insert into memory_owner (issuer, user_id)
select distinct issuer, user_id from memory_before;

insert into memory_event (owner_no, at, bytes, event_id, event, session_id, task_id,
                          idempotency_key, title, text, body)
select o.owner_no, b.at,
       300 + ifnull(length(b.title), 0) + ifnull(length(b.text), 0) + length(b.body),
       b.event_id, b.event, b.session_id, b.task_id, b.idempotency_key, b.title, b.text, b.body
  from memory_before b
  join memory_owner o on o.issuer = b.issuer and o.user_id = b.user_id
 order by b.event_id;

update memory_owner
   set events = n.events, bytes = n.bytes, last_no = n.last_no
  from (select owner_no, count(*) events, sum(bytes) bytes, max(memory_no) last_no
          from memory_event group by owner_no) n
 where n.owner_no = memory_owner.owner_no;

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
  from memory_event e join memory_owner o on o.owner_no = e.owner_no;
