//! Where a task may go: a closed list, decided before any task exists.

use std::{fmt, net::IpAddr};

use url::{Host, Url};

use crate::domain::address::is_public;

/// The name the gateway's own chat has among targets.
pub const OWN_CHAT: &str = "chat";

/// How a target begins that is a workflow of Temporal.
pub const WORKFLOW_SCHEME: &str = "temporal://";

/// The longest name of a workflow, in characters.
const MAX_WORKFLOW: usize = 200;

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

/// One entry of `TARGET_ALLOW`: scheme, host, port and the start of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedPrefix {
    url: Url,
    /// Whether the entry's own host is loopback or private, which says that the
    /// team means it.
    pub internal: bool,
}

/// Why a target was refused. Shown to the caller: it names only what they sent
/// and what to configure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Not a URL at all, or one with a user name in it.
    #[error("target_url is not an http(s) URL without user name and password")]
    Malformed,
    /// A URL that is too long.
    #[error("target_url takes {MAX_URL} bytes at most")]
    TooLong,
    /// `temporal://…` where no Temporal is configured.
    #[error("temporal:// targets need TEMPORAL_URL; set it to the host:port of Temporal")]
    NoTemporal,
    /// `temporal://` and no name of a workflow.
    #[error(
        "temporal:// takes the name of one workflow: letters, digits and _ - . : $, {MAX_WORKFLOW} at most"
    )]
    WorkflowName,
    /// A workflow that is not on the list.
    #[error(
        "the workflow {name} is not allowed here; to allow it, add {name} to TEMPORAL_WORKFLOWS"
    )]
    WorkflowNotAllowed {
        /// As the caller wrote it.
        name: String,
    },
    /// On no list.
    #[error("target_url is not allowed here; to allow it, add {entry} to TARGET_ALLOW")]
    NotAllowed {
        /// The exact entry that would allow it.
        entry: String,
    },
    /// Allowed by a public entry, but its host is a private address.
    #[error("target_url points at a private address; to allow it, add {entry} to TARGET_ALLOW")]
    Private {
        /// The exact entry that would allow it.
        entry: String,
    },
    /// No agent of that name.
    #[error("no agent is named {name:?}; configured: {known}; add it to AGENTS")]
    UnknownAgent {
        /// As the caller wrote it, cut to 64 characters.
        name: String,
        /// The names there are.
        known: String,
    },
}

/// A place an agent can be called at, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Where to post.
    pub url: Url,
    /// Whether loopback and private addresses are fine.
    pub internal: bool,
}

/// Which workflows callers may name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AllowedWorkflows {
    /// No Temporal is configured.
    #[default]
    Off,
    /// Those of these names.
    Named(Vec<String>),
    /// Any.
    Any,
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

impl AllowedPrefix {
    /// Reads one entry.
    ///
    /// # Errors
    ///
    /// [`TargetError::Malformed`] if it is no http(s) URL, or has a user name,
    /// query or fragment.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let url = http_url(text)?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(TargetError::Malformed);
        }
        let internal = url.host().is_some_and(|host| is_internal(&host));
        Ok(Self { url, internal })
    }

    /// Whether `url` lies at or under the entry.
    pub fn covers(&self, url: &Url) -> bool {
        let (entry, path) = (self.url.path(), url.path());
        same_place(&self.url, url)
            && path.strip_prefix(entry).is_some_and(|rest| {
                rest.is_empty() || entry.ends_with('/') || rest.starts_with('/')
            })
    }
}

impl AllowedWorkflows {
    /// The workflow called `name`, if callers may start it.
    ///
    /// # Errors
    ///
    /// What is wrong with it and what would allow it.
    fn find(&self, name: &str) -> Result<Target, TargetError> {
        let is_allowed = match self {
            Self::Off => return Err(TargetError::NoTemporal),
            Self::Named(names) => names.iter().any(|known| known == name),
            Self::Any => true,
        };
        if !is_workflow_name(name) {
            return Err(TargetError::WorkflowName);
        }
        let name = name.to_owned();
        match is_allowed {
            true => Ok(Target::Workflow(name)),
            false => Err(TargetError::WorkflowNotAllowed { name }),
        }
    }
}

