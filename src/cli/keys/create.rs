//! `attach-gateway keys create`.

use std::{io, path::Path, process::ExitCode};

use super::wanted::{OWN_ISSUER, Wanted};
use crate::{
    adapters::{
        api_keys::{ApiKeys, CreateError, MadeKey, NewKey},
        database::{Database, OpenError},
    },
    cli::{
        fail,
        serve::WRONG_SETTING,
        table::short,
        token::{DATA, DevIssuer},
    },
    config::{Config, Faults, Place, Vars},
    domain::{id::Owner, identity::Scopes, time::UnixMillis},
};

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Faults(#[from] Faults),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Create(#[from] CreateError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

pub(super) async fn run(wanted: Wanted, vars: &Vars) -> ExitCode {
    let now = UnixMillis::now();
    match create(wanted, vars, now).await {
        Ok(made) => {
            say!("{}", made.key.text);
            made.tell(now);
            ExitCode::SUCCESS
        }
        Err(Failed::Faults(faults)) => fail(WRONG_SETTING, faults),
        Err(Failed::Open(error)) => fail(WRONG_SETTING, error),
        Err(Failed::Create(error)) => fail(1, error),
        Err(Failed::Io(error)) => fail(1, error),
    }
}

/// A key that was made, of what, and where.
struct Made {
    key: MadeKey,
    new: NewKey,
    place: Place,
}

async fn create(wanted: Wanted, vars: &Vars, now: UnixMillis) -> Result<Made, Failed> {
    let place = Config::database(vars)?;
    let new = NewKey {
        owner: Owner::new(vouches(wanted.issuer, vars, &place)?, wanted.user),
        name: wanted.name,
        scopes: Scopes::parse(&wanted.scopes),
        expires_at: wanted.expires.end(now),
    };
    let database = Database::open(&place).await?;
    let keys = ApiKeys::new(database.clone());
    let made = keys.create(new.clone(), now).await;
    database.close().await;
    Ok(Made {
        key: made?,
        new,
        place,
    })
}

impl Made {
    /// The key stands alone on stdout, for a script to take; what people want to
    /// know goes beside it.
    fn tell(&self, now: UnixMillis) {
        let (id, new) = (&self.key.id, &self.new);
        let until = match new.expires_at {
            Some(end) => format!("{} ({} from now)", end.rfc3339(), span(end.0 - now.0)),
            None => "it is revoked".to_owned(),
        };
        let named = match &*new.name {
            "" => String::new(),
            name => format!(" ({name})"),
        };
        let (user, issuer) = (short(&new.owner.user, 80), short(&new.owner.issuer, 120));
        eprintln!("key    {id}{named}");
        eprintln!("for    {user} of {issuer}");
        eprintln!("may    {}", new.scopes.to_text());
        eprintln!("until  {until}");
        eprintln!("in     {}", self.place);
        eprintln!("keep it now: it is not shown again. To end it: attach-gateway keys revoke {id}");
    }
}

fn span(millis: i64) -> String {
    let secs = millis / 1000;
    let (count, unit) = match secs {
        _ if secs % 86_400 == 0 && secs != 86_400 => (secs / 86_400, "day"),
        _ if secs % 3600 == 0 => (secs / 3600, "hour"),
        _ if secs % 60 == 0 => (secs / 60, "minute"),
        _ => (secs, "second"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

/// Who vouches for the user: what was asked for, or whoever signs the tokens
/// that people bring, so that the key's owner and the token's are one person: `dev`
/// where it runs from this folder, else the first provider that is configured.
fn vouches(asked: Option<String>, vars: &Vars, place: &Place) -> Result<String, Failed> {
    let config = Config::read_beside(vars, true);
    let Some(asked) = asked else {
        let data = Path::new(DATA);
        if matches!(place, Place::Sqlite(path) if *path == data.join("attach.db"))
            && let Some(dev) = DevIssuer::running(data)?
        {
            return Ok(dev.issuer);
        }
        let first = config?.auth.home().map(str::to_owned);
        return Ok(first.unwrap_or_else(|| OWN_ISSUER.to_owned()));
    };
    let known: Vec<_> = config.map_or(Vec::new(), |config| config.auth.issuers);
    if !known.is_empty() && known.iter().all(|issuer| issuer.url != asked) {
        eprintln!(
            "attach-gateway: no configured issuer is called {asked}, so nobody's token and this key are one person's; it is compared byte for byte, slash and all"
        );
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn a_span_is_told_in_the_unit_it_was_meant_in() {
        for (secs, told) in [
            (1, "1 second"),
            (61, "61 seconds"),
            (60, "1 minute"),
            (5400, "90 minutes"),
            (3600, "1 hour"),
            (86_400, "24 hours"),
            (7_776_000, "90 days"),
        ] {
            assert_eq!(span(secs * 1000), told);
        }
    }
}
