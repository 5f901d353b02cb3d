//! Workflows that run when a new version comes are replayed by it: these histories are
//! theirs (see `examples/record.rs`).

use std::{fs, path::Path};

use serde_json::Value;

fn histories() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let named = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let mut all: Vec<_> = files
        .map(|path| (named(&path), fs::read(path).unwrap()))
        .collect();
    all.sort();
    all
}

#[tokio::test]
async fn histories_that_were_recorded_still_fit_the_workflows() {
    let histories = histories();
    let names: Vec<_> = histories.iter().map(|(name, _)| &**name).collect();
    let expected = [
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
    assert_eq!(names, expected);
    for (name, history) in &histories {
        let replayed = attach_temporal::replay(history).await;
        assert_eq!(replayed, Ok(()), "{name}");
    }
}

/// The input says whether to mark the state. With the other's input, one history has a step
/// too many and the other one too few.
#[tokio::test]
async fn a_history_with_a_step_more_or_less_does_not_fit() {
    let [plain, marked] = ["task-plain", "task-completed"].map(history);
    for (mut one, other) in [(plain.clone(), &marked), (marked.clone(), &plain)] {
        one["events"][0] = other["events"][0].clone();
        let replayed = attach_temporal::replay(&serde_json::to_vec(&one).unwrap()).await;
        let why = replayed.unwrap_err();
        assert!(why.contains("nondeterministic"), "{why}");
    }
}

fn history(name: &str) -> Value {
    let (_, history) = histories().into_iter().find(|(of, _)| of == name).unwrap();
    serde_json::from_slice(&history).unwrap()
}