/// Whether a workflow can have this name here: it stands in URLs, logs and lists.
pub fn is_workflow_name(name: &str) -> bool {
    let is_fine = |c: char| c.is_alphanumeric() || "_-.:$".contains(c);
    (1..=MAX_WORKFLOW).contains(&name.chars().count()) && name.chars().all(is_fine)
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

/// Parses an http(s) URL that carries no credentials.
///
/// # Errors
///
/// [`TargetError::Malformed`] for anything else.
pub fn http_url(text: &str) -> Result<Url, TargetError> {
    let url = Url::parse(text).map_err(|_| TargetError::Malformed)?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.host().is_some();
    plain.then_some(url).ok_or(TargetError::Malformed)
}

/// Whether secrets and keys may be fetched from `url`: https, or plain http to
/// this machine, or anywhere if `allow_http`.
pub fn is_secure(url: &str, allow_http: bool) -> bool {
    http_url(url).is_ok_and(|url| {
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        url.scheme() == "https" || local || allow_http
    })
}

/// The entry of an allow-list that would cover `url` and nothing beside it.
pub(in crate::domain) fn entry_for(url: &Url) -> String {
    let mut entry = url.clone();
    entry.set_query(None);
    entry.set_fragment(None);
    entry.into()
}

fn same_place(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme()
        && a.host() == b.host()
        && a.port_or_known_default() == b.port_or_known_default()
}

/// Whether a host is this machine's or private by what is written, without a
/// look-up.
pub(in crate::domain) fn is_internal(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => !is_public(IpAddr::V4(*address)),
        Host::Ipv6(address) => !is_public(IpAddr::V6(*address)),
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

    fn workflow(workflows: AllowedWorkflows, name: &str) -> Result<Target, TargetError> {
        let rules = TargetRules {
            workflows,
            ..rules(&[])
        };
        rules.resolve(None, Some(&format!("temporal://{name}")))
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
    fn a_workflow_is_started_by_name_if_its_name_is_allowed() {
        let named = || AllowedWorkflows::Named(vec!["ProcessChat".into()]);
        let chat = Target::Workflow("ProcessChat".into());
        assert_eq!(workflow(named(), "ProcessChat"), Ok(chat.clone()));
        assert_eq!(workflow(AllowedWorkflows::Any, "ProcessChat"), Ok(chat));
        for other in ["processchat", "ProcessChat2", "Other"] {
            let name = other.to_owned();
            let refused = Err(TargetError::WorkflowNotAllowed { name });
            assert_eq!(workflow(named(), other), refused);
        }
        let off = workflow(AllowedWorkflows::Off, "ProcessChat");
        assert_eq!(off, Err(TargetError::NoTemporal));
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

    #[test]
    fn what_is_no_name_of_a_workflow_is_told_so() {
        let long = "x".repeat(MAX_WORKFLOW + 1);
        for bad in [
            "", " ", "a b", "a/b", "a?b=c", "a#b", "a%20b", "a\nb", "*", &long,
        ] {
            for workflows in [AllowedWorkflows::Any, AllowedWorkflows::Named(Vec::new())] {
                let refused = workflow(workflows, bad);
                assert_eq!(refused, Err(TargetError::WorkflowName), "{bad:?}");
            }
        }
        for good in ["a", "my.module:Flow$1", "Flow-v2_x", "Überblick"] {
            assert!(workflow(AllowedWorkflows::Any, good).is_ok(), "{good}");
        }
    }

    proptest! {
        #[test]
        fn the_target_of_a_workflow_is_read_back(name in "[a-zA-Z0-9_.:$-]{1,200}") {
            let rules = TargetRules { workflows: AllowedWorkflows::Any, ..rules(&[]) };
            let target = Target::Workflow(name);
            prop_assert_eq!(rules.restore(&target.to_string()), Ok(target));
        }

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
