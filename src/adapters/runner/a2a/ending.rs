//! What an agent's last word makes of the task.

use a2a::{Artifact, Message, PartContent};
use serde_json::{Value, json};

use crate::{
    adapters::{
        runner::Outcome,
        store::{Claimed, Finish, dialogue::Product},
    },
    domain::{
        a2a::{
            artifact::Artifacts,
            error::Refused,
            message::{of_gateway, text_of},
        },
        task::TaskState,
    },
};

/// Characters of a reason that are kept.
const REASON: usize = 4000;

/// The agent's task ended in `state`.
pub(super) fn ended(
    state: TaskState,
    message: Option<Message>,
    artifacts: &Artifacts,
    metadata: Option<String>,
) -> Outcome {
    let (output, detail) = match state {
        TaskState::Completed => (output(artifacts, message.as_ref()), None),
        _ => {
            let why = reason(state, message.as_ref());
            (json!({ "detail": why }), Some(why))
        }
    };
    Outcome::Finished(Finish {
        artifacts: Product::Artifacts(artifacts.to_json()),
        message: message.as_ref().and_then(to_json),
        metadata,
        ..Finish::new(state, output.to_string(), detail)
    })
}

/// The agent answered with a message, and made no task.
pub(super) fn direct(message: &Message, artifacts: &Artifacts) -> Outcome {
    let output = json!({ "message": message });
    Outcome::Finished(Finish {
        artifacts: Product::Artifacts(artifacts.to_json()),
        message: to_json(message),
        is_direct: true,
        ..Finish::new(TaskState::Completed, output.to_string(), None)
    })
}

/// The agent made no task of it, for a reason that concerns the caller.
pub(super) fn refused(claimed: &Claimed, why: &Refused) -> Outcome {
    let state = match why.is_rejection() {
        true => TaskState::Rejected,
        false => TaskState::Failed,
    };
    let task = claimed.attempt.task.to_string();
    let name = format!("{task}-{}", state.name());
    let message = Message {
        metadata: Some(why.mark()),
        ..of_gateway(name, &task, &claimed.context, &why.detail)
    };
    let output = json!({ "detail": why.detail }).to_string();
    Outcome::Finished(Finish {
        message: to_json(&message),
        ..Finish::new(state, output, Some(why.detail.clone()))
    })
}

/// What the simple face shows: the data itself where that is all there is.
fn output(artifacts: &Artifacts, message: Option<&Message>) -> Value {
    let all = artifacts.as_slice();
    if let [Artifact { parts, .. }] = all
        && let [part] = &**parts
        && let PartContent::Data(data) = &part.content
    {
        return data.clone();
    }
    match message {
        Some(message) => json!({ "artifacts": all, "message": message }),
        None => json!({ "artifacts": all }),
    }
}

fn reason(state: TaskState, message: Option<&Message>) -> String {
    let parts = message.map(|message| message.parts.iter());
    let texts: Vec<String> = parts.into_iter().flatten().filter_map(text_of).collect();
    let said: String = texts.join("\n").chars().take(REASON).collect();
    if !said.trim().is_empty() {
        return said;
    }
    let word = match state {
        TaskState::Canceled => "the agent canceled the task",
        TaskState::Rejected => "the agent did not take the task",
        _ => "the agent failed",
    };
    word.to_owned()
}

pub(super) fn to_json(message: &Message) -> Option<String> {
    serde_json::to_string(message).ok()
}

#[cfg(test)]
mod tests {
    use a2a::{Part, Role};

    use super::*;
    use crate::domain::a2a::artifact::ArtifactUpdate;

    fn artifacts(parts: Vec<Part>) -> Artifacts {
        let mut all = Artifacts::default();
        all.take(ArtifactUpdate {
            artifact: Artifact {
                artifact_id: "x".to_owned(),
                name: None,
                description: None,
                parts,
                metadata: None,
                extensions: None,
            },
            append: false,
            last_chunk: true,
            metadata: None,
        });
        all
    }

    fn end(state: TaskState, message: Option<Message>, artifacts: &Artifacts) -> (Value, Finish) {
        let Outcome::Finished(end) = ended(state, message, artifacts, None) else {
            panic!("not ended")
        };
        (serde_json::from_str(&end.output).unwrap(), end)
    }

    #[test]
    fn one_data_part_is_the_result_and_anything_else_is_shown_whole() {
        let done = TaskState::Completed;
        let data = artifacts(vec![Part::data(json!({"count": 42}))]);
        assert_eq!(end(done, None, &data).0, json!({"count": 42}));
        let text = artifacts(vec![Part::text("hi")]);
        let (output, _) = end(done, None, &text);
        assert_eq!(output["artifacts"][0]["parts"][0]["text"], "hi");
        let message = Message::new(Role::Agent, vec![Part::text("bye")]);
        let (output, finish) = end(done, Some(message), &Artifacts::default());
        assert_eq!(output["artifacts"], json!([]));
        assert_eq!(output["message"]["parts"][0]["text"], "bye");
        assert!(finish.message.unwrap().contains("bye"));
    }

    #[test]
    fn a_bad_end_says_why_in_the_words_of_the_agent_or_ours() {
        let said = Message::new(Role::Agent, vec![Part::text("no"), Part::text("way")]);
        let (output, finish) = end(TaskState::Rejected, Some(said), &Artifacts::default());
        assert_eq!(output, json!({"detail": "no\nway"}));
        assert_eq!(finish.detail.as_deref(), Some("no\nway"));
        let (output, _) = end(TaskState::Canceled, None, &Artifacts::default());
        assert_eq!(output, json!({"detail": "the agent canceled the task"}));
    }
}
