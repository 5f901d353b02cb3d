-- What people look at. A list of one's tasks goes along task_mine, and what else is asked
-- of a task is read from what stands before its input in the row, or from an index of few:
-- submitting a task writes no more than it did. Where tasks went wrong:
create index task_failed on task (issuer, user_id, task_id, state)
    where state in ('failed', 'canceled', 'rejected');
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
