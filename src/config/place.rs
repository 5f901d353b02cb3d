//! Where the database is.

use std::{fmt, path::PathBuf, str::FromStr};

use sqlx::postgres::PgConnectOptions;

/// What is wrong with a `DATABASE_URL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no place of a database")]
pub struct NotAPlace;

/// A place where the database can be: the value of `DATABASE_URL`.
#[derive(Clone)]
pub enum Place {
    /// A file.
    Sqlite(PathBuf),
    /// A database on a server.
    Postgres(Box<Server>),
}

/// A database on a server. A password in it is never shown.
#[derive(Clone)]
pub struct Server {
    /// How it is reached.
    pub options: PgConnectOptions,
    /// Connections of one gateway for its work at most; [`Self::BESIDE`] come on top.
    pub connections: u32,
}

impl Server {
    /// Connections where `DATABASE_CONNECTIONS` says nothing.
    pub const CONNECTIONS: u32 = 16;

    /// Connections that a gateway may have besides: one hears what others do, and each
    /// [`Part`](crate::adapters::database::sole::Part) that it does alone holds one.
    pub const BESIDE: u32 = 5;

    /// Statements that each connection keeps prepared where `DATABASE_URL` says nothing
    /// (`?statement-cache-capacity=0` is for poolers that keep none). Ours are some two
    /// hundred, and inserts of many rows one more for each number of rows.
    const PREPARED: usize = 512;

    /// The name of the database.
    pub fn database(&self) -> &str {
        self.options.get_database().unwrap_or_default()
    }

    /// Where it is, as people are told.
    pub fn place(&self) -> String {
        let (options, database) = (&self.options, self.database());
        match options.get_socket() {
            Some(folder) => format!("postgres {database} in {}", folder.display()),
            None => {
                let (host, port) = (options.get_host(), options.get_port());
                format!("postgres://{host}:{port}/{database}")
            }
        }
    }
}

impl Place {
    /// The file, where it is one.
    pub fn file(&self) -> Option<&PathBuf> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }

    /// Whether several gateways may serve from it at once.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

impl From<PathBuf> for Place {
    fn from(path: PathBuf) -> Self {
        Self::Sqlite(path)
    }
}

impl FromStr for Place {
    type Err = NotAPlace;

    /// `sqlite:<path>` or `postgres://[user[:password]@]host[:port]/database[?…]`.
    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let is_file = !path.is_empty() && !path.contains('?') && path != ":memory:";
            return is_file.then(|| Self::Sqlite(path.into())).ok_or(NotAPlace);
        }
        let is_server = ["postgres://", "postgresql://"];
        if !is_server.iter().any(|scheme| text.starts_with(scheme)) {
            return Err(NotAPlace);
        }
        let server = Server {
            options: options(text).ok_or(NotAPlace)?,
            connections: Server::CONNECTIONS,
        };
        let is_named = !server.database().is_empty();
        is_named
            .then(|| Self::Postgres(Box::new(server)))
            .ok_or(NotAPlace)
    }
}

/// By its name on the server others see that a gateway is there.
fn options(text: &str) -> Option<PgConnectOptions> {
    let options: PgConnectOptions = text.parse().ok()?;
    let options = options.application_name("attach-gateway");
    let says_how_many = text.contains("statement-cache-capacity=");
    Some(match says_how_many {
        true => options,
        false => options.statement_cache_capacity(Server::PREPARED),
    })
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(server) => f.write_str(&server.place()),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let place: Place = "postgres://me:hushhush@db:6432/attach".parse().unwrap();
        assert_eq!(
            format!("{place} {place:?}"),
            "postgres://db:6432/attach postgres://db:6432/attach"
        );
    }

    #[test]
    fn what_names_no_file_and_no_database_is_no_place() {
        for text in [
            "",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:a?mode=ro",
            "mysql://h/d",
            "postgres://h",
            "attach.db",
        ] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }
}
