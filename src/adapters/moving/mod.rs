//! A file's rows, brought to a server: page by page, each in one transaction together
//! with the note of how far it came. So it can be stopped at any moment and goes on
//! from there, and no row is moved twice.

mod columns;
mod copy;
mod page;
mod place;
mod standing;
mod tables;

use std::path::Path;

use sqlx::{Postgres, Sqlite, pool::PoolConnection};

use super::{
    database::{Database, OpenError, sqlite::FileLock},
    identity::signing::{SigningKey, shared, shared::SharedKeyError},
    secret::Secret,
};
use crate::{
    config::{Place as Where, Server},
    domain::time::UnixMillis,
};
use columns::Columns;
use place::{Origin, Place};
pub use standing::{Count, is_under_way};
pub use tables::{LEFT, Step, TABLES};

/// What connections that move are called on the server.
const NAME: &str = "attach-gateway migrate";

/// Why not everything was moved. What was is noted, and stays.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// One of the two cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The file.
    #[error("the file cannot be read: {0}")]
    Source(sqlx::Error),
    /// The server.
    #[error("the server does not take it: {0}; mend that and run it again, it goes on from here")]
    Target(sqlx::Error),
    /// The key that tokens are signed with.
    #[error(transparent)]
    Key(#[from] SharedKeyError),
    /// Something that whoever moves has to settle first.
    #[error("{0}")]
    Told(String),
}

impl MoveError {
    fn source(error: sqlx::Error) -> Self {
        Self::Source(error)
    }

    fn target(error: sqlx::Error) -> Self {
        Self::Target(error)
    }
}

/// A file and a server, of which nobody else makes use meanwhile.
pub struct Move {
    from: PoolConnection<Sqlite>,
    to: PoolConnection<Postgres>,
    source: Database,
    target: Database,
    origin: Origin,
    _lock: FileLock,
}

impl Move {
    /// Opens both, and sees that nothing would be mixed up: no gateway serves from
    /// either, and what is on the server came from this very file, as it is now. With
    /// `replace` whatever is on the server is thrown away first.
    ///
    /// # Errors
    ///
    /// [`MoveError`]: nothing was moved.
    pub async fn begin(file: &Path, server: &Server, replace: bool) -> Result<Self, MoveError> {
        if !file.exists() {
            return Err(OpenError::Missing(file.to_owned()).into());
        }
        let lock = FileLock::take(file)?;
        let source = Database::open(&file.to_owned().into()).await?;
        let mut server = server.clone();
        server.options = server.options.application_name(NAME);
        let target = Database::open(&Where::Postgres(Box::new(server))).await?;
        let (from, to) = match (&source, &target) {
            (Database::Sqlite(file), Database::Postgres(server)) => {
                let from = file.readers.acquire().await.map_err(MoveError::source)?;
                (
                    from,
                    server.pool.acquire().await.map_err(MoveError::target)?,
                )
            }
            _ => return Err(MoveError::Told("a file is moved to a server".to_owned())),
        };
        let mut begun = Self {
            from,
            to,
            source,
            target,
            origin: Origin::default(),
            _lock: lock,
        };
        begun.see(replace).await?;
        Ok(begun)
    }

    /// Moves every row that is not there yet, and says after each page how many of a
    /// table are.
    ///
    /// # Errors
    ///
    /// [`MoveError`]; run it again to go on.
    pub async fn rows(&mut self, mut tell: impl FnMut(&'static str, i64)) -> Result<(), MoveError> {
        let mut here = ("", 0);
        for step in Step::all() {
            if here.0 != step.table {
                here = (step.table, 0);
            }
            self.step(step, |rows| tell(step.table, here.1 + rows))
                .await?;
            here.1 += self.place(step).await?.rows;
        }
        for table in TABLES {
            columns::go_on(table, &mut self.from, &mut self.to).await?;
        }
        Ok(())
    }

    async fn step(&mut self, step: Step, mut tell: impl FnMut(i64)) -> Result<(), MoveError> {
        let columns = Columns::of(step.table, &mut self.from, &mut self.to).await?;
        let copy = columns.copy(step.table);
        let mut place = self.place(step).await?;
        while !place.is_done {
            let page = page::read(&mut self.from, &columns, step, place.key).await?;
            place::write(&mut self.to, step, &copy, &page).await?;
            place = Place {
                rows: place.rows + page.rows,
                key: page.place,
                is_done: page.is_last,
            };
            tell(place.rows);
        }
        Ok(())
    }

    async fn place(&mut self, step: Step) -> Result<Place, MoveError> {
        Place::of(&mut self.to, step)
            .await
            .map_err(MoveError::target)
    }

    /// Takes along the key in the data folder, so that tokens stay good: sealed with
    /// `secret`. `None` if there is none in the folder.
    ///
    /// # Errors
    ///
    /// [`MoveError`].
    pub async fn key(&mut self, data: &Path, secret: &Secret) -> Result<Option<String>, MoveError> {
        let path = data.join(SigningKey::FILE);
        let told = |why: String| MoveError::Told(format!("{}: {why}", path.display()));
        let pkcs8 = match std::fs::read(&path) {
            Ok(pkcs8) => pkcs8,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(told(error.to_string())),
        };
        let ours = SigningKey::from_pkcs8(&pkcs8);
        let ours = ours.ok_or_else(|| told("it is not a key of ours".to_owned()))?;
        let kept = shared::keep(&self.target, secret, &pkcs8, UnixMillis::now()).await?;
        if kept.kid() != ours.kid() {
            return Err(told("the server has another key already".to_owned()));
        }
        Ok(Some(kept.kid().to_owned()))
    }

    /// How many rows each table has on both sides. Where all agree, gateways may serve
    /// from the server from now on.
    ///
    /// # Errors
    ///
    /// [`MoveError`].
    pub async fn end(&mut self) -> Result<Vec<Count>, MoveError> {
        let counts = self.counts().await?;
        if counts.iter().all(|count| count.here == count.there) {
            place::end(&mut self.to).await.map_err(MoveError::target)?;
        }
        Ok(counts)
    }

    /// Closes both.
    pub async fn close(self) {
        drop((self.from, self.to));
        self.source.close().await;
        self.target.close().await;
    }
}
