//! Secrets of this deployment: made once, kept in the data folder.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey},
    constant_time, digest, hmac,
    rand::{self, SystemRandom},
};

/// What everything that must not be guessed is keyed with.
#[derive(Clone)]
pub struct Secret(hmac::Key);

impl Secret {
    /// `ATTACH_SECRET` if it is set, else the one in the data folder, which is
    /// made on the first start.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written.
    pub fn open(data: &Path, configured: Option<&str>) -> io::Result<Self> {
        let bytes = match configured {
            Some(secret) => secret.as_bytes().to_vec(),
            None => kept(&data.join("secret"), || {
                Ok(hex(&random::<32>()?).into_bytes())
            })?,
        };
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// HMAC-SHA256 of `parts`, each preceded by its length, under `label`.
    pub fn tag(&self, label: &str, parts: &[&str]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(label.as_bytes());
        for part in parts {
            context.update(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            context.update(part.as_bytes());
        }
        let mut tag = [0; 32];
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }

    /// `plain` so that only this deployment can read it, and only under the same
    /// `label`: AES-256-GCM, nonce first.
    ///
    /// # Errors
    ///
    /// The system has no randomness to give.
    pub fn seal(&self, label: &str, plain: &[u8]) -> io::Result<Vec<u8>> {
        let broken = |_| io::Error::other("nothing can be sealed");
        let mut sealed = plain.to_vec();
        let key = self.sealing_key(label).map_err(broken)?;
        let nonce = key.seal_in_place_append_tag(Aad::from(label), &mut sealed);
        let nonce = nonce.map_err(broken)?;
        Ok([nonce.as_ref().as_slice(), &sealed].concat())
    }

    /// What was sealed under `label`; `None` if it was not, or not here.
    pub fn open_sealed(&self, label: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk()?;
        let mut plain = sealed.to_vec();
        let key = self.sealing_key(label).ok()?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = key.open_in_place(nonce, Aad::from(label), &mut plain);
        opened.ok().map(|plain| plain.to_vec())
    }

    fn sealing_key(
        &self,
        label: &str,
    ) -> Result<RandomizedNonceKey, aws_lc_rs::error::Unspecified> {
        RandomizedNonceKey::new(&AES_256_GCM, &self.tag("attach-seal-v1", &[label]))
    }
}

/// Whether two hashes are the same, in a time that does not tell where they
/// differ.
pub fn is_same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    constant_time::verify_slices_are_equal(one, other).is_ok()
}

/// `N` bytes nobody can guess.
///
/// # Errors
///
/// The operating system has no randomness to give.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    let filled = rand::SecureRandom::fill(&SystemRandom::new(), &mut bytes);
    filled.map_err(|_| io::Error::other("the system has no randomness to give"))?;
    Ok(bytes)
}

/// SHA-256. Costs half a microsecond for a token.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}

/// The 32 bytes that 64 digits of hex stand for.
pub fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

/// The bytes of the file at `path`; a missing one is made from `make`, readable
/// by its owner alone. Whoever makes it first wins.
///
/// # Errors
///
/// It cannot be read or written.
pub fn kept(path: &Path, make: impl FnOnce() -> io::Result<Vec<u8>>) -> io::Result<Vec<u8>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return read,
    }
    let bytes = make()?;
    // Written beside and linked into place: nobody ever reads half a key.
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    write_private(&beside, &bytes)?;
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => fs::read(path),
        linked => linked.map(|()| bytes),
    }
}

/// Writes a file that its owner alone may read.
///
/// # Errors
///
/// It cannot be written.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_kept_private() {
        let folder = tempfile::tempdir().unwrap();
        let first = Secret::open(folder.path(), None).unwrap().tag("x", &["a"]);
        let again = Secret::open(folder.path(), None).unwrap().tag("x", &["a"]);
        assert_eq!(first, again);
        let mode = fs::metadata(folder.path().join("secret")).unwrap();
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777,
            0o600
        );
    }

    #[test]
    fn only_the_same_deployment_opens_what_was_sealed_and_only_whole() {
        let folder = tempfile::tempdir().unwrap();
        let ours = Secret::open(folder.path(), None).unwrap();
        let other = tempfile::tempdir().unwrap();
        let theirs = Secret::open(other.path(), None).unwrap();
        let sealed = ours.seal("login", b"state").unwrap();
        assert_ne!(sealed, ours.seal("login", b"state").unwrap());
        assert_eq!(ours.open_sealed("login", &sealed).unwrap(), b"state");
        assert!(ours.open_sealed("other", &sealed).is_none());
        assert!(theirs.open_sealed("login", &sealed).is_none());
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert!(ours.open_sealed("login", &bent).is_none());
            assert!(ours.open_sealed("login", &sealed[..at]).is_none());
        }
    }

    #[test]
    fn where_one_part_ends_and_the_next_begins_matters() {
        let folder = tempfile::tempdir().unwrap();
        let secret =
            Secret::open(folder.path(), Some("a secret of thirty-two characters")).unwrap();
        assert_ne!(secret.tag("x", &["ab", "c"]), secret.tag("x", &["a", "bc"]));
        assert_eq!(hex(&[0, 0x9f]), "009f");
        assert_eq!(unhex(&hex(&[0x9f; 32])), Some([0x9f; 32]));
        for broken in ["", "9f", &"é".repeat(32), &"g".repeat(64)] {
            assert_eq!(unhex(broken), None);
        }
    }
}
