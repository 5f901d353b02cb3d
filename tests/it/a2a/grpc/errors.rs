//! What a request may not be.

use a2a_pb::proto::{self, ListTasksRequest, Part, Role, SendMessageRequest, part::Content};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::support::{
    agent::{Act, Agent},
    file,
    gateway::Gateway,
    hub::{at_once, message, part, says, text_part, to},
};

fn fields(status: &Status) -> Vec<String> {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let info = status.get_details_error_info().unwrap();
    assert_eq!(
        (&*info.reason, &*info.domain),
        ("INVALID_PARAMS", "a2a-protocol.org")
    );
    let bad = status.get_details_bad_request().unwrap();
    bad.field_violations
        .into_iter()
        .map(|one| one.field)
        .collect()
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

#[actix_web::test]
async fn every_field_that_is_missing_is_named() {
    let gateway = Gateway::start();
    let hub = gateway.hub("ada").await;
    let wrong = |message| SendMessageRequest {
        message,
        ..Default::default()
    };
    let good = message(vec![text_part("hi")]);
    let role = |role: Role| proto::Message {
        role: role as i32,
        ..good.clone()
    };
    for (request, expected) in [
        (None, vec!["message"]),
        (Some(role(Role::Unspecified)), vec!["message.role"]),
        (Some(role(Role::Agent)), vec!["message.role"]),
        (Some(message(vec![])), vec!["message.parts"]),
        (
            Some(message(vec![text_part("x"), Part::default()])),
            vec!["message.parts[1]"],
        ),
        (
            Some(proto::Message::default()),
            vec!["message.messageId", "message.role", "message.parts"],
        ),
    ] {
        let status = hub.send(wrong(request.clone())).await.unwrap_err();
        assert_eq!(fields(&status), expected);
        let streamed = hub.stream(wrong(request)).await.unwrap_err();
        assert_eq!(fields(&streamed), expected);
    }
    for status in [
        hub.task("").await.unwrap_err(),
        hub.cancel("").await.unwrap_err(),
        hub.subscribe("").await.unwrap_err(),
    ] {
        assert_eq!(fields(&status), ["id"]);
    }
}

#[actix_web::test]
async fn a_tenant_that_is_no_agent_is_named() {
    let gateway = Gateway::start();
    let hub = gateway.hub("ada").await;
    let status = hub.send(to("nobody", says("hi"))).await.unwrap_err();
    assert_eq!(fields(&status), ["tenant"]);
    assert_eq!(
        fields(&hub.extended_card("nobody").await.unwrap_err()),
        ["tenant"]
    );
}

#[actix_web::test]
async fn a_list_that_makes_no_sense_is_refused() {
    let gateway = Gateway::start();
    let hub = gateway.hub("ada").await;
    let list = ListTasksRequest::default();
    let size = |size| ListTasksRequest {
        page_size: Some(size),
        ..list.clone()
    };
    for (asked, field) in [
        (size(0), "pageSize"),
        (size(-1), "pageSize"),
        (size(101), "pageSize"),
        (
            ListTasksRequest {
                page_token: "x".to_owned(),
                ..list.clone()
            },
            "pageToken",
        ),
        (
            ListTasksRequest {
                status: 99,
                ..list.clone()
            },
            "status",
        ),
        (
            ListTasksRequest {
                history_length: Some(-1),
                ..list.clone()
            },
            "historyLength",
        ),
    ] {
        assert_eq!(fields(&hub.list(asked).await.unwrap_err()), [field]);
    }
}

#[actix_web::test]
async fn a_page_of_webhooks_is_as_long_as_by_the_other_bindings() {
    let gateway = Gateway::start();
    let hub = gateway.hub("ada").await;
    let task = hub.send(says("hi")).await.unwrap();
    let list = async |page_size| {
        let request = hub.request(proto::ListTaskPushNotificationConfigsRequest {
            task_id: task.id.clone(),
            page_size,
            ..Default::default()
        });
        let mut client = hub.client.clone();
        client.list_task_push_notification_configs(request).await
    };
    // On the wire 0 is what is not said.
    assert!(list(0).await.is_ok());
    for size in [-1, 101] {
        assert_eq!(fields(&list(size).await.unwrap_err()), ["pageSize"]);
    }
}

#[actix_web::test]
async fn a_task_that_has_ended_takes_no_message_and_no_watcher() {
    let gateway = Gateway::start();
    let hub = gateway.hub("ada").await;
    let task = hub.send(says("hi")).await.unwrap();
    let mut more = says("more");
    more.message.as_mut().unwrap().task_id.clone_from(&task.id);
    for status in [
        hub.send(more).await.unwrap_err(),
        hub.subscribe(&task.id).await.unwrap_err(),
    ] {
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(reason(&status), "UNSUPPORTED_OPERATION");
    }
}

#[actix_web::test]
async fn an_agent_is_asked_for_nothing_that_its_card_denies() {
    let config = file(
        "[[agent]]\nname = \"plain\"\nurl = \"http://127.0.0.1:9/\"\n[agent.card]\nstreaming = false\npush_notifications = false",
    );
    let config = ("ATTACH_CONFIG", config.path().to_str().unwrap());
    let gateway = Gateway::with(&[config, ("DEFAULT_AGENT", "plain")]);
    let hub = gateway.hub("ada").await;
    for status in [
        hub.stream(says("hi")).await.unwrap_err(),
        hub.subscribe("x").await.unwrap_err(),
    ] {
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(reason(&status), "UNSUPPORTED_OPERATION");
    }
    let request = hub.request(proto::TaskPushNotificationConfig {
        task_id: "x".to_owned(),
        url: "https://example.com".to_owned(),
        ..Default::default()
    });
    let mut client = hub.client.clone();
    let status = client
        .create_task_push_notification_config(request)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(reason(&status), "PUSH_NOTIFICATION_NOT_SUPPORTED");
}

#[actix_web::test]
async fn a_type_that_the_agent_does_not_take_is_refused() {
    let gateway = Gateway::start();
    let hub = gateway.hub("ada").await;
    let mut picture = part(Content::Raw(vec![1, 2]));
    picture.media_type = "image/png".to_owned();
    let mut request = says("");
    request.message = Some(message(vec![picture]));
    let status = hub.send(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(reason(&status), "CONTENT_TYPE_NOT_SUPPORTED");
}

#[actix_web::test]
async fn who_has_too_much_waiting_is_told_when_to_come_again() {
    let agent = Agent::start(Act::Silence);
    let agents = format!("poet={}/run", agent.url());
    let vars = [
        ("AGENTS", &*agents),
        ("DEFAULT_AGENT", "poet"),
        ("TASK_MAX_RUNNING", "1"),
        ("TASK_MAX_WAITING_PER_USER", "1"),
        ("SHUTDOWN_GRACE", "1"),
    ];
    let gateway = Gateway::with(&vars);
    let hub = gateway.hub("ada").await;
    let mut sent = 0;
    let status = loop {
        match hub.send(at_once(says("hi"))).await {
            Ok(_) => sent += 1,
            Err(status) => break status,
        }
        assert!(sent < 5, "nobody is held back");
    };
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(
        status
            .get_details_retry_info()
            .unwrap()
            .retry_delay
            .is_some()
    );
}

#[actix_web::test]
async fn a_message_over_the_limit_is_not_read() {
    let gateway = Gateway::with(&[("MAX_REQUEST_BYTES", "2000")]);
    let hub = gateway.hub("ada").await;
    let status = hub.send(says(&"x".repeat(3000))).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(reason(&status), "REQUEST_TOO_LARGE");
    assert!(status.metadata().get("x-request-id").is_some());
    assert!(hub.send(says("small")).await.is_ok());
}
