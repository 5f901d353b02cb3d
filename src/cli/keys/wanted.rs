//! What a key is to be, as it is typed.

use clap::Args;

use crate::{
    adapters::api_keys::{Lifetime, name, plain},
    cli::token,
    domain::{identity::Scopes, target::http_url},
};

/// The issuer of keys where none is configured.
pub(super) const OWN_ISSUER: &str = "attach";
/// Characters of a name of a user or an issuer, as in a token.
const MAX_USER: usize = 255;

/// What the key is to be.
#[derive(Args, Debug)]
pub(in crate::cli) struct Wanted {
    /// Whose it is: what their tokens carry in sub
    #[arg(long, value_parser = user)]
    pub(super) user: String,
    /// Who vouches for them, byte for byte as in iss [default: dev's
    /// where dev runs from this folder, else the first configured issuer; attach
    /// where there is none]
    #[arg(long, value_name = "URL", value_parser = issuer)]
    pub(super) issuer: Option<String>,
    /// All it may do, separated by spaces
    #[arg(long, default_value_t = Scopes::DEFAULT.to_text(), value_parser = scopes)]
    pub(super) scopes: String,
    /// How long it is good for, as 90d or 12h; or never
    #[arg(long, default_value = Lifetime::USUAL, value_parser = Lifetime::parse)]
    pub(super) expires: Lifetime,
    /// What it is for, in your words
    #[arg(long, default_value = "", hide_default_value = true, value_parser = name)]
    pub(super) name: String,
}

fn user(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("it is empty; write what their tokens carry in sub".to_owned());
    }
    if text.starts_with("did:") {
        let why = "a DID is its own key and needs no other; list it in DID_ALLOW, and say in DID_SCOPES what it may do";
        return Err(why.to_owned());
    }
    plain(text, MAX_USER)
}

fn issuer(text: &str) -> Result<String, String> {
    let is_url = http_url(text).is_ok() && !text.contains(char::is_whitespace);
    if text != OWN_ISSUER && !is_url {
        return Err("write it as their tokens do in iss, as https://issuer.example".to_owned());
    }
    plain(text, MAX_USER)
}

fn scopes(text: &str) -> Result<String, String> {
    match token::scopes(text)? {
        none if none.is_empty() => Err("it is empty; name at least one".to_owned()),
        scopes => Ok(scopes),
    }
}
