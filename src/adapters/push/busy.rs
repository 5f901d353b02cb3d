//! What is looked for beside what is being delivered.

use serde_json::{Value, json};

use crate::{
    adapters::database::Query,
    domain::{
        id::{Owner, TaskId},
        time::UnixMillis,
    },
};

/// Which webhook: a task and the webhook's id within it.
pub type Key = (TaskId, String);

/// What is served now, and what is not wanted beside it.
#[derive(Clone, Debug)]
pub struct Busy {
    /// Those to these hosts, as the `host` of what is due has them.
    pub hosts: Vec<String>,
    /// Those of the tasks of these people.
    pub owners: Vec<Owner>,
    /// These, since they are served.
    pub under_way: Vec<Key>,
    /// How many of each person's are served: whoever has fewest goes first.
    pub served: Vec<(Owner, usize)>,
    /// How many are served at each host.
    pub begun: Vec<(String, usize)>,
    /// How many may be at one host.
    pub per_host: u32,
    /// How many of one person's may be.
    pub per_owner: u32,
}

/// Nothing is served, and each may have all.
impl Default for Busy {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            owners: Vec::new(),
            under_way: Vec::new(),
            served: Vec::new(),
            begun: Vec::new(),
            per_host: u32::MAX,
            per_owner: u32::MAX,
        }
    }
}

/// The lists of a [`Busy`], as JSON.
struct Lists {
    hosts: String,
    under_way: String,
    owners: String,
    served: String,
    begun: String,
}

impl Busy {
    fn lists(&self) -> Lists {
        let keys = self.under_way.iter().map(|(task, id)| json!([task, id]));
        let owners = self.owners.iter().map(|who| json!([who.issuer, who.user]));
        let served = self.served.iter();
        let served = served.map(|(who, count)| json!([who.issuer, who.user, count]));
        let begun = self.begun.iter();
        let begun = begun.map(|(host, count)| json!([host, count]));
        Lists {
            hosts: Value::from(&*self.hosts).to_string(),
            under_way: keys.collect::<Value>().to_string(),
            owners: owners.collect::<Value>().to_string(),
            served: served.collect::<Value>().to_string(),
            begun: begun.collect::<Value>().to_string(),
        }
    }
}

/// What a look asks for.
pub(super) struct Wanted {
    lists: Lists,
    now: UnixMillis,
    limit: u32,
    per_host: u32,
    per_owner: u32,
}

impl Wanted {
    pub(super) fn new(busy: &Busy, now: UnixMillis, limit: u32) -> Self {
        Self {
            lists: busy.lists(),
            now,
            limit,
            per_host: busy.per_host,
            per_owner: busy.per_owner,
        }
    }

    /// Gives `query` the values that both databases are asked with.
    pub(super) fn bind<'q>(&self, query: Query<'q>) -> Query<'q> {
        let lists = &self.lists;
        let query = query.bind(self.now.0).bind(&lists.hosts);
        let query = query.bind(&lists.under_way).bind(&lists.owners);
        let query = query
            .bind(self.limit)
            .bind(&lists.served)
            .bind(&lists.begun);
        query.bind(self.per_host).bind(self.per_owner)
    }
}
