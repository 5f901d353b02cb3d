//! Webhooks.

mod beside;
mod bounds;
mod crash;
mod deliveries;
mod fair;
mod faults;
mod inline;
mod receiver;
mod shared;
mod table;
mod world;

use a2a::{AuthenticationInfo, TaskPushNotificationConfig};

pub(super) const TOKEN: &str = "token-of-ada-7f3d9a";
pub(super) const CREDENTIALS: &str = "credentials-of-ada-51c0be";

/// A webhook at `url` with nothing else.
pub(super) fn plain(url: &str) -> TaskPushNotificationConfig {
    TaskPushNotificationConfig {
        url: url.to_owned(),
        id: None,
        task_id: String::new(),
        token: None,
        authentication: None,
        tenant: None,
    }
}

/// A webhook of this name at `url`.
pub(super) fn named(id: &str, url: &str) -> TaskPushNotificationConfig {
    let id = Some(id.to_owned());
    TaskPushNotificationConfig { id, ..plain(url) }
}

/// A webhook at `url` that wants to know who calls.
pub(super) fn guarded(url: &str) -> TaskPushNotificationConfig {
    TaskPushNotificationConfig {
        token: Some(TOKEN.to_owned()),
        authentication: Some(AuthenticationInfo {
            scheme: "Bearer".to_owned(),
            credentials: Some(CREDENTIALS.to_owned()),
        }),
        ..plain(url)
    }
}
