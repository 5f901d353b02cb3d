//! What a token of a DID claims: the same in both of its forms.

use crate::domain::{
    jwt::{LEEWAY_SECS, Malformed, Members, TimeFault, check_times, seconds, strings},
    time::UnixMillis,
};

/// The claims of a DID's token that are of use here. Scopes are not among them:
/// they come from the configuration alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DidClaims {
    /// To whom.
    pub aud: Vec<String>,
    /// Until when, seconds since the epoch.
    pub exp: i64,
    /// Since when: `iat`, or `nbf` where there is none.
    pub from: i64,
    nbf: Option<i64>,
    /// What makes this token different from every other of its DID.
    pub jti: Option<String>,
}

impl DidClaims {
    /// The claims of a token whose DID was written as `did`.
    pub(super) fn read(members: &Members<'_>, did: &str) -> Result<Self, Malformed> {
        let says_other = |name| Ok(members.text(name)?.is_some_and(|text| text != did));
        // A proof of possession that we cannot check must not be taken as none.
        if members.has("cnf") || says_other("iss")? || says_other("sub")? {
            return Err(Malformed);
        }
        let (iat, nbf) = (seconds(members, "iat")?, seconds(members, "nbf")?);
        let jti = members.text("jti")?;
        Ok(Self {
            aud: strings(members, "aud")?,
            exp: seconds(members, "exp")?.ok_or(Malformed)?,
            from: iat.or(nbf).ok_or(Malformed)?,
            nbf,
            jti: jti.filter(|jti| !jti.is_empty()),
        })
    }

    /// Whether it was made to live no longer than `most` seconds.
    pub fn lives_at_most(&self, most: i64) -> bool {
        self.exp - self.from <= most
    }

    /// Whether the token is good at `now`, within [`LEEWAY_SECS`].
    ///
    /// # Errors
    ///
    /// What is wrong with its times.
    pub fn check_times(&self, now: UnixMillis) -> Result<(), TimeFault> {
        check_times(now, self.exp, [self.nbf, Some(self.from)])
    }

    /// The moment from which the token counts as expired.
    pub fn expires_at(&self) -> UnixMillis {
        UnixMillis((self.exp + LEEWAY_SECS).saturating_mul(1000))
    }
}
