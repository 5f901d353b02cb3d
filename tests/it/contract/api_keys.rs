//! API keys: who has one, and what it opens.

use aws_lc_rs::digest;

use super::{
    row::{Ask, Row, Want, expired, invalid, out_of_scope, taken},
    scene::Scene,
};
use crate::support::{gateway::chat, key::b64};

/// A key as the database keeps it, but for its secret.
pub struct Kept {
    pub name: &'static str,
    pub user: &'static str,
    pub scopes: &'static str,
    pub expires_at: Option<i64>,
    pub revoked_at: Option<i64>,
}

const FAR: i64 = 253_402_300_799_000;
const ALL: &str = "chat:run tasks:run memory:read memory:write";

pub fn kept() -> Vec<Kept> {
    let key = |name, scopes, expires_at, revoked_at| Kept {
        name,
        user: "auth0|key owner",
        scopes,
        expires_at,
        revoked_at,
    };
    vec![
        key("good0001", ALL, None, None),
        key("later001", ALL, Some(FAR), None),
        key("admin001", "admin", None, None),
        key("narrow01", "memory:read", None, None),
        key("nothing1", "", None, None),
        key("expired1", ALL, Some(1_000), None),
        key("revoked1", ALL, None, Some(2)),
        key("both0001", ALL, Some(1_000), Some(2)),
    ]
}

fn digest_of(text: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, text.as_bytes())
        .as_ref()
        .to_vec()
}

/// The key of this id: 43 characters that nobody could guess.
fn key(id: &str) -> String {
    format!("ak_{id}_{}", b64(digest_of(id)))
}

impl Kept {
    pub fn id(&self) -> &str {
        self.name
    }

    pub fn hash(&self) -> String {
        let digest = digest_of(&key(self.name));
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

pub fn rows(scene: &Scene) -> Vec<Row> {
    let get = |path: &str, key: String| Ask::get(path).bearer(key);
    let owner = || taken("auth0|key%20owner").header("x-attach-issuer", scene.first.url());
    let secret = |id: &str| key(id).rsplit_once('_').unwrap().1.to_owned();
    let mut rows = vec![
        get("/agents", key("good0001")).wants("good", owner()),
        get("/agents", key("later001")).wants("not yet expired", owner()),
        Ask::post("/v1/chat/completions", &chat("hi"))
            .bearer(key("good0001"))
            .wants("chats", owner()),
        Ask::post("/api/pull", &chat("hi"))
            .bearer(key("admin001"))
            .wants("admin", Want::status(200)),
        Ask::post("/api/pull", &chat("hi"))
            .bearer(key("good0001"))
            .wants("no admin", out_of_scope("admin")),
        get("/mem/events", key("narrow01")).wants("in scope", owner()),
        get("/agents", key("narrow01")).wants("tasks out of scope", out_of_scope("tasks:run")),
        get("/v1/models", key("narrow01")).wants("models out of scope", out_of_scope("chat:run")),
        get("/api/tags", key("narrow01")).wants("tags out of scope", out_of_scope("chat:run")),
        get("/agents", key("nothing1")).wants("no scopes", out_of_scope("tasks:run")),
        get("/agents", key("expired1")).wants("expired", expired()),
        get("/v1/models", key("expired1")).wants("expired, at an engine", expired()),
        get("/agents", key("revoked1")).wants("revoked", invalid()),
        get("/v1/models", key("revoked1")).wants("revoked, at an engine", invalid()),
        get("/agents", key("both0001")).wants("revoked and expired", invalid()),
        get("/agents", key("unknown1")).wants("unknown id", invalid()),
        get("/api/tags", key("unknown2")).wants("unknown id, at an engine", invalid()),
    ];
    let swapped = format!("ak_good0001_{}", secret("later001"));
    let bent = {
        let good = key("good0001");
        let last = if good.ends_with('A') { 'B' } else { 'A' };
        format!("{}{last}", &good[..good.len() - 1])
    };
    let malformed = [
        ("another's secret", swapped),
        ("last letter bent", bent),
        ("prefix alone", "ak_".to_owned()),
        ("id alone", "ak_good0001".to_owned()),
        ("empty secret", "ak_good0001_".to_owned()),
        ("42 letters", key("good0001")[..54].to_owned()),
        ("44 letters", format!("{}A", key("good0001"))),
        ("upper prefix", key("good0001").replacen("ak_", "AK_", 1)),
        (
            "id in upper case",
            key("good0001").replacen("good", "GOOD", 1),
        ),
        ("id of 7", format!("ak_good001_{}", secret("good0001"))),
        ("secret alone", secret("good0001")),
        ("with padding", format!("{}=", key("good0001"))),
        ("a dot behind", format!("{}.", key("good0001"))),
        (
            "the hash for the key",
            format!(
                "ak_good0001_{}",
                &kept()[0].hash()[..43].to_ascii_uppercase()
            ),
        ),
        ("wildcards", format!("ak_%%%%%%%%_{}", secret("good0001"))),
        ("a quote", format!("ak_good'--1_{}", secret("good0001"))),
    ];
    rows.extend(malformed.map(|(name, key)| get("/agents", key).wants(name, invalid())));
    rows
}
