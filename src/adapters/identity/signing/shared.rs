//! The key that all gateways on one database sign with.

use std::io;

use super::{SigningKey, fresh};
use crate::{
    adapters::{
        database::{Conn, Database, WriteError},
        secret::Secret,
    },
    domain::time::UnixMillis,
};

/// What the key is sealed under.
const LABEL: &str = "signing-key-v1";

const READ: &str = "select sealed from signing_key";

const WRITE: &str = "
    insert into signing_key (one, kid, sealed, created_at) values (1, $1, $2, $3)
        on conflict (one) do nothing";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum SharedKeyError {
    /// It is there, and was sealed with another secret.
    #[error(
        "ATTACH_SECRET does not open the signing key in the database; set it to what the other gateways on this database have"
    )]
    Sealed,
    /// What was to be shared is no key.
    #[error("it is no key that a gateway signs with")]
    NoKey,
    /// The system has no randomness to give.
    #[error(transparent)]
    Random(#[from] io::Error),
    /// The database.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// The key of all gateways on `db`, sealed there with `secret`. It is made once, also
/// when several look for it at the same moment.
///
/// # Errors
///
/// [`SharedKeyError`].
pub async fn open(
    db: &Database,
    secret: &Secret,
    now: UnixMillis,
) -> Result<SigningKey, SharedKeyError> {
    match find(db, secret).await? {
        Some(key) => Ok(key),
        None => keep(db, secret, &fresh()?, now).await,
    }
}

/// The key there is, if there is one.
///
/// # Errors
///
/// [`SharedKeyError`].
pub async fn find(db: &Database, secret: &Secret) -> Result<Option<SigningKey>, SharedKeyError> {
    let sealed = db.query(READ).optional_scalar().await;
    let sealed: Option<Vec<u8>> = sealed.map_err(WriteError::from)?;
    sealed.map(|sealed| opened(secret, &sealed)).transpose()
}

/// Makes the key with the private half `pkcs8` the one of all gateways, unless they
/// have one; the one they have now.
///
/// # Errors
///
/// [`SharedKeyError`].
pub async fn keep(
    db: &Database,
    secret: &Secret,
    pkcs8: &[u8],
    now: UnixMillis,
) -> Result<SigningKey, SharedKeyError> {
    let ours = SigningKey::from_pkcs8(pkcs8).ok_or(SharedKeyError::NoKey)?;
    let (kid, sealed) = (ours.kid().to_owned(), secret.seal(LABEL, pkcs8)?);
    let written = db.write(move |mut conn| {
        let (kid, sealed) = (kid.clone(), sealed.clone());
        Box::pin(async move { write(&mut conn, kid, sealed, now).await })
    });
    opened(secret, &written.await?)
}

/// The other of two who meet here waits for the first, and finds its key.
async fn write(
    conn: &mut Conn<'_>,
    kid: String,
    sealed: Vec<u8>,
    now: UnixMillis,
) -> sqlx::Result<Vec<u8>> {
    let row = conn.query(WRITE).bind(kid).bind(sealed).bind(now.0);
    row.run().await?;
    conn.query(READ).scalar().await
}

fn opened(secret: &Secret, sealed: &[u8]) -> Result<SigningKey, SharedKeyError> {
    let pkcs8 = secret.open_sealed(LABEL, sealed);
    let key = pkcs8.and_then(|pkcs8| SigningKey::from_pkcs8(&pkcs8));
    key.ok_or(SharedKeyError::Sealed)
}
