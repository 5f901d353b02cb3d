//! Rows that are moved at once.

use futures_util::TryStreamExt;
use serde_json::Value;
use sqlx::{
    AssertSqlSafe, Decode, Row, SqlSafeStr, Sqlite, SqliteConnection, TypeInfo, ValueRef,
    sqlite::{SqliteArguments, SqliteRow, SqliteValueRef},
};

use super::{
    MoveError,
    columns::Columns,
    copy::{Cell, write},
    tables::Step,
};

/// How many rows at most, and about how many bytes.
const ROWS: i64 = 10_000;
const BYTES: usize = 8 << 20;

/// Rows of one step, as `copy` reads them.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) text: Vec<u8>,
    pub(super) rows: i64,
    /// The key of the last one; as it was where there is none.
    pub(super) place: Option<Value>,
    /// Whether no row follows.
    pub(super) is_last: bool,
}

/// The rows of `step` after `place`.
pub(super) async fn read(
    source: &mut SqliteConnection,
    columns: &Columns,
    step: Step,
    place: Option<Value>,
) -> Result<Page, MoveError> {
    let text = columns.select(step, place.is_some(), ROWS);
    let mut asked = sqlx::query::<Sqlite>(AssertSqlSafe(text).into_sql_str());
    for value in place.iter().filter_map(Value::as_array).flatten() {
        asked = bind(asked, value);
    }
    let mut rows = asked.fetch(source);
    let mut page = Page {
        text: Vec::new(),
        rows: 0,
        place: None,
        is_last: true,
    };
    let mut last = None;
    while let Some(row) = rows.try_next().await.map_err(MoveError::source)? {
        line(&mut page.text, columns, &row).map_err(MoveError::source)?;
        page.rows += 1;
        last = Some(row);
        if page.text.len() >= BYTES || page.rows == ROWS {
            page.is_last = false;
            break;
        }
    }
    drop(rows);
    page.place = match last {
        Some(row) => Some(key(columns, &row).map_err(MoveError::source)?),
        None => place,
    };
    Ok(page)
}

type Asked<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

fn bind<'q>(asked: Asked<'q>, value: &'q Value) -> Asked<'q> {
    match value.as_i64() {
        Some(number) => asked.bind(number),
        None => asked.bind(value.as_str().unwrap_or_default()),
    }
}

fn line(out: &mut Vec<u8>, columns: &Columns, row: &SqliteRow) -> sqlx::Result<()> {
    for (at, kind) in columns.kinds.iter().enumerate() {
        if at > 0 {
            out.push(b'\t');
        }
        write(out, *kind, cell(row.try_get_raw(at)?)?);
    }
    out.push(b'\n');
    Ok(())
}

fn key(columns: &Columns, row: &SqliteRow) -> sqlx::Result<Value> {
    let values = columns.key.iter().map(|&at| {
        Ok(match cell(row.try_get_raw(at)?)? {
            Cell::Whole(number) => number.into(),
            Cell::Text(text) => text.into(),
            _ => Value::Null,
        })
    });
    values.collect()
}

fn cell(value: SqliteValueRef<'_>) -> sqlx::Result<Cell<'_>> {
    fn of<'r, T: Decode<'r, Sqlite>>(value: SqliteValueRef<'r>) -> sqlx::Result<T> {
        T::decode(value).map_err(sqlx::Error::Decode)
    }
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let kind = value.type_info().name().to_owned();
    Ok(match &*kind {
        "INTEGER" => Cell::Whole(of(value)?),
        "REAL" => Cell::Real(of(value)?),
        "BLOB" => Cell::Bytes(of(value)?),
        _ => Cell::Text(of(value)?),
    })
}
