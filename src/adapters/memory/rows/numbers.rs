//! The numbers of owners.

use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx::FromRow;

use crate::{adapters::database::Conn, domain::id::Owner};

/// Makes owners that are new, and tells everyone's number. For a file.
const OWNERS: &str = "
    insert into memory_owner (issuer, user_id)
    select value ->> 0, value ->> 1 from json_each(?1) where true
        on conflict (issuer, user_id) do update set last_no = last_no
    returning issuer, user_id, owner_no";

/// Holds the rows of those who are there, so that nobody takes them away, by name, as
/// all do. Two may still wait for each other where one makes an owner whom the other
/// wants, too: the server ends one of them, who begins anew. For a server.
const HELD: [&str; 2] = [
    "select v.place, o.owner_no from (",
    ") v (place, issuer, user_id)
       join memory_owner o on o.issuer = v.issuer and o.user_id = v.user_id
      order by o.issuer, o.user_id for no key update of o",
];

const NEW: [&str; 2] = [
    "insert into memory_owner (issuer, user_id) ",
    " on conflict do nothing",
];

/// How many owners are asked for at once.
const SOME: usize = 100;

#[derive(FromRow)]
struct Numbered {
    issuer: String,
    user_id: String,
    owner_no: i64,
}

/// The number of each of `owners`, who are different people.
pub(super) async fn numbers(conn: &mut Conn<'_>, owners: &[Owner]) -> sqlx::Result<Vec<i64>> {
    match conn.is_shared() {
        false => of_file(conn, owners).await,
        true => of_server(conn, owners).await,
    }
}

async fn of_file(conn: &mut Conn<'_>, owners: &[Owner]) -> sqlx::Result<Vec<i64>> {
    let rows = owners.iter();
    let rows = rows.map(|owner| json!([owner.issuer, owner.user]));
    let query = conn.query(OWNERS).bind(rows.collect::<Value>().to_string());
    let found: Vec<Numbered> = query.all().await?;
    let known: HashMap<(&str, &str), i64> = found
        .iter()
        .map(|row| ((&*row.issuer, &*row.user_id), row.owner_no))
        .collect();
    let number = |owner: &Owner| known.get(&(&*owner.issuer, &*owner.user)).copied();
    let numbers: Option<Vec<_>> = owners.iter().map(number).collect();
    numbers.ok_or(sqlx::Error::RowNotFound)
}

async fn of_server(conn: &mut Conn<'_>, owners: &[Owner]) -> sqlx::Result<Vec<i64>> {
    let mut ordered: Vec<_> = owners.iter().enumerate().collect();
    // By name, as their numbers are not known yet: who holds several at a time takes
    // them in this order.
    ordered.sort_by_key(|(_, owner)| (owner.issuer.clone(), owner.user.clone()));
    let mut numbers = vec![0; owners.len()];
    for some in ordered.chunks(SOME) {
        hold(conn, some, &mut numbers).await?;
    }
    Ok(numbers)
}

async fn hold(
    conn: &mut Conn<'_>,
    owners: &[(usize, &Owner)],
    numbers: &mut [i64],
) -> sqlx::Result<()> {
    let [insert, end] = NEW;
    for _ in 0..2 {
        if held(conn, owners, numbers).await? == owners.len() {
            return Ok(());
        }
        let mut query = conn.query(insert);
        query.push_rows(owners, |mut row, (_, owner)| {
            row.push_bind(&owner.issuer).push_bind(&owner.user);
        });
        query.push(end);
        query.run().await?;
    }
    match held(conn, owners, numbers).await? == owners.len() {
        true => Ok(()),
        false => Err(sqlx::Error::RowNotFound),
    }
}

/// How many of these are there.
async fn held(
    conn: &mut Conn<'_>,
    owners: &[(usize, &Owner)],
    numbers: &mut [i64],
) -> sqlx::Result<usize> {
    let [select, end] = HELD;
    let mut query = conn.query(select);
    query.push_rows(owners, |mut row, (place, owner)| {
        let place = i64::try_from(*place).unwrap_or(i64::MAX);
        row.push_bind(place)
            .push_bind(&owner.issuer)
            .push_bind(&owner.user);
    });
    query.push(end);
    let found: Vec<(i64, i64)> = query.all().await?;
    for (place, number) in &found {
        let place = usize::try_from(*place).unwrap_or(usize::MAX);
        if let Some(known) = numbers.get_mut(place) {
            *known = *number;
        }
    }
    Ok(found.len())
}
