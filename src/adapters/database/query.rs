//! A statement, on whichever database it goes to.

use std::{borrow::Cow, fmt::Write, future::ready};

use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use sqlx::{
    AssertSqlSafe, FromRow, PgConnection, PgPool, Postgres, SqlSafeStr, SqlStr, Sqlite,
    SqliteConnection, SqlitePool,
    error::BoxDynError,
    postgres::{PgArguments, PgRow},
    query_as_with,
    sqlite::{SqliteArguments, SqliteRow},
};
use tokio::time::timeout;

use super::{
    Bind,
    args::Args,
    postgres::{
        loan::{LIMIT, Loan},
        rows::rows,
    },
};

/// A statement as each database reads it. Places for values are `$1`, `$2` …, which
/// both know.
#[derive(Clone, Copy, Debug)]
pub struct Sql {
    sqlite: &'static str,
    postgres: &'static str,
}

impl Sql {
    /// One text that both read alike.
    pub const fn same(text: &'static str) -> Self {
        Self::each(text, text)
    }

    /// A text each, where the dialects differ.
    pub const fn each(sqlite: &'static str, postgres: &'static str) -> Self {
        Self { sqlite, postgres }
    }
}

#[cfg(test)]
impl Sql {
    /// Both texts.
    pub fn texts(&self) -> [&'static str; 2] {
        [self.sqlite, self.postgres]
    }
}

#[cfg(test)]
impl Query<'_> {
    /// How a file would go about it.
    pub async fn plan(mut self) -> Vec<String> {
        self.text = format!("explain query plan {}", self.text).into();
        let steps: Vec<(i64, i64, i64, String)> = self.all().await.unwrap();
        steps.into_iter().map(|(.., step)| step).collect()
    }
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self::same(text)
    }
}

/// A row that can be read from both. `#[derive(FromRow)]` and tuples are; whole
/// numbers are `i64`, others say `#[sqlx(try_from = "i64")]`.
pub trait Record:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> Record for T where
    T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

/// Where a statement goes, and its values as they are taken there.
pub(super) enum On<'c> {
    SqliteConn(&'c mut SqliteConnection, SqliteArguments),
    SqlitePool(&'c SqlitePool, SqliteArguments),
    PgConn(&'c mut PgConnection, PgArguments),
    PgPool(&'c PgPool, PgArguments),
}

impl On<'_> {
    fn text(&self, sql: Sql) -> &'static str {
        match self {
            Self::SqliteConn(..) | Self::SqlitePool(..) => sql.sqlite,
            Self::PgConn(..) | Self::PgPool(..) => sql.postgres,
        }
    }
}

/// A statement with its values, not yet sent.
#[must_use = "it does nothing until it is run"]
pub struct Query<'c> {
    on: On<'c>,
    text: Cow<'static, str>,
    unfit: Option<BoxDynError>,
}

/// The same expression for whatever the statement goes to: `$Db` its database, `$to`
/// the connection, `$args` the values. What goes to a server by itself has a limit; in a
/// transaction that is the transaction's.
macro_rules! on {
    ($on:expr, |$Db:ident, $to:ident, $args:ident| $send:expr) => {
        match $on {
            On::SqliteConn($to, $args) => {
                type $Db = Sqlite;
                $send
            }
            On::SqlitePool($to, $args) => {
                type $Db = Sqlite;
                $send
            }
            On::PgConn($to, $args) => {
                type $Db = Postgres;
                $send
            }
            On::PgPool(pool, $args) => {
                type $Db = Postgres;
                let mut loan = Loan::of(pool).await?;
                let $to = &mut *loan;
                let sent = timeout(LIMIT, async { $send }).await;
                loan.done(sent)
            }
        }
    };
}

impl<'c> Query<'c> {
    pub(super) fn new(on: On<'c>, sql: Sql) -> Self {
        Self {
            text: Cow::Borrowed(on.text(sql)),
            on,
            unfit: None,
        }
    }

    /// Gives the next place its value.
    pub fn bind(mut self, value: impl Bind) -> Self {
        self.add(value);
        self
    }

