//! Artifacts, and how updates build them up.

use a2a::{Artifact, Part, PartContent};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};

/// The id of the artifact that a plain answer becomes.
pub const ANSWER: &str = "answer";

/// An artifact update as an `artifact` event keeps it: a
/// `TaskArtifactUpdateEvent` without the ids of its task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactUpdate {
    /// The artifact, or what is added to it.
    pub artifact: Artifact,
    /// Whether the parts are added to the artifact of this id.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub append: bool,
    /// Whether nothing more will be added.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub last_chunk: bool,
    /// Whatever the agent adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
}

/// Artifacts in the order in which they were first seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Artifacts(Vec<Artifact>);

impl Artifacts {
    /// Those in a JSON array of them; none where it is no such array.
    pub fn read(json: Option<&str>) -> Self {
        let known = json.and_then(|json| serde_json::from_str(json).ok());
        Self(known.unwrap_or_default())
    }

    /// Takes an update: `append` adds parts to the artifact of the same id,
    /// anything else replaces it, or is a new one. Parts stay as they came, but
    /// for the text of a chat answer.
    pub fn take(&mut self, update: ArtifactUpdate) {
        let ArtifactUpdate {
            artifact, append, ..
        } = update;
        let known = |one: &&mut Artifact| one.artifact_id == artifact.artifact_id;
        match self.0.iter_mut().find(known) {
            Some(one) if append => grow(one, artifact),
            Some(one) => *one = artifact,
            None => self.0.push(artifact),
        }
    }

    /// The artifact of this id.
    pub fn named(&self, id: &str) -> Option<&Artifact> {
        self.0.iter().find(|one| one.artifact_id == id)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As a JSON array.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_else(|_| "[]".to_owned())
    }

    /// The artifacts, to look at.
    pub fn as_slice(&self) -> &[Artifact] {
        &self.0
    }

    /// The artifacts themselves.
    pub fn into_inner(self) -> Vec<Artifact> {
        self.0
    }
}

/// Adds `more` to an artifact. What is added to our own chat answer is the rest
/// of one text: a thousand chunks are one part. Whether two parts of an agent
/// are one text is for the agent to say.
pub fn grow(to: &mut Artifact, more: Artifact) {
    match to.artifact_id == ANSWER {
        true => more.parts.into_iter().for_each(|part| glue(to, part)),
        false => to.parts.extend(more.parts),
    }
    if let Some(metadata) = more.metadata {
        to.metadata.get_or_insert_default().extend(metadata);
    }
}

/// Whether two artifacts say the same, however their text is cut into parts.
pub fn say_the_same(one: &Artifact, other: &Artifact) -> bool {
    one == other || glued(one) == glued(other)
}

fn glued(artifact: &Artifact) -> Artifact {
    let mut one = Artifact {
        parts: Vec::new(),
        ..artifact.clone()
    };
    let parts = artifact.parts.iter().cloned();
    parts.for_each(|part| glue(&mut one, part));
    one
}

/// Adds a part; text goes on where text ended.
fn glue(to: &mut Artifact, part: Part) {
    match (to.parts.last_mut(), part) {
        (Some(last), part) if is_bare_text(last) && is_bare_text(&part) => {
            if let (PartContent::Text(text), PartContent::Text(more)) =
                (&mut last.content, part.content)
            {
                text.push_str(&more);
            }
        }
        (_, part) => to.parts.push(part),
    }
}

fn is_bare_text(part: &Part) -> bool {
    matches!(part.content, PartContent::Text(_))
        && part.filename.is_none()
        && part.media_type.is_none()
        && part.metadata.is_none()
}

/// The artifact that an agent's plain JSON answer is: the text of a chat answer,
/// else the JSON as data.
pub fn of_answer(output: &RawValue) -> Artifact {
    let json: Value = serde_json::from_str(output.get()).unwrap_or_default();
    let part = match text_of(&json) {
        Some(text) => Part::text(text),
        None => Part::data(json),
    };
    answer(part)
}

