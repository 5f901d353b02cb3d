//! Going through what a query finds, page by page, within bounds.

use serde_json::Value;

use super::{
    Weaviate,
    class::{CLASS, Class},
    fault::Fault,
    object::{Stored, listed},
};

/// A list ends with the event that passes this: documents may be long.
const BYTES: usize = 4 << 20;

/// How far to go.
pub(super) struct Sweep<'a> {
    pub(super) class: &'a Class,
    /// Whose users the original's events belong to.
    pub(super) home: Option<&'a str>,
    /// Enough events.
    pub(super) most: usize,
    /// Objects asked for at once.
    pub(super) size: usize,
    /// Objects looked at.
    pub(super) reach: usize,
}

/// What one page of a query is asked with.
#[derive(Clone, Copy)]
pub(super) struct Leaf {
    /// Whether texts are left out of the filter: Weaviate has no word to look for in
    /// one of them.
    pub(super) is_wide: bool,
    pub(super) offset: usize,
    pub(super) size: usize,
}

/// Part of a list.
#[derive(Default)]
pub(super) struct Part {
    pub(super) events: Vec<Stored>,
    /// Whether there is nothing after it.
    pub(super) is_whole: bool,
    bytes: usize,
}

impl Weaviate {
    /// The events that `query` finds and that are ones of those wanted: Weaviate's
    /// comparing is not ours, so others may be among them.
    pub(super) async fn sweep(
        &self,
        sweep: Sweep<'_>,
        query: impl Fn(Leaf) -> String + Send + Sync,
        is_one: impl Fn(&Stored) -> bool + Send + Sync,
    ) -> Result<Part, Fault> {
        let mut part = Part::default();
        let mut leaf = sweep.first();
        while !part.is_whole && !sweep.is_over(&leaf, &part) {
            leaf.size = leaf.size.min(sweep.reach - leaf.offset);
            match self.found(&query(leaf)).await {
                // Long ones: fewer at once.
                Err(Fault::TooLong(_)) if leaf.size > 1 => leaf.size = leaf.size.div_ceil(4),
                Err(fault) if fault.is_only_stopwords() && !leaf.is_wide => leaf.is_wide = true,
                found => {
                    let found = found?;
                    leaf.offset += found.len();
                    part.is_whole = found.len() < leaf.size;
                    let read = |object| listed(object, sweep.class, sweep.home);
                    let events = found.iter().filter_map(read);
                    part.take(events.filter(|event| is_one(event)));
                }
            }
        }
        Ok(part)
    }

    /// The objects a query of the class finds.
    async fn found(&self, query: &str) -> Result<Vec<Value>, Fault> {
        let mut data = self.0.api.graphql(query).await?;
        let place = format!("/Get/{CLASS}");
        match data.pointer_mut(&place).map(Value::take) {
            Some(Value::Array(objects)) => Ok(objects),
            _ => Err(Fault::Junk("no list of events".to_owned())),
        }
    }
}

impl Sweep<'_> {
    fn first(&self) -> Leaf {
        Leaf {
            is_wide: false,
            offset: 0,
            size: self.size,
        }
    }

    fn is_over(&self, leaf: &Leaf, part: &Part) -> bool {
        leaf.offset >= self.reach || part.events.len() >= self.most || part.bytes > BYTES
    }
}

impl Part {
    fn take(&mut self, events: impl Iterator<Item = Stored>) {
        for event in events {
            self.bytes += event.bytes;
            self.events.push(event);
        }
    }
}
