//! People whose receivers are slow or gone do not keep the others waiting.

use std::net::TcpListener;

use attach_gateway::{
    actors::courier::Pace,
    adapters::push::Busy,
    domain::{
        id::{Owner, TaskId},
        time::UnixMillis,
    },
};

use super::{
    plain,
    receiver::{answering, got, held},
    world::{PATIENCE, World, hurry},
};
use crate::support::{
    database::any,
    eventually,
    scripted::{Gate, Scripted},
};

fn person(name: &str) -> Owner {
    Owner::new("https://issuer.example", name)
}

/// A task of `owner` with a webhook at `url` that has something to deliver.
async fn telling(world: &World, owner: &Owner, url: &str) -> TaskId {
    let mut task = world.new_task(owner.clone(), None);
    task.webhook = Some(world.webhooks.prepare(task.id, &plain(url)).unwrap());
    let now = UnixMillis::now();
    world.store.submit(&task, 1000, now).await.unwrap();
    task.id
}

#[actix_web::test]
async fn two_greedy_people_leave_places_for_whoever_comes() {
    any(async |home| {
        let gate = Gate::closed();
        let slow: Vec<Scripted> = (0..8).map(|_| held(&gate)).collect();
        let quick = answering(&[200]);
        let mut allow: Vec<_> = slow.iter().map(Scripted::url).collect();
        allow.push(quick.url());
        let world = World::over(home, &allow).await;
        let greedy = [person("ada"), person("eve")];
        for owner in &greedy {
            for receiver in slow.iter().cycle().take(40) {
                telling(&world, owner, receiver.url()).await;
            }
        }
        let pace = Pace {
            places: 8,
            per_host: 4,
            per_owner: 4,
            ..hurry()
        };
        let courier = world.courier(pace);
        let open = || slow.iter().map(Scripted::open).sum::<usize>();
        eventually("they have what they may", async || {
            (open() == 6).then_some(())
        })
        .await;
        for name in ["bob", "cleo"] {
            telling(&world, &person(name), quick.url()).await;
        }
        got(&quick, 2).await;
        assert_eq!(open(), 6, "and nobody else was served meanwhile");
        gate.open();
        courier.drain(PATIENCE).await;
    })
    .await;
}

#[actix_web::test]
async fn people_are_served_in_rounds_and_who_has_places_comes_later() {
    let url = "https://hooks.example/x";
    let world = World::new(&[]).await;
    for name in ["ada", "ada", "ada", "eve", "eve", "bob"] {
        telling(&world, &person(name), url).await;
    }
    let now = UnixMillis::now().plus(1000);
    let order = async |served: &[(&str, usize)]| -> Vec<String> {
        let served = served.iter().map(|(name, count)| (person(name), *count));
        let busy = Busy {
            served: served.collect(),
            ..Busy::default()
        };
        let due = world.webhooks.due(now, &busy, 9).await.unwrap();
        due.iter().map(|due| due.owner.user.to_string()).collect()
    };
    assert_eq!(order(&[]).await, ["ada", "eve", "bob", "ada", "eve", "ada"]);
    assert_eq!(
        order(&[("ada", 2)]).await,
        ["eve", "bob", "eve", "ada", "ada", "ada"]
    );
}

#[actix_web::test]
async fn no_more_is_taken_than_a_host_and_a_person_may_have() {
    any(async |home| {
        let world = World::over(home, &[]).await;
        for name in ["ada", "eve", "ada", "eve"] {
            telling(&world, &person(name), "https://slow.example/x").await;
        }
        for _ in 0..4 {
            telling(&world, &person("bob"), "https://quick.example/x").await;
        }
        let busy = Busy {
            begun: vec![("slow.example:443".to_owned(), 1)],
            served: vec![(person("bob"), 1)],
            per_host: 3,
            per_owner: 3,
            ..Busy::default()
        };
        let now = UnixMillis::now().plus(1000);
        let due = world.webhooks.due(now, &busy, 9).await.unwrap();
        let mut due: Vec<_> = due
            .iter()
            .map(|due| (&*due.host, &*due.owner.user))
            .collect();
        due.sort_unstable();
        let (slow, quick) = ("slow.example:443", "quick.example:443");
        let fair = [(quick, "bob"), (quick, "bob"), (slow, "ada"), (slow, "eve")];
        assert_eq!(due, fair);
    })
    .await;
}

#[actix_web::test]
async fn where_nothing_answers_all_of_one_person_wait_and_no_other_person_does() {
    any(async |home| {
        let gone = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = gone.local_addr().unwrap();
        drop(gone);
        let (url, refusing) = (format!("http://{address}"), answering(&[500]));
        let world = World::over(home, &[&url, refusing.url()]).await;
        let (ada, eve) = (person("ada"), person("eve"));
        let first = telling(&world, &ada, &url).await;
        let same = telling(&world, &ada, &url).await;
        let refused = telling(&world, &ada, refusing.url()).await;
        let elsewhere = telling(&world, &ada, refusing.url()).await;
        let other = telling(&world, &eve, &url).await;
        let mut pace = hurry();
        // It fails once, and is not tried again soon.
        (pace.places, pace.per_host, pace.per_owner) = (1, 1, 1);
        pace.patience.first_delay_ms = 600_000;
        pace.patience.max_delay_ms = 600_000;
        let courier = world.courier(pace);
        for id in [first, refused, elsewhere, other] {
            world.row_when(id, |row| row.failures == 1).await;
        }
        let row = world.row(same).await;
        assert_eq!(row.failures, 0, "it was not even tried");
        assert_eq!(row.due_at, world.row(first).await.due_at);
        courier.drain(PATIENCE).await;
        assert_eq!(
            refusing.calls().len(),
            2,
            "an answer speaks for itself alone"
        );
    })
    .await;
}
