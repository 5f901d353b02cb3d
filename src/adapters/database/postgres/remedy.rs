//! What to do about a server that cannot be used.

use sqlx::{Error, error::DatabaseError, migrate::MigrateError};

use crate::config::Server;

impl Server {
    /// What to do about `error`, in words that hold no password.
    pub(crate) fn remedy(&self, error: &Error) -> String {
        match cause(error) {
            Error::Tls(_) => "see sslmode and sslrootcert in DATABASE_URL".to_owned(),
            Error::Database(error) => self.answered(&**error),
            Error::Migrate(error) => migration(error).to_owned(),
            _ => "see that PostgreSQL runs there, and that DATABASE_URL names its host and port"
                .to_owned(),
        }
    }

    fn answered(&self, error: &dyn DatabaseError) -> String {
        let (user, database) = (self.options.get_username(), self.database());
        match error.code().as_deref() {
            Some("28P01" | "28000") => format!(
                "see that user and password in DATABASE_URL are right, and that pg_hba.conf lets {user} in"
            ),
            Some("3D000") => {
                format!("make it, as with createdb {database}, or name another in DATABASE_URL")
            }
            Some("42501") => format!(
                "let {user} make tables, as with grant create on schema public to {user}, or name the owner of the database in DATABASE_URL"
            ),
            Some("53300") => {
                "set DATABASE_CONNECTIONS lower, or max_connections of the server higher".to_owned()
            }
            Some("57P03") => "it is starting or stopping; try again in a while".to_owned(),
            Some("25006") => {
                "it only reads, as a standby does; name the one that writes in DATABASE_URL"
                    .to_owned()
            }
            _ => "see that DATABASE_URL names a database and a user that may make tables in it"
                .to_owned(),
        }
    }
}

/// What is wrong, without the words around it that say nothing.
pub(in crate::adapters::database) fn said(error: &Error) -> String {
    match cause(error) {
        Error::Database(error) => error.message().to_owned(),
        Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

/// The error below that of a migration.
fn cause(error: &Error) -> &Error {
    let Error::Migrate(migrating) = error else {
        return error;
    };
    match &**migrating {
        MigrateError::Execute(below) | MigrateError::ExecuteMigration(below, _) => below,
        _ => error,
    }
}

fn migration(error: &MigrateError) -> &'static str {
    match error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
            "a newer gateway has made its tables; run that version"
        }
        _ => "its tables are not as a gateway makes them; name another database in DATABASE_URL",
    }
}
