//! From the outbox to Weaviate, a batch at a time.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Weaviate,
    class::Class,
    fault::{Fault, is_ill, messages},
    object::object,
    outbox::{self, Refusal, Settlement, Waiting},
};
use crate::{adapters::memory::MemoryError, domain::time::UnixMillis};

/// Events of one batch at most.
const BATCH: u32 = 100;
/// How often an event is refused until it is set aside.
const TRIES: u32 = 4;
/// The pause after the first refusal, in ms; each further one is four times as long.
const FIRST_MS: u32 = 250;

/// What one batch came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forwarded {
    /// Events that Weaviate took.
    pub sent: usize,
    /// Events that were set aside: they are in the table `memory_outbox` with what
    /// Weaviate said of them.
    pub set_aside: Vec<String>,
    /// Why Weaviate takes nothing now, if so: it is to be left alone for a while.
    pub away: Option<Fault>,
    /// Whether there was anything to do.
    pub is_any: bool,
}

/// Of each object of a batch, in order.
#[derive(Deserialize)]
struct Taken {
    id: String,
    #[serde(default)]
    result: Value,
}

/// What became of one event.
enum Fate {
    Sent,
    Refused(String),
    /// Weaviate is not well; it may be asked again.
    Later(String),
}

impl Weaviate {
    /// Sends the events that are due, at most a batch of them, and writes down what
    /// came of each. An event is sent again until Weaviate has taken it, under the
    /// same id; one that it refuses time and again is set aside and holds up no
    /// other. `chance` in 0..1 spreads retries.
    ///
    /// # Errors
    ///
    /// The database. Nothing is lost: what was sent is sent again.
    pub async fn forward(&self, now: UnixMillis, chance: f64) -> Result<Forwarded, MemoryError> {
        let due = outbox::due(&self.0.db, now, BATCH).await?;
        if due.is_empty() {
            return Ok(Forwarded::default());
        }
        let mut settlement = Settlement::default();
        let away = self.send(&due, &mut settlement, (now, chance)).await.err();
        self.note(away.as_ref());
        if !settlement.refused.is_empty() {
            // The class may have changed under it.
            self.forget_class();
        }
        let dead = settlement.refused.iter().filter(|one| one.due_at.is_none());
        let forwarded = Forwarded {
            sent: settlement.sent.len(),
            set_aside: dead.map(|one| one.id.clone()).collect(),
            away,
            is_any: true,
        };
        outbox::settle(&self.0.db, settlement, now).await?;
        Ok(forwarded)
    }

    /// What came of it as far as it got is in `settlement`, also after a fault.
    async fn send(
        &self,
        due: &[Waiting],
        settlement: &mut Settlement,
        moment: (UnixMillis, f64),
    ) -> Result<(), Fault> {
        let class = self.class().await?;
        let (erased, events): (Vec<_>, Vec<_>) =
            due.iter().partition(|row| row.erased_at.is_some());
        if !erased.is_empty() {
            let ids: Vec<_> = erased.iter().map(|row| row.event_id.clone()).collect();
            self.delete_ids(&ids).await?;
            settlement.unmade = ids;
        }
        if events.is_empty() {
            return Ok(());
        }
        match self.post(&events, &class).await {
            Err(fault) if fault.is_refusal() => {
                self.send_singly(&events, &class, settlement, moment).await
            }
            fates => sort_out(&events, fates?, settlement, moment),
        }
    }

    /// One of them spoils the batch: each goes alone, so that only that one is
    /// refused.
    async fn send_singly(
        &self,
        events: &[&Waiting],
        class: &Class,
        settlement: &mut Settlement,
        moment: (UnixMillis, f64),
    ) -> Result<(), Fault> {
        for event in events {
            let fates = match self.post(&[event], class).await {
                Err(fault) if fault.is_refusal() => vec![Fate::Refused(fault.to_string())],
                fates => fates?,
            };
            sort_out(&[event], fates, settlement, moment)?;
        }
        Ok(())
    }

    async fn post(&self, events: &[&Waiting], class: &Class) -> Result<Vec<Fate>, Fault> {
        let objects: Vec<_> = events.iter().map(|event| object(event, class)).collect();
        let body = json!({ "objects": objects });
        let taken: Vec<Taken> = self.0.api.batch(Method::POST, &body).await?;
        fates(events, &taken)
    }
}

/// What Weaviate says of each. An answer about other objects is none.
fn fates(events: &[&Waiting], taken: &[Taken]) -> Result<Vec<Fate>, Fault> {
    let is_same =
        |(event, taken): (&&Waiting, &Taken)| event.event_id.eq_ignore_ascii_case(&taken.id);
    if events.len() != taken.len() || !events.iter().zip(taken).all(is_same) {
        return Err(Fault::Junk(
            "it tells of other events than were sent".to_owned(),
        ));
    }
    Ok(taken.iter().map(Taken::fate).collect())
}

