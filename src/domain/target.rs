//! Where a task may go: a closed list, decided before any task exists.

mod allow;
mod error;
mod workflow;

use std::fmt;

use url::Url;

pub use allow::{AllowedPrefix, http_url, is_secure};
pub(in crate::domain) use allow::{entry_for, is_internal};
pub use error::TargetError;
pub use workflow::{AllowedWorkflows, is_workflow_name};

/// The name the gateway's own chat has among targets.
pub const OWN_CHAT: &str = "chat";

/// How a target begins that is a workflow of Temporal.
pub const WORKFLOW_SCHEME: &str = "temporal://";

/// The longest URL of a target, in bytes. With the longest name of its owner it still
/// fits a row of an index, which in PostgreSQL is 2,704 bytes at most.
const MAX_URL: usize = 1024;

/// Where one task goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The gateway's own chat route, and so its engine.
    OwnChat,
    /// A configured agent, by name.
    Agent(String),
    /// A URL on the allow-list.
    Url(Url),
    /// A workflow of Temporal, by the name of its type.
    Workflow(String),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OwnChat => f.write_str(OWN_CHAT),
            Self::Agent(name) => f.write_str(name),
            Self::Url(url) => f.write_str(url.as_str()),
            Self::Workflow(name) => write!(f, "{WORKFLOW_SCHEME}{name}"),
        }
    }
}

/// An agent that may be called by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAgent {
    /// What callers write in `target`.
    pub name: String,
    /// Where the input is posted.
    pub url: Url,
    /// Whether its address may be loopback or private.
    pub internal: bool,
}

/// A place an agent can be called at, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Where to post.
    pub url: Url,
    /// Whether loopback and private addresses are fine.
    pub internal: bool,
}

/// Every place tasks may go.
#[derive(Clone, Debug, Default)]
pub struct TargetRules {
    /// `AGENTS` and `[[agent]]`.
    pub agents: Vec<NamedAgent>,
    /// `TARGET_ALLOW`.
    pub allow: Vec<AllowedPrefix>,
    /// The URLs that mean the gateway's own chat.
    pub own: Vec<Url>,
    /// `TEMPORAL_WORKFLOWS`.
    pub workflows: AllowedWorkflows,
}

impl TargetRules {
    /// The target named in a request: an agent's `name`, a `url`, or neither
    /// for the gateway's own chat.
    ///
    /// # Errors
    ///
    /// What is wrong with it and what would allow it; answer 400.
    pub fn resolve(&self, name: Option<&str>, url: Option<&str>) -> Result<Target, TargetError> {
        match (name, url) {
            (Some(OWN_CHAT), _) => Ok(Target::OwnChat),
            (Some(name), _) => self.named(name),
            (None, Some(url)) => self.listed(url),
            (None, None) => Ok(Target::OwnChat),
        }
    }

    /// Reads back what [`Target`]'s `Display` wrote, by today's rules.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve): the configuration may have changed.
    pub fn restore(&self, text: &str) -> Result<Target, TargetError> {
        if text.contains("://") {
            self.listed(text)
        } else {
            self.resolve(Some(text), None)
        }
    }

    /// Where to post for `target`; `None` for the gateway's own chat and for
    /// workflows.
    pub fn destination(&self, target: &Target) -> Option<Destination> {
        match target {
            Target::OwnChat | Target::Workflow(_) => None,
            Target::Agent(name) => {
                let agent = self.agents.iter().find(|agent| agent.name == *name)?;
                Some(Destination {
                    url: agent.url.clone(),
                    internal: agent.internal,
                })
            }
            Target::Url(url) => Some(Destination {
                url: url.clone(),
                internal: self.allow.iter().any(|e| e.internal && e.covers(url)),
            }),
        }
    }

    fn named(&self, name: &str) -> Result<Target, TargetError> {
        if self.agents.iter().any(|agent| agent.name == name) {
            return Ok(Target::Agent(name.to_owned()));
        }
        let names: Vec<_> = self.agents.iter().map(|a| a.name.as_str()).collect();
        Err(TargetError::UnknownAgent {
            name: name.chars().take(64).collect(),
            known: [&names[..], &[OWN_CHAT]].concat().join(", "),
        })
    }

