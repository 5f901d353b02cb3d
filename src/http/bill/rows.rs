//! The rows that a call leaves behind.

use super::{Open, Sum, millis, named};
use crate::{
    actors::{mirror::KEPT, writer::Receipt},
    domain::{
        chat::prompt_text,
        memory::{EventBody, EventKind, MemoryEvent},
        time::UnixMillis,
        usage::UsageRecord,
    },
};

impl Open {
    /// Hands the rows over, one right after the other, so that one commit takes
    /// them.
    pub(super) fn note(&mut self, sum: &Sum, outcome: &'static str, now: UnixMillis) -> Receipt {
        let record = self.record(sum, outcome, now);
        let remembered = match self.order.mirrors {
            true => self.remember(sum, outcome, now),
            false => Receipt::default(),
        };
        let place = self.order.usage.take();
        let noted = place.map(|place| place.put(record));
        remembered.and(noted.unwrap_or_default())
    }

    fn remember(&mut self, sum: &Sum, outcome: &'static str, now: UnixMillis) -> Receipt {
        let events = [
            (EventKind::Prompt, self.asked(sum)),
            (EventKind::Response, self.said(sum, outcome)),
        ];
        let caller = &self.order.caller;
        self.order.room.put(events.map(|(kind, body)| {
            let (owner, session) = (caller.identity.owner.clone(), caller.session.clone());
            MemoryEvent::new(kind, owner, session, now, body)
        }))
    }

    fn asked(&self, sum: &Sum) -> EventBody {
        let order = &self.order;
        EventBody {
            model: order.model.clone(),
            role: Some("user".into()),
            text: Some(prompt_text(order.kind, &order.body, KEPT)),
            tokens: Some(sum.tokens_in),
            ..self.either()
        }
    }

    fn said(&self, sum: &Sum, outcome: &'static str) -> EventBody {
        EventBody {
            model: Some(sum.model.clone()),
            role: Some("assistant".into()),
            text: Some(self.answer.text().to_owned()),
            tokens: Some(sum.tokens_out),
            outcome: Some(outcome.into()),
            ..self.either()
        }
    }

    /// What prompt and answer have in common.
    fn either(&self) -> EventBody {
        let caller = &self.order.caller;
        EventBody {
            request_id: Some(caller.request_id.as_str().to_owned()),
            task_id: caller.task(),
            agent: caller.agent().map(str::to_owned),
            ..EventBody::default()
        }
    }

    fn record(&self, sum: &Sum, outcome: &'static str, now: UnixMillis) -> UsageRecord {
        let order = &self.order;
        UsageRecord {
            id: uuid::Uuid::now_v7(),
            at: now,
            owner: order.caller.identity.owner.clone(),
            session: order.caller.session.clone(),
            task: order.caller.task(),
            project: order.caller.project.to_string(),
            model_asked: order
                .model
                .as_deref()
                .map(|model| order.room.clean(named(model))),
            model: sum.model.clone(),
            engine: self.engine.to_string(),
            tokens_in: sum.tokens_in,
            tokens_out: sum.tokens_out,
            source_in: sum.source_in,
            source_out: sum.source_out,
            outcome,
            status: self.status,
            first_byte_ms: self.first_byte_ms,
            duration_ms: millis(order.started),
        }
    }
}
