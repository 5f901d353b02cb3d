//! How a file stands: what is another whenever somebody has made use of it meanwhile.

use sqlx::{AssertSqlSafe, SqlSafeStr, SqliteConnection};

use super::TABLES;
use crate::adapters::secret::{hex, sha256};

const COLUMNS: &str = "select name from pragma_table_info($1) order by cid";

/// A short name for every row of every table that is moved: numbers are added up, and
/// the lengths of texts. A change that leaves all of these as they were is none that a
/// gateway makes, for each brings a row, a moment or a count with it. Every table is
/// read once, without its long texts.
pub(super) async fn of(file: &mut SqliteConnection) -> sqlx::Result<String> {
    let mut marks = String::new();
    for &table in TABLES {
        let text = AssertSqlSafe(summing(table, file).await?).into_sql_str();
        let mark: String = sqlx::query_scalar(text).fetch_one(&mut *file).await?;
        marks.push_str(&mark);
        marks.push('\n');
    }
    Ok(hex(&sha256(marks.as_bytes())))
}

/// The rest of a division keeps sums of moments within 64 bits.
async fn summing(table: &str, file: &mut SqliteConnection) -> sqlx::Result<String> {
    let columns = sqlx::query_scalar(COLUMNS).bind(table);
    let columns: Vec<String> = columns.fetch_all(file).await?;
    let sums = columns.iter().map(|column| {
        format!(
            " || ' ' || count(\"{column}\") || ' ' || coalesce(sum(case typeof(\"{column}\")
                 when 'integer' then \"{column}\" % 1000000007 else octet_length(\"{column}\") end), 0)"
        )
    });
    let sums: String = sums.collect();
    Ok(format!("select count(*){sums} from {table}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::database::{Database, sqlite::Sqlite};

    async fn mark(file: &Sqlite) -> String {
        of(&mut file.readers.acquire().await.unwrap())
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn whatever_a_gateway_changes_in_a_file_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("attach.db");
        let db = Database::open(&path.into()).await.unwrap();
        let file = db.file().unwrap();
        let mut seen = vec![mark(file).await];
        assert_eq!(mark(file).await, seen[0]);
        for change in [
            "insert into used_token (digest, expires_at) values ('a', 1)",
            "update used_token set expires_at = 2",
            "insert into openmeter (one, began_no, usage_no) values (1, 0, 0)",
            "update openmeter set due_at = 1790000000000",
            "update openmeter set failed_at = 0",
            "update openmeter set last_error = 'away'",
            "delete from used_token",
        ] {
            let changed =
                db.write(move |mut conn| Box::pin(async move { conn.query(change).run().await }));
            assert_eq!(changed.await.unwrap(), 1, "{change}");
            let now = mark(file).await;
            assert!(!seen.contains(&now), "{change}");
            seen.push(now);
        }
    }
}