    fn listed(&self, text: &str) -> Result<Target, TargetError> {
        if let Some(name) = text.strip_prefix(WORKFLOW_SCHEME) {
            return self.workflows.find(name);
        }
        let url = http_url(text)?;
        if url.as_str().len() > MAX_URL {
            return Err(TargetError::TooLong);
        }
        if self.own.contains(&url) {
            return Ok(Target::OwnChat);
        }
        if let Some(agent) = self.agents.iter().find(|agent| agent.url == url) {
            return Ok(Target::Agent(agent.name.clone()));
        }
        let mut covering = self.allow.iter().filter(|e| e.covers(&url)).peekable();
        if covering.peek().is_none() {
            let entry = entry_for(&url);
            return Err(TargetError::NotAllowed { entry });
        }
        let private = url.host().is_some_and(|host| is_internal(&host));
        if private && !covering.any(|e| e.internal) {
            let entry = entry_for(&url);
            return Err(TargetError::Private { entry });
        }
        Ok(Target::Url(url))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rules(allow: &[&str]) -> TargetRules {
        TargetRules {
            agents: vec![NamedAgent {
                name: "coder".into(),
                url: Url::parse("http://127.0.0.1:8101/api/chat").unwrap(),
                internal: true,
            }],
            allow: allow
                .iter()
                .map(|e| AllowedPrefix::parse(e).unwrap())
                .collect(),
            own: vec![Url::parse("http://127.0.0.1:8080/api/chat").unwrap()],
            workflows: AllowedWorkflows::Off,
        }
    }

    #[test]
    fn configured_agents_and_the_own_chat_need_no_allow_list() {
        let rules = rules(&[]);
        assert_eq!(rules.resolve(None, None), Ok(Target::OwnChat));
        let coder = Target::Agent("coder".into());
        assert_eq!(rules.resolve(Some("coder"), None), Ok(coder.clone()));
        let by_url = rules.resolve(None, Some("http://127.0.0.1:8101/api/chat"));
        assert_eq!(by_url, Ok(coder));
        let own = rules.resolve(None, Some("http://127.0.0.1:8080/api/chat"));
        assert_eq!(own, Ok(Target::OwnChat));
    }

    #[test]
    fn anything_else_is_refused_with_the_entry_that_would_allow_it() {
        let refused = rules(&[]).resolve(None, Some("http://10.0.0.1:9/x?y#z"));
        let entry = "http://10.0.0.1:9/x".to_owned();
        assert_eq!(refused, Err(TargetError::NotAllowed { entry }));
    }

    #[test]
    fn a_prefix_ends_at_a_segment_and_dots_do_not_climb_out() {
        let rules = rules(&["https://agents.example/team"]);
        for good in [
            "https://agents.example/team",
            "https://agents.example/team/a",
        ] {
            assert!(rules.resolve(None, Some(good)).is_ok(), "{good}");
        }
        for bad in [
            "https://agents.example/teammate",
            "https://agents.example/team/../x",
            "https://agents.example/team/%2e%2e/x",
            "http://agents.example/team",
            "https://agents.example:8443/team",
            "https://agents.example.evil/team",
            "https://me@agents.example/team",
            "ftp://agents.example/team",
            "agents.example/team",
        ] {
            assert!(rules.resolve(None, Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_url_that_no_index_holds_is_refused_also_where_it_is_allowed() {
        let rules = rules(&["https://agent.example/"]);
        let begin = "https://agent.example/";
        let longest = format!("{begin}{}", "x".repeat(MAX_URL - begin.len()));
        assert!(rules.resolve(None, Some(&longest)).is_ok());
        for more in ["x", "é"] {
            let long = rules.resolve(None, Some(&format!("{longest}{more}")));
            assert_eq!(long, Err(TargetError::TooLong));
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_or_slips_through_an_empty_list(text in ".*") {
            prop_assert!(rules(&[]).resolve(None, Some(&text)).is_err());
        }

        #[test]
        fn what_is_written_down_is_read_back(path in "[a-z]{0,8}(/[a-z]{1,8}){0,3}") {
            let rules = rules(&["https://agents.example/"]);
            let target = rules.resolve(None, Some(&format!("https://agents.example/{path}"))).unwrap();
            prop_assert_eq!(rules.restore(&target.to_string()), Ok(target));
        }
    }
}
