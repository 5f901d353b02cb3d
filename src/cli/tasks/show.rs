//! One task, drawn.

use super::timeline::Timeline;
use crate::{
    adapters::store::{Store, StoreError, TaskFilter, TaskView, WebhookView},
    cli::table::short,
    domain::id::TaskId,
};

/// Levels of a tree that are drawn.
const DEPTH: usize = 16;

pub(super) async fn show(store: &Store, id: TaskId) -> Result<(), StoreError> {
    let task = store.task(id, None).await?;
    say!("task     {}", task.id);
    say!("state    {} ({})", task.state.plain(), task.state);
    say!("target   {}", task.target);
    say!("user     {} of {}", task.owner.user, task.owner.issuer);
    say!("session  {}", task.session);
    if let Some(parent) = task.parent {
        say!("parent   {parent}");
    }
    if let Some(detail) = &task.detail {
        say!("detail   {}", short(detail, 500));
    }
    say!("\ntimeline");
    timeline(store, id).await?;
    for (nth, hook) in store.webhooks(id).await?.iter().enumerate() {
        if nth == 0 {
            say!("\nwebhooks");
        }
        say!("  {}", webhook(hook));
    }
    say!("\ntree");
    say!("{}", tree(store, &task).await?.trim_end());
    if let Some(output) = &task.output {
        say!("\nresult\n{}", pretty(output.get()));
    }
    Ok(())
}

async fn timeline(store: &Store, id: TaskId) -> Result<(), StoreError> {
    let (mut timeline, mut after) = (Timeline::default(), 0);
    loop {
        let lines = store.lines(id, after, 500).await?;
        let Some(last) = lines.last() else { break };
        after = last.seq;
        let drawn = lines.iter().flat_map(|line| timeline.take(line));
        drawn.for_each(|line| say!("  {line}"));
    }
    timeline.rest().iter().for_each(|line| say!("  {line}"));
    Ok(())
}

/// How far a webhook has come, and what is wrong with it.
fn webhook(hook: &WebhookView) -> String {
    let mut line = format!(
        "{}  {}  sent up to {}",
        short(&hook.id, 40),
        hook.host,
        hook.sent
    );
    if hook.failures > 0 {
        line += &format!("  failures {}", hook.failures);
    }
    match (hook.dead_at, hook.due_at) {
        (Some(at), _) => line += &format!("  given up {}", at.rfc3339()),
        (None, Some(at)) => line += &format!("  due {}", at.rfc3339()),
        (None, None) => {}
    }
    if let Some(error) = &hook.last_error {
        line += &format!("  {}", short(error, 200));
    }
    line
}

/// The task and its children, depth first, as branches.
async fn tree(store: &Store, root: &TaskView) -> Result<String, StoreError> {
    let mut drawn = leaf(root) + "\n";
    let mut open = vec![(String::new(), children(store, root.id).await?)];
    while let Some((indent, mut below)) = open.pop() {
        let Some(child) = below.pop() else { continue };
        let is_last = below.is_empty();
        let (branch, rest) = if is_last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        drawn += &format!("{indent}{branch}{}\n", leaf(&child));
        let deeper = format!("{indent}{rest}");
        open.push((indent, below));
        if open.len() <= DEPTH {
            open.push((deeper, children(store, child.id).await?));
        }
    }
    Ok(drawn)
}

/// Newest first, so that the oldest is popped first.
async fn children(store: &Store, parent: TaskId) -> Result<Vec<TaskView>, StoreError> {
    let filter = TaskFilter {
        parent: Some(parent),
        limit: 1000,
        ..TaskFilter::default()
    };
    store.newest(&filter).await
}

fn leaf(task: &TaskView) -> String {
    let took = (task.updated_at.0 - task.created_at.0) as f64 / 1000.0;
    format!(
        "{} {} {} {took:.1} s",
        task.target,
        task.id,
        task.state.plain()
    )
}

fn pretty(json: &str) -> String {
    let value = serde_json::from_str::<serde_json::Value>(json);
    value
        .and_then(|v| serde_json::to_string_pretty(&v))
        .unwrap_or_else(|_| json.to_owned())
}
