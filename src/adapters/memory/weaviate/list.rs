//! Events of Weaviate in the order of their moments, whatever else is in the class.

use std::cmp::Ordering;

use super::{
    Weaviate,
    class::{CLASS, Class},
    fault::Fault,
    field::TIMESTAMP,
    graphql::{Is, Where, text},
    object::{Stored, owner_key},
    sweep::{Leaf, Part, Sweep},
};
use crate::{
    adapters::memory::MemoryFilter,
    domain::{id::Owner, memory::cursor::Cursor},
};

/// How far Weaviate goes into what a query finds (QUERY_MAXIMUM_RESULTS).
const REACH: usize = 10_000;
/// What is asked for beside what is wanted: events of the original have moments
/// between two milliseconds, and are ordered by them.
const SPARE: usize = 16;
/// What is asked for at once where others' events may be among them.
const WIDE: usize = 200;

/// Which events, and in which order.
pub(super) struct Wanted<'a> {
    /// Whose; everyone's for whoever runs the gateway.
    pub(super) owner: Option<&'a Owner>,
    /// Which of them; `before` is where the list goes on, in its own direction.
    pub(super) filter: &'a MemoryFilter,
    pub(super) newest_first: bool,
}

impl Wanted<'_> {
    /// Which of two places comes first.
    pub(super) fn order(&self, one: Cursor, other: Cursor) -> Ordering {
        match self.newest_first {
            true => other.cmp(&one),
            false => one.cmp(&other),
        }
    }

    /// What Weaviate is to look for: a wide net, as its comparing of texts is not
    /// ours. `is_wide` leaves texts out, which are sorted out here.
    fn net(&self, class: &Class, home: Option<&str>, is_wide: bool) -> Option<Where> {
        let mut all = Vec::new();
        if let (Some(owner), false) = (self.owner, is_wide) {
            all.push(mine(owner, class, home));
        }
        if !is_wide {
            let (task, session) = (self.filter.task, &self.filter.session);
            let named = [
                ("event", self.filter.event.clone()),
                ("task_id", task.map(|id| id.to_string())),
                ("session_id", session.as_ref().map(ToString::to_string)),
            ];
            let named = named.into_iter();
            let named = named.filter_map(|(field, value)| Some((field, value?)));
            all.extend(named.map(|(field, value)| Where::equal(class.place(field), &value)));
        }
        all.extend(self.filter.before.map(|from| self.after(from, class)));
        (!all.is_empty()).then_some(Where::All(all))
    }

    /// What comes after a place.
    fn after(&self, from: Cursor, class: &Class) -> Where {
        let at = |is, at| Where::Moment(class.place(TIMESTAMP).to_owned(), is, at);
        let (later, is) = (from.at.plus(1), self.newest_first);
        let beyond = match is {
            true => at(Is::Below, from.at),
            false => at(Is::From, later),
        };
        let side = if is { Is::Below } else { Is::Above };
        let beside = Where::Text("_id".to_owned(), side, from.id.to_string());
        let tied = vec![at(Is::From, from.at), at(Is::Below, later), beside];
        Where::Any(vec![beyond, Where::All(tied)])
    }

    /// Whether it is one of them, compared byte for byte.
    fn is_one(&self, stored: &Stored) -> bool {
        let has = |field: &str, wanted: Option<&str>| {
            let value = stored
                .event
                .fields
                .get(field)
                .and_then(|value| value.as_str());
            wanted.is_none() || wanted == value
        };
        let filter = self.filter;
        let task = filter.task.map(|id| id.to_string());
        let is_after = |from| self.order(from, stored.place()) == Ordering::Less;
        self.owner.is_none_or(|owner| *owner == stored.owner)
            && has("event", filter.event.as_deref())
            && has("session_id", filter.session.as_ref().map(|id| &*id.0))
            && has("task_id", task.as_deref())
            && filter.before.is_none_or(is_after)
    }

    fn query(&self, class: &Class, home: Option<&str>, leaf: Leaf) -> String {
        let net = self.net(class, home, leaf.is_wide);
        let net = net.map_or_else(String::new, |net| format!("where:{},", net.graphql()));
        let Leaf { offset, size, .. } = leaf;
        let order = if self.newest_first { "desc" } else { "asc" };
        let moment = text(class.place(TIMESTAMP));
        let sort = format!("{{path:[{moment}],order:{order}}},{{path:[\"_id\"],order:{order}}}");
        let selection = &class.selection;
        format!(
            "{{Get{{{CLASS}({net}sort:[{sort}],limit:{size},offset:{offset})\
             {{{selection} _additional{{id creationTimeUnix}}}}}}}}"
        )
    }
}

/// The events that may be those of `owner`: ours have their key, the original's
/// the name alone.
pub(super) fn mine(owner: &Owner, class: &Class, home: Option<&str>) -> Where {
    let ours = Where::equal(class.owner(), &owner_key(owner));
    match home {
        Some(home) if *home == *owner.issuer && class.asks_for(&owner.user) => {
            Where::Any(vec![ours, Where::equal("user", &owner.user)])
        }
        _ => ours,
    }
}

impl Weaviate {
    /// The next events, one more than `wanted` asks for where there are more.
    ///
    /// # Errors
    ///
    /// Weaviate; or so many of others' events among them that none was reached.
    pub(super) async fn list(&self, wanted: &Wanted<'_>) -> Result<Part, Fault> {
        let class = self.class().await?;
        let home = self.home(&class);
        let most = wanted.filter.limit as usize + 1;
        let sweep = Sweep {
            class: &class,
            home,
            most,
            size: (most + SPARE).max(if class.is_ours { 0 } else { WIDE }),
            reach: REACH,
        };
        let query = |leaf| wanted.query(&class, home, leaf);
        let mut part = self
            .sweep(sweep, query, |event| wanted.is_one(event))
            .await?;
        if part.events.is_empty() && !part.is_whole {
            let why = "too many events of others stand between; let the class be made anew";
            return Err(Fault::Class(why.to_owned()));
        }
        let events = &mut part.events;
        events.sort_by(|one, other| wanted.order(one.place(), other.place()));
        events.dedup_by_key(|event| event.event.id);
        Ok(part)
    }
}
