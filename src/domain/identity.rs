//! Who calls, and what they may do.

use std::sync::Arc;

use crate::domain::{
    id::{Owner, SessionId, TaskId},
    time::UnixMillis,
};

/// One thing a caller may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Ask engines: `/api/*`, `/v1/*`.
    ChatRun,
    /// Send, read and cancel tasks: `/a2a/*`, `/agents`.
    TasksRun,
    /// Write and erase memory: `POST` and `DELETE` on `/mem/*`, `/v1/logs`.
    MemoryWrite,
    /// Read memory: `GET /mem/*`.
    MemoryRead,
    /// See every user's series at `/metrics`.
    MetricsRead,
    /// Change models at the engine, see how the gateway stands: `/status`.
    Admin,
}

impl Scope {
    /// Every scope there is, in the order metadata lists them.
    pub const ALL: [Self; 6] = [
        Self::ChatRun,
        Self::TasksRun,
        Self::MemoryWrite,
        Self::MemoryRead,
        Self::MetricsRead,
        Self::Admin,
    ];

    /// The word that stands in a token's `scope`.
    pub fn name(self) -> &'static str {
        match self {
            Self::ChatRun => "chat:run",
            Self::TasksRun => "tasks:run",
            Self::MemoryWrite => "memory:write",
            Self::MemoryRead => "memory:read",
            Self::MetricsRead => "metrics:read",
            Self::Admin => "admin",
        }
    }
}

/// A set of [`Scope`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    /// What a caller without scopes delegates: everything but metrics and admin.
    pub const DEFAULT: Self = Self(0b00_1111);
    /// Everything there is.
    pub const ALL: Self = Self(0b11_1111);

    /// The scopes a token names, separated by spaces. Words nobody knows are
    /// left out: they are another service's.
    pub fn parse(text: &str) -> Self {
        text.split(' ')
            .filter_map(|word| Scope::ALL.into_iter().find(|s| s.name() == word))
            .fold(Self::default(), Self::with)
    }

    /// The scopes `text` names, separated by spaces; `None` if a word is none.
    pub fn parse_known(text: &str) -> Option<Self> {
        let words = text.split(' ').filter(|word| !word.is_empty());
        let mut scopes = words.map(|word| Scope::ALL.into_iter().find(|s| s.name() == word));
        scopes.try_fold(Self::default(), |all, scope| Some(all.with(scope?)))
    }

    /// This set and `scope`.
    pub fn with(self, scope: Scope) -> Self {
        Self(self.0 | 1 << scope as u8)
    }

    /// Whether `other` holds every one of them.
    pub fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whatever either set holds.
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What both sets hold.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether `scope` is among them.
    pub fn has(self, scope: Scope) -> bool {
        self.0 & 1 << scope as u8 != 0
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names of its scopes.
    pub fn names(self) -> Vec<&'static str> {
        let held = Scope::ALL.into_iter().filter(|s| self.has(*s));
        held.map(Scope::name).collect()
    }

    /// As a token writes them: names separated by single spaces.
    pub fn to_text(self) -> String {
        self.names().join(" ")
    }
}

/// How a caller proved who they are, and what comes with that kind of proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// A JWT of a configured OIDC issuer.
    Oidc,
    /// A token that a DID signed itself.
    Did,
    /// A key made with `attach-gateway keys create`, or at `/auth/keys`.
    ApiKey {
        /// Its name in the table.
        id: Arc<str>,
    },
    /// A token this gateway minted.
    Delegation {
        /// The task it was minted for, and with which it dies; none for a token
        /// that a caller exchanged for their own.
        task: Option<TaskId>,
        /// The session of the hand-off, the same at every hop.
        session: SessionId,
        /// The agents that act, the nearest first (RFC 8693 `act`).
        actors: Vec<String>,
        /// The API key it was exchanged for, and with which it dies.
        key: Option<Arc<str>>,
    },
    /// A browser's cookie.
    Browser {
        /// The handle of the browser session (not its secret).
        handle: Arc<str>,
    },
}

/// What one verified credential proves. Cheap to keep: the verified-token cache
/// holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The person.
    pub owner: Owner,
    /// What the credential says it may be used for.
    pub scopes: Scopes,
    /// How it was proved.
    pub grant: Grant,
    /// When the proof ends, by its own word: no leeway is in it.
    pub expires_at: UnixMillis,
}

impl Identity {
    /// Whether `scope` is granted. `required` is `REQUIRED_SCOPES`: callers of
    /// an OIDC issuer are held to scopes only when it is set, except for
    /// [`Scope::MetricsRead`] and [`Scope::Admin`]; everyone else always is.
    pub fn may(&self, scope: Scope, required: bool) -> bool {
        self.held(required).has(scope)
    }

