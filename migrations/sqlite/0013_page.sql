-- What people look at. Lists of one's tasks are newest first, and each of these indexes
-- has them in that order. task_state takes the place of those for tasks that wait.
drop index task_waiting;
drop index task_paused;
create index task_state on task (issuer, user_id, state, task_id);
create index task_agent on task (issuer, user_id, target, task_id);
create index task_session on task (session_id, task_id);
drop index task_children;
create index task_children on task (parent_task_id, task_id) where parent_task_id is not null;

-- The calls of engines that were made for a task.
create index usage_task on usage_record (task_id) where task_id is not null;

-- What agents did to memory in the name of a task: that they did it, and not what they
-- looked for. Titles are read from memory_event, so what is erased has none.
create table memory_access (
    task_id     text    not null references task (task_id) on delete cascade,
    access_id   text    not null,             -- uuid v7: sorts by the end
    nth         integer not null,             -- of its task: after 2000 no more are kept
    at          integer not null,             -- when it began, ms since the Unix epoch
    duration_ms integer not null,
    op          text    not null check (op in ('write', 'read', 'list', 'search')),
    event_id    text,                         -- the event, where it was one
    found       integer,                      -- how many there were
    primary key (task_id, access_id)
) strict, without rowid;
