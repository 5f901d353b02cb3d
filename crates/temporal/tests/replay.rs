//! Workflows that run when a new version comes are replayed by it: these histories are
//! theirs (see `examples/record.rs`).
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use attach_temporal::replay;
use serde_json::Value;

const HISTORIES: [&str; 10] = [
    "task-again",
    "task-canceled",
    "task-completed",
    "task-failed",
    "task-gone",
    "task-plain",
    "task-timed-out",
    "trace",
    "trace-continued",
    "trace-continued-first",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories")
}

fn history(name: &str) -> Vec<u8> {
    fs::read(folder().join(format!("{name}.json"))).unwrap()
}

#[tokio::test]
async fn histories_that_were_recorded_still_fit_the_workflows() {
    for name in HISTORIES {
        assert_eq!(replay(&history(name)).await, Ok(()), "{name}");
    }
}

#[test]
fn no_history_is_left_out() {
    assert_eq!(fs::read_dir(folder()).unwrap().count(), HISTORIES.len());
}

/// The input says whether to mark the state. With the other's input, one history has a step
/// too many and the other one too few.
#[tokio::test]
async fn a_history_with_a_step_more_or_less_does_not_fit() {
    let read = |name| serde_json::from_slice::<Value>(&history(name)).unwrap();
    let [plain, marked] = ["task-plain", "task-completed"].map(read);
    for (one, other) in [(&plain, &marked), (&marked, &plain)] {
        let mut one = one.clone();
        one["events"][0] = other["events"][0].clone();
        let why = replay(one.to_string().as_bytes()).await.unwrap_err();
        assert!(why.contains("nondeterministic"), "{why}");
    }
}
