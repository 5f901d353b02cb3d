//! Lists of tasks, newest first, at about the same cost however many tasks there are.
//!
//! One condition leads: an index has the tasks that meet it in the list's order. Where
//! there are others, tasks are looked at step by step along that index, and a call that
//! has looked at enough of them says where to go on.

use std::time::{Duration, Instant};

use super::{Store, StoreError, TaskFilter, TaskPage, TaskView, rows, rows::TaskRow};
use crate::{
    adapters::database::{Query, Sql},
    domain::{
        id::TaskId,
        sought::{Sought, Word},
        task::TaskState,
    },
};

/// Tasks that are looked at by one statement.
const STEP: u32 = 1000;
/// How many one call looks at, and for how long.
const LOOKS: u32 = 20_000;
const PATIENCE: Duration = Duration::from_millis(50);

/// The title is the beginning of what was asked last. Results above 64 KiB are
/// left out: a hundred of them would not fit anywhere.
const TASKS: Sql = Sql::each(
    "
    select task_id, issuer, user_id, session_id, context_id, parent_task_id, depth, target,
           state, detail, attempt,
           case when octet_length(output) <= 65536 then output end output, created_at, updated_at,
           case when json_type(input, '$.messages[#-1].content') = 'text'
                then substr(input ->> '$.messages[#-1].content', 1, 120) end title
      from task where true",
    "
    select task_id, issuer, user_id, session_id, context_id, parent_task_id, depth, target,
           state, detail, attempt,
           case when octet_length(output) <= 65536 then output end output, created_at, updated_at,
           title_of(input) title
      from task where true",
);

/// Before a column: has a file take no index of it. A server knows how many rows have
/// which value, and chooses by that.
const UNINDEXED: Sql = Sql::each("+", "");

/// Whether what follows is in a text, whose A to Z are made a to z. In a server's "C" the
/// other letters stay what they are, as in a file.
const IS_IN: Sql = Sql::each("instr(lower(", "strpos(lower((");
const IS_THERE: Sql = Sql::each("), ", ") collate \"C\"), ");

/// Inputs that are longer are not searched: each would have to be read whole.
const INPUT: &str = "case when octet_length(input) <= 65536 then input end";

impl Store {
    /// Tasks, newest first. Several conditions at once are looked for in some twenty
    /// thousand tasks that meet the first, for about 50 ms: a page may have fewer than
    /// there is room for, and go on.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn tasks(&self, filter: &TaskFilter) -> Result<TaskPage, StoreError> {
        let (began, lead) = (Instant::now(), filter.lead());
        let (mut page, mut looked) = (TaskPage::default(), 0);
        let mut rest = filter.clone();
        loop {
            let step = self.step(&rest, &lead).await?;
            rest.limit = filter.limit - page.tasks.len() as u32;
            page.tasks.extend(self.found(&rest, &lead, step.to).await?);
            if page.tasks.len() as u32 > filter.limit {
                page.tasks.truncate(filter.limit as usize);
                page.next = page.tasks.last().map(|task| task.id);
                return Ok(page);
            }
            if step.is_last {
                return Ok(page);
            }
            (rest.before, looked) = (step.to, looked + STEP);
            if looked >= LOOKS || began.elapsed() >= PATIENCE {
                page.next = step.to;
                return Ok(page);
            }
        }
    }

    /// The next tasks to look at, of those that meet what leads.
    async fn step(&self, rest: &TaskFilter, lead: &TaskFilter) -> Result<Step, StoreError> {
        let is_all = rest.is_as(lead);
        let is_one = lead.states.len() < 2 || lead.owner.is_none();
        if is_all && is_one {
            return Ok(Step::ALL);
        }
        let size = if is_all { rest.limit + 1 } else { STEP };
        let mut query = self
            .db
            .query("select min(task_id), count(*) from (select task_id from (");
        push_each_state(&mut query, rest, lead, size);
        query.push(") those order by task_id desc limit ");
        query.push_bind(size).push(") step");
        let (to, count): (Option<String>, i64) = query.one().await?;
        Ok(Step {
            to: to.as_deref().map(rows::task_id).transpose()?,
            is_last: count < i64::from(size),
        })
    }

    /// Those that meet all of `filter`, as far as to `to`; one more than its limit, if
    /// there are.
    async fn found(
        &self,
        filter: &TaskFilter,
        lead: &TaskFilter,
        to: Option<TaskId>,
    ) -> Result<Vec<TaskView>, StoreError> {
        let mut query = self.db.query(TASKS);
        narrow(&mut query, filter, lead);
        if let Some(to) = to {
            query.push(" and task_id >= ").push_bind(to.to_string());
        }
        query.push(" order by ");
        if lead.states.len() > 1 {
            // An index has each state in order, and not all of them: few are sorted
            // sooner than all tasks are looked at in theirs.
            query.push_each(UNINDEXED);
        }
        query.push("task_id desc limit ");
        query.push_bind(i64::from(filter.limit) + 1);
        let rows: Vec<TaskRow> = query.all().await?;
        let views: Result<_, sqlx::Error> = rows.into_iter().map(TaskView::try_from).collect();
        Ok(views?)
    }
}

