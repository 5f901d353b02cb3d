//! What one call used.

use crate::domain::{
    id::{Owner, SessionId, TaskId},
    time::UnixMillis,
};

/// What stands for users and models that are not told apart any more; no one's
/// label.
pub const OTHER: &str = "other";

/// What `owner` is called where usage is shown: users of the issuer `home`, and
/// DIDs, which vouch for themselves, by their bare name, others as `name@issuer`.
/// So is a user of `home` who is called [`OTHER`].
pub fn user_label(owner: &Owner, home: &str) -> String {
    let is_home = *owner.issuer == *home && &*owner.user != OTHER;
    if is_home || owner.is_did() {
        owner.user.to_string()
    } else {
        format!("{}@{}", owner.user, owner.issuer)
    }
}

/// Where a number of tokens came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The engine said so.
    Engine,
    /// The gateway counted: its tokenizer, or the events of a stream.
    Counted,
    /// There are no more than that: a prompt's length in bytes.
    Bound,
}

impl Source {
    /// The word in the row.
    pub fn name(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Counted => "counted",
            Self::Bound => "bound",
        }
    }
}

/// One call of an engine, as billed. Everything that reports usage is a
/// projection of these.
#[derive(Clone, Debug)]
pub struct UsageRecord {
    /// uuid v7.
    pub id: uuid::Uuid,
    /// When the call ended.
    pub at: UnixMillis,
    /// Whose call it was.
    pub owner: Owner,
    /// In which session.
    pub session: SessionId,
    /// For which task.
    pub task: Option<TaskId>,
    /// `X-Attach-Project`, or `default`.
    pub project: String,
    /// The model the caller named.
    pub model_asked: Option<String>,
    /// The model that answered, by its own word, else the one asked for.
    pub model: String,
    /// The engine that answered, by its configured name.
    pub engine: String,
    /// Tokens of the prompt.
    pub tokens_in: u64,
    /// Tokens of the answer.
    pub tokens_out: u64,
    /// Where the first of the two came from.
    pub source_in: Source,
    /// Where the second did.
    pub source_out: Source,
    /// `finished`, `failed`, `cut` or `hung_up`.
    pub outcome: &'static str,
    /// The engine's HTTP status, or the gateway's where no engine answered; 0 when
    /// the client left before there was one.
    pub status: u16,
    /// Milliseconds until the first byte of the answer.
    pub first_byte_ms: u64,
    /// Milliseconds until its end.
    pub duration_ms: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_called_by_their_bare_name_at_home_alone() {
        let label = |issuer: &str, user: &str| user_label(&Owner::new(issuer, user), "https://i");
        assert_eq!(label("https://i", "ada"), "ada");
        assert_eq!(label("https://j", "ada"), "ada@https://j");
        assert_eq!(label("https://i", "other"), "other@https://i");
        assert_eq!(label("did:key:z6Mk", "did:key:z6Mk"), "did:key:z6Mk");
        assert_eq!(label("https://j", "did:key:z6Mk"), "did:key:z6Mk@https://j");
    }
}
