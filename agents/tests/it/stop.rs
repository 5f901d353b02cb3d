//! How an agent's server ends.

use std::{net::TcpListener, time::Duration};

use a2a::Message;
use attach_agents::{ConformanceConfig, Handle};
use tokio::task::JoinHandle;

use crate::client::{BINDINGS, Client, next, text, words};

type Running = (String, Handle, JoinHandle<std::io::Result<()>>);

fn start() -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let config = ConformanceConfig {
        timeout: Duration::from_millis(300),
        ..ConformanceConfig::default()
    };
    let server = attach_agents::conformance(listener, &config).unwrap();
    let handle = server.handle();
    (base, handle, actix_web::rt::spawn(server.run()))
}

async fn ended(serving: JoinHandle<std::io::Result<()>>) {
    let limit = Duration::from_secs(10);
    let ended = tokio::time::timeout(limit, serving).await.unwrap();
    ended.unwrap().unwrap();
}

#[actix_web::test]
async fn a_graceful_stop_lets_a_running_call_end() {
    let (base, handle, serving) = start();
    let client = Client::new(&base, BINDINGS[0], &[]).await;
    let message = Message {
        message_id: "tck-delayed-complete".to_owned(),
        ..text("hello")
    };
    let mut events = client.stream(message).await;
    next(&mut events).await;
    handle.stop();
    let rest = [next(&mut events).await, next(&mut events).await];
    assert_eq!(
        rest.each_ref().map(words),
        ["working", "completed: Done after delay"]
    );
    drop(events);
    drop(client);
    ended(serving).await;
    assert!(std::net::TcpStream::connect(base.trim_start_matches("http://")).is_err());
}

#[actix_web::test]
async fn a_stop_at_once_waits_for_nobody() {
    let (base, handle, serving) = start();
    let client = Client::new(&base, BINDINGS[0], &[]).await;
    let held = client.start(text("tck-cancel")).await;
    assert!(!held.status.state.is_terminal());
    let _watching = client.subscribe(&held.id).await.unwrap();
    handle.stop_at_once();
    ended(serving).await;
}

#[actix_web::test]
async fn a_server_that_was_stopped_before_it_ran_ends_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = attach_agents::conformance(listener, &ConformanceConfig::default()).unwrap();
    server.handle().stop();
    ended(actix_web::rt::spawn(server.run())).await;
}
