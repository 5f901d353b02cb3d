//! Keys that people make for their programs: `ak_<8 id>_<43 random>`.

use crate::domain::header::is_label;

/// What every key begins with.
pub const PREFIX: &str = "ak_";
/// Characters of a key's name.
pub const ID_CHARS: usize = 8;
/// Characters of its secret: 32 bytes in base64url.
pub const SECRET_CHARS: usize = 43;

/// A key as it was sent. Nothing in it has been verified.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ApiKey<'a> {
    id: &'a str,
}

/// The text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an API key")]
pub struct NotAKey;

impl<'a> ApiKey<'a> {
    /// Takes `text` apart.
    ///
    /// # Errors
    ///
    /// [`NotAKey`] unless it is `ak_`, 8 characters of a-z and 0-9, `_`, and 43
    /// of base64url.
    pub fn parse(text: &'a str) -> Result<Self, NotAKey> {
        let rest = text.strip_prefix(PREFIX).ok_or(NotAKey)?;
        let (id, secret) = rest.split_at_checked(ID_CHARS).ok_or(NotAKey)?;
        let secret = secret.strip_prefix('_').ok_or(NotAKey)?;
        let is_id = id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let is_secret = secret.len() == SECRET_CHARS && is_label(secret) && !secret.contains('.');
        (is_id && is_secret).then_some(Self { id }).ok_or(NotAKey)
    }

    /// Which key it says it is.
    pub fn id(&self) -> &'a str {
        self.id
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_has_a_name_and_a_secret() {
        let secret = "s".repeat(SECRET_CHARS);
        let parse = |text: &str| ApiKey::parse(text).map(|key| key.id().to_owned());
        assert_eq!(
            parse(&format!("ak_abcd1234_{secret}")).as_deref(),
            Ok("abcd1234")
        );
        for bad in [
            String::new(),
            "ak_".to_owned(),
            format!("ak_abcd1234{secret}"),
            format!("ak_ABCD1234_{secret}"),
            format!("ak_abcd123_{secret}"),
            format!("ak_abcd1234_{secret}s"),
            format!("ak_abcd1234_.{}", &secret[1..]),
            format!("AK_abcd1234_{secret}"),
            format!("ak_äbcd123_{secret}"),
        ] {
            assert_eq!(parse(&bad), Err(NotAKey), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*", tail in "ak_.{0,60}") {
            let _ = (ApiKey::parse(&text), ApiKey::parse(&tail));
        }
    }
}
