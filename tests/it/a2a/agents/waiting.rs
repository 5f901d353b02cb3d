//! More agents that wait for credentials than are listened to.

use std::time::{Duration, Instant};

use attach_gateway::domain::task::TaskState;
use serde_json::{Value, json};

use super::Hub;
use crate::support::a2a_agent::{A2aAgent, Say, Step, bare, said, status};

/// As many as are listened to at the same time.
const LISTENERS: usize = 256;
const MORE: usize = 4;

#[actix_web::test]
async fn those_that_are_not_listened_to_are_asked_in_turn() {
    let agent = A2aAgent::start(|asked| match &*asked.method {
        "GetTask" => Say::Result(bare("COMPLETED", Value::Null, json!([]))),
        _ => Say::Stream(vec![
            Step::Event(status("AUTH_REQUIRED", said("q1", "sign in"))),
            Step::Silence,
        ]),
    });
    let hub = Hub::of(agent).await;
    let mut ids = Vec::new();
    for _ in 0..LISTENERS + MORE {
        ids.push(hub.send(json!({})).await);
    }
    let until = Instant::now() + Duration::from_secs(50);
    let is_done = async |id| hub.snapshot(id).await.task.state == TaskState::Completed;
    loop {
        let mut done = 0;
        for id in &ids {
            done += usize::from(is_done(*id).await);
        }
        if done == MORE && hub.agent.open() == LISTENERS {
            break;
        }
        assert!(done <= MORE, "{done} were hung up on");
        assert!(Instant::now() < until, "{done} are done");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(hub.agent.calls_of("GetTask").len(), MORE);
}
