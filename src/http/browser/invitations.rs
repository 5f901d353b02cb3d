//! One-use links: what `dev` prints. They die with the process, as they should.

use std::{
    collections::HashMap,
    io,
    sync::{Mutex, PoisonError},
};

use crate::{
    adapters::secret::{hex, random, sha256},
    domain::{id::Owner, time::UnixMillis},
};

/// How long an invitation holds.
const INVITED_MS: i64 = 10 * 60_000;

/// Who was invited and has not come yet. Only hashes of codes are kept.
#[derive(Default)]
pub(super) struct Invitations(Mutex<HashMap<[u8; 32], (Owner, UnixMillis)>>);

impl Invitations {
    pub(super) fn invite(&self, owner: Owner, now: UnixMillis) -> io::Result<String> {
        let code = hex(&random::<32>()?);
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.insert(sha256(code.as_bytes()), (owner, now.plus(INVITED_MS)));
        Ok(code)
    }

    pub(super) fn accept(&self, code: &str, now: UnixMillis) -> Option<Owner> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (owner, until) = waiting.remove(&sha256(code.as_bytes()))?;
        (now < until).then_some(owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000_000);

    #[test]
    fn an_invitation_holds_once_and_ten_minutes() {
        let (invitations, ada) = (Invitations::default(), Owner::new("i", "ada"));
        let code = invitations.invite(ada.clone(), NOW).unwrap();
        assert_eq!(invitations.accept("another", NOW), None);
        assert_eq!(invitations.accept(&code, NOW), Some(ada.clone()));
        assert_eq!(invitations.accept(&code, NOW), None);
        let code = invitations.invite(ada, NOW).unwrap();
        assert_eq!(invitations.accept(&code, NOW.plus(INVITED_MS)), None);
    }
}
