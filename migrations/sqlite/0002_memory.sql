-- What people and agents said and wrote, redacted. Own entries only: every
-- query names issuer and user_id.
create table memory_event (
    event_id       text    not null primary key,  -- uuid v7: sorts by time
    at             integer not null,              -- ms since the Unix epoch
    event          text    not null,              -- prompt, response, task_sent, task_result, document
    issuer         text    not null,
    user_id        text    not null,
    session_id     text    not null,
    task_id        text,
    title          text,
    text           text,
    body           text    not null check (json_valid(body)),  -- the other fields that apply
    idempotency_key text
) strict;

create index memory_mine on memory_event (issuer, user_id, event_id);
create index memory_age on memory_event (at);
create unique index memory_key on memory_event (issuer, user_id, idempotency_key)
    where idempotency_key is not null;

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