    /// Adds to the text. Never anything that somebody sent.
    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// Adds to the text what its database reads.
    pub fn push_each(&mut self, sql: Sql) -> &mut Self {
        let text = self.on.text(sql);
        self.push(text)
    }

    /// Adds a place to the text, and its value.
    pub fn push_bind(&mut self, value: impl Bind) -> &mut Self {
        self.add(value);
        let number = self.args().len();
        // Writing to a string cannot fail.
        let _ = write!(self.text.to_mut(), "${number}");
        self
    }

    fn add(&mut self, value: impl Bind) {
        if let Err(error) = value.bind(self.args()) {
            self.unfit.get_or_insert(error);
        }
    }

    fn args(&mut self) -> Args<'_> {
        match &mut self.on {
            On::SqliteConn(_, args) | On::SqlitePool(_, args) => Args::Sqlite(args),
            On::PgConn(_, args) | On::PgPool(_, args) => Args::Postgres(args),
        }
    }

    fn ready(self) -> sqlx::Result<(SqlStr, On<'c>)> {
        if let Some(error) = self.unfit {
            return Err(sqlx::Error::Encode(error));
        }
        let text = match self.text {
            Cow::Borrowed(text) => text.into_sql_str(),
            Cow::Owned(text) => AssertSqlSafe(text).into_sql_str(),
        };
        Ok((text, self.on))
    }

    /// Runs it; how many rows it touched.
    ///
    /// # Errors
    ///
    /// The database, as with all below.
    pub async fn run(self) -> sqlx::Result<u64> {
        let (text, on) = self.ready()?;
        on!(on, |Db, to, args| {
            let sent = sqlx::query_with::<Db, _>(text, args).execute(to);
            sent.await.map(|done| done.rows_affected())
        })
    }

    /// Every row.
    pub async fn all<T: Record>(self) -> sqlx::Result<Vec<T>> {
        let (text, on) = self.ready()?;
        on!(on, |Db, to, args| {
            let sent = query_as_with::<Db, T, _>(text, args).fetch_all(to);
            sent.await
        })
    }

    /// The first row, if there is one.
    pub async fn optional<T: Record>(self) -> sqlx::Result<Option<T>> {
        let (text, on) = self.ready()?;
        on!(on, |Db, to, args| {
            let sent = query_as_with::<Db, T, _>(text, args).fetch_optional(to);
            sent.await
        })
    }

    /// The first row, which must be there.
    pub async fn one<T: Record>(self) -> sqlx::Result<T> {
        self.optional().await?.ok_or(sqlx::Error::RowNotFound)
    }

    /// The first column of every row.
    pub async fn scalars<T>(self) -> sqlx::Result<Vec<T>>
    where
        (T,): Record,
    {
        let rows: Vec<(T,)> = self.all().await?;
        Ok(rows.into_iter().map(|(value,)| value).collect())
    }

    /// The first column of the first row, if there is one.
    pub async fn optional_scalar<T>(self) -> sqlx::Result<Option<T>>
    where
        (T,): Record,
    {
        Ok(self.optional::<(T,)>().await?.map(|(value,)| value))
    }

    /// The first column of the first row, which must be there.
    pub async fn scalar<T>(self) -> sqlx::Result<T>
    where
        (T,): Record,
    {
        Ok(self.one::<(T,)>().await?.0)
    }

    /// Row after row, for those that are many.
    pub fn stream<T: Record + 'c>(self) -> BoxStream<'c, sqlx::Result<T>> {
        let (text, on) = match self.ready() {
            Ok(ready) => ready,
            Err(error) => return stream::once(ready(Err(error))).boxed(),
        };
        match on {
            On::SqliteConn(to, args) => query_as_with::<Sqlite, T, _>(text, args).fetch(to),
            On::SqlitePool(to, args) => query_as_with::<Sqlite, T, _>(text, args).fetch(to),
            On::PgConn(to, args) => query_as_with::<Postgres, T, _>(text, args).fetch(to),
            On::PgPool(pool, args) => rows(pool, text, args),
        }
    }
}
