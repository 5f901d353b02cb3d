//! `attach-gateway keys list`.

use std::process::ExitCode;

use super::with_keys;
use crate::{
    adapters::api_keys::KeyView,
    cli::table::{columns, short},
    config::Vars,
    domain::time::UnixMillis,
};

const HEAD: [&str; 8] = [
    "id", "name", "user", "issuer", "scopes", "created", "expires", "state",
];

pub(super) async fn run(vars: &Vars) -> ExitCode {
    let keys = match with_keys(vars, async |keys| keys.list().await).await {
        Ok(keys) => keys,
        Err(code) => return code,
    };
    let now = UnixMillis::now();
    let mut rows = vec![HEAD.map(str::to_owned).to_vec()];
    rows.extend(keys.iter().map(|key| row(key, now)));
    say!("{}", columns(&rows).trim_end());
    ExitCode::SUCCESS
}

fn row(key: &KeyView, now: UnixMillis) -> Vec<String> {
    let name = match &*key.name {
        "" => "-".to_owned(),
        name => short(name, 30),
    };
    let expires = key.expires_at.map(UnixMillis::rfc3339);
    vec![
        key.id.clone(),
        name,
        short(&key.owner.user, 40),
        short(&key.owner.issuer, 60),
        key.scopes.to_text(),
        key.created_at.rfc3339(),
        expires.unwrap_or_else(|| "never".to_owned()),
        key.state(now).to_owned(),
    ]
}
