//! What a table consists of, on both sides.

use sqlx::{AssertSqlSafe, PgConnection, Row, SqlSafeStr, SqliteConnection};

use super::{MoveError, copy::Kind, tables::Step};

/// A table as it is read and written.
#[derive(Debug)]
pub(super) struct Columns {
    names: Vec<String>,
    /// What the server holds in each of them.
    pub(super) kinds: Vec<Kind>,
    /// Where those stand that rows are told apart and ordered by.
    pub(super) key: Vec<usize>,
}

/// Columns of a file that a server has no use for: how far an owner's events can be
/// searched is kept with each of them there.
const LEFT: &[(&str, &str)] = &[("memory_owner", "indexed_no")];

const THERE: &str = "
    select column_name::text, data_type::text from information_schema.columns
     where table_schema = current_schema() and table_name = $1";

impl Columns {
    /// Those of `table`: every column of the file, which the server must have. Those
    /// that the server has alone get what they have by default.
    pub(super) async fn of(
        table: &'static str,
        source: &mut SqliteConnection,
        target: &mut PgConnection,
    ) -> Result<Self, MoveError> {
        let text = format!("select name, pk from pragma_table_info('{table}') order by cid");
        let rows = sqlx::query_as(AssertSqlSafe(text).into_sql_str());
        let mut here: Vec<(String, i64)> =
            rows.fetch_all(source).await.map_err(MoveError::source)?;
        here.retain(|(name, _)| !LEFT.contains(&(table, name)));
        let there = sqlx::query_as(THERE).bind(table).fetch_all(target).await;
        let there: Vec<(String, String)> = there.map_err(MoveError::target)?;
        let kind = |name: &str| {
            let found = there.iter().find(|(other, _)| other == name);
            let kind = found.and_then(|(_, kind)| Kind::named(kind));
            kind.ok_or_else(|| {
                MoveError::Told(format!("{table}.{name} has no place on the server"))
            })
        };
        let mut key: Vec<_> = (0..here.len()).filter(|&at| here[at].1 > 0).collect();
        key.sort_by_key(|&at| here[at].1);
        Ok(Self {
            kinds: here
                .iter()
                .map(|(name, _)| kind(name))
                .collect::<Result<_, _>>()?,
            names: here.into_iter().map(|(name, _)| name).collect(),
            key,
        })
    }

    /// Reads up to `limit` rows of `step`, those after a place if there `is_placed`.
    pub(super) fn select(&self, step: Step, is_placed: bool, limit: i64) -> String {
        let key: Vec<_> = self.key.iter().map(|&at| &*self.names[at]).collect();
        let key = key.join(", ");
        let mut wanted = Vec::new();
        if is_placed {
            let places: Vec<_> = (1..=self.key.len()).map(|n| format!("?{n}")).collect();
            wanted.push(format!("({key}) > ({})", places.join(", ")));
        }
        wanted.extend(step.depth.map(|depth| format!("depth = {depth}")));
        let wanted = match wanted.is_empty() {
            true => String::new(),
            false => format!(" where {}", wanted.join(" and ")),
        };
        let (names, table) = (self.names.join(", "), step.table);
        format!("select {names} from {table}{wanted} order by {key} limit {limit}")
    }

    /// Takes the rows.
    pub(super) fn copy(&self, table: &str) -> String {
        format!("copy {table} ({}) from stdin", self.names.join(", "))
    }
}

/// Lets the server count on from where the file was: what is never given twice there
/// is not given again here.
pub(super) async fn go_on(
    table: &'static str,
    source: &mut SqliteConnection,
    target: &mut PgConnection,
) -> Result<(), MoveError> {
    let counted = "select column_name::text from information_schema.columns
        where table_schema = current_schema() and table_name = $1
          and pg_get_serial_sequence(quote_ident(table_name), column_name) is not null";
    let counted = sqlx::query(counted)
        .bind(table)
        .fetch_all(&mut *target)
        .await;
    for row in counted.map_err(MoveError::target)? {
        let column: String = row.try_get(0).map_err(MoveError::target)?;
        let last = format!(
            "select max(coalesce((select seq from sqlite_sequence where name = '{table}'), 0),
                        coalesce((select max({column}) from {table}), 0))"
        );
        let last = sqlx::query_scalar(AssertSqlSafe(last).into_sql_str());
        let last: i64 = last
            .fetch_one(&mut *source)
            .await
            .map_err(MoveError::source)?;
        let set = "select setval(pg_get_serial_sequence($1, $2), greatest($3, 1), $3 > 0)";
        let set = sqlx::query(set).bind(table).bind(column).bind(last);
        set.execute(&mut *target).await.map_err(MoveError::target)?;
    }
    Ok(())
}
