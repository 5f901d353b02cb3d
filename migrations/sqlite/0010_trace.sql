-- The trace that a task belongs to (W3C Trace Context), so that the calls of its
-- agents are in it, also after a restart. Null: whoever sent it named none.
alter table task add column traceparent text;
alter table task add column tracestate text;

-- How many tasks are in each state that is no end, without a look at those that
-- have ended.
create index task_open on task (state)
    where state in ('submitted', 'working', 'input-required', 'auth-required');
