-- A task's row is the whole truth about it; what the program's parts, and the
-- gateways, tell each other are hints. Times are milliseconds since the Unix epoch,
-- UTC, by the clock of the gateway that wrote them. The columns are described in
-- migrations/sqlite.
create table task (
    task_id           text collate "C" not null primary key,
    issuer            text collate "C" not null,
    user_id           text collate "C" not null,
    session_id        text collate "C" not null,
    context_id        text collate "C" not null,
    parent_task_id    text collate "C" references task (task_id) on delete set null,
    depth             bigint not null default 0,
    actors            text   not null default '[]',
    scopes            text   not null,
    target            text collate "C" not null,
    input             text   not null,
    -- Checked again with each update, but null until the last one.
    output            text   check (output is null or output::json is not null),
    state             text collate "C" not null check (state in (
        'submitted', 'working', 'input-required', 'auth-required',
        'completed', 'failed', 'canceled', 'rejected')),
    detail            text,
    attempt           bigint not null default 0,
    tries             bigint not null default 0,
    runner            text collate "C",
    due_at            bigint,
    idempotency_key   text collate "C",
    request_digest    text collate "C",
    created_at        bigint not null,
    updated_at        bigint not null,
    request           text,
    message           text,
    is_direct         boolean not null default false,
    artifacts         text,
    artifacts_seq     bigint not null default 0,
    metadata          text,
    remote_task_id    text collate "C",
    remote_context_id text collate "C",
    traceparent       text,
    tracestate        text,
    -- Which gateway listens to an agent that waits for credentials, and how long it
    -- alone does. Of no meaning in any other state than 'auth-required'.
    listener          text collate "C",
    listens_until     bigint,

    check ((state in ('submitted', 'working')) = (due_at is not null)),
    check (runner is null or state = 'working')
);

create index task_due on task (depth desc, due_at) where due_at is not null;
create index task_waiting on task (issuer, user_id) where state = 'submitted';
create index task_paused on task (issuer, user_id)
    where state in ('input-required', 'auth-required');
create index task_mine on task (issuer, user_id, task_id);
create index task_recent on task (issuer, user_id, target, updated_at, task_id);
create index task_context on task (issuer, user_id, context_id);
create index task_children on task (parent_task_id) where parent_task_id is not null;
create index task_ended on task (updated_at) where due_at is null;
create unique index task_key on task (issuer, user_id, idempotency_key)
    where idempotency_key is not null;
create index task_open on task (state)
    where state in ('submitted', 'working', 'input-required', 'auth-required');

-- What happened to a task, in order. The table writes itself.
create table task_event (
    task_id text collate "C" not null references task (task_id) on delete cascade,
    seq     bigint not null,               -- 1, 2, 3 … within the task, by task_event_numbered
    at      bigint not null,
    kind    text collate "C" not null,
    state   text collate "C" not null,
    attempt bigint not null,
    data    text,
    message text,
    primary key (task_id, seq)
);

create index task_event_message on task_event (task_id, seq) where message is not null;

-- JSON that can be looked into: a NUL in its strings, which no text here can hold,
-- is read as U+FFFD. The rows keep the JSON as it came.
create function readable_json(said text) returns json
language plpgsql immutable strict parallel safe as $$
begin
    if position('\u0000' in said) > 0 then
        said := regexp_replace(said, '(?<!\\)((?:\\\\)*)\\u0000', '\1\\ufffd', 'g');
    end if;
    return said::json;
end $$;

-- The beginning of what was asked last; null where it cannot be told.
create function title_of(input text) returns text
language plpgsql immutable strict parallel safe as $$
declare
    content json;
