//! What a key is to be, as it is typed.

use clap::Args;

use crate::{
    cli::token,
    config,
    domain::{identity::Scopes, target::http_url},
};

/// The issuer of keys where none is configured.
pub(super) const OWN_ISSUER: &str = "attach";
/// Characters of a name of a user or an issuer, as in a token.
const MAX_USER: usize = 255;
const MAX_NAME: usize = 100;
/// Days a key lasts at most, unless for ever.
const MAX_DAYS: u64 = 36_500;
const DAY_SECS: u64 = 86_400;

/// What the key is to be.
#[derive(Args, Debug)]
pub(in crate::cli) struct Wanted {
    /// Whose it is: what their tokens carry in sub
    #[arg(long, value_parser = user)]
    pub(super) user: String,
    /// Who vouches for them, byte for byte as in iss [default: the first
    /// configured issuer; attach where there is none]
    #[arg(long, value_name = "URL", value_parser = issuer)]
    pub(super) issuer: Option<String>,
    /// All it may do, separated by spaces
    #[arg(long, default_value_t = Scopes::DEFAULT.to_text(), value_parser = scopes)]
    pub(super) scopes: String,
    /// How long it is good for, as 90d or 12h; or never
    #[arg(long, default_value = "90d", value_parser = expires)]
    pub(super) expires: Expires,
    /// What it is for, in your words
    #[arg(long, default_value = "", hide_default_value = true, value_parser = name)]
    pub(super) name: String,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Expires {
    AfterMillis(i64),
    Never,
}

fn plain(text: &str, limit: usize) -> Result<String, String> {
    if text.chars().any(char::is_control) {
        return Err("it has control characters; leave them out".to_owned());
    }
    if text.chars().count() > limit {
        return Err(format!("it is longer than {limit} characters; shorten it"));
    }
    Ok(text.to_owned())
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

fn name(text: &str) -> Result<String, String> {
    plain(text.trim(), MAX_NAME)
}

fn scopes(text: &str) -> Result<String, String> {
    match token::scopes(text)? {
        none if none.is_empty() => Err("it is empty; name at least one".to_owned()),
        scopes => Ok(scopes),
    }
}

fn expires(text: &str) -> Result<Expires, String> {
    if text == "never" {
        return Ok(Expires::Never);
    }
    let has_unit = text.ends_with(|c: char| c.is_ascii_alphabetic());
    let span = config::span(text).filter(|_| has_unit);
    let span = span.filter(|span| span.as_secs() <= MAX_DAYS * DAY_SECS);
    let millis = span.and_then(|span| i64::try_from(span.as_millis()).ok());
    let wrong = || format!("write it as 90d or 12h, up to {MAX_DAYS}d; or never");
    millis.map(Expires::AfterMillis).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_lasts_days_or_hours_or_for_ever() {
        let millis = |text| match expires(text) {
            Ok(Expires::AfterMillis(millis)) => Some(millis),
            _ => None,
        };
        assert_eq!(millis("90d"), Some(7_776_000_000));
        assert_eq!(millis("12h"), Some(43_200_000));
        assert_eq!(millis("36500d"), Some(3_153_600_000_000));
        assert!(matches!(expires("never"), Ok(Expires::Never)));
        for bad in ["", "90", "0d", "-1d", "d", "1w", "36501d", "Never", "1.5h"] {
            assert!(expires(bad).is_err(), "{bad}");
        }
    }
}
