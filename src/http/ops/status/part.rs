//! One part of the product, as its status is told.

use serde::Serialize;

/// How a part stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Standing {
    Ok,
    Off,
    Away,
    Degraded,
}

/// A part, why it stands as it does, and what turns it on.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Part {
    name: String,
    state: Standing,
    why: String,
    setting: Option<&'static str>,
}

impl Part {
    /// It does what it is for.
    pub(super) fn ok(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(name, Standing::Ok, why)
    }

    /// Nobody turned it on.
    pub(super) fn off(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(name, Standing::Off, why)
    }

    /// It is on, and does nothing now.
    pub(super) fn away(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(name, Standing::Away, why)
    }

    /// It does what it is for, and not all of it.
    pub(super) fn degraded(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(name, Standing::Degraded, why)
    }

    /// The variable that it is set by.
    pub(super) fn by(mut self, setting: &'static str) -> Self {
        self.setting = Some(setting);
        self
    }

    fn new(name: impl Into<String>, state: Standing, why: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            state,
            why: why.into(),
            setting: None,
        }
    }
}
