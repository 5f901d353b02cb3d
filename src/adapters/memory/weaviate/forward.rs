//! From the outbox to Weaviate, a batch at a time.

use std::sync::{MutexGuard, PoisonError};

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Weaviate,
    class::Class,
    fault::{Fault, is_ill, messages},
    object::object,
    outbox::{self, Delay, Refusal, Settlement, Waiting},
    pace::{BATCH, Next, Pace},
};
use crate::{adapters::memory::MemoryError, domain::time::UnixMillis};

/// The pauses after an event was refused, in ms. One that is refused once more is
/// set aside: a Weaviate that is being mended has had minutes by then.
const PAUSES: [u32; 4] = [1_000, 15_000, 60_000, 300_000];
/// The pause of an event that Weaviate could not take, in ms, doubled each time.
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
    /// Whether a smaller batch is to be tried soon: Weaviate is well, and one event
    /// in this one is suspected.
    pub is_narrowed: bool,
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
    /// other. `chance` in 0..1 spreads retries. Nothing, while another gateway sends.
    ///
    /// # Errors
    ///
    /// The database. Nothing is lost: what was sent is sent again.
    pub async fn forward(&self, now: UnixMillis, chance: f64) -> Result<Forwarded, MemoryError> {
        if !self.0.sole.is_mine().await? {
            return Ok(Forwarded::default());
        }
        let mut due = outbox::due(&self.0.db, now, BATCH as u32).await?;
        if due.is_empty() {
            return Ok(Forwarded::default());
        }
        due.truncate(self.pace().size());
        let mut settlement = Settlement::default();
        let away = self.send(&due, &mut settlement, (now, chance)).await.err();
        let is_narrowed = self.judge(away.as_ref(), &due, &mut settlement, now).await;
        self.set_aside(&mut settlement, now);
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
            is_narrowed,
            is_any: true,
        };
        outbox::settle(&self.0.db, settlement, now).await?;
        Ok(forwarded)
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.0.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns from how it went. Where a batch fails time and again though Weaviate is
    /// well, one event in it may be why: the next one is smaller, and an event that
    /// fails alone waits by itself. Whether the next one is smaller.
    async fn judge(
        &self,
        away: Option<&Fault>,
        due: &[Waiting],
        settlement: &mut Settlement,
        now: UnixMillis,
    ) -> bool {
        if !settlement.sent.is_empty() {
            self.pace().passed(now);
            return false;
        }
        let events = || due.iter().filter(|row| row.erased_at.is_none());
        let (Some(fault), Some(first)) = (
            away.filter(|fault| fault.may_be_a_batchs()),
            events().next(),
        ) else {
            return false;
        };
        let is_suspected = self.pace().failed();
        if !is_suspected || !settlement.delayed.is_empty() || !self.0.api.is_ready().await {
            return false;
        }
        let next = self.pace().narrow(events().count());
        if next == Next::PutOff {
            settlement
                .delayed
                .push(delay(first, fault.words(), (now, 1.0)));
        }
        next == Next::Smaller
    }

    /// Events that were refused to the end are set aside if Weaviate took others
    /// meanwhile. If not, it may be Weaviate's fault: they are tried again.
    fn set_aside(&self, settlement: &mut Settlement, now: UnixMillis) {
        let [.., longest] = PAUSES;
        let since = now.plus(-i64::from(longest));
        if self.pace().has_sent_since(since) {
            return;
        }
        for refusal in &mut settlement.refused {
            if refusal.due_at.is_none() {
                refusal.attempts -= 1;
                refusal.due_at = Some(now.plus(i64::from(longest)));
            }
        }
    }

    /// What came of it as far as it got is in `settlement`, also after a fault. What
    /// is to be forgotten comes last: it must not hold up the others.
    async fn send(
        &self,
        due: &[Waiting],
        settlement: &mut Settlement,
        moment: (UnixMillis, f64),
    ) -> Result<(), Fault> {
        let class = self.class().await?;
        let (erased, events): (Vec<_>, Vec<_>) =
            due.iter().partition(|row| row.erased_at.is_some());
        if !events.is_empty() {
            self.send_events(&events, &class, settlement, moment)
                .await?;
        }
        if erased.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = erased.iter().map(|row| row.event_id.clone()).collect();
        let deleted = self.delete_ids(&ids).await;
        match &deleted {
            Err(fault) if fault.may_be_a_batchs() => settlement.kept = ids,
            Err(_) => {}
            Ok(()) => settlement.unmade = ids,
        }
        deleted
    }

    async fn send_events(
        &self,
        events: &[&Waiting],
        class: &Class,
        settlement: &mut Settlement,
        moment: (UnixMillis, f64),
    ) -> Result<(), Fault> {
        match self.post(events, class).await {
            Err(fault) if fault.is_refusal() => {
                self.send_singly(events, class, settlement, moment).await
            }
            fates => sort_out(events, fates?, settlement, moment),
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
                Err(fault) if fault.is_refusal() => vec![refused(fault.words())],
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
            (Some("SUCCESS" | "FAILED"), Some(words)) => refused(words),
            (Some("FAILED"), None) => Fate::Refused("no reason was given".to_owned()),
            (_, words) => Fate::Later(words.unwrap_or_else(|| "it is not said".to_owned())),
        }
    }
}

