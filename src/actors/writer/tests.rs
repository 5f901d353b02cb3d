use std::{cell::RefCell, rc::Rc};

use super::*;

#[derive(Clone, Default)]
struct Memo {
    batches: Rc<RefCell<Vec<Vec<u32>>>>,
    failures: Rc<RefCell<u32>>,
}

impl Sink for Memo {
    type Item = u32;
    type Error = &'static str;

    async fn write(&self, batch: &[u32]) -> Result<Fate, &'static str> {
        if *self.failures.borrow() > 0 {
            *self.failures.borrow_mut() -= 1;
            return Err("the disk is away");
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
        let _ = writer.place().await.unwrap().put(n);
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
        let _ = writer.place().await.unwrap().put(n);
    }
    writer.drain().await;
    assert_eq!(memo.batches.borrow().concat(), [0, 1, 2, 3, 4, 5]);
}
