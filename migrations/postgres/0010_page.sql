-- What people look at. A list of one's tasks goes along task_mine; submitting a task writes
-- no more than it did. Where tasks went wrong:
create index task_failed on task (issuer, user_id, task_id)
    where state in ('failed', 'canceled', 'rejected');
drop index task_children;
create index task_children on task (parent_task_id, task_id) where parent_task_id is not null;

-- The calls of engines that were made for a task.
create index usage_task on usage_record (task_id) where task_id is not null;

-- What agents did to memory in the name of a task: that they did it, and not what they
-- looked for. Titles are read from memory_event, so what is erased has none.
create table memory_access (
    task_id     text collate "C" not null references task (task_id) on delete cascade,
    access_id   text collate "C" not null,    -- uuid v7: sorts by the end
    nth         bigint not null,              -- about which of its task: after 2000 no more are kept
    at          bigint not null,              -- when it began, ms since the Unix epoch
    duration_ms bigint not null,
    op          text collate "C" not null check (op in ('write', 'read', 'list', 'search')),
    event_id    text collate "C",             -- the event, where it was one
    found       bigint,                       -- how many there were
    primary key (task_id, access_id)
);
