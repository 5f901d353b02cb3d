//! What the gateway wrote down, read from its database file.

use std::path::Path;

use sqlx::{
    ConnectOptions, Connection, FromRow,
    sqlite::{SqliteConnectOptions, SqliteConnection},
};

use super::{eventually, gateway::Gateway};

/// One usage record.
#[derive(Clone, Debug, FromRow)]
pub struct Usage {
    pub user_id: String,
    pub issuer: String,
    pub session_id: String,
    pub task_id: Option<String>,
    pub project: String,
    pub model_asked: Option<String>,
    pub model: String,
    pub engine: String,
    pub tokens_in: i64,
    pub tokens_out: i64,
    pub source_in: String,
    pub source_out: String,
    pub outcome: String,
    pub status: i64,
}

impl Usage {
    /// Who says how many tokens there were: of both numbers where they agree.
    pub fn sources(&self) -> &str {
        match self.source_in == self.source_out {
            true => &self.source_in,
            false => "two",
        }
    }
}

/// Changes rows of a database that nobody serves from.
pub async fn change(file: &Path, sql: &str) {
    let options = SqliteConnectOptions::new().filename(file);
    let mut database = options.connect().await.unwrap();
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    sqlx::query(sql).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
}

impl Gateway {
    /// Gives its database file no more room than it has, or all there is again.
    pub async fn disk_is_full(&self, is_full: bool) {
        let pages = if is_full { 1 } else { 1 << 30 };
        let limit = format!("pragma max_page_count = {pages}");
        let limited = self.database.file().unwrap().writer.write(move |conn| {
            let limit = sqlx::AssertSqlSafe(limit.clone());
            Box::pin(async move { sqlx::query(limit).execute(conn).await.map(drop) })
        });
        limited.await.unwrap();
    }

    /// A connection that writes to the database in the gateway's place: nothing
    /// else is written while it has a transaction.
    pub async fn holding_the_disk(&self) -> SqliteConnection {
        let file = self.data.path().join("attach.db");
        let options = SqliteConnectOptions::new().filename(file);
        let mut database = options.connect().await.unwrap();
        let begin = sqlx::query("begin immediate");
        begin.execute(&mut database).await.unwrap();
        database
    }

    /// Usage records and memory events, as many as there are now.
    pub async fn rows(&self) -> (i64, i64) {
        let counts =
            "select (select count(*) from usage_record), (select count(*) from memory_event)";
        let mut database = self.database().await;
        let counts = sqlx::query_as(counts).fetch_one(&mut database);
        counts.await.unwrap()
    }

    /// A second, reading connection to the gateway's database.
    pub async fn database(&self) -> SqliteConnection {
        let file = self.data.path().join("attach.db");
        let options = SqliteConnectOptions::new().filename(file).read_only(true);
        options.connect().await.unwrap()
    }

    /// Every usage record, oldest first.
    pub async fn usage(&self) -> Vec<Usage> {
        let mut database = self.database().await;
        sqlx::query_as("select * from usage_record order by usage_id")
            .fetch_all(&mut database)
            .await
            .unwrap()
    }

    /// The one usage record there will be.
    pub async fn one_usage(&self) -> Usage {
        let found = eventually("a usage record is written", async || {
            Some(self.usage().await).filter(|rows| !rows.is_empty())
        });
        let mut rows = found.await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows.remove(0)
    }
}

/// How many rows `table` has.
pub async fn count(gateway: &Gateway, table: &str) -> i64 {
    let mut database = gateway.database().await;
    let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
    sqlx::query_scalar(sql)
        .fetch_one(&mut database)
        .await
        .unwrap()
}
