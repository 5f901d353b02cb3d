-- A task's row is the whole truth about it; what the program's parts tell each
-- other are hints. Times are milliseconds since the Unix epoch, UTC. To read
-- them in sqlite3:  select datetime(created_at / 1000, 'unixepoch') from task;
create table task (
    task_id        text    not null primary key,  -- uuid v7: sorts by creation
    issuer         text    not null,              -- who vouches for the user
    user_id        text    not null,              -- who may read and cancel it
    session_id     text    not null,              -- the same for a whole hand-off
    context_id     text    not null,              -- the conversation; children share it
    parent_task_id text    references task (task_id) on delete set null,
    depth          integer not null default 0,    -- hand-offs above this one
    actors         text    not null default '[]' check (json_valid(actors)),
                                                  -- agents it came through, nearest first
    scopes         text    not null,              -- what its agents may do for the user
    target         text    not null,              -- 'chat' (own engine), an agent's name, or a URL
    input          text    not null check (json_valid(input)),
    output         text    check (output is null or json_valid(output)),
    state          text    not null check (state in (
        'submitted', 'working', 'input-required', 'auth-required',
        'completed', 'failed', 'canceled', 'rejected')),
    detail         text,                          -- why it waits, in words

    -- How often it was claimed. It fences: only the attempt whose number still
    -- stands here may end the row.
    attempt        integer not null default 0,
    -- How many of those claims count as tries: a restart gives its claim back.
    tries          integer not null default 0,
    -- The gateway process that works on it now; null while nobody does.
    runner         text,
    -- When a supervisor must look again: it may start, may be tried again, or
    -- its lease has run out. Null: nothing to do.
    due_at         integer,

    idempotency_key text,
    request_digest  text,                         -- SHA-256 of target and input
    created_at     integer not null,
    updated_at     integer not null,

    check ((state in ('submitted', 'working')) = (due_at is not null)),
    check (runner is null or state = 'working')
) strict;

create index task_due on task (depth, due_at) where due_at is not null;
create index task_waiting on task (issuer, user_id) where state = 'submitted';
create index task_mine on task (issuer, user_id, task_id);
create index task_children on task (parent_task_id) where parent_task_id is not null;
create index task_ended on task (updated_at) where due_at is null;
create unique index task_key on task (issuer, user_id, idempotency_key)
    where idempotency_key is not null;

-- What happened to a task, in order, kept for as long as the task. The table
-- writes itself: row and history cannot disagree.
create table task_event (
    task_id text    not null references task (task_id) on delete cascade,
    seq     integer not null,              -- 1, 2, 3 … within the task
    at      integer not null,
    kind    text    not null,              -- submitted, working, retry, released, completed, failed,
                                           -- canceled, rejected, child, document
    state   text    not null,              -- where the task stood then
    attempt integer not null,
    data    text    check (data is null or json_valid(data)),
    primary key (task_id, seq)
) strict, without rowid;

create trigger task_submitted after insert on task begin
    insert into task_event (task_id, seq, at, kind, state, attempt, data)
    values (new.task_id, 1, new.created_at, new.state, new.state, new.attempt,
            json_object('target', new.target, 'parent', new.parent_task_id));
    insert into task_event (task_id, seq, at, kind, state, attempt, data)
    select t.task_id,
           (select max(seq) + 1 from task_event e where e.task_id = t.task_id),
           new.created_at, 'child', t.state, t.attempt,
           json_object('task_id', new.task_id, 'target', new.target)
      from task t where t.task_id = new.parent_task_id;
end;

create trigger task_changed after update of state, attempt, runner on task begin
    insert into task_event (task_id, seq, at, kind, state, attempt, data)
    values (new.task_id,
            (select max(seq) + 1 from task_event where task_id = new.task_id),
            new.updated_at,
            case when new.state <> 'working' then new.state
                 when new.attempt > old.attempt then 'working'
                 when new.tries < old.tries then 'released'
                 else 'retry' end,
            new.state, new.attempt,
            case when new.detail is not null or new.state = 'working' and new.runner is null
                 then json_object('detail', new.detail, 'due_at', new.due_at) end);
end;

-- The row that /readyz writes to see whether it can.
create table probe (
    id integer not null primary key check (id = 1),
    at integer not null
) strict;
