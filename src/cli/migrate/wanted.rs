//! What is moved where, as it was typed and as the variables say.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::{
    adapters::secret::Secret,
    config::{Config, Place, Server, Vars},
};

const TO: &str = "--to names no server; write --to postgres://user[:password]@host[:port]/database";
const FROM: &str = "--from names no file; write --from sqlite:<path of the file>";

/// What is moved where.
#[derive(Args, Debug)]
pub(in crate::cli) struct Wanted {
    /// The file, as sqlite:<path> [default: that of ATTACH_DATA]
    #[arg(long)]
    from: Option<String>,
    /// The database on a PostgreSQL server [default: DATABASE_URL]
    #[arg(long)]
    to: Option<String>,
    /// Throw away first what a gateway, or another move, left on the server
    #[arg(long)]
    replace: bool,
}

/// The same, seen to be possible.
pub(super) struct Settled {
    pub(super) file: PathBuf,
    pub(super) server: Server,
    /// The data folder of the gateway that served from the file.
    pub(super) data: PathBuf,
    pub(super) secret: Secret,
    pub(super) replace: bool,
}

impl Wanted {
    /// # Errors
    ///
    /// What is missing or wrong, in words.
    pub(super) fn settle(self, vars: &Vars) -> Result<Settled, String> {
        let file = self.file(vars)?;
        let data = match vars.get("ATTACH_DATA").filter(|data| !data.is_empty()) {
            Some(data) => PathBuf::from(data),
            None => file.parent().unwrap_or(Path::new(".")).to_owned(),
        };
        Ok(Settled {
            server: self.server(vars)?,
            secret: secret(vars, &data)?,
            replace: self.replace,
            file,
            data,
        })
    }

    fn file(&self, vars: &Vars) -> Result<PathBuf, String> {
        let Some(from) = &self.from else {
            let data = vars.get("ATTACH_DATA").filter(|data| !data.is_empty());
            let data = data.map_or(".attach", String::as_str);
            return Ok(Path::new(data).join("attach.db"));
        };
        match from.parse() {
            Ok(Place::Sqlite(path)) => Ok(path),
            _ => Err(FROM.to_owned()),
        }
    }

    /// What was typed may hold a password: it is never said again.
    fn server(&self, vars: &Vars) -> Result<Server, String> {
        let place = match &self.to {
            Some(to) => to.parse().map_err(|_| TO.to_owned())?,
            None => Config::database(vars).map_err(|faults| faults.to_string())?,
        };
        match place {
            Place::Postgres(server) => Ok(*server),
            Place::Sqlite(_) => Err(TO.to_owned()),
        }
    }
}

/// The secret of the gateways that will serve from the server. Sessions and the
/// credentials of webhooks are keyed with it, so it must be the one they had.
fn secret(vars: &Vars, data: &Path) -> Result<Secret, String> {
    let path = data.join("secret");
    let had = std::fs::read_to_string(&path).ok();
    let set = vars.get("ATTACH_SECRET").map(|text| text.trim());
    match (set.filter(|text| !text.is_empty()), had) {
        (None, None) => Err(
            "ATTACH_SECRET is not set: gateways on PostgreSQL share one; write the one the gateway had".to_owned(),
        ),
        (None, Some(_)) => Err(format!(
            "ATTACH_SECRET is not set: gateways on PostgreSQL share one; set it to what {} holds, here and for all of them",
            path.display()
        )),
        (Some(set), Some(had)) if set != had.trim() => Err(format!(
            "ATTACH_SECRET is not what {} holds; sessions and webhooks are keyed with that: set it to that, or move the file away if the gateway had this ATTACH_SECRET",
            path.display()
        )),
        (Some(set), _) if set.len() < 32 => {
            Err("ATTACH_SECRET: write 32 characters or more".to_owned())
        }
        (Some(set), _) => Secret::open(data, Some(set)).map_err(|error| error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: &str = "postgres://me:hushhush@db/attach";
    const SECRET: &str = "a secret of thirty-two characters";

    fn wanted(from: Option<&str>, to: Option<&str>) -> Wanted {
        Wanted {
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
            replace: false,
        }
    }

    fn vars(pairs: &[(&str, &str)]) -> Vars {
        let own = pairs.iter();
        own.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn why(wanted: Wanted, pairs: &[(&str, &str)]) -> String {
        match wanted.settle(&vars(pairs)) {
            Ok(_) => panic!("it should be refused"),
            Err(why) => why,
        }
    }

    #[test]
    fn what_is_not_typed_is_what_the_variables_say() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().to_str().unwrap();
        let pairs = [
            ("ATTACH_DATA", folder),
            ("DATABASE_URL", SERVER),
            ("ATTACH_SECRET", SECRET),
        ];
        let settled = wanted(None, None).settle(&vars(&pairs)).ok().unwrap();
        assert_eq!(settled.file, data.path().join("attach.db"));
        assert_eq!(settled.server.place(), "postgres://db:5432/attach");
        let typed = wanted(Some("sqlite:/a/b.db"), Some(SERVER));
        let settled = typed.settle(&vars(&pairs[2..])).ok().unwrap();
        assert_eq!(settled.file, Path::new("/a/b.db"));
        assert_eq!(settled.data, Path::new("/a"));
    }

    #[test]
    fn what_is_typed_wrong_is_told_without_the_password() {
        let set = [("ATTACH_SECRET", SECRET)];
        for (from, to, told) in [
            (Some("postgres://h/d"), Some(SERVER), FROM),
            (None, Some("sqlite:a.db"), TO),
            (None, Some("postgres://me:hushhush@db"), TO),
            (None, None, TO),
        ] {
            assert_eq!(why(wanted(from, to), &set), told);
        }
    }

    #[test]
    fn the_secret_is_the_one_that_the_gateway_had() {
        let data = tempfile::tempdir().unwrap();
        let (folder, made) = (data.path().to_str().unwrap(), data.path().join("secret"));
        let place = ("ATTACH_DATA", folder);
        let to = || wanted(None, Some(SERVER));
        assert!(why(to(), &[place]).contains("ATTACH_SECRET is not set"));
        let short = [place, ("ATTACH_SECRET", "hushhush")];
        assert!(!why(to(), &short).contains("hushhush"));

        std::fs::write(&made, SECRET).unwrap();
        assert!(why(to(), &[place]).contains(made.to_str().unwrap()));
        let other = [
            place,
            ("ATTACH_SECRET", "another of thirty-two characters!"),
        ];
        assert!(why(to(), &other).contains(made.to_str().unwrap()));
        let same = [place, ("ATTACH_SECRET", SECRET)];
        assert!(to().settle(&vars(&same)).is_ok());
    }
}
