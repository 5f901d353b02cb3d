//! Agents: where they are, what they speak, and what their cards say.

use std::{ops::RangeInclusive, time::Duration};

use serde::Deserialize;

use crate::{
    config::reader::Reader,
    domain::{
        identity::{Scope, Scopes},
        target::{NamedAgent, OWN_CHAT, http_url},
    },
};

/// What an agent speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgentKind {
    /// Plain HTTP: the input is posted, JSON comes back.
    #[default]
    Chat,
    /// The A2A protocol; its card tells the rest.
    A2a,
}

/// An agent, and what people are told about it.
#[derive(Clone, Debug)]
pub struct AgentConfig {
    /// Its name and where it is: of kind `a2a` the address under which
    /// `/.well-known/agent-card.json` is.
    pub agent: NamedAgent,
    /// What it speaks.
    pub kind: AgentKind,
    /// What it is for.
    pub description: String,
    /// What its card offers; of kind `a2a` beside what its own card tells.
    pub card: CardConfig,
    /// How long one call may take, instead of `TASK_TIMEOUT`.
    pub timeout: Option<Duration>,
}

/// What the card of an agent says.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CardConfig {
    /// What it can do; one skill of the agent's name by default. Of kind `a2a`
    /// beside the skills of its own card, and in the place of one of the same id.
    #[serde(rename = "skill")]
    pub skills: Vec<SkillConfig>,
    /// Media types it takes. Of kind `a2a` instead of those of its own card; empty
    /// leaves those.
    pub input_modes: Vec<String>,
    /// Media types it gives, in the same way.
    pub output_modes: Vec<String>,
    /// Whether answers can be streamed.
    pub streaming: bool,
    /// Whether webhooks can be told.
    pub push_notifications: bool,
    /// Whether callers get a card of their own.
    pub extended_card: bool,
    /// Extensions it knows.
    #[serde(rename = "extension")]
    pub extensions: Vec<ExtensionConfig>,
}

impl Default for CardConfig {
    fn default() -> Self {
        Self {
            skills: Vec::new(),
            input_modes: Vec::new(),
            output_modes: Vec::new(),
            streaming: true,
            push_notifications: true,
            extended_card: true,
            extensions: Vec::new(),
        }
    }
}

impl CardConfig {
    /// The card of an agent of this kind: one that speaks no A2A takes and gives
    /// text and JSON where nobody says otherwise.
    pub fn of_kind(mut self, kind: AgentKind) -> Self {
        let modes = [&mut self.input_modes, &mut self.output_modes];
        for modes in modes.into_iter().filter(|modes| modes.is_empty()) {
            if kind == AgentKind::Chat {
                modes.extend(["text/plain", "application/json"].map(str::to_owned));
            }
        }
        self
    }
}

/// One skill of a card.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkillConfig {
    /// Unique within the agent.
    pub id: String,
    /// For people.
    pub name: String,
    /// What it does.
    #[serde(default)]
    pub description: String,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Prompts it is good at.
    #[serde(default)]
    pub examples: Vec<String>,
    /// Only on the extended card, for callers who hold this scope, or these,
    /// separated by spaces.
    pub scope: Option<String>,
}

/// One extension of a card.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionConfig {
    /// Its name.
    pub uri: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Whether callers must name it in `A2A-Extensions`.
    #[serde(default)]
    pub required: bool,
}

/// An `[[agent]]` table as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AgentTable {
    name: String,
    url: String,
    #[serde(default)]
    kind: AgentKind,
    #[serde(default)]
    internal: bool,
    #[serde(default)]
    description: String,
    timeout: Option<u64>,
    #[serde(default)]
    card: CardConfig,
}

/// How long a call may take, in seconds, as for `TASK_TIMEOUT`.
const SECS: RangeInclusive<u64> = 1..=86_400;
const REMEDY: &str = "write name=http://host:port/path, or name=a2a+http://host:port for an A2A agent; a name has 1 to 64 of a-z 0-9 . _ -, and is not \"chat\"";

/// The names of all of them, whether or not they are right.
pub(super) fn names(reader: &Reader<'_>, tables: Vec<AgentTable>) -> Vec<String> {
    let named = reader.list("AGENTS").map(listed);
    named.chain(tables).map(|table| table.name).collect()
}

/// `AGENTS`, then the tables; a later agent of the same name is a fault.
pub(super) fn read(reader: &Reader<'_>, tables: Vec<AgentTable>) -> Vec<AgentConfig> {
    let mut agents: Vec<AgentConfig> = Vec::new();
    let named = reader.list("AGENTS").map(|entry| ("AGENTS", listed(entry)));
    let tabled = tables.into_iter().map(|table| ("[[agent]]", table));
    for (place, table) in named.chain(tabled) {
        let (name, url) = (table.name.clone(), table.url.clone());
        check(reader, place, &table);
        let Some(agent) = agent(table) else {
            reader.fault(place, Some(&format!("{name}={url}")), REMEDY);
            continue;
        };
        if agents.iter().any(|known| known.agent.name == name) {
            reader.fault(place, Some(&name), "two agents have this name; rename one");
        }
        agents.push(agent);
    }
    agents
}

