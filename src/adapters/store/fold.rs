//! What a task's artifact events add up to.

use super::{rows, sql};
use crate::{adapters::database::Conn, domain::a2a::artifact::Artifacts};

const UPDATES: &str = "
    select data from task_event
     where task_id = $1 and seq > $2 and kind = 'artifact' and data is not null order by seq";

const KNOWN: &str = "select artifacts, artifacts_seq from task where task_id = $1";

/// What the row says, and what was told since: `known` as of event `as_of`,
/// if nothing was.
pub(super) async fn artifacts(
    conn: &mut Conn<'_>,
    id: &str,
    known: Option<String>,
    as_of: i64,
) -> sqlx::Result<Option<String>> {
    let more = told(conn, id, known.as_deref(), as_of).await?;
    Ok(more.or(known))
}

/// Puts what was told of a task that has ended into its row, so that no reader
/// has to fold its history again.
pub(super) async fn settle(conn: &mut Conn<'_>, id: &str) -> sqlx::Result<()> {
    let row: Option<(Option<String>, i64)> = conn.query(KNOWN).bind(id).optional().await?;
    let Some((known, as_of)) = row else {
        return Ok(());
    };
    match told(conn, id, known.as_deref(), as_of).await {
        // Its end matters more; readers meet the same line.
        Err(sqlx::Error::Decode(error)) => {
            tracing::error!(id, %error, "a task's artifacts cannot be read, they stay in its history");
        }
        Err(error) => return Err(error),
        Ok(None) => {}
        Ok(Some(all)) => {
            conn.query(sql::FOLD).bind(id).bind(all).run().await?;
        }
    }
    Ok(())
}

/// `None` if nothing was told after `as_of`.
async fn told(
    conn: &mut Conn<'_>,
    id: &str,
    known: Option<&str>,
    as_of: i64,
) -> sqlx::Result<Option<String>> {
    let updates: Vec<String> = conn.query(UPDATES).bind(id).bind(as_of).scalars().await?;
    if updates.is_empty() {
        return Ok(None);
    }
    let mut artifacts = Artifacts::read(known);
    for update in updates {
        artifacts.take(serde_json::from_str(&update).map_err(rows::decode)?);
    }
    Ok(Some(artifacts.to_json()))
}
