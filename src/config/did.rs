//! Callers that are their own key.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    config::reader::Reader,
    domain::{
        did::{Did, Method},
        identity::{Scope, Scopes},
    },
};

/// Which DIDs may call, and what they may do.
#[derive(Clone, Debug)]
pub struct DidConfig {
    /// `DID_METHODS`.
    pub methods: Vec<Method>,
    /// `DID_ALLOW`: those who have a quota of their own.
    pub allow: BTreeSet<String>,
    /// `DID_DENY`: those who are answered 403.
    pub deny: BTreeSet<String>,
    /// `DID_AUD`, or `OIDC_AUD`: must be in the token's `aud`.
    pub audience: String,
    /// `DID_MAX_LIFETIME`: seconds between a token's start and its end.
    pub max_lifetime_secs: i64,
    /// `DID_REPLAY=once`.
    pub is_once: bool,
    scopes: BTreeMap<String, Scopes>,
    others: Option<Scopes>,
}

impl DidConfig {
    /// What `did` may do: its entry in `DID_SCOPES`, or that of `*`. Where
    /// nothing is said of scopes, those in `DID_ALLOW` may do what a caller
    /// without scopes may.
    pub fn scopes_of(&self, did: &str) -> Scopes {
        let said = self.scopes.get(did).copied().or(self.others);
        let is_silent = self.scopes.is_empty() && self.others.is_none();
        match said {
            Some(scopes) => scopes,
            None if is_silent && self.allow.contains(did) => Scopes::DEFAULT,
            None => Scopes::default(),
        }
    }

    /// What those may do whom nothing names.
    pub fn scopes_of_others(&self) -> Scopes {
        self.others.unwrap_or_default()
    }

    /// Whoever a variable names, and may do anything by that.
    pub fn named(&self) -> impl Iterator<Item = (&str, Scopes)> {
        let named: BTreeSet<_> = self.scopes.keys().chain(&self.allow).collect();
        let taken = named.into_iter().filter(|did| !self.deny.contains(*did));
        let with_scopes = taken.map(|did| (&**did, self.scopes_of(did)));
        with_scopes.filter(|(_, scopes)| !scopes.is_empty())
    }
}

/// `None` where `DID_METHODS` is not set: then no DID is taken.
pub(super) fn read(reader: &Reader<'_>) -> Option<DidConfig> {
    let mut config = DidConfig {
        methods: methods(reader),
        allow: dids(reader, "DID_ALLOW"),
        deny: dids(reader, "DID_DENY"),
        audience: String::new(),
        max_lifetime_secs: reader.number("DID_MAX_LIFETIME", 3600, 1..=31_536_000),
        is_once: reader.word("DID_REPLAY", &[("once", true), ("none", false)], false),
        scopes: BTreeMap::new(),
        others: None,
    };
    scopes(reader, &mut config);
    if reader.text("DID_METHODS").is_none() {
        refuse_idle(reader);
    }
    if config.methods.is_empty() {
        return None;
    }
    if reader.text("DID_ALLOW").is_none() && reader.text("DID_SCOPES").is_none() {
        let remedy = "anyone can make a DID: list some in DID_ALLOW, or say in DID_SCOPES what they may do, as *=chat:run";
        reader.fault("DID_ALLOW", None, remedy);
    }
    match reader.owned("DID_AUD").or(reader.owned("OIDC_AUD")) {
        Some(audience) => config.audience = audience,
        None => reader.fault("DID_AUD", None, "set it to what their tokens carry in aud"),
    }
    Some(config)
}

/// A list nobody reads looks like protection and is none.
fn refuse_idle(reader: &Reader<'_>) {
    for name in ["DID_ALLOW", "DID_DENY", "DID_SCOPES", "DID_REPLAY"] {
        if reader.text(name).is_some() {
            let remedy = "does nothing without DID_METHODS; set that to key, pkh, or key,pkh";
            reader.fault(name, reader.text(name), remedy);
        }
    }
}

fn methods(reader: &Reader<'_>) -> Vec<Method> {
    let word = |text: &str| match text {
        "key" => Some(Method::Key),
        "pkh" => Some(Method::Pkh),
        _ => None,
    };
    let mut methods = Vec::new();
    for text in reader.list("DID_METHODS") {
        match word(text) {
            Some(method) if methods.contains(&method) => {}
            Some(method) => methods.push(method),
            None => reader.fault("DID_METHODS", Some(text), "write key, pkh, or key,pkh"),
        }
    }
    methods
}

fn dids(reader: &Reader<'_>, name: &'static str) -> BTreeSet<String> {
    let listed = reader.list(name);
    listed.filter_map(|text| did(reader, name, text)).collect()
}

fn did(reader: &Reader<'_>, name: &'static str, text: &str) -> Option<String> {
    let did = Did::parse(text).ok();
    if did.is_none() {
        let remedy = "write did:key:z… or did:pkh:… in its canonical spelling";
        reader.fault(name, Some(text), remedy);
    }
    did.map(|did| did.as_str().to_owned())
}

/// `<did or *>=<scope>[ <scope>…]`, entries separated by `;`.
fn scopes(reader: &Reader<'_>, config: &mut DidConfig) {
    const NAME: &str = "DID_SCOPES";
    let text = reader.text(NAME).unwrap_or_default();
    let entries = text.split(';').map(str::trim).filter(|e| !e.is_empty());
    for entry in entries {
        let Some((who, words)) = entry.split_once('=') else {
            let remedy = "write <did or *>=<scope> <scope>…, entries separated by ;";
            reader.fault(NAME, Some(entry), remedy);
            continue;
        };
        let scopes = known(reader, NAME, words);
        let before = match who.trim() {
            "*" => config.others.replace(scopes),
            who => did(reader, NAME, who).and_then(|did| config.scopes.insert(did, scopes)),
        };
        if before.is_some() {
            reader.fault(NAME, Some(who.trim()), "stands twice; remove one");
        }
    }
}

/// The scopes in `words`; one that nobody knows is a fault.
fn known(reader: &Reader<'_>, name: &'static str, words: &str) -> Scopes {
    let mut scopes = Scopes::default();
    for word in words.split_whitespace() {
        let scope = Scopes::parse(word);
        if scope.is_empty() {
            let names = Scope::ALL.map(Scope::name).join(", ");
            reader.fault(name, Some(word), &format!("is no scope; there are {names}"));
        }
        scopes = scopes.or(scope);
    }
    scopes
}
