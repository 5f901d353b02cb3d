-- What the A2A protocol adds to a task. A2A objects are kept as its JSON. For a
-- task that came by another face the first columns are null.

-- What the next attempt sends: {"message", "acceptedOutputModes", "metadata",
-- "extensions"}; a follow-up replaces it.
alter table task add column request text check (request is null or json_valid(request));
-- The Message of its present status, from the agent.
alter table task add column message text check (message is null or json_valid(message));
-- 1: that Message is the whole answer, the agent made no task.
alter table task add column is_direct integer not null default 0;
-- Its Artifacts as of event artifacts_seq; 'artifact' events after that add to
-- them. Null with an output: the output is the one artifact.
alter table task add column artifacts text check (artifacts is null or json_valid(artifacts));
alter table task add column artifacts_seq integer not null default 0;
-- The agent's own metadata of the task.
alter table task add column metadata text check (metadata is null or json_valid(metadata));
-- What the agent calls the task and its context.
alter table task add column remote_task_id text;
alter table task add column remote_context_id text;

create index task_recent on task (issuer, user_id, target, updated_at, task_id);
create index task_context on task (issuer, user_id, context_id);
create index task_paused on task (issuer, user_id)
    where state in ('input-required', 'auth-required');

-- Kinds there are besides the older ones: message (a follow-up), status (the
-- agent says something in passing), artifact (data is the update: "artifact",
-- "append", "lastChunk", "metadata"; null: the task's output is the artifact),
-- input-required, auth-required.
alter table task_event add column message text check (message is null or json_valid(message));
create index task_event_message on task_event (task_id, seq) where message is not null;

drop trigger task_submitted;
create trigger task_submitted after insert on task begin
    insert into task_event (task_id, seq, at, kind, state, attempt, data, message)
    values (new.task_id, 1, new.created_at, new.state, new.state, new.attempt,
            json_object('target', new.target, 'parent', new.parent_task_id),
            new.request -> '$.message');
    insert into task_event (task_id, seq, at, kind, state, attempt, data)
    select t.task_id,
           (select max(seq) + 1 from task_event e where e.task_id = t.task_id),
           new.created_at, 'child', t.state, t.attempt,
           json_object('task_id', new.task_id, 'target', new.target)
      from task t where t.task_id = new.parent_task_id;
end;

drop trigger task_changed;
create trigger task_changed after update of state, attempt, runner on task begin
    insert into task_event (task_id, seq, at, kind, state, attempt, data, message)
    values (new.task_id,
            (select max(seq) + 1 from task_event where task_id = new.task_id),
            new.updated_at,
            case when new.state <> 'working' then new.state
                 when old.state in ('input-required', 'auth-required') and new.runner is null
                 then 'message'
                 when old.state <> new.state or new.attempt > old.attempt then 'working'
                 when new.tries < old.tries then 'released'
                 else 'retry' end,
            new.state, new.attempt,
            case when new.metadata is not old.metadata
                      and (new.detail is not null or new.state = 'working' and new.runner is null)
                 then json_object('detail', new.detail, 'due_at', new.due_at,
                                  'metadata', json(new.metadata))
                 when new.metadata is not old.metadata
                 then json_object('metadata', json(new.metadata))
                 when new.detail is not null or new.state = 'working' and new.runner is null
                 then json_object('detail', new.detail, 'due_at', new.due_at) end,
            -- Also a message that was said before: it is what this state says.
            case when old.state in ('input-required', 'auth-required') and new.state = 'working'
                      and new.runner is null
                 then new.request -> '$.message'
                 when new.state <> old.state or new.message is not old.message
                 then new.message end);
end;

create trigger task_said after update of message on task
    when new.message is not null and new.state = old.state and new.attempt = old.attempt begin
    insert into task_event (task_id, seq, at, kind, state, attempt, data, message)
    values (new.task_id,
            (select max(seq) + 1 from task_event where task_id = new.task_id),
            new.updated_at, 'status', new.state, new.attempt,
            case when new.metadata is not old.metadata
                 then json_object('metadata', json(new.metadata)) end,
            new.message);
end;

-- Webhooks, and how far each has come: the events of a task after sent_seq are
-- still to be delivered, in order. Nothing is written for an event, so nothing
-- can be lost between the two.
create table push_config (
    task_id    text    not null references task (task_id) on delete cascade,
    config_id  text    not null,
    url        text    not null,              -- as the caller wrote it
    host       text    not null,              -- and port: a slow one must not hold up the others
    sealed     blob,                          -- token and credentials, sealed with ATTACH_SECRET
    sent_seq   integer not null,
    failures   integer not null default 0,    -- in a row
    failing_since integer,                    -- the first of them
    due_at     integer,                       -- when to deliver; null: all is delivered, or it is dead
    dead_at    integer,                       -- given up at
    last_error text,                          -- why the last delivery failed
    created_at integer not null,
    primary key (task_id, config_id)
) strict, without rowid;

create index push_due on push_config (due_at) where due_at is not null;
create index push_host on push_config (host) where due_at is not null;

create trigger push_wanted after insert on task_event
    when exists (select 1 from push_config where task_id = new.task_id) begin
    update push_config set due_at = new.at
     where task_id = new.task_id and due_at is null and dead_at is null;
end;
