-- When it is looked at next whether Temporal knows of a task, with TASK_RUNNER=temporal. A
-- task that is due is put off to that moment: of one whose due_at is the same it is known
-- that it was due before. Whoever else sets due_at need not know of this.
alter table task add column look_at bigint;
