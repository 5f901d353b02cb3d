//! Workflows of Temporal. Nobody waits on one: an attempt starts it and leaves it to
//! whoever looks after workflows; the next one writes how it ended.

use serde::Serialize;
use serde_json::Value;

use super::{Outcome, Setback, ended, failed, rejected};
use crate::{
    adapters::{
        store::{Claimed, Finish, StoreError},
        temporal::{Ending, Order, Trouble, Workflows, waits_for, waits_for_temporal},
    },
    domain::{json::is_shallow, task::TaskState, time::UnixMillis},
};

/// The longest result that is kept, in bytes: Temporal itself takes 2 MiB.
const MAX_RESULT: usize = 4 * 1024 * 1024;
/// Beyond the time of a workflow, until its task is looked at though nobody asked, in
/// ms.
const BEYOND: i64 = 600_000;

/// One attempt at a task for the workflow `name`: what has to be done now, and no
/// waiting.
pub(super) async fn run(workflows: Option<&Workflows>, claimed: &Claimed, name: &str) -> Outcome {
    let Some(workflows) = workflows else {
        return rejected("its workflow needs Temporal; set TEMPORAL_URL");
    };
    match begin_or_end(workflows, claimed, name).await {
        Ok(outcome) => outcome,
        Err(error) => Outcome::Again(Setback {
            detail: error.to_string(),
            output: "{}".to_owned(),
            after_ms: None,
            counted: false,
        }),
    }
}

async fn begin_or_end(
    workflows: &Workflows,
    claimed: &Claimed,
    name: &str,
) -> Result<Outcome, StoreError> {
    let task = claimed.attempt.task;
    let is_started = workflows.rows().is_started(task).await?;
    let looked = match is_started {
        true => workflows.temporal().look(task).await,
        false => begin(workflows, claimed, name).await,
    };
    match looked {
        Ok(None) => {
            workflows.rows().started(task, UnixMillis::now()).await?;
            workflows.wake();
            Ok(waits(workflows, waits_for(name)))
        }
        // Its row goes when the end is written, and not before: whoever dies in between
        // would have it started again.
        Ok(Some(ending)) => Ok(told(workflows, name, ending)),
        Err(Trouble::Away(why)) => {
            workflows.rows().away(task, UnixMillis::now()).await?;
            Ok(waits(workflows, waits_for_temporal(&why)))
        }
        Err(Trouble::Refused(why)) => Ok(failed(why)),
    }
}

/// Starts it, unless it was started before; how it ended, if it has.
async fn begin(
    workflows: &Workflows,
    claimed: &Claimed,
    name: &str,
) -> Result<Option<Ending>, Trouble> {
    let order = Order {
        task: claimed.attempt.task,
        workflow: name,
        input: argument(&claimed.input)?,
        owner: &claimed.owner,
        session: &claimed.session,
        parent: claimed.parent,
        timeout: workflows.timeout(),
    };
    match workflows.temporal().start_workflow(order).await? {
        true => Ok(None),
        false => workflows.temporal().look(claimed.attempt.task).await,
    }
}

/// What a workflow is given: the messages, or all of an input that has none.
fn argument(input: &str) -> Result<Value, Trouble> {
    let input: Value = serde_json::from_str(input)
        .map_err(|error| Trouble::Refused(format!("the input is no JSON: {error}")))?;
    match input {
        Value::Object(mut members) => match members.remove("messages") {
            Some(messages) if !messages.is_null() => Ok(messages),
            _ => Ok(Value::Object(members)),
        },
        other => Ok(other),
    }
}

fn waits(workflows: &Workflows, detail: String) -> Outcome {
    let timeout = i64::try_from(workflows.timeout().as_millis()).unwrap_or(i64::MAX);
    Outcome::Waits {
        detail,
        until: UnixMillis::now().plus(timeout.saturating_add(BEYOND)),
    }
}

