//! The SQLite file: one writer with group commit, a few readers, one lock.

mod writer;

use std::{
    fs::{self, File},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::Semaphore;

pub use super::{OpenError, WriteError};
pub use writer::Writer;

/// Readers at once. SQLite reads beside the writer in WAL mode.
const READERS: u32 = 4;
/// How often the journal is tried to be emptied, and the pause between two tries.
const SCRUBS: u32 = 20;
const SCRUB_AGAIN: Duration = Duration::from_millis(100);

/// The open database. A clone shares everything.
#[derive(Clone, Debug)]
pub struct Sqlite {
    /// Connections that only read.
    pub readers: SqlitePool,
    /// The one connection that writes.
    pub writer: Writer,
    /// Work of many commits, one at a time: erasing, indexing for a search.
    pub heavy: Arc<Semaphore>,
    path: PathBuf,
}

/// Keeps a second gateway off the file for as long as it lives. The operating
/// system gives it back when the process ends in any way.
#[derive(Debug)]
pub struct FileLock(#[expect(dead_code, reason = "held, not read")] File);

impl FileLock {
    /// Takes the lock of the database at `path`.
    ///
    /// # Errors
    ///
    /// [`OpenError::InUse`] if another process has it.
    pub fn take(path: &Path) -> Result<Self, OpenError> {
        let lock = path.with_extension("lock");
        let io = |source| OpenError::Io {
            path: lock.clone(),
            source,
        };
        private_folder(path.parent().unwrap_or(Path::new("."))).map_err(io)?;
        let file = private_file(&lock).map_err(io)?;
        file.try_lock()
            .map_err(|_| OpenError::InUse(path.to_owned()))?;
        Ok(Self(file))
    }
}

impl Sqlite {
    /// Opens the database at `path`, makes it if it is missing, and brings its
    /// tables up to date.
    ///
    /// Must run inside a tokio runtime: the writer is a task there.
    ///
    /// # Errors
    ///
    /// [`OpenError`], with the path and what to do.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let io = |source| OpenError::Io {
            path: path.to_owned(),
            source,
        };
        let database = |source| OpenError::Database {
            path: path.to_owned(),
            source,
        };
        private_folder(path.parent().unwrap_or(Path::new("."))).map_err(io)?;
        private_file(path).map_err(io)?;

        let one = SqlitePoolOptions::new().max_connections(1);
        let writing = one.connect_with(options(path)).await.map_err(database)?;
        migrate(&writing).await.map_err(database)?;
        Ok(Self::over(path, writing))
    }

    /// Opens a database that is there, beside the gateway that may serve from
    /// it, and leaves its tables as they are.
    ///
    /// # Errors
    ///
    /// [`OpenError`]: there is none.
    pub async fn existing(path: &Path) -> Result<Self, OpenError> {
        fs::metadata(path).map_err(|_| OpenError::Missing(path.to_owned()))?;
        let database = |source| OpenError::Database {
            path: path.to_owned(),
            source,
        };
        let one = SqlitePoolOptions::new().max_connections(1);
        let writing = one.connect_with(options(path)).await.map_err(database)?;
        Ok(Self::over(path, writing))
    }

    fn over(path: &Path, writing: SqlitePool) -> Self {
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(Duration::from_secs(5))
            .connect_lazy_with(options(path).read_only(true));
        Self {
            readers,
            writer: Writer::start(writing),
            heavy: Arc::new(Semaphore::new(1)),
            path: path.to_owned(),
        }
    }

    /// Takes what was deleted out of the journal as well, where a copy of it may
    /// stand. `false` if somebody read from the journal all the while: then it stays
    /// there until it is written over.
    ///
    /// # Errors
    ///
    /// The database.
    pub async fn scrub(&self) -> sqlx::Result<bool> {
        for _ in 0..SCRUBS {
            if self.scrub_once().await? {
                return Ok(true);
            }
            tokio::time::sleep(SCRUB_AGAIN).await;
        }
        tracing::warn!("what was erased is still in the journal, since it is read all the time");
        Ok(false)
    }

    /// Two who scrub at once are refused at once, and one who reads, after a while.
    async fn scrub_once(&self) -> sqlx::Result<bool> {
        let options = options(&self.path).busy_timeout(SCRUB_AGAIN);
        let mut own = options.connect().await?;
        // The first one does the work beside everybody, the second one has little
        // left to do and keeps them waiting.
        sqlx::query("pragma wal_checkpoint(passive)")
            .execute(&mut own)
            .await?;
        let (busy, ..): (bool, i64, i64) = sqlx::query_as("pragma wal_checkpoint(truncate)")
            .fetch_one(&mut own)
            .await?;
        own.close().await?;
        Ok(!busy)
    }

    /// Waits for what is being written, then closes every connection. The writer
    /// goes last: only then is everything in the one file, and no journal left
    /// beside it.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Two processes may meet here (a gateway and `keys create`): the second one
/// waits, and then finds everything done. All steps or none.
async fn migrate(pool: &SqlitePool) -> sqlx::Result<()> {
    let mut transaction = pool.begin_with("begin immediate").await?;
    let steps = sqlx::migrate!("migrations/sqlite");
    steps.run(&mut *transaction).await?;
    transaction.commit().await
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("trusted_schema", "off")
        .pragma("secure_delete", "on")
}

/// Makes a folder that only its owner may enter; an existing one is left alone.
pub fn private_folder(path: &Path) -> std::io::Result<()> {
    if path.as_os_str().is_empty() {
        return Ok(());
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

fn private_file(path: &Path) -> std::io::Result<File> {
    File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}