/// The artifact that a plain answer is, or a part of it.
pub fn answer(part: Part) -> Artifact {
    Artifact {
        artifact_id: ANSWER.to_owned(),
        name: None,
        description: None,
        parts: vec![part],
        metadata: None,
        extensions: None,
    }
}

/// What a chat answer says: OpenAI's `choices[0].message.content`, Ollama's
/// `message.content`.
fn text_of(answer: &Value) -> Option<&str> {
    let openai = answer.pointer("/choices/0/message/content");
    let ollama = || answer.pointer("/message/content");
    openai.or_else(ollama)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(id: &str, text: &str, append: bool) -> ArtifactUpdate {
        let artifact = Artifact {
            artifact_id: id.to_owned(),
            name: None,
            description: None,
            parts: vec![Part::text(text)],
            metadata: None,
            extensions: None,
        };
        ArtifactUpdate {
            artifact,
            append,
            last_chunk: false,
            metadata: None,
        }
    }

    #[test]
    fn chunks_grow_one_artifact_and_a_new_attempt_replaces_it() {
        let mut artifacts = Artifacts::default();
        for (text, append) in [("a", false), ("b", true), ("c", true)] {
            artifacts.take(update(ANSWER, text, append));
        }
        artifacts.take(update("y", "z", true));
        let known = artifacts.clone().into_inner();
        assert_eq!(known[0].parts, [Part::text("abc")]);
        assert_eq!(known[1].parts, [Part::text("z")]);
        artifacts.take(update(ANSWER, "again", false));
        assert_eq!(artifacts.into_inner()[0].parts, [Part::text("again")]);
    }

    #[test]
    fn the_parts_of_an_agent_stay_as_they_came() {
        let mut artifacts = Artifacts::default();
        let mut whole = update("x", "a", false);
        whole.artifact.parts.push(Part::text("b"));
        artifacts.take(whole.clone());
        assert_eq!(artifacts.named("x"), Some(&whole.artifact));
        artifacts.take(update("x", "c", true));
        let parts = ["a", "b", "c"].map(Part::text);
        assert_eq!(artifacts.named("x").unwrap().parts, parts);
    }

    #[test]
    fn two_artifacts_may_say_the_same_in_other_pieces() {
        let cut = |parts: &[&str]| Artifact {
            parts: parts.iter().copied().map(Part::text).collect(),
            ..update("x", "", false).artifact
        };
        assert!(say_the_same(&cut(&["a", "b", "c"]), &cut(&["ab", "c"])));
        assert!(say_the_same(&cut(&[]), &cut(&[])));
        assert!(!say_the_same(&cut(&["a", "b"]), &cut(&["a"])));
        let mut named = cut(&["ab"]);
        named.name = Some("n".to_owned());
        assert!(!say_the_same(&named, &cut(&["a", "b"])));
    }

    #[test]
    fn artifacts_survive_the_way_through_the_row() {
        let mut artifacts = Artifacts::default();
        artifacts.take(update("x", "a", false));
        assert_eq!(Artifacts::read(Some(&artifacts.to_json())), artifacts);
        assert!(Artifacts::read(None).is_empty());
    }

    #[test]
    fn a_chat_answer_is_text_and_anything_else_is_data() {
        let raw = |json: &str| RawValue::from_string(json.to_owned()).unwrap();
        let chat = raw(r#"{"choices":[{"message":{"role":"assistant","content":"hi"}}]}"#);
        assert_eq!(of_answer(&chat).parts, [Part::text("hi")]);
        let ollama = raw(r#"{"message":{"content":"hi"}}"#);
        assert_eq!(of_answer(&ollama).parts, [Part::text("hi")]);
        let data = raw(r#"{"count":42}"#);
        assert_eq!(
            of_answer(&data).parts,
            [Part::data(serde_json::json!({"count": 42}))]
        );
    }
}