/// What `ending` means for the task.
fn told(workflows: &Workflows, name: &str, ending: Ending) -> Outcome {
    match ending {
        Ending::Completed(json) => completed(name, json),
        Ending::NotJson { encoding, bytes } => failed(format!(
            "the workflow {name} returned {bytes} bytes that are not JSON ({encoding})"
        )),
        Ending::Failed { kind, message } => broken(name, kind.as_deref(), &message),
        Ending::Canceled => {
            let why = format!("the workflow {name} was canceled");
            ended(TaskState::Canceled, why)
        }
        Ending::TimedOut => {
            let secs = workflows.timeout().as_secs();
            failed(format!(
                "the workflow {name} did not end within {secs} s; does a worker that knows it poll the queue TEMPORAL_QUEUE names?"
            ))
        }
        Ending::Terminated { reason } => {
            failed(format!("the workflow {name} was terminated: {reason}"))
        }
        Ending::Unknown => failed(format!(
            "Temporal no longer knows the workflow {name} of this task: what became of it cannot be told"
        )),
    }
}

fn completed(name: &str, json: String) -> Outcome {
    if json.len() > MAX_RESULT {
        return failed(format!(
            "the result of the workflow {name} is longer than {MAX_RESULT} bytes"
        ));
    }
    if !is_shallow(&json) {
        return failed(format!(
            "the result of the workflow {name} is nested too deeply"
        ));
    }
    Outcome::Finished(Finish::new(TaskState::Completed, json, None))
}

/// The result of a task whose workflow failed.
#[derive(Serialize)]
struct Failure<'a> {
    detail: &'a str,
    workflow: &'a str,
    kind: Option<&'a str>,
    message: &'a str,
}

fn broken(name: &str, kind: Option<&str>, message: &str) -> Outcome {
    let kind_told = kind.map(|kind| format!("{kind}: ")).unwrap_or_default();
    let detail = format!("the workflow {name} failed: {kind_told}{message}");
    let failure = Failure {
        detail: &detail,
        workflow: name,
        kind,
        message,
    };
    let output = serde_json::to_string(&failure).unwrap_or_else(|_| "{}".to_owned());
    Outcome::Finished(Finish::new(TaskState::Failed, output, Some(detail)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_workflow_is_given_the_messages_or_all_there_is() {
        for (input, given) in [
            (r#"{"messages":[1],"model":"m"}"#, json!([1])),
            (r#"{"messages":null,"a":1}"#, json!({ "a": 1 })),
            (
                r#"{"a":{"messages":[1]}}"#,
                json!({ "a": { "messages": [1] } }),
            ),
            ("[1]", json!([1])),
            ("7", json!(7)),
        ] {
            assert_eq!(argument(input), Ok(given), "{input}");
        }
    }

    #[test]
    fn what_a_workflow_returns_is_the_result() {
        let Outcome::Finished(end) = completed("W", r#""Processed 3 tokens""#.into()) else {
            panic!()
        };
        assert_eq!(end.state, TaskState::Completed);
        assert_eq!(end.output, r#""Processed 3 tokens""#);
        let deep = "[".repeat(1001) + &"]".repeat(1001);
        for bad in [deep, format!("\"{}\"", "x".repeat(MAX_RESULT))] {
            let Outcome::Finished(end) = completed("W", bad) else {
                panic!()
            };
            assert_eq!(end.state, TaskState::Failed);
        }
    }

    #[test]
    fn a_failure_says_its_kind_and_its_message() {
        let Outcome::Finished(end) = broken("W", Some("ValueError"), "no model") else {
            panic!()
        };
        let output: Value = serde_json::from_str(&end.output).unwrap();
        assert_eq!(output["kind"], "ValueError");
        assert_eq!(output["message"], "no model");
        let detail = "the workflow W failed: ValueError: no model";
        assert_eq!(output["detail"], detail);
        assert_eq!(end.detail.as_deref(), Some(detail));
    }
}
