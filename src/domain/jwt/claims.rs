//! What a token claims, and whether the clock agrees.

use serde::Deserialize;

use super::{Malformed, strict::Members};
use crate::domain::time::UnixMillis;

/// How far clocks may differ, in seconds.
pub const LEEWAY_SECS: i64 = 60;

/// The last second of the year 9999: no honest claim lies beyond it.
const LAST_SECOND: f64 = 253_402_300_799.0;
/// Levels of `act` that are read; the depth of a hand-off is bounded below it.
const MAX_ACTORS: usize = 32;

/// The claims of a token that are of use here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Who says so.
    pub iss: String,
    /// About whom.
    pub sub: String,
    /// To whom.
    pub aud: Vec<String>,
    /// Until when, seconds since the epoch.
    pub exp: i64,
    /// From when.
    pub nbf: Option<i64>,
    /// Since when.
    pub iat: Option<i64>,
    /// Words of `scope`, or of `scp`.
    pub scopes: Vec<String>,
    /// What a token of our own adds.
    pub delegation: Delegation,
}

/// Claims that only delegation tokens carry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delegation {
    /// `idp`: the person's issuer.
    pub idp: Option<String>,
    /// `task_id`.
    pub task_id: Option<String>,
    /// `session`.
    pub session: Option<String>,
    /// `api_key`: the key it was exchanged for.
    pub api_key: Option<String>,
    /// `act`, the nearest agent first.
    pub actors: Vec<String>,
}

/// What the clock has against a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeFault {
    /// `exp` has passed.
    Expired,
    /// `nbf` or `iat` lies ahead.
    NotYetValid,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
struct Act {
    sub: String,
    act: Option<Box<Act>>,
}

impl Claims {
    pub(super) fn read(members: &Members<'_>) -> Result<Self, Malformed> {
        // A proof of possession that we cannot check must not be taken as none.
        if members.has("cnf") {
            return Err(Malformed);
        }
        Ok(Self {
            iss: members.text("iss")?.ok_or(Malformed)?,
            sub: members
                .text("sub")?
                .filter(|sub| is_subject(sub))
                .ok_or(Malformed)?,
            aud: strings(members, "aud")?,
            exp: seconds(members, "exp")?.ok_or(Malformed)?,
            nbf: seconds(members, "nbf")?,
            iat: seconds(members, "iat")?,
            scopes: scopes(members)?,
            delegation: Delegation {
                idp: string(members, "idp"),
                task_id: members.raw_text("task_id"),
                session: string(members, "session"),
                api_key: members.raw_text("api_key"),
                actors: actors(members),
            },
        })
    }

    /// Whether the token is good at `now`, within [`LEEWAY_SECS`].
    ///
    /// # Errors
    ///
    /// What is wrong with its times.
    pub fn check_times(&self, now: UnixMillis) -> Result<(), TimeFault> {
        check_times(now, self.exp, [self.nbf, self.iat])
    }
}

/// Whether `now` lies before the end and after every start, within
/// [`LEEWAY_SECS`].
pub(in crate::domain) fn check_times(
    now: UnixMillis,
    exp: i64,
    starts: [Option<i64>; 2],
) -> Result<(), TimeFault> {
    let now = now.secs();
    if exp + LEEWAY_SECS <= now {
        return Err(TimeFault::Expired);
    }
    let ahead = |at: i64| at > now + LEEWAY_SECS;
    if starts.into_iter().flatten().any(ahead) {
        return Err(TimeFault::NotYetValid);
    }
    Ok(())
}

/// Whether an issuer may call somebody `sub`: 1 to 255 characters, none of them
/// a control character.
pub fn is_subject(sub: &str) -> bool {
    let length = sub.chars().count();
    (1..=255).contains(&length) && !sub.chars().any(char::is_control)
}

/// A moment, in whole seconds since the epoch.
pub(in crate::domain) fn seconds(
    members: &Members<'_>,
    name: &str,
) -> Result<Option<i64>, Malformed> {
    let number: Option<serde_json::Number> = members.typed(name)?;
    let Some(seconds) = number.map(|n| n.as_f64().ok_or(Malformed)).transpose()? else {
        return Ok(None);
    };
    let known = (0.0..=LAST_SECOND).contains(&seconds);
    known.then_some(Some(seconds as i64)).ok_or(Malformed)
}

fn scopes(members: &Members<'_>) -> Result<Vec<String>, Malformed> {
    if let Some(scope) = members.text("scope")? {
        return Ok(scope.split(' ').map(str::to_owned).collect());
    }
    let scp = strings(members, "scp")?;
    Ok(scp
        .iter()
        .flat_map(|s| s.split(' '))
        .map(str::to_owned)
        .collect())
}

/// A member that is one string or several.
pub(in crate::domain) fn strings(
    members: &Members<'_>,
    name: &str,
) -> Result<Vec<String>, Malformed> {
    Ok(match members.typed(name)? {
        None => Vec::new(),
        Some(OneOrMany::One(one)) => vec![one],
        Some(OneOrMany::Many(many)) => many,
    })
}

/// A claim of our own making: of another type it is somebody else's.
fn string(members: &Members<'_>, name: &str) -> Option<String> {
    members.text(name).ok().flatten()
}

fn actors(members: &Members<'_>) -> Vec<String> {
    let mut next = members.typed::<Act>("act").ok().flatten().map(Box::new);
    let mut actors = Vec::new();
    while let Some(act) = next.take().filter(|_| actors.len() < MAX_ACTORS) {
        actors.push(act.sub);
        next = act.act;
    }
    actors
}