    /// The task on whose behalf the call is made, if an agent makes it.
    pub fn task(&self) -> Option<TaskId> {
        match self.grant {
            Grant::Delegation { task, .. } => task,
            _ => None,
        }
    }

    /// The scopes this caller has: those of the credential, and the default ones
    /// where none are `required`.
    pub fn held(&self, required: bool) -> Scopes {
        match self.is_free(required) {
            true => self.scopes.or(Scopes::DEFAULT),
            false => self.scopes,
        }
    }

    /// What agents get that this caller calls: neither metrics nor admin, whoever
    /// calls them. A credential that names some of the others hands on those alone,
    /// though its caller may do more where no scopes are `required`.
    pub fn delegable(&self, required: bool) -> Scopes {
        let named = self.scopes.and(Scopes::DEFAULT);
        match self.is_free(required) && named.is_empty() {
            true => Scopes::DEFAULT,
            false => named,
        }
    }

    /// What a token may have that this caller's own is exchanged for: all that it
    /// names, admin too, as whoever asks for one chooses what it is for. A browser
    /// has no token to exchange, and gets what agents get.
    pub fn exchangeable(&self, required: bool) -> Scopes {
        match self.grant {
            Grant::Browser { .. } => self.delegable(required),
            _ if self.is_free(required) && self.scopes.is_empty() => Scopes::DEFAULT,
            _ => self.scopes,
        }
    }

    /// Whether the default scopes are there without being named.
    fn is_free(&self, required: bool) -> bool {
        matches!(self.grant, Grant::Oidc | Grant::Browser { .. }) && !required
    }

    /// The API key that stands behind the call.
    pub fn api_key(&self) -> Option<&Arc<str>> {
        match &self.grant {
            Grant::ApiKey { id } => Some(id),
            Grant::Delegation { key, .. } => key.as_ref(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(grant: Grant) -> Identity {
        Identity {
            owner: Owner::new("i", "ada"),
            scopes: Scopes::default(),
            grant,
            expires_at: UnixMillis(0),
        }
    }

    #[test]
    fn nobody_hands_on_what_they_were_not_given() {
        let oidc = caller(Grant::Oidc);
        assert_eq!(oidc.delegable(false), Scopes::DEFAULT);
        assert!(oidc.delegable(true).is_empty());
        for grant in [Grant::Did, Grant::ApiKey { id: "k".into() }] {
            assert!(caller(grant).delegable(false).is_empty());
        }
    }

    #[test]
    fn an_agent_gets_neither_admin_nor_metrics_whoever_calls_it() {
        let handle = "h".into();
        for grant in [
            Grant::Browser { handle },
            Grant::Oidc,
            Grant::Did,
            Grant::ApiKey { id: "k".into() },
        ] {
            let mut caller = caller(grant);
            caller.scopes = Scopes::ALL;
            assert_eq!(caller.held(true), Scopes::ALL);
            assert_eq!(caller.delegable(true), Scopes::DEFAULT);
            caller.scopes = Scopes::parse("admin memory:read");
            assert_eq!(caller.delegable(false), Scopes::parse("memory:read"));
        }
    }

    #[test]
    fn a_narrow_token_has_the_default_scopes_too_where_none_are_required() {
        let mut narrow = caller(Grant::Oidc);
        narrow.scopes = Scopes::parse("memory:read admin");
        assert_eq!(narrow.held(false), Scopes::DEFAULT.with(Scope::Admin));
        assert!(narrow.may(Scope::ChatRun, false) && !narrow.may(Scope::MetricsRead, false));
        assert_eq!(narrow.held(true), narrow.scopes);
        assert_eq!(narrow.exchangeable(false), narrow.scopes);
    }

    #[test]
    fn an_admin_alone_calls_agents_that_can_do_their_work() {
        let mut admin = caller(Grant::Oidc);
        admin.scopes = Scopes::parse("admin");
        assert_eq!(admin.delegable(false), Scopes::DEFAULT);
        assert!(admin.delegable(true).is_empty());
    }

    #[test]
    fn all_are_all() {
        let all = Scope::ALL.into_iter().fold(Scopes::default(), Scopes::with);
        assert_eq!(all, Scopes::ALL);
    }

    #[test]
    fn scopes_survive_the_way_through_text_and_unknown_words_do_not() {
        let scopes = Scopes::parse("openid chat:run admin nonsense");
        assert_eq!(scopes.to_text(), "chat:run admin");
        assert_eq!(
            Scopes::DEFAULT.to_text(),
            "chat:run tasks:run memory:write memory:read"
        );
        assert!(Scopes::parse("").is_empty());
    }
}