/// An event that Weaviate did not take, for these reasons.
fn refused(words: String) -> Fate {
    if is_ill(&words) {
        Fate::Later(words)
    } else {
        Fate::Refused(words)
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
    moment: (UnixMillis, f64),
) -> Result<(), Fault> {
    let mut is_ill = false;
    for (event, fate) in events.iter().zip(fates) {
        match fate {
            Fate::Sent => settlement.sent.push(event.event_id.clone()),
            Fate::Refused(error) => {
                let attempts = event.attempts + 1;
                settlement.refused.push(Refusal {
                    id: event.event_id.clone(),
                    attempts,
                    error,
                    due_at: again(attempts, moment),
                });
            }
            Fate::Later(words) => {
                is_ill = true;
                settlement.delayed.push(delay(event, words, moment));
            }
        }
    }
    if is_ill { Err(Fault::Ill) } else { Ok(()) }
}

/// An event that waits until Weaviate may be well, longer each time.
fn delay(event: &Waiting, error: String, moment: (UnixMillis, f64)) -> Delay {
    let [.., longest] = PAUSES;
    let doubled = FIRST_MS.saturating_mul(2_u32.saturating_pow(event.delays));
    Delay {
        id: event.event_id.clone(),
        error,
        due_at: after(doubled.min(longest), moment),
    }
}

/// When an event that was refused so often is tried again; `None` is never.
fn again(attempts: u32, moment: (UnixMillis, f64)) -> Option<UnixMillis> {
    let pause = PAUSES.get(attempts.saturating_sub(1) as usize)?;
    Some(after(*pause, moment))
}

/// The end of a pause of so many ms, or of somewhat less.
fn after(pause: u32, (now, chance): (UnixMillis, f64)) -> UnixMillis {
    let pause = f64::from(pause) * (0.5 + chance.clamp(0.0, 1.0) / 2.0);
    now.plus(pause as i64)
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
            delays: 0,
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
        let after = |attempts| again(attempts, (NOW, 1.0)).map(|at| at.0 - NOW.0);
        let rests = [1, 2, 3, 4, 5, u32::MAX].map(after);
        let spread = [
            Some(1000),
            Some(15_000),
            Some(60_000),
            Some(300_000),
            None,
            None,
        ];
        assert_eq!(rests, spread);
    }

    proptest! {
        #[test]
        fn no_result_is_a_panic(status in "SUCCESS|FAILED|\\PC{0,9}", words in "\\PC{0,40}") {
            let result = json!({ "status": status, "errors": { "error": [{ "message": words }] } });
            let _ = settled(json!([{ "id": "a", "result": result }, { "id": "b", "result": words }]));
        }
    }
}
