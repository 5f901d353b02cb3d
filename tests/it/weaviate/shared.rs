//! Several gateways that share a database, and one Weaviate.

use attach_gateway::{
    adapters::memory::{Memory, weaviate},
    config::WeaviateConfig,
    domain::{
        id::{Owner, SessionId},
        memory::{EventBody, EventKind, MemoryEvent},
        time::UnixMillis,
    },
};

use crate::support::{database::Home, weaviate::Weaviate};

fn event(n: i64) -> MemoryEvent {
    let body = EventBody {
        text: Some(format!("{n:03}")),
        ..EventBody::default()
    };
    let (owner, session) = (Owner::new("https://i", "ada"), SessionId("s".into()));
    MemoryEvent::new(EventKind::Log, owner, session, UnixMillis(n), body)
}

async fn sender(home: &Home, server: &Weaviate) -> weaviate::Weaviate {
    let config = WeaviateConfig {
        url: server.url().parse().unwrap(),
        api_key: None,
    };
    weaviate::Weaviate::new(&config, home.open().await, None).unwrap()
}

/// Sends until nothing is left; how many were sent.
async fn all(weaviate: &weaviate::Weaviate) -> usize {
    let mut sent = 0;
    loop {
        let forwarded = weaviate.forward(UnixMillis::now(), 0.0).await.unwrap();
        sent += forwarded.sent;
        if !forwarded.is_any {
            return sent;
        }
    }
}

#[actix_web::test]
async fn one_gateway_sends_what_all_write_and_the_next_one_goes_on() {
    let Some(home) = Home::server().await else {
        return;
    };
    let server = Weaviate::start();
    let (first, second) = (sender(&home, &server).await, sender(&home, &server).await);
    let [one, two] = [&first, &second].map(|it| Memory::Weaviate(it.clone()));
    let events: Vec<_> = (0..300).map(event).collect();
    one.write(&events[..100]).await.unwrap();
    two.write(&events[100..200]).await.unwrap();
    assert_eq!(all(&first).await, 200, "those of both");
    two.write(&events[200..]).await.unwrap();
    assert_eq!(all(&second).await, 0, "it is the first one's to send");
    first.leave().await;
    assert_eq!(all(&second).await, 100);
    assert_eq!(all(&first).await, 0);
    let texts: Vec<_> = (0..300).map(|n| format!("{n:03}")).collect();
    assert_eq!(server.texts(), texts);
    one.erase(events[7].id, &events[7].owner).await.unwrap();
    assert!(two.get(events[7].id, &events[7].owner).await.is_err());
    let standing = two.standing(UnixMillis::now()).await.unwrap().unwrap();
    assert_eq!((standing.waiting, standing.set_aside), (0, 0));
}
