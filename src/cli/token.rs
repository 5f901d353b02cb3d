//! `attach-gateway token`: a token of the issuer that `dev` runs.

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::fail;
use crate::{
    adapters::{
        database::sqlite::FileLock,
        identity::{install_crypto, signing::SigningKey},
        secret::write_private,
    },
    domain::{
        identity::{Scope, Scopes},
        time::UnixMillis,
    },
};

/// The data folder of `dev`, in the folder it was started in.
pub(super) const DATA: &str = ".attach";

/// What the token is to say.
#[derive(Args, Debug)]
pub(super) struct Wanted {
    /// Whom it speaks for
    #[arg(long, default_value = "dev")]
    sub: String,
    /// Seconds it is good for
    #[arg(long, default_value_t = 3600, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    ttl: u32,
    /// Scopes, separated by spaces; none is what a person may do by default
    #[arg(long, default_value = "", value_parser = scopes)]
    scope: String,
}

impl Wanted {
    pub(super) fn for_user(sub: &str) -> Self {
        Self {
            sub: sub.to_owned(),
            ttl: 3600,
            scope: String::new(),
        }
    }
}

/// `text` with single spaces, if it names nothing but scopes of ours.
pub(super) fn scopes(text: &str) -> Result<String, String> {
    let unknown = text
        .split_whitespace()
        .find(|word| Scopes::parse(word).is_empty());
    let names = Scope::ALL.map(Scope::name).join(", ");
    match unknown {
        Some(word) => Err(format!("{word} is no scope; there are {names}")),
        None => Ok(text.split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}

/// The development issuer, as the running `dev` writes it down.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct DevIssuer {
    pub(super) issuer: String,
    pub(super) audience: String,
    /// Whether its `dev` has not said that it stopped.
    #[serde(default)]
    pub(super) is_running: bool,
}

impl DevIssuer {
    fn path(data: &Path) -> PathBuf {
        data.join("dev.json")
    }

    /// The key of the development issuer in `data`.
    pub(super) fn key(data: &Path) -> io::Result<SigningKey> {
        install_crypto();
        SigningKey::open(&data.join("dev-issuer.key"))
    }

    pub(super) fn save(&self, data: &Path) -> io::Result<()> {
        write_private(&Self::path(data), &serde_json::to_vec(self)?)
    }

    /// That of the last `dev` from `data`, if there was one: people's things are kept
    /// under its name, which outlives the port it had at first.
    pub(super) fn last(data: &Path) -> io::Result<Option<Self>> {
        let path = Self::path(data);
        let broken = |error: io::Error| {
            let text = format!(
                "{}: {error}; people are kept under its name",
                path.display()
            );
            io::Error::new(error.kind(), text)
        };
        match std::fs::read(&path) {
            Ok(text) => Ok(Some(
                serde_json::from_slice(&text).map_err(|e| broken(e.into()))?,
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(broken(error)),
        }
    }

    /// That of the `dev` that runs from `data` now, if one does.
    pub(super) fn running(data: &Path) -> io::Result<Option<Self>> {
        let is_used = data.is_dir() && FileLock::take(&data.join("attach.db")).is_err();
        let last = Self::last(data)?;
        Ok(last.filter(|one| is_used && one.is_running))
    }

    /// A token as this issuer signs it.
    pub(super) fn sign(&self, key: &SigningKey, wanted: &Wanted) -> io::Result<String> {
        let now = UnixMillis::now().secs();
        let mut claims = json!({
            "iss": self.issuer, "aud": self.audience, "sub": wanted.sub,
            "iat": now, "exp": now + i64::from(wanted.ttl),
        });
        if !wanted.scope.is_empty() {
            claims["scope"] = wanted.scope.clone().into();
        }
        key.sign("at+jwt", &claims)
    }
}

pub(super) fn run(wanted: &Wanted) -> ExitCode {
    match token(Path::new(DATA), wanted) {
        Ok(token) => {
            say!("{token}");
            ExitCode::SUCCESS
        }
        Err(error) => fail(1, error),
    }
}

fn token(data: &Path, wanted: &Wanted) -> io::Result<String> {
    let none = || {
        let text = format!(
            "no dev runs from {}; start attach-gateway dev in this folder first",
            data.display()
        );
        io::Error::new(io::ErrorKind::NotFound, text)
    };
    let issuer = DevIssuer::running(data)?.ok_or_else(none)?;
    issuer.sign(&DevIssuer::key(data)?, wanted)
}
