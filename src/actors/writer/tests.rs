use std::{cell::RefCell, rc::Rc};

use tokio::time::Instant;

use super::*;

#[derive(Clone, Default)]
struct Memo {
    batches: Rc<RefCell<Vec<Vec<u32>>>>,
    failures: Rc<RefCell<u32>>,
    /// How long a commit takes.
    takes: Duration,
    is_full: bool,
}

impl Sink for Memo {
    type Item = u32;
    type Error = &'static str;

    async fn write(&self, batch: &[u32]) -> Result<Fate, &'static str> {
        if *self.failures.borrow() > 0 {
            *self.failures.borrow_mut() -= 1;
            return Err("the disk is away");
        }
        tokio::time::sleep(self.takes).await;
        if self.is_full {
            return Ok(Fate::LetGo);
        }
        self.batches.borrow_mut().push(batch.to_vec());
        Ok(Fate::Written)
    }
}

#[actix::test]
async fn what_arrives_together_is_written_together_and_all_before_the_drain_ends() {
    tokio::time::pause();
    let memo = Memo::default();
    let writer = Writer::start(memo.clone(), 8, Durability::Group);
    for n in 0..5 {
        drop(writer.place().await.unwrap().put(n));
    }
    writer.drain().await;
    assert_eq!(*memo.batches.borrow(), [[0, 1, 2, 3, 4]]);
    assert!(writer.place().await.is_err());
}

#[actix::test]
async fn a_failing_sink_makes_writers_wait_and_loses_nothing() {
    tokio::time::pause();
    let memo = Memo::default();
    *memo.failures.borrow_mut() = 3;
    let writer = Writer::start(memo.clone(), 2, Durability::Group);
    for n in 0..6 {
        drop(writer.place().await.unwrap().put(n));
    }
    writer.drain().await;
    assert_eq!(memo.batches.borrow().concat(), [0, 1, 2, 3, 4, 5]);
}

const COMMIT: Duration = Duration::from_millis(5);

fn slow() -> Memo {
    Memo {
        takes: COMMIT,
        ..Memo::default()
    }
}

#[actix::test]
async fn a_lone_item_that_is_waited_for_is_committed_without_waiting_for_company() {
    tokio::time::pause();
    let (memo, start) = (slow(), Instant::now());
    let writer = Writer::start(memo.clone(), 8, Durability::Strict);
    let receipt = writer.place().await.unwrap().put(1);
    assert_eq!(receipt.committed().await, Ok(()));
    assert_eq!(*memo.batches.borrow(), [[1]]);
    assert!(start.elapsed() < 2 * COMMIT, "{:?}", start.elapsed());
}

#[actix::test]
async fn what_arrives_during_a_commit_shares_the_next_one() {
    tokio::time::pause();
    let memo = slow();
    let writer = Writer::start(memo.clone(), 8, Durability::Strict);
    let first = writer.place().await.unwrap().put(0);
    let first = actix::spawn(first.committed());
    tokio::time::sleep(COMMIT / 2).await;
    let mut others = Receipt::default();
    for n in 1..5 {
        others = others.and(writer.place().await.unwrap().put(n));
    }
    first.await.unwrap().unwrap();
    assert_eq!(*memo.batches.borrow(), [[0]]);
    others.committed().await.unwrap();
    assert_eq!(memo.batches.borrow()[1..], [[1, 2, 3, 4]]);
}

#[actix::test]
async fn a_receipt_of_a_writer_that_gathers_waits_for_nothing() {
    tokio::time::pause();
    let (memo, start) = (slow(), Instant::now());
    let writer = Writer::start(memo.clone(), 8, Durability::Group);
    let receipt = writer.place().await.unwrap().put(1);
    assert_eq!(receipt.committed().await, Ok(()));
    assert_eq!(start.elapsed(), Duration::ZERO);
    writer.drain().await;
    assert_eq!(*memo.batches.borrow(), [[1]]);
}

#[actix::test]
async fn a_receipt_does_not_lie_about_what_is_late_or_let_go() {
    tokio::time::pause();
    let (memo, start) = (Memo::default(), Instant::now());
    *memo.failures.borrow_mut() = 60;
    let writer = Writer::start(memo.clone(), 8, Durability::Strict);
    let late = writer.place().await.unwrap().put(1);
    assert_eq!(late.committed().await, Err(Full));
    assert_eq!(start.elapsed().as_secs(), PATIENCE.as_secs());
    writer.drain().await;
    assert_eq!(*memo.batches.borrow(), [[1]], "it is written all the same");

    let full = Memo {
        is_full: true,
        ..Memo::default()
    };
    let writer = Writer::start(full, 8, Durability::Strict);
    let lost = writer.place().await.unwrap().put(1);
    assert_eq!(lost.committed().await, Err(Full));
    writer.drain().await;
}

#[actix::test]
async fn rows_that_nobody_waits_for_are_written_as_soon_as_that_is_known() {
    tokio::time::pause();
    let memo = Memo::default();
    let writer = Writer::start(memo.clone(), 8, Durability::Strict);
    let held = writer.place().await.unwrap().put(1);
    tokio::time::sleep(COMMIT).await;
    assert_eq!(memo.batches.borrow().len(), 0);
    drop(held);
    writer.drain().await;
    assert_eq!(*memo.batches.borrow(), [[1]]);
}

#[actix::test]
async fn one_receipt_for_two_writers_sets_both_to_work_before_either_commits() {
    tokio::time::pause();
    let (one, two) = (slow(), slow());
    let writers = [one.clone(), two.clone()].map(|memo| Writer::start(memo, 8, Durability::Strict));
    let mut both = Receipt::default();
    for writer in &writers {
        both = both.and(writer.place().await.unwrap().put(7));
    }
    let start = Instant::now();
    both.committed().await.unwrap();
    assert!(start.elapsed() < 2 * COMMIT, "side by side");
    assert_eq!(
        (&*one.batches.borrow(), &*two.batches.borrow()),
        (&vec![vec![7]], &vec![vec![7]])
    );
}