/// Finds what can never come true: a call without time, a skill that nobody may
/// see, an extension that no header can name.
fn check(reader: &Reader<'_>, place: &str, table: &AgentTable) {
    let fault = |what: &str, remedy: &str| {
        reader.fault(place, Some(&format!("{}: {what}", table.name)), remedy);
    };
    if let Some(secs) = table.timeout.filter(|secs| !SECS.contains(secs)) {
        fault(&format!("timeout = {secs}"), "write 1 to 86400 seconds");
    }
    for scope in table.card.skills.iter().filter_map(|s| s.scope.as_deref()) {
        if Scopes::parse_known(scope).is_none_or(Scopes::is_empty) {
            let known = Scope::ALL.map(Scope::name).join(", ");
            let remedy = format!("nobody can hold this; write some of {known}, or leave it out");
            fault(&format!("scope = {scope:?}"), &remedy);
        }
    }
    for ExtensionConfig { uri, .. } in &table.card.extensions {
        if uri.is_empty() || uri.contains(|c: char| c == ',' || !c.is_ascii_graphic()) {
            let remedy = "A2A-Extensions cannot name this; write a URI without comma and space";
            fault(&format!("uri = {uri:?}"), remedy);
        }
    }
}

/// An entry of `AGENTS`: `name=url`, or `name=a2a+url`. The team named it, so
/// its address may be private.
fn listed(entry: &str) -> AgentTable {
    let (name, url) = entry.split_once('=').unwrap_or((entry, ""));
    let (kind, url) = match url.trim().strip_prefix("a2a+") {
        Some(url) => (AgentKind::A2a, url),
        None => (AgentKind::Chat, url.trim()),
    };
    AgentTable {
        name: name.trim().to_owned(),
        url: url.to_owned(),
        kind,
        internal: true,
        description: String::new(),
        timeout: None,
        card: CardConfig::default(),
    }
}

fn agent(table: AgentTable) -> Option<AgentConfig> {
    let name = &table.name;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    let named = (1..=64).contains(&name.len()) && name.chars().all(plain) && name != OWN_CHAT;
    let url = http_url(&table.url).ok()?;
    named.then(|| AgentConfig {
        agent: NamedAgent {
            name: table.name,
            url,
            internal: table.internal,
        },
        kind: table.kind,
        description: table.description,
        card: table.card.of_kind(table.kind),
        timeout: table.timeout.map(Duration::from_secs),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Faults, Vars};

    fn faults(table: &str) -> Vec<String> {
        let table = format!("name = \"coder\"\nurl = \"http://127.0.0.1:9/\"\n{table}");
        let vars = Vars::new();
        let reader = Reader::new(&vars);
        read(&reader, vec![toml::from_str(&table).unwrap()]);
        let faults = reader.end(()).err().unwrap_or(Faults(Vec::new()));
        faults.0.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_can_never_come_true_is_told_at_the_start() {
        for (table, told) in [
            ("timeout = 0", "1 to 86400 seconds"),
            ("timeout = 86401", "1 to 86400 seconds"),
            (
                "[[card.skill]]\nid = 'a'\nname = 'a'\nscope = 'root'",
                "tasks:run",
            ),
            (
                "[[card.skill]]\nid = 'a'\nname = 'a'\nscope = ''",
                "tasks:run",
            ),
            ("[[card.extension]]\nuri = ''", "A2A-Extensions"),
            ("[[card.extension]]\nuri = 'urn:a,b'", "A2A-Extensions"),
            ("[[card.extension]]\nuri = 'urn:a b'", "A2A-Extensions"),
        ] {
            let found = faults(table);
            assert_eq!(found.len(), 1, "{table}: {found:?}");
            let names_all = found[0].contains("coder") && found[0].contains(told);
            assert!(names_all, "{table}: {found:?}");
        }
    }

    #[test]
    fn media_types_that_nobody_names_are_text_and_json_or_what_the_agent_says() {
        let of = |kind| CardConfig::default().of_kind(kind).input_modes;
        assert_eq!(of(AgentKind::Chat), ["text/plain", "application/json"]);
        assert_eq!(of(AgentKind::A2a), [""; 0]);
        let named = CardConfig {
            input_modes: vec!["image/png".to_owned()],
            ..CardConfig::default()
        };
        for kind in [AgentKind::Chat, AgentKind::A2a] {
            assert_eq!(named.clone().of_kind(kind).input_modes, ["image/png"]);
        }
    }

    #[test]
    fn what_can_come_true_is_taken() {
        let skill = "[[card.skill]]\nid = 'a'\nname = 'a'\nscope = 'admin tasks:run'";
        let extension = "[[card.extension]]\nuri = 'https://a.example/x?y=1'";
        for table in ["timeout = 86400", skill, extension] {
            assert_eq!(faults(table), [""; 0]);
        }
    }
}
