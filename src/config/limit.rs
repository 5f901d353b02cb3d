//! Limits beside `MAX_TOKENS_PER_MIN`.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::{
    config::{EngineConfig, auth::AuthConfig, reader::Reader},
    domain::{
        header::is_label,
        identity::Scope,
        quota::{DEFAULT, Limit, Pattern, Rule, Who},
    },
};

/// The longest window, in seconds.
pub(super) const LONGEST_WINDOW: u64 = 3600;
/// The issuer of callers that are a DID.
const DIDS: &str = "did";
/// The issuer of API keys where no other vouches for their users.
const KEYS: &str = "attach";

/// A `[[limit]]` table as written. What it is for is everything it names, all of
/// it: `model` (whole, or with `*` at its end), `scope`, `issuer` (`did` is every
/// DID), `user`.
///
/// `model` is held against the name in the request, in every way that Ollama has it
/// written, and never against what an engine makes of it. A model that no engine lists
/// goes to the first one: if that cares for no name and serves what it has, only a
/// limit without `model` holds for it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitTable {
    name: Option<String>,
    tokens: Option<i64>,
    window: Option<i64>,
    model: Option<String>,
    scope: Option<String>,
    issuer: Option<String>,
    user: Option<String>,
}

/// What limits are held against: a limit for what is not there does nothing, and
/// looks as if it did.
pub(super) struct Known<'a> {
    pub(super) auth: &'a AuthConfig,
    pub(super) engines: &'a [EngineConfig],
    pub(super) has_keys: bool,
}

/// Every limit, and a fault for all that is wrong with them. `window_ms` is that of
/// a limit that names none.
pub(super) fn read(
    reader: &Reader<'_>,
    tables: Vec<LimitTable>,
    window_ms: i64,
    known: &Known<'_>,
) -> Vec<Rule> {
    let mut names = BTreeSet::from([DEFAULT.to_owned()]);
    let tables = tables.into_iter().enumerate();
    let rules = tables.filter_map(|(at, mut table)| {
        let name = table.name.take();
        let name = name.unwrap_or_else(|| format!("limit-{}", at + 1));
        check_name(reader, &name, &mut names);
        table.rule(reader, name, window_ms, known)
    });
    rules.collect()
}

fn check_name(reader: &Reader<'_>, name: &str, names: &mut BTreeSet<String>) {
    if !is_label(name) {
        let remedy = "write 1 to 64 of A-Z a-z 0-9 . _ -";
        reader.fault("[[limit]] name", Some(name), remedy);
    } else if name == DEFAULT {
        let remedy = "is what MAX_TOKENS_PER_MIN is called; name it otherwise";
        reader.fault("[[limit]] name", Some(name), remedy);
    } else if !names.insert(name.to_owned()) {
        reader.fault("[[limit]] name", Some(name), "stands twice; rename one");
    }
}

impl LimitTable {
    fn rule(
        self,
        reader: &Reader<'_>,
        name: String,
        window_ms: i64,
        known: &Known<'_>,
    ) -> Option<Rule> {
        self.check_says_whose(reader, &name);
        let tokens = self.tokens(reader, &name);
        let window = self.window_ms(reader, window_ms);
        let model = self.model.map(|text| model(reader, &text, known.engines));
        let scope = self.scope.map(|text| scope(reader, &text));
        let issuer = self.issuer.map(|text| issuer(reader, &text, known));
        let user = self.user.map(|text| user(reader, text));
        let (tokens, window_ms) = (tokens?, window?);
        Some(Rule {
            name: name.into(),
            limit: Limit { tokens, window_ms },
            model: said(model)?,
            scope: said(scope)?,
            issuer: said(issuer)?,
            user: said(user)?,
        })
    }

    fn check_says_whose(&self, reader: &Reader<'_>, name: &str) {
        let said = [&self.model, &self.scope, &self.issuer, &self.user];
        if said.iter().all(|said| said.is_none()) {
            let remedy = "says for whom or what in none of model, scope, issuer, user; a limit for everyone is MAX_TOKENS_PER_MIN";
            reader.fault("[[limit]]", Some(name), remedy);
        }
    }

    fn tokens(&self, reader: &Reader<'_>, name: &str) -> Option<u64> {
        let Some(tokens) = self.tokens else {
            let remedy = "has no tokens; write tokens = a whole number above 0";
            reader.fault("[[limit]]", Some(name), remedy);
            return None;
        };
        let found = u64::try_from(tokens).ok().filter(|tokens| *tokens > 0);
        if found.is_none() {
            let remedy = "write a whole number above 0";
            reader.fault("[[limit]] tokens", Some(&tokens.to_string()), remedy);
        }
        found
    }

    fn window_ms(&self, reader: &Reader<'_>, usual: i64) -> Option<i64> {
        let Some(secs) = self.window else {
            return Some(usual);
        };
        let found = u64::try_from(secs).ok();
        if !found.is_some_and(|secs| (1..=LONGEST_WINDOW).contains(&secs)) {
            let remedy = format!("write a whole number of seconds from 1 to {LONGEST_WINDOW}");
            reader.fault("[[limit]] window", Some(&secs.to_string()), &remedy);
            return None;
        }
        Some(secs * 1000)
    }
}

/// `None` for what was said and is wrong, which is a fault by now.
fn said<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(value) => value.map(Some),
    }
}

/// Where each engine names its models, one of them must be meant; an engine that
/// names none takes any.
fn model(reader: &Reader<'_>, text: &str, engines: &[EngineConfig]) -> Option<Pattern> {
    const PLACE: &str = "[[limit]] model";
    let Some(pattern) = Pattern::parse(text) else {
        reader.fault(PLACE, Some(text), "write a model, or how it begins and *");
        return None;
    };
    let all_say = engines.iter().all(|engine| !engine.models.is_empty());
    let mut models = engines.iter().flat_map(|engine| &engine.models);
    let is_served = models.any(|model| Pattern::parse(model).is_some_and(|m| m.meets(&pattern)));
    if all_say && !is_served {
        let remedy = "no [[engine]] names such a model; mend its spelling, or name it in models";
        reader.fault(PLACE, Some(text), remedy);
    }
    Some(pattern)
}

fn scope(reader: &Reader<'_>, text: &str) -> Option<Scope> {
    let found = Scope::ALL.into_iter().find(|scope| scope.name() == text);
    if found.is_none() {
        let names = Scope::ALL.map(Scope::name).join(", ");
        let remedy = format!("is no scope; there are {names}");
        reader.fault("[[limit]] scope", Some(text), &remedy);
    }
    found
}

fn issuer(reader: &Reader<'_>, text: &str, known: &Known<'_>) -> Option<Who> {
    const PLACE: &str = "[[limit]] issuer";
    if text == DIDS {
        if known.auth.dids.is_none() {
            reader.fault(PLACE, Some(text), "no DID is taken; set DID_METHODS");
        }
        return Some(Who::Dids);
    }
    let mut issuers = known.auth.issuers.iter();
    let is_known = issuers.any(|issuer| issuer.url == text) || text == KEYS && known.has_keys;
    if !is_known {
        let remedy = "is no configured issuer, byte for byte; mend its spelling (did is every DID)";
        reader.fault(PLACE, Some(text), remedy);
    }
    Some(Who::Issuer(text.into()))
}

fn user(reader: &Reader<'_>, text: String) -> Option<Box<str>> {
    if text.trim().is_empty() {
        let remedy = "write what their tokens carry in sub, or a DID";
        reader.fault("[[limit]] user", Some(&text), remedy);
        return None;
    }
    Some(text.into())
}
