//! What a webhook wants to hear, sealed in its row.

use std::io;

use a2a::{AuthenticationInfo, TaskPushNotificationConfig};
use serde::{Deserialize, Serialize};

use crate::{adapters::secret::Secret, domain::id::TaskId};

/// Never printed: it has no `Debug`.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Credentials {
    pub(super) token: Option<String>,
    pub(super) authentication: Option<AuthenticationInfo>,
}

impl Credentials {
    pub(super) fn of(config: &TaskPushNotificationConfig) -> Self {
        Self {
            token: config.token.clone(),
            authentication: config.authentication.clone(),
        }
    }

    /// For the row of this webhook alone; `None` if there is nothing to seal.
    pub(super) fn seal(
        &self,
        secret: &Secret,
        task: TaskId,
        id: &str,
    ) -> io::Result<Option<Vec<u8>>> {
        if self.token.is_none() && self.authentication.is_none() {
            return Ok(None);
        }
        let plain = serde_json::to_vec(self)?;
        secret.seal(&label(task, id), &plain).map(Some)
    }

    /// `None` if they were sealed for another webhook, or with another secret.
    pub(super) fn open(
        secret: &Secret,
        task: TaskId,
        id: &str,
        sealed: Option<&[u8]>,
    ) -> Option<Self> {
        let Some(sealed) = sealed else {
            return Some(Self::default());
        };
        let plain = secret.open_sealed(&label(task, id), sealed)?;
        serde_json::from_slice(&plain).ok()
    }
}

/// The task's id has one length, so the two cannot run into each other.
fn label(task: TaskId, id: &str) -> String {
    format!("push-config-v1 {task} {id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_for_one_webhook_opens_for_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let secret = Secret::open(folder.path(), None).unwrap();
        let (task, other) = (TaskId::fresh(), TaskId::fresh());
        let known = Credentials {
            token: Some("t".to_owned()),
            authentication: None,
        };
        let sealed = known.seal(&secret, task, "a").unwrap();
        let open = |task, id| Credentials::open(&secret, task, id, sealed.as_deref());
        assert_eq!(open(task, "a").unwrap().token.as_deref(), Some("t"));
        assert!(open(task, "b").is_none() && open(other, "a").is_none());
    }

    #[test]
    fn without_credentials_nothing_is_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let secret = Secret::open(folder.path(), None).unwrap();
        let none = Credentials::default();
        assert!(none.seal(&secret, TaskId::fresh(), "a").unwrap().is_none());
    }
}
