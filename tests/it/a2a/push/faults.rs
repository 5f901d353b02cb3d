//! Receivers that are down, slow, in trouble or up to no good.

use std::{net::TcpListener, time::Duration};

use actix_web::HttpResponse;
use attach_gateway::{
    actors::courier::Pace,
    adapters::push::{Busy, Webhooks},
    domain::time::UnixMillis,
};

use super::{
    beside::rules,
    named, plain,
    receiver::{answering, cutting, got, held, seqs, told},
    world::{PATIENCE, World, ada, hurry},
};
use crate::support::{
    database::any,
    eventually,
    rows::change,
    scripted::{Gate, Scripted},
};

#[actix_web::test]
async fn an_event_is_sent_again_until_it_is_taken_and_the_next_one_waits() {
    any(async |home| {
        let receiver = answering(&[500, 404, 200, 503, 200]);
        let world = World::over(home, &[receiver.url()]).await;
        let courier = world.courier(hurry());
        let task = world.ended().await;
        world.tell(task, plain(receiver.url())).await;
        let all = got(&receiver, 7).await;
        assert_eq!(seqs(&all), [1, 1, 1, 2, 2, 3, 4]);
        assert_eq!(told(&all[6]), "statusUpdate TASK_STATE_COMPLETED");
        let row = world.row_when(task, |row| row.due_at.is_none()).await;
        assert_eq!((row.sent_seq, row.failures, row.last_error), (4, 0, None));
        let counted = |name| world.counted(&format!("attach_push_{name}_total"));
        assert_eq!(
            (counted("delivered"), counted("failed"), counted("dead")),
            (4, 3, 0)
        );
        courier.drain(PATIENCE).await;
    })
    .await;
}

#[actix_web::test]
async fn a_receiver_that_was_down_gets_everything_once_it_is_back() {
    any(async |home| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let url = format!("http://{address}");
        let world = World::over(home, &[&url]).await;
        let mut pace = hurry();
        pace.patience.max_failures = u32::MAX;
        let courier = world.courier(pace);
        let task = world.task(None).await;
        world.tell(task, plain(&url)).await;
        let row = world.row_when(task, |row| row.failures > 2).await;
        let error = row.last_error.unwrap();
        assert!(
            error.starts_with("the receiver could not be reached: "),
            "{error}"
        );
        assert!(!error.contains(&address.port().to_string()), "{error}");
        let attempt = world.claim().await;
        world.finish(attempt).await;
        let back = TcpListener::bind(address).unwrap();
        let receiver = Scripted::on(back, |_| async { HttpResponse::Ok().finish() });
        assert_eq!(seqs(&got(&receiver, 4).await), [1, 2, 3, 4]);
        courier.drain(PATIENCE).await;
    })
    .await;
}

#[actix_web::test]
async fn an_event_that_was_read_but_not_acknowledged_is_sent_again_under_the_same_id() {
    any(async |home| {
        let (url, read) = cutting(2);
        let world = World::over(home, &[&url]).await;
        let courier = world.courier(hurry());
        let task = world.ended().await;
        world.tell(task, plain(&url)).await;
        let ids = eventually("everything is delivered", async || {
            let ids = read.lock().unwrap().clone();
            (ids.len() >= 6).then_some(ids)
        })
        .await;
        let expected = [1, 1, 1, 2, 3, 4].map(|seq| format!("{task}-{seq}"));
        assert_eq!(ids, expected);
        courier.drain(PATIENCE).await;
    })
    .await;
}

#[actix_web::test]
async fn a_receiver_that_does_not_answer_in_time_is_asked_again() {
    any(async |home| {
        let receiver = Scripted::start(|call| async move {
            match call.nth {
                0 => std::future::pending().await,
                _ => HttpResponse::Ok().finish(),
            }
        });
        let world = World::over(home, &[receiver.url()]).await;
        let pace = Pace {
            timeout: Duration::from_millis(200),
            ..hurry()
        };
        let courier = world.courier(pace);
        let task = world.task(None).await;
        world.tell(task, plain(receiver.url())).await;
        let row = world.row_when(task, |row| row.failures == 1 || row.sent_seq == 1);
        let error = row.await.last_error;
        assert!(error.is_none_or(|e| e == "the receiver did not answer in time"));
        assert_eq!(seqs(&got(&receiver, 2).await), [1, 1]);
        courier.drain(PATIENCE).await;
    })
    .await;
}

