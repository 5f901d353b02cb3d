-- Workflows of Temporal that belong to tasks (`temporal://Name`). One row from the
-- moment the task is accepted until its workflow is known to have ended, so that it
-- outlives the task: a workflow that nobody wants any more has to be stopped, even if
-- the gateway died in between.
--
-- Supervisors leave such a task alone (it is due in the year 9999): whoever looks after
-- this table has it run, to start the workflow and to write how it ended.
create table workflow (
    task_id    text    not null primary key,  -- also the workflow's id
    due_at     integer not null,              -- when to look at it
    since      integer not null,              -- when it last changed: the longer ago, the
                                              -- longer the pause between two looks
    is_started integer not null default 0,    -- 1: Temporal is known to have it
    is_away    integer not null default 0,    -- 1: the task says that Temporal is away
    stop_at    integer                        -- its task is over and it was asked to end:
                                              -- when it is made to
) strict;

create index workflow_due on workflow (due_at);

create trigger task_for_workflow after insert on task
    when substr(new.target, 1, 11) = 'temporal://' begin
    insert into workflow (task_id, due_at, since)
    values (new.task_id, new.created_at, new.created_at);
    update task set due_at = 253402300799000 where task_id = new.task_id;
end;

-- Whoever ends a task, its workflow is looked at.
create trigger task_over_for_workflow after update of state on task
    when substr(new.target, 1, 11) = 'temporal://'
         and new.state in ('completed', 'failed', 'canceled', 'rejected') begin
    update workflow set due_at = new.updated_at, since = new.updated_at
     where task_id = new.task_id;
end;

-- Up to which moment everything that happened to tasks is in their traces in Temporal.
-- The lines of task_event are what waits to be told: there is no other table of that.
create table trace_place (
    id integer not null primary key check (id = 1),
    at integer not null
) strict;