begin
    content := readable_json(input) #> '{messages,-1,content}';
    if json_typeof(content) = 'string' then
        return substr(content #>> '{}', 1, 120);
    end if;
    return null;
exception when others then
    -- Half a surrogate, for one: the caller's own affair.
    return null;
end $$;

-- Whether an owner may submit one more: fewer than `most` of theirs wait to run, and
-- fewer wait for them. Near the limit they go one after the other, until they commit.
create function has_room(whose_issuer text, whose_user text, most bigint) returns boolean
language plpgsql volatile as $$
declare
    waiting bigint;
begin
    for turn in 1..2 loop
        select greatest(
            (select count(*) from (select from task
                where issuer = whose_issuer and user_id = whose_user
                  and state = 'submitted' limit most) submitted),
            (select count(*) from (select from task
                where issuer = whose_issuer and user_id = whose_user
                  and state in ('input-required', 'auth-required') limit most) paused))
          into waiting;
        if turn = 2 or waiting + 64 < most then
            return waiting < most;
        end if;
        perform pg_advisory_xact_lock(hashtextextended(whose_issuer || chr(10) || whose_user, 0));
    end loop;
end $$;

-- Whether a task has not ended; then it does not until the caller commits.
create function stays_open(wanted text) returns boolean
language plpgsql volatile as $$
begin
    perform from task
      where task_id = wanted and state not in ('completed', 'failed', 'canceled', 'rejected')
        for no key update;
    return found;
end $$;

-- Whoever writes a line holds the task's row, so that lines are numbered without a
-- gap, and in the order in which they can be read.
create function task_event_numbered() returns trigger language plpgsql as $$
begin
    perform from task where task_id = new.task_id for no key update;
    -- A statement of its own: it sees what was written before the row was free.
    select coalesce(max(seq), 0) + 1 into new.seq from task_event where task_id = new.task_id;
    return new;
end $$;
create trigger task_event_numbered before insert on task_event
    for each row execute function task_event_numbered();

create function task_submitted() returns trigger language plpgsql as $$
begin
    insert into task_event (task_id, at, kind, state, attempt, data, message)
    values (new.task_id, new.created_at, new.state, new.state, new.attempt,
            json_build_object('target', new.target, 'parent', new.parent_task_id),
            readable_json(new.request) -> 'message');
    insert into task_event (task_id, at, kind, state, attempt, data)
    select t.task_id, new.created_at, 'child', t.state, t.attempt,
           json_build_object('task_id', new.task_id, 'target', new.target)
      from task t where t.task_id = new.parent_task_id;
    return null;
end $$;
create trigger task_submitted after insert on task
    for each row execute function task_submitted();

create function task_changed() returns trigger language plpgsql as $$
declare
    is_answered boolean := old.state in ('input-required', 'auth-required')
                           and new.state = 'working' and new.runner is null;
    is_told boolean := new.detail is not null or new.state = 'working' and new.runner is null;
begin
    insert into task_event (task_id, at, kind, state, attempt, data, message)
    values (new.task_id, new.updated_at,
            case when new.state <> 'working' then new.state
                 when is_answered then 'message'
                 when old.state <> new.state or new.attempt > old.attempt then 'working'
                 when new.tries < old.tries then 'released'
                 else 'retry' end,
            new.state, new.attempt,
            case when new.metadata is distinct from old.metadata and is_told
                 then json_build_object('detail', new.detail, 'due_at', new.due_at,
                                        'metadata', new.metadata::json)
                 when new.metadata is distinct from old.metadata
                 then json_build_object('metadata', new.metadata::json)
                 when is_told
                 then json_build_object('detail', new.detail, 'due_at', new.due_at) end,
            -- Also a message that was said before: it is what this state says.
            case when is_answered then (readable_json(new.request) -> 'message')::text
                 when new.state <> old.state or new.message is distinct from old.message
                 then new.message end);
    return null;
end $$;
create trigger task_changed after update of state, attempt, runner on task
    for each row execute function task_changed();

create function task_said() returns trigger language plpgsql as $$
begin
    insert into task_event (task_id, at, kind, state, attempt, data, message)
    values (new.task_id, new.updated_at, 'status', new.state, new.attempt,
            case when new.metadata is distinct from old.metadata
                 then json_build_object('metadata', new.metadata::json) end,
            new.message);
    return null;
end $$;
create trigger task_said after update of message on task
    for each row when (new.message is not null and new.state = old.state
                       and new.attempt = old.attempt)
    execute function task_said();

-- Webhooks, and how far each has come. While a gateway delivers, due_at is the end of
-- its lease.
create table push_config (
    task_id       text collate "C" not null references task (task_id) on delete cascade,
    config_id     text collate "C" not null,
    url           text   not null,
    host          text collate "C" not null,
    sealed        bytea,
    sent_seq      bigint not null,
    newest_seq    bigint,                  -- null: look at the lines
    failures      bigint not null default 0,
    failing_since bigint,
    due_at        bigint,
    dead_at       bigint,
    last_error    text,
    created_at    bigint not null,
    primary key (task_id, config_id)
);

create index push_due on push_config (due_at) where due_at is not null;
create index push_host on push_config (host) where due_at is not null;

-- A webhook of a task hears of each line. Gateways that listen on attach_task are told
-- when one has become due; of what happens to tasks they tell each other.
create function push_wanted() returns trigger language plpgsql as $$
begin
    -- Also of the dead, which may be made again. Whoever passes an event at this moment
    -- waits for this, and sees the number; or this waits, and sees that nothing is due.
    update push_config
       set newest_seq = new.seq,
           due_at = case when dead_at is null then coalesce(due_at, new.at) end
     where task_id = new.task_id;
    if found and exists (select from push_config
                          where task_id = new.task_id and due_at = new.at) then
        perform pg_notify('attach_task', 'webhook');
    end if;
    return null;
end $$;
create trigger push_wanted after insert on task_event
    for each row execute function push_wanted();

create function push_due() returns trigger language plpgsql as $$
begin
    perform pg_notify('attach_task', 'webhook');
    return null;
end $$;
create trigger push_due after insert on push_config
    for each row when (new.due_at is not null) execute function push_due();
