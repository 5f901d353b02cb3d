//! Events on disk that wait for Weaviate.

mod erase;
mod read;
mod settle;
mod write;

use serde_json::{Map, Value};
use sqlx::FromRow;

pub(super) use erase::{erase, erase_all, expire, forget_keys};
pub(super) use read::{Found, hidden, mine, oldest, one, standing};
pub(super) use settle::{Delay, Refusal, Settlement, due, settle};
pub(super) use write::{keep, write};

use crate::{
    adapters::memory::Remembered,
    domain::{id::Owner, time::UnixMillis},
};

/// The fields of [`Waiting`].
const FIELDS: &str = "event_id, at, event, issuer, user_id, session_id, body, bytes, attempts, \
                      delays, erased_at";

/// A row of `memory_outbox`.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Waiting {
    pub(super) event_id: String,
    pub(super) at: i64,
    pub(super) event: String,
    pub(super) issuer: String,
    pub(super) user_id: String,
    pub(super) session_id: String,
    pub(super) body: String,
    pub(super) bytes: i64,
    #[sqlx(try_from = "i64")]
    pub(super) attempts: u32,
    #[sqlx(try_from = "i64")]
    pub(super) delays: u32,
    pub(super) erased_at: Option<i64>,
}

impl Waiting {
    /// Whose it is.
    pub(super) fn owner(&self) -> Owner {
        Owner::new(&*self.issuer, &*self.user_id)
    }

    /// All that its owner reads of it. The table takes JSON alone.
    pub(super) fn fields(&self) -> Map<String, Value> {
        let mut fields: Map<String, Value> = serde_json::from_str(&self.body).unwrap_or_default();
        let own = [
            ("event", &self.event),
            ("issuer", &self.issuer),
            ("user", &self.user_id),
            ("session_id", &self.session_id),
        ];
        fields.extend(own.map(|(name, value)| (name.to_owned(), Value::from(&**value))));
        fields
    }
}

impl TryFrom<Waiting> for Remembered {
    type Error = sqlx::Error;

    fn try_from(row: Waiting) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: id(&row.event_id)?,
            at: UnixMillis(row.at),
            fields: row.fields(),
        })
    }
}

fn id(text: &str) -> Result<uuid::Uuid, sqlx::Error> {
    text.parse()
        .map_err(|e: uuid::Error| sqlx::Error::Decode(e.into()))
}
