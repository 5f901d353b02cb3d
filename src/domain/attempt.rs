//! The attempts at a task, as its history tells of them.

use crate::domain::time::UnixMillis;

/// A line of the history that an attempt begins or ends with.
#[derive(Clone, Debug)]
pub struct Turn {
    /// When.
    pub at: UnixMillis,
    /// What happened, as the line calls it.
    pub kind: String,
    /// Which attempt was the last one then; 0 before the first.
    pub attempt: u32,
    /// More about it, in words.
    pub detail: Option<String>,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// 1, 2, 3 … within the task.
    pub attempt: u32,
    /// When it was claimed.
    pub started: UnixMillis,
    /// When it ended, if it has.
    pub ended: Option<UnixMillis>,
    /// How: what its last line is called, or [`LOST`].
    pub outcome: Option<String>,
    /// Why, in words.
    pub detail: Option<String>,
}

/// The outcome of an attempt whose process died: another began before it had ended.
pub const LOST: &str = "lost";

/// The kinds of lines that attempts are told by.
pub const KINDS: [&str; 9] = [
    "working",
    "retry",
    "released",
    "input-required",
    "auth-required",
    "completed",
    "failed",
    "canceled",
    "rejected",
];

/// The attempts that `turns`, in their order, tell of.
pub fn runs(turns: impl IntoIterator<Item = Turn>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for turn in turns {
        match runs.last_mut().filter(|run| run.attempt == turn.attempt) {
            Some(run) => run.take(turn),
            None if turn.kind == "working" => begin(&mut runs, turn),
            // It ended before anybody tried.
            None => {}
        }
    }
    runs
}

fn begin(runs: &mut Vec<Run>, turn: Turn) {
    if let Some(before) = runs.last_mut().filter(|run| run.ended.is_none()) {
        before.ended = Some(turn.at);
        before.outcome = Some(LOST.to_owned());
    }
    runs.push(Run {
        attempt: turn.attempt,
        started: turn.at,
        ended: None,
        outcome: None,
        detail: None,
    });
}

impl Run {
    fn take(&mut self, turn: Turn) {
        if turn.kind == "working" {
            // It had asked, and goes on without an answer.
            (self.ended, self.outcome, self.detail) = (None, None, None);
        } else if self.ended.is_none() || self.is_asking() {
            self.ended = Some(turn.at);
            self.outcome = Some(turn.kind);
            self.detail = turn.detail;
        }
    }

    /// Whether it asked something: until that is answered it may still end the task.
    fn is_asking(&self) -> bool {
        matches!(
            self.outcome.as_deref(),
            Some("input-required" | "auth-required")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is made of lines, written as kind and attempt, one each ms.
    fn told(lines: &[(&str, u32)]) -> Vec<(u32, i64, Option<i64>, Option<String>)> {
        let turns = (0..).zip(lines).map(|(at, (kind, attempt))| Turn {
            at: UnixMillis(at),
            kind: (*kind).to_owned(),
            attempt: *attempt,
            detail: None,
        });
        let told = runs(turns).into_iter().map(|run| {
            let ended = run.ended.map(|at| at.0);
            (run.attempt, run.started.0, ended, run.outcome)
        });
        told.collect()
    }

    fn ended(nth: u32, from: i64, to: i64, how: &str) -> (u32, i64, Option<i64>, Option<String>) {
        (nth, from, Some(to), Some(how.to_owned()))
    }

    #[test]
    fn an_attempt_ends_with_its_last_line() {
        let lines = [
            ("working", 1),
            ("retry", 1),
            ("working", 2),
            ("completed", 2),
        ];
        let expected = [ended(1, 0, 1, "retry"), ended(2, 2, 3, "completed")];
        assert_eq!(told(&lines), expected);
        assert_eq!(told(&[("working", 1)]), [(1, 0, None, None)]);
    }

    #[test]
    fn one_that_another_overtook_is_lost() {
        let lines = [("working", 1), ("working", 2), ("failed", 2)];
        assert_eq!(
            told(&lines),
            [ended(1, 0, 1, LOST), ended(2, 1, 2, "failed")]
        );
    }

    #[test]
    fn a_task_that_is_canceled_between_two_attempts_ends_neither() {
        let lines = [("working", 1), ("released", 1), ("canceled", 1)];
        assert_eq!(told(&lines), [ended(1, 0, 1, "released")]);
        assert_eq!(told(&[("canceled", 0)]), []);
    }

    #[test]
    fn one_that_asks_ends_with_its_question_unless_it_goes_on() {
        let asks = ("input-required", 1);
        let answered = [("working", 1), asks, ("working", 2), ("completed", 2)];
        let expected = [
            ended(1, 0, 1, "input-required"),
            ended(2, 2, 3, "completed"),
        ];
        assert_eq!(told(&answered), expected);
        let goes_on = [("working", 1), ("auth-required", 1), ("working", 1)];
        assert_eq!(told(&goes_on), [(1, 0, None, None)]);
        let ends = [("working", 1), asks, ("completed", 1)];
        assert_eq!(told(&ends), [ended(1, 0, 2, "completed")]);
    }
}