impl Taken {
    fn fate(&self) -> Fate {
        let words = messages(&self.result["errors"]["error"]);
        match (self.result["status"].as_str(), words) {
            (Some("SUCCESS"), None) => Fate::Sent,
            (Some("SUCCESS" | "FAILED"), Some(words)) if !is_ill(&words) => Fate::Refused(words),
            (Some("FAILED"), None) => Fate::Refused("no reason was given".to_owned()),
            (_, words) => Fate::Later(words.unwrap_or_else(|| "it is not said".to_owned())),
        }
    }
}

/// Puts each event where it belongs.
///
/// # Errors
///
/// Weaviate did not take some for reasons of its own.
fn sort_out(
    events: &[&Waiting],
    fates: Vec<Fate>,
    settlement: &mut Settlement,
    (now, chance): (UnixMillis, f64),
) -> Result<(), Fault> {
    let mut ill = None;
    for (event, fate) in events.iter().zip(fates) {
        match fate {
            Fate::Sent => settlement.sent.push(event.event_id.clone()),
            Fate::Refused(error) => {
                let attempts = event.attempts + 1;
                settlement.refused.push(Refusal {
                    id: event.event_id.clone(),
                    attempts,
                    error,
                    due_at: again(attempts, now, chance),
                });
            }
            Fate::Later(words) => ill = Some(words),
        }
    }
    let ill = ill.map(|words| Fault::Refused {
        status: 200,
        words,
        after_ms: None,
    });
    ill.map_or(Ok(()), Err)
}

/// When an event that was refused so often is tried again; `None` is never.
fn again(attempts: u32, now: UnixMillis, chance: f64) -> Option<UnixMillis> {
    if attempts >= TRIES {
        return None;
    }
    let pause = FIRST_MS.saturating_mul(4_u32.saturating_pow(attempts.saturating_sub(1)));
    let pause = f64::from(pause) * (0.5 + chance.clamp(0.0, 1.0) / 2.0);
    Some(now.plus(pause as i64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000_000);

    fn waiting(id: &str) -> Waiting {
        Waiting {
            event_id: id.to_owned(),
            at: 0,
            event: "log".to_owned(),
            issuer: "https://i".to_owned(),
            user_id: "ada".to_owned(),
            session_id: "s".to_owned(),
            body: "{}".to_owned(),
            bytes: 2,
            attempts: 0,
            erased_at: None,
        }
    }

    /// What comes of two events `a` and `b` that are answered so.
    fn settled(answer: Value) -> Result<Settlement, Fault> {
        let (a, b) = (waiting("a"), waiting("b"));
        let taken: Vec<Taken> = serde_json::from_value(answer).unwrap();
        let mut settlement = Settlement::default();
        let fates = fates(&[&a, &b], &taken)?;
        sort_out(&[&a, &b], fates, &mut settlement, (NOW, 1.0))?;
        Ok(settlement)
    }

    #[test]
    fn each_object_of_an_answer_is_read_by_itself() {
        let refused = json!({ "status": "FAILED", "errors": { "error": [{ "message": "no" }] } });
        let taken = json!({ "status": "SUCCESS" });
        let both =
            settled(json!([{ "id": "A", "result": taken }, { "id": "b", "result": refused }]));
        let both = both.unwrap();
        assert_eq!(both.sent, ["a"]);
        assert_eq!((&*both.refused[0].id, &*both.refused[0].error), ("b", "no"));
        for result in [
            json!(null),
            json!({}),
            json!({ "status": "PENDING" }),
            json!(7),
        ] {
            let unclear =
                settled(json!([{ "id": "a", "result": taken }, { "id": "b", "result": result }]));
            assert!(unclear.is_err(), "{result}");
        }
    }

    #[test]
    fn an_answer_about_others_is_none() {
        let taken = json!({ "status": "SUCCESS" });
        for ids in [&["a"][..], &["b", "a"], &["a", "b", "c"], &[]] {
            let answer: Value = ids
                .iter()
                .map(|id| json!({ "id": id, "result": taken }))
                .collect();
            assert!(settled(answer).is_err(), "{ids:?}");
        }
    }

    #[test]
    fn a_refused_event_rests_longer_each_time_and_is_then_set_aside() {
        let after = |attempts| again(attempts, NOW, 1.0).map(|at| at.0 - NOW.0);
        let rests = [1, 2, 3, 4, 5, u32::MAX].map(after);
        assert_eq!(rests, [Some(250), Some(1000), Some(4000), None, None, None]);
    }

    proptest! {
        #[test]
        fn no_result_is_a_panic(status in "SUCCESS|FAILED|\\PC{0,9}", words in "\\PC{0,40}") {
            let result = json!({ "status": status, "errors": { "error": [{ "message": words }] } });
            let _ = settled(json!([{ "id": "a", "result": result }, { "id": "b", "result": words }]));
        }
    }
}