#[actix_web::test]
async fn a_slow_receiver_takes_its_share_of_places_and_delays_no_other() {
    any(async |home| {
        let (gate, quick) = (Gate::closed(), answering(&[200]));
        let slow = held(&gate);
        let world = World::over(home, &[slow.url(), quick.url()]).await;
        let pace = Pace {
            places: 4,
            per_host: 2,
            ..hurry()
        };
        for _ in 0..20 {
            let task = world.task(None).await;
            world.tell(task, plain(slow.url())).await;
        }
        let courier = world.courier(pace);
        eventually("the slow one has its share", async || {
            (slow.open() == 2).then_some(())
        })
        .await;
        let task = world.task(None).await;
        world.tell(task, plain(quick.url())).await;
        got(&quick, 1).await;
        assert_eq!((slow.calls().len(), slow.open()), (2, 2));
        gate.open();
        got(&slow, 20).await;
        courier.drain(PATIENCE).await;
    })
    .await;
}

#[actix_web::test]
async fn a_webhook_has_one_request_under_way_at_most_whatever_happens_to_the_task() {
    any(async |home| {
        let (gate, other) = (Gate::closed(), answering(&[200]));
        let receiver = held(&gate);
        let world = World::over(home, &[receiver.url(), other.url()]).await;
        let courier = world.courier(hurry());
        let task = world.task(None).await;
        world.tell(task, named("held", receiver.url())).await;
        got(&receiver, 1).await;
        let attempt = world.claim().await;
        for text in ["one", "two"] {
            let said = format!(
                r#"{{"messageId":"{text}","role":"ROLE_AGENT","parts":[{{"text":"{text}"}}]}}"#
            );
            let said = world.store.say(attempt, said, None, UnixMillis::now());
            said.await.unwrap();
        }
        world.finish(attempt).await;
        // By now the courier has looked at everything that happened.
        world.tell(task, named("other", other.url())).await;
        let story = got(&other, 6).await;
        assert_eq!((receiver.calls().len(), receiver.open()), (1, 1));
        gate.open();
        let all = got(&receiver, 6).await;
        assert_eq!(seqs(&all), [1, 2, 3, 4, 5, 6]);
        let texts: Vec<_> = all.iter().map(told).collect();
        assert_eq!(texts, story.iter().map(told).collect::<Vec<_>>());
        let said = &all[3].json()["statusUpdate"]["status"]["message"]["parts"][0]["text"];
        assert_eq!(said, "two");
        courier.drain(PATIENCE).await;
    })
    .await;
}

#[actix_web::test]
async fn a_webhook_that_always_fails_is_given_up_with_a_record_and_can_be_made_again() {
    any(async |home| {
        let (receiver, better) = (answering(&[200, 500]), answering(&[200]));
        let world = World::over(home, &[receiver.url(), better.url()]).await;
        let courier = world.courier(hurry());
        let task = world.task(None).await;
        world.tell(task, named("hook", receiver.url())).await;
        got(&receiver, 1).await;
        let attempt = world.claim().await;
        let row = world.row_when(task, |row| row.dead_at.is_some()).await;
        assert_eq!((row.sent_seq, row.failures, row.due_at), (1, 5, None));
        assert_eq!(row.last_error.unwrap(), "the receiver answered 500");
        // Counted once it is written down.
        eventually("it is counted", async || {
            (world.counted("attach_push_dead_total") == 1).then_some(())
        })
        .await;
        assert_eq!(receiver.calls().len(), 6);
        world.finish(attempt).await;
        assert_eq!(
            world.row(task).await.due_at,
            None,
            "news do not wake the dead"
        );
        world.tell(task, named("hook", better.url())).await;
        assert_eq!(seqs(&got(&better, 3).await), [2, 3, 4], "from where it was");
        let row = world.row_when(task, |row| row.due_at.is_none()).await;
        assert_eq!((row.sent_seq, row.failures, row.dead_at), (4, 0, None));
        assert_eq!(receiver.calls().len(), 6);
        courier.drain(PATIENCE).await;
    })
    .await;
}

#[actix_web::test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    any(async |home| {
        let inside = answering(&[200]);
        let to = inside.url().to_owned();
        let receiver = Scripted::start(move |_| {
            let answer = HttpResponse::TemporaryRedirect()
                .insert_header(("location", to.clone()))
                .finish();
            async { answer }
        });
        let world = World::over(home, &[receiver.url()]).await;
        let courier = world.courier(hurry());
        let task = world.task(None).await;
        world.tell(task, plain(receiver.url())).await;
        let row = world.row_when(task, |row| row.dead_at.is_some()).await;
        assert_eq!(row.last_error.unwrap(), "the receiver answered 307");
        assert_eq!(inside.calls().len(), 0);
        courier.drain(PATIENCE).await;
    })
    .await;
}

