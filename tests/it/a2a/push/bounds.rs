//! How a courier stops, and what it leaves out.

use std::time::Duration;

use super::{
    plain,
    receiver::{answering, got, held, seqs},
    world::{PATIENCE, World, hurry},
};
use crate::support::{database::any, scripted::Gate};

#[actix_web::test]
async fn lines_that_the_protocol_has_no_word_for_are_passed_over() {
    any(async |home| {
        let receiver = answering(&[200]);
        let world = World::over(home, &[receiver.url()]).await;
        let courier = world.courier(hurry());
        let task = world.task(None).await;
        world.tell(task, plain(receiver.url())).await;
        got(&receiver, 1).await;
        world.task(Some(task)).await;
        let row = world.row_when(task, |row| row.sent_seq == 2).await;
        assert_eq!(row.due_at, None, "a child is no news, and nothing is left");
        let attempt = world.claim().await;
        world.task(Some(task)).await;
        world.finish(attempt).await;
        assert_eq!(seqs(&got(&receiver, 4).await), [1, 3, 5, 6]);
        courier.drain(PATIENCE).await;
    })
    .await;
}

#[actix_web::test]
async fn a_courier_that_is_drained_waits_for_what_is_under_way_and_begins_nothing() {
    any(async |home| {
        let gate = Gate::closed();
        let receiver = held(&gate);
        let world = World::over(home, &[receiver.url()]).await;
        let courier = world.courier(hurry());
        let task = world.ended().await;
        world.tell(task, plain(receiver.url())).await;
        got(&receiver, 1).await;
        let drain = courier.drain(PATIENCE);
        let open = async {
            tokio::task::yield_now().await;
            gate.open();
        };
        tokio::join!(drain, open);
        assert_eq!(world.row(task).await.sent_seq, 1, "what was read counts");
        assert_eq!(receiver.calls().len(), 1);
        let next = world.courier(hurry());
        assert_eq!(seqs(&got(&receiver, 4).await), [1, 2, 3, 4]);
        next.drain(PATIENCE).await;
    })
    .await;
}

#[actix_web::test]
async fn a_courier_whose_patience_ends_hangs_up_and_the_next_one_sends_it_again() {
    let gate = Gate::closed();
    let receiver = held(&gate);
    let world = World::new(&[receiver.url()]).await;
    let courier = world.courier(hurry());
    let task = world.ended().await;
    world.tell(task, plain(receiver.url())).await;
    got(&receiver, 1).await;
    courier.drain(Duration::from_millis(50)).await;
    assert!(!courier.is_alive());
    gate.open();
    let next = world.courier(hurry());
    assert_eq!(seqs(&got(&receiver, 5).await), [1, 1, 2, 3, 4]);
    next.drain(PATIENCE).await;
}
