//! How far it has come, noted where the rows go to.

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::{MoveError, page::Page, tables::Step};
use crate::domain::time::UnixMillis;

/// Where a step stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) key: Option<Value>,
    pub(super) rows: i64,
    pub(super) is_done: bool,
}

impl Place {
    /// Where `step` stands.
    pub(super) async fn of(target: &mut PgConnection, step: Step) -> sqlx::Result<Self> {
        type Row = (Option<String>, i64, bool);
        let found = sqlx::query_as("select place, rows, is_done from moved where step = $1");
        let found: Option<Row> = found.bind(step.name()).fetch_optional(target).await?;
        Ok(
            found.map_or_else(Self::default, |(key, rows, is_done)| Self {
                key: key.and_then(|text| serde_json::from_str(&text).ok()),
                rows,
                is_done,
            }),
        )
    }
}

/// What was noted before, if anything was: source, mark, begin and end.
pub(super) type Before = Option<(String, String, i64, Option<i64>)>;

/// Where the rows come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// Which file it is, whatever its name.
    pub(super) source: String,
    /// How far that file has been written.
    pub(super) mark: String,
}

impl Origin {
    /// What was moved here before, if anything was.
    pub(super) async fn noted(target: &mut PgConnection) -> sqlx::Result<Option<Self>> {
        let found = sqlx::query_as("select source, mark from moved_from");
        let found: Option<(String, String)> = found.fetch_optional(target).await?;
        Ok(found.map(|(source, mark)| Self { source, mark }))
    }

    /// Notes that rows of it are coming: no gateway serves until they are here. With
    /// `replace` they come once the server is [`empty`](Self::empty), and without that
    /// nothing may. What was noted before.
    pub(super) async fn note(
        &self,
        target: &mut PgConnection,
        replace: bool,
    ) -> sqlx::Result<Before> {
        let before = "select source, mark, began_at, ended_at from moved_from";
        let text = "insert into moved_from (one, source, mark, began_at) values (1, $1, $2, $3)
                        on conflict (one) do update
                       set source = excluded.source, mark = excluded.mark, ended_at = null";
        let mut transaction = target.begin().await?;
        let before = sqlx::query_as(before);
        let before = before.fetch_optional(&mut *transaction).await?;
        let mark = if replace { "" } else { &self.mark };
        let row = sqlx::query(text).bind(&self.source).bind(mark);
        let row = row.bind(UnixMillis::now().0);
        row.execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(before)
    }

    /// Throws away what is in `tables`.
    pub(super) async fn empty(&self, target: &mut PgConnection, tables: &str) -> sqlx::Result<()> {
        let truncate = AssertSqlSafe(format!("truncate {tables}"));
        let mut transaction = target.begin().await?;
        sqlx::query(truncate).execute(&mut *transaction).await?;
        let note = sqlx::query("update moved_from set mark = $1").bind(&self.mark);
        note.execute(&mut *transaction).await?;
        transaction.commit().await
    }

    /// Whether the server was to be emptied first, and was not.
    pub(super) fn is_waiting(&self) -> bool {
        self.mark.is_empty()
    }

    /// Takes the note back: rows do not come.
    pub(super) async fn take_back(target: &mut PgConnection, before: Before) -> sqlx::Result<()> {
        let Some((source, mark, began_at, ended_at)) = before else {
            let gone = sqlx::query("delete from moved_from").execute(target);
            return gone.await.map(drop);
        };
        let text = "update moved_from set source = $1, mark = $2, began_at = $3, ended_at = $4";
        let row = sqlx::query(text).bind(source).bind(mark).bind(began_at);
        row.bind(ended_at).execute(target).await.map(drop)
    }
}

/// Notes that everything is here.
pub(super) async fn end(target: &mut PgConnection) -> sqlx::Result<()> {
    let text = "update moved_from set ended_at = $1";
    sqlx::query(text)
        .bind(UnixMillis::now().0)
        .execute(target)
        .await
        .map(drop)
}

/// Writes a page, and that it is here: both or neither. The triggers of the table rest
/// meanwhile: what they would write is among the rows already.
pub(super) async fn write(
    target: &mut PgConnection,
    step: Step,
    copy: &str,
    page: &Page,
) -> Result<(), MoveError> {
    let written = async {
        let mut transaction = target.begin().await?;
        if page.rows > 0 {
            triggers(&mut transaction, step, "disable").await?;
            let mut into = transaction.copy_in_raw(copy).await?;
            into.send(&*page.text).await?;
            into.finish().await?;
            triggers(&mut transaction, step, "enable").await?;
        }
        note(&mut transaction, step, page).await?;
        transaction.commit().await
    };
    written.await.map_err(MoveError::target)
}

async fn triggers(target: &mut PgConnection, step: Step, word: &str) -> sqlx::Result<()> {
    let text = format!("alter table {} {word} trigger user", step.table);
    let text = sqlx::AssertSqlSafe(text);
    sqlx::query(text).execute(target).await.map(drop)
}

async fn note(target: &mut PgConnection, step: Step, page: &Page) -> sqlx::Result<()> {
    let text = "insert into moved as m (step, place, rows, is_done) values ($1, $2, $3, $4)
        on conflict (step) do update
       set place = excluded.place, rows = m.rows + excluded.rows, is_done = excluded.is_done";
    let place = page.place.as_ref().map(Value::to_string);
    let row = sqlx::query(text).bind(step.name()).bind(place);
    row.bind(page.rows)
        .bind(page.is_last)
        .execute(target)
        .await
        .map(drop)
}
