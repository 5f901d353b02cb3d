//! Notes what an agent does to memory in the name of its task.

use std::time::Instant;

use uuid::Uuid;

use crate::{
    adapters::memory::{
        Remembered,
        access::{Access, Op},
    },
    domain::time::UnixMillis,
    http::{State, caller::Caller},
};

/// A use of memory that has begun.
pub(super) struct Begun {
    at: UnixMillis,
    since: Instant,
}

impl Begun {
    /// One that begins now.
    pub(super) fn now() -> Self {
        Self {
            at: UnixMillis::now(),
            since: Instant::now(),
        }
    }

    /// A document was kept as `id`.
    pub(super) fn wrote(self, state: &State, caller: &Caller, id: Uuid) {
        self.note(state, caller, (Op::Write, Some(id), None));
    }

    /// The event `id` was read.
    pub(super) fn read(self, state: &State, caller: &Caller, id: Uuid) {
        let what = (Op::Read, Some(id), Some(1));
        self.note(state, caller, what);
    }

    /// `op` found `events`: how many, and which where it is one.
    pub(super) fn found(self, (state, caller): (&State, &Caller), op: Op, events: &[Remembered]) {
        let one = match events {
            [one] => Some(one.id),
            _ => None,
        };
        let what = (op, one, Some(events.len() as u64));
        self.note(state, caller, what);
    }

    fn note(
        self,
        state: &State,
        caller: &Caller,
        (op, event, found): (Op, Option<Uuid>, Option<u64>),
    ) {
        let Some(task) = caller.task() else { return };
        let took = self.since.elapsed().as_millis();
        let access = Access {
            id: Uuid::now_v7(),
            task,
            at: self.at,
            duration_ms: u64::try_from(took).unwrap_or(u64::MAX),
            op,
            event,
            found,
        };
        state.access_log.note(access);
    }
}
