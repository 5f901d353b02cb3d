//! Keys as people are told of them.

use crate::domain::{id::Owner, identity::Scopes, time::UnixMillis};

/// A key as people are told of it.
#[derive(Clone, Debug)]
pub struct KeyView {
    /// The 8 characters after `ak_`.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// Whose it is.
    pub owner: Owner,
    /// All it may do.
    pub scopes: Scopes,
    /// Since when.
    pub created_at: UnixMillis,
    /// Until when; `None` is for ever.
    pub expires_at: Option<UnixMillis>,
    /// When it was revoked.
    pub revoked_at: Option<UnixMillis>,
}

pub(super) type Row = (
    String,
    String,
    String,
    String,
    String,
    i64,
    Option<i64>,
    Option<i64>,
);

impl KeyView {
    pub(super) fn from_row(
        (id, name, issuer, user, scopes, created, expires, revoked): Row,
    ) -> Self {
        Self {
            id,
            name,
            owner: Owner::new(issuer, user),
            scopes: Scopes::parse(&scopes),
            created_at: UnixMillis(created),
            expires_at: expires.map(UnixMillis),
            revoked_at: revoked.map(UnixMillis),
        }
    }

    /// How it stands at `now`, in a word.
    pub fn state(&self, now: UnixMillis) -> &'static str {
        match (self.revoked_at, self.expires_at) {
            (Some(_), _) => "revoked",
            (None, Some(end)) if now >= end => "expired",
            _ => "good",
        }
    }
}
