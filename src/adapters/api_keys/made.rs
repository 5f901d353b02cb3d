//! Keys as they are made.

use std::io;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    adapters::{database::WriteError, secret::random},
    domain::{
        api_key::{ID_CHARS, PREFIX},
        id::Owner,
        identity::Scopes,
        time::UnixMillis,
    },
};

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Whose it is to be.
    pub owner: Owner,
    /// What it is for.
    pub name: String,
    /// All it may do.
    pub scopes: Scopes,
    /// Until when; `None` is for ever.
    pub expires_at: Option<UnixMillis>,
}

/// A key that was made. Its text is nowhere else, and cannot be had again.
pub struct MadeKey {
    /// Its name in the table.
    pub id: String,
    /// The key.
    pub text: String,
}

/// Why a key was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The system has no randomness to give.
    #[error(transparent)]
    Random(#[from] io::Error),
    /// The database.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl MadeKey {
    pub(super) fn fresh() -> io::Result<Self> {
        let id = fresh_id()?;
        let secret = URL_SAFE_NO_PAD.encode(random::<32>()?);
        Ok(Self {
            text: format!("{PREFIX}{id}_{secret}"),
            id,
        })
    }
}

/// A name that nobody chose. It is no secret, but no two may be the same.
fn fresh_id() -> io::Result<String> {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut left = u64::from_be_bytes(random::<8>()?);
    let mut letter = || {
        let at = usize::try_from(left % 36).unwrap_or(0);
        left /= 36;
        char::from(LETTERS[at])
    };
    Ok((0..ID_CHARS).map(|_| letter()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::api_key::ApiKey;

    #[test]
    fn a_fresh_key_reads_as_one_and_is_never_the_same() {
        let (one, other) = (MadeKey::fresh().unwrap(), MadeKey::fresh().unwrap());
        for key in [&one, &other] {
            let read = ApiKey::parse(&key.text).unwrap();
            assert_eq!(read.id(), key.id);
        }
        assert_ne!(one.id, other.id);
        assert_ne!(one.text[11..], other.text[11..]);
    }
}