#[actix_web::test]
async fn what_a_receiver_asks_for_in_retry_after_is_honoured() {
    any(async |home| {
        let receiver = Scripted::start(|_| async {
            HttpResponse::ServiceUnavailable()
                .insert_header(("retry-after", "120"))
                .finish()
        });
        let world = World::over(home, &[receiver.url()]).await;
        let courier = world.courier(hurry());
        let task = world.task(None).await;
        let before = UnixMillis::now();
        world.tell(task, plain(receiver.url())).await;
        let row = world.row_when(task, |row| row.failures == 1).await;
        let wait = row.due_at.unwrap() - before.0;
        assert!((120_000..180_000).contains(&wait), "{wait}");
        world.claim().await;
        let again = world.row(task).await;
        assert_eq!(again.due_at, row.due_at, "news do not hurry it");
        courier.drain(PATIENCE).await;
    })
    .await;
}

#[actix_web::test]
async fn a_name_that_leads_to_this_machine_is_not_connected_to_unless_it_is_listed() {
    any(async |home| {
        let receiver = answering(&[200]);
        let port = receiver.url().rsplit_once(':').unwrap().1.to_owned();
        let url = format!("http://localhost:{port}/");
        let world = World::over(home, &[&url]).await;
        let task = world.task(None).await;
        world.tell(task, plain(&url)).await;
        got_none(&world, &receiver).await;
        let courier = world.courier(hurry());
        got(&receiver, 1).await;
        courier.drain(PATIENCE).await;
    })
    .await;
}

/// A courier under rules that list nothing makes no call.
async fn got_none(world: &World, receiver: &Scripted) {
    let (db, store, secret) = (world.db.clone(), world.store.clone(), world.secret.clone());
    let webhooks = Webhooks::new(db, store.clone(), secret, rules(&[]));
    let metrics = world.metrics.clone();
    let mut pace = hurry();
    pace.patience.max_failures = u32::MAX;
    let strict =
        attach_gateway::actors::courier::Courier::start(store, webhooks, metrics, pace).unwrap();
    eventually("it has failed", async || {
        (world.counted("attach_push_failed_total") > 0).then_some(())
    })
    .await;
    strict.drain(PATIENCE).await;
    assert_eq!(receiver.calls().len(), 0);
}

#[actix_web::test]
async fn a_delivery_that_comes_too_late_does_not_move_the_row() {
    let world = World::new(&["http://127.0.0.1:9/"]).await;
    let task = world.ended().await;
    let id = world.tell(task, plain("http://127.0.0.1:9/")).await;
    // Later than everything that is written here is due at.
    let now = UnixMillis::now().plus(60_000);
    let look = async || {
        let due = world.webhooks.due(now, &Busy::default(), 9).await;
        due.unwrap().remove(0)
    };
    let (mut first, mut second) = (look().await, look().await);
    assert!(
        world
            .webhooks
            .passed(&mut first, 3, true, now)
            .await
            .unwrap()
    );
    assert!(
        !world
            .webhooks
            .passed(&mut second, 1, true, now)
            .await
            .unwrap()
    );
    assert_eq!(world.row(task).await.sent_seq, 3);
    let mut stale = look().await;
    world.tell(task, named(&id, "http://127.0.0.1:9/new")).await;
    assert!(
        !world
            .webhooks
            .passed(&mut stale, 4, true, now)
            .await
            .unwrap()
    );
    let row = world.row(task).await;
    assert_eq!(
        row.sent_seq, 3,
        "the old place does not count for the new one"
    );
    let stands = look().await;
    for busy in [
        Busy {
            hosts: vec![stands.host],
            ..Busy::default()
        },
        Busy {
            owners: vec![stands.owner],
            ..Busy::default()
        },
        Busy {
            under_way: vec![stands.key],
            ..Busy::default()
        },
    ] {
        let none = world.webhooks.due(now, &busy, 9).await;
        assert!(none.unwrap().is_empty(), "{busy:?}");
    }
    world.webhooks.delete(task, &ada(), &id).await.unwrap();
}

#[actix_web::test]
async fn an_event_whose_delivery_cannot_be_written_down_is_not_sent_again_at_once() {
    let (receiver, other) = (answering(&[200]), answering(&[200]));
    let world = World::new(&[receiver.url(), other.url()]).await;
    let broken = "create trigger broken before update on push_config
                    when old.config_id = 'broken' begin select raise(abort, 'broken'); end";
    change(&world.path().join("attach.db"), broken).await;
    let task = world.ended().await;
    world.tell(task, named("broken", receiver.url())).await;
    let courier = world.courier(hurry());
    got(&receiver, 1).await;
    for _ in 0..8 {
        let task = world.task(None).await;
        world.tell(task, plain(other.url())).await;
    }
    got(&other, 8).await;
    assert_eq!(receiver.calls().len(), 1, "it rests");
    assert_eq!(world.row(task).await.sent_seq, 0);
    courier.drain(PATIENCE).await;
}
