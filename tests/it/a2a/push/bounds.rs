//! How a courier stops, and what it leaves out.

use std::time::Duration;

use super::{
    plain,
    receiver::{answering, got, held, seqs},
    world::{World, hurry},
};
use crate::support::scripted::Gate;

#[actix_web::test]
async fn lines_that_the_protocol_has_no_word_for_are_passed_over() {
    let receiver = answering(&[200]);
    let world = World::new(&[receiver.url()]).await;
    let _courier = world.courier(hurry());
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
}

#[actix_web::test]
async fn a_courier_that_is_drained_waits_for_what_is_under_way_and_begins_nothing() {
    let gate = Gate::closed();
    let receiver = held(&gate);
    let world = World::new(&[receiver.url()]).await;
    let courier = world.courier(hurry());
    let task = world.ended().await;
    world.tell(task, plain(receiver.url())).await;
    got(&receiver, 1).await;
    let drain = courier.drain(Duration::from_secs(10));
    let open = async {
        tokio::task::yield_now().await;
        gate.open();
    };
    tokio::join!(drain, open);
    assert_eq!(courier.under_way(), 0);
    assert_eq!(world.row(task).await.sent_seq, 1, "what was read counts");
    assert_eq!(receiver.calls().len(), 1);
    let _next = world.courier(hurry());
    assert_eq!(seqs(&got(&receiver, 4).await), [1, 2, 3, 4]);
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
    let _next = world.courier(hurry());
    assert_eq!(seqs(&got(&receiver, 5).await), [1, 1, 2, 3, 4]);
}
