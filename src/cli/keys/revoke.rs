//! `attach-gateway keys revoke`.

use std::process::ExitCode;

use super::with_keys;
use crate::{
    adapters::api_keys::Revoked,
    cli::fail,
    config::Vars,
    domain::{
        api_key::{ApiKey, ID_CHARS, PREFIX},
        time::UnixMillis,
    },
};

const UNKNOWN: &str = "there is no such key; attach-gateway keys list shows the ids";

/// What was typed may be a whole key: it is never said again.
pub(super) async fn run(typed: &str, vars: &Vars) -> ExitCode {
    let Some(id) = id(typed.trim()) else {
        return fail(1, UNKNOWN);
    };
    let now = UnixMillis::now();
    match with_keys(vars, async |keys| keys.revoke(id, now).await).await {
        Ok(Revoked::Now) => {
            say!("revoked {id}");
            say!("tasks it sent go on; tokens exchanged for it are refused too");
        }
        Ok(Revoked::Before(at)) => say!("{id} was revoked already, at {}", at.rfc3339()),
        Ok(Revoked::Unknown) => return fail(1, UNKNOWN),
        Err(code) => return code,
    }
    ExitCode::SUCCESS
}

/// The id in an id, in one with `ak_` before it, or in a whole key.
fn id(typed: &str) -> Option<&str> {
    if let Ok(key) = ApiKey::parse(typed) {
        return Some(key.id());
    }
    let id = typed.strip_prefix(PREFIX).unwrap_or(typed);
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (id.len() == ID_CHARS && id.bytes().all(is_plain)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_by_its_id_or_by_itself() {
        let whole = format!("ak_abcd1234_{}", "s".repeat(43));
        for typed in ["abcd1234", "ak_abcd1234", &whole] {
            assert_eq!(id(typed), Some("abcd1234"), "{typed}");
        }
        for typed in ["", "ak_", "abcd123", "ABCD1234", "abcd1234_", &whole[..40]] {
            assert_eq!(id(typed), None, "{typed}");
        }
    }
}