/// Some tasks along an index.
struct Step {
    /// The last of them; `None`: as many as there are.
    to: Option<TaskId>,
    /// Whether no more follow.
    is_last: bool,
}

impl Step {
    const ALL: Self = Self {
        to: None,
        is_last: true,
    };
}

impl TaskFilter {
    /// The condition that leads, and whose tasks they are.
    fn lead(&self) -> Self {
        let mut lead = Self {
            owner: self.owner.clone(),
            ..Self::default()
        };
        if self.task.is_some() {
            lead.task = self.task;
        } else if self.session.is_some() {
            lead.session.clone_from(&self.session);
        } else if self.parent.is_some() {
            lead.parent = self.parent;
        } else if self.agent.is_some() {
            lead.agent.clone_from(&self.agent);
        } else {
            lead.states.clone_from(&self.states);
        }
        lead
    }

    /// Whether it has the conditions of `lead` and no others.
    fn is_as(&self, lead: &Self) -> bool {
        let place = (lead.before, lead.limit);
        let mut same = self.clone();
        (same.before, same.limit) = place;
        same == *lead
    }
}

/// What leads; of several states each by itself, since an index has each in order.
fn push_each_state(query: &mut Query<'_>, rest: &TaskFilter, lead: &TaskFilter, size: u32) {
    let mut each: Vec<Vec<TaskState>> = lead.states.iter().map(|state| vec![*state]).collect();
    if each.is_empty() {
        each.push(Vec::new());
    }
    for (nth, states) in each.into_iter().enumerate() {
        let lead = TaskFilter {
            states,
            before: rest.before,
            ..lead.clone()
        };
        query.push(if nth == 0 { "" } else { " union all " });
        query.push("select task_id from (select task_id from task where true");
        narrow(query, &lead, &lead);
        query.push(" order by task_id desc limit ").push_bind(size);
        query.push(") of_one");
    }
}

/// Adds the conditions of `filter`. Only those of `lead` are looked up in an index.
fn narrow(query: &mut Query<'_>, filter: &TaskFilter, lead: &TaskFilter) {
    let is_free = lead.task.is_some() || lead.session.is_some() || lead.parent.is_some();
    if let Some(owner) = &filter.owner {
        column(query, "issuer", !is_free)
            .push(" = ")
            .push_bind(&*owner.issuer);
        column(query, "user_id", !is_free)
            .push(" = ")
            .push_bind(&*owner.user);
    }
    if let Some(task) = filter.task {
        query.push(" and task_id = ").push_bind(task.to_string());
    }
    if let Some(session) = &filter.session {
        column(query, "session_id", lead.session.is_some())
            .push(" = ")
            .push_bind(&*session.0);
    }
    if let Some(parent) = filter.parent {
        let parent = parent.to_string();
        column(query, "parent_task_id", lead.parent.is_some())
            .push(" = ")
            .push_bind(parent);
    }
    if let Some(agent) = &filter.agent {
        column(query, "target", lead.agent.is_some())
            .push(" = ")
            .push_bind(agent);
    }
    in_states(query, &filter.states, !lead.states.is_empty());
    if filter.is_root {
        column(query, "parent_task_id", false).push(" is null");
    }
    if let Some(sought) = &filter.sought {
        seek(query, sought);
    }
    if let Some(before) = filter.before {
        query.push(" and task_id < ").push_bind(before.to_string());
    }
}

fn column<'q, 'c>(query: &'q mut Query<'c>, name: &str, is_led: bool) -> &'q mut Query<'c> {
    query.push(" and ");
    if !is_led {
        query.push_each(UNINDEXED);
    }
    query.push(name)
}

fn in_states(query: &mut Query<'_>, states: &[TaskState], is_led: bool) {
    for (nth, state) in states.iter().enumerate() {
        match nth {
            0 => column(query, "state", is_led).push(" in ("),
            _ => query.push(", "),
        };
        query.push_bind(state.name());
    }
    if !states.is_empty() {
        query.push(")");
    }
}

/// Every word is in one of the texts.
fn seek(query: &mut Query<'_>, sought: &Sought) {
    for Word { plain, json } in sought.words() {
        query.push(" and (false");
        for (text, spelled) in [("target", plain), ("detail", plain), (INPUT, json)] {
            for one in spelled {
                query
                    .push(" or ")
                    .push_each(IS_IN)
                    .push(text)
                    .push_each(IS_THERE);
                query.push_bind(one).push(") > 0");
            }
        }
        query.push(")");
    }
}
