//! Agents that refuse, break, or answer something else.

use attach_gateway::domain::task::TaskState;
use serde_json::{Value, json};

use super::{Hub, output};
use crate::support::{
    a2a_agent::{A2aAgent, Say, Step, bare, events, status, task},
    eventually,
};

/// Why a task of this agent fails, and after how many sends.
async fn why(streaming: bool, say: Say) -> (String, usize) {
    let agent = A2aAgent::with(
        |card| card["capabilities"]["streaming"] = json!(streaming),
        move |_| say.clone(),
    );
    let hub = Hub::with(agent, &[("TASK_MAX_ATTEMPTS", "2")]).await;
    let id = hub.send(json!({})).await;
    let ended = eventually("the task ends", async || {
        let now = hub.snapshot(id).await;
        now.task.state.is_terminal().then_some(now)
    })
    .await;
    assert_ne!(ended.task.state, TaskState::Completed);
    let why = ended.task.detail.clone().unwrap();
    assert_eq!(output(&ended), json!({ "detail": why }));
    let calls = hub.agent.calls();
    let sends = calls
        .iter()
        .filter(|asked| asked.method.starts_with("Send"));
    (why, sends.count())
}

#[actix_web::test]
async fn a_refusal_is_a_failure_and_is_not_repeated() {
    for streaming in [true, false] {
        for (code, name) in [
            (-32001, "task not found"),
            (-32602, "bad"),
            (-32000, "odd"),
            (7, "own"),
        ] {
            let (why, calls) = why(streaming, Say::Error(code, name)).await;
            assert_eq!((why, calls), (format!("the agent refused: {name}"), 1));
        }
        let (why, calls) = why(streaming, Say::Raw(403, "no")).await;
        assert_eq!((&*why, calls), ("agent answered 403", 1));
    }
}

#[actix_web::test]
async fn what_may_pass_is_tried_again() {
    for streaming in [true, false] {
        for status in [500, 503, 429] {
            let (why, calls) = why(streaming, Say::Raw(status, "away")).await;
            assert_eq!((why, calls), (format!("agent answered {status}"), 2));
        }
    }
    let (_, calls) = why(true, Say::Error(-32603, "internal")).await;
    assert_eq!(calls, 1);
}

#[actix_web::test]
async fn an_answer_that_makes_no_sense_is_a_failure() {
    let nonsense = "the agent's answer is no A2A";
    let mut nameless = task("WORKING");
    nameless["task"]["id"] = json!("");
    let mut stateless = task("WORKING");
    stateless["task"]["status"]["state"] = json!("TASK_STATE_UNSPECIFIED");
    let mut unknown = task("WORKING");
    unknown["task"]["status"]["state"] = json!("TASK_STATE_DREAMING");
    let mut dots = task("WORKING");
    dots["task"]["id"] = json!("..");
    for odd in [
        nameless,
        stateless,
        unknown,
        dots,
        json!({}),
        json!([]),
        json!("hi"),
    ] {
        for streaming in [true, false] {
            let say = match streaming {
                true => events([odd.clone()]),
                false => Say::Result(odd.clone()),
            };
            assert_eq!(why(streaming, say).await, (nonsense.to_owned(), 1), "{odd}");
        }
    }
    for body in ["<html>", "", "{}"] {
        assert_eq!(why(true, Say::Raw(200, body)).await.0, nonsense);
        assert_eq!(why(false, Say::Raw(200, body)).await.0, nonsense);
    }
    let garbage = Step::Bytes("data: {\"result\":\n\n".to_owned());
    assert_eq!(why(true, Say::Stream(vec![garbage])).await.0, nonsense);
}

#[actix_web::test]
async fn an_error_on_a_stream_ends_the_task() {
    let steps = vec![Step::Event(task("WORKING")), Step::Error(-32603, "I broke")];
    assert_eq!(
        why(true, Say::Stream(steps)).await.0,
        "the agent refused: I broke"
    );
}

#[actix_web::test]
async fn a_task_the_agent_has_forgotten_is_a_failure() {
    let agent = A2aAgent::start(|asked| match &*asked.method {
        "SendStreamingMessage" => Say::Stream(vec![Step::Event(task("WORKING")), Step::Cut]),
        _ => Say::Error(-32001, "task not found"),
    });
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({})).await;
    let failed = hub.failed(id).await;
    assert_eq!(
        failed.task.detail.as_deref(),
        Some("the agent refused: task not found")
    );
}

#[actix_web::test]
async fn an_agent_that_only_says_it_streams_is_sent_to_without() {
    let agent = A2aAgent::start(|asked| match &*asked.method {
        "SendStreamingMessage" => Say::Error(-32004, "no streaming"),
        "SendMessage" => Say::Result(task("WORKING")),
        _ => Say::Result(bare("COMPLETED", Value::Null, json!([]))),
    });
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({})).await;
    hub.completed(id).await;
}

#[actix_web::test]
async fn an_agent_that_is_slow_is_tried_again_and_then_told_to_stop() {
    let agent = A2aAgent::start(|asked| match &*asked.method {
        "SendStreamingMessage" | "SubscribeToTask" => {
            Say::Stream(vec![Step::Event(task("WORKING")), Step::Silence])
        }
        _ => Say::Result(bare("WORKING", Value::Null, json!([]))),
    });
    let file = crate::support::file(&format!(
        "[[agent]]\nname = \"helper\"\nkind = \"a2a\"\ninternal = true\nurl = \"{}\"\ntimeout = 1\n",
        agent.url()
    ));
    let config = file.path().to_str().unwrap();
    let vars = [("ATTACH_CONFIG", config), ("TASK_MAX_ATTEMPTS", "2")];
    let gateway = crate::support::gateway::Gateway::with(&vars);
    let hub = Hub::over(gateway, agent).await;
    let id = hub.send(json!({})).await;
    let failed = hub.failed(id).await;
    let why = "the agent did not answer within 1 s";
    assert_eq!(failed.task.detail.as_deref(), Some(why));
    assert_eq!(failed.task.attempt, 2);
    assert_eq!(
        hub.agent.calls_of("SendStreamingMessage").len(),
        1,
        "it has the message"
    );
    eventually("it is told to stop", async || {
        (hub.agent.calls_of("CancelTask").len() == 1).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn a_task_that_only_says_it_ends_ends_once() {
    let end = status("COMPLETED", Value::Null);
    let agent = A2aAgent::start(move |_| events([task("WORKING"), end.clone(), end.clone()]));
    let hub = Hub::of(agent).await;
    let id = hub.send(json!({})).await;
    hub.completed(id).await;
    assert_eq!(hub.kinds(id).await, ["submitted", "working", "completed"]);
}
