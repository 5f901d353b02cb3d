//! Who calls: proof, scopes, and that nobody sees what is another's.

use a2a_pb::proto::ListTasksRequest;
use serde_json::json;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::support::{
    gateway::Gateway,
    hub::{Hub, says, to},
};

async fn refused(hub: &Hub) -> Status {
    hub.list(ListTasksRequest::default()).await.unwrap_err()
}

fn challenge(status: &Status) -> &str {
    status
        .metadata()
        .get("www-authenticate")
        .unwrap()
        .to_str()
        .unwrap()
}

#[actix_web::test]
async fn who_brings_no_good_token_is_told_how_to_get_one() {
    let gateway = Gateway::start();
    let stranger = gateway.stranger().await.with("a2a-version", "1.0");
    let status = refused(&stranger).await;
    assert_eq!(status.code(), Code::Unauthenticated);
    assert!(
        challenge(&status).contains("scope=\"tasks:run\""),
        "{status:?}"
    );
    assert!(challenge(&status).contains("resource_metadata="));
    let mut old = gateway.issuer.claims("ada");
    old["exp"] = json!(1);
    for token in ["x.y.z".to_owned(), gateway.issuer.sign(&old)] {
        let bearer = stranger
            .clone()
            .with("authorization", &format!("Bearer {token}"));
        let status = refused(&bearer).await;
        assert_eq!(status.code(), Code::Unauthenticated);
        assert!(challenge(&status).contains("error=\"invalid_token\""));
        assert!(
            !format!("{status:?}").contains(&token),
            "a token in an error"
        );
    }
    let twice = gateway.hub("ada").await.and("authorization", "Bearer x");
    assert_eq!(refused(&twice).await.code(), Code::Unauthenticated);
    let basic = stranger.with("authorization", "Basic eDp5");
    assert_eq!(refused(&basic).await.code(), Code::Unauthenticated);
}

#[actix_web::test]
async fn nothing_is_looked_up_for_strangers_and_nothing_of_theirs_is_read() {
    let gateway = Gateway::with(&[("MAX_REQUEST_BYTES", "2000")]);
    // Neither version, tenant nor size are told apart before the caller is known.
    for request in [to("nobody", says("hi")), says(&"x".repeat(3000))] {
        let status = gateway.stranger().await.send(request).await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
    }
}

#[actix_web::test]
async fn a_token_without_the_scope_is_not_enough() {
    let gateway = Gateway::with(&[("REQUIRED_SCOPES", "true")]);
    let with = async |scope: &str| {
        let mut claims = gateway.issuer.claims("ada");
        claims["scope"] = json!(scope);
        let token = format!("Bearer {}", gateway.issuer.sign(&claims));
        gateway.hub("ada").await.with("authorization", &token)
    };
    let status = refused(&with("chat:run").await).await;
    assert_eq!(status.code(), Code::PermissionDenied);
    assert!(challenge(&status).contains("insufficient_scope"));
    let list = ListTasksRequest::default();
    assert!(with("tasks:run").await.list(list).await.is_ok());
}

#[actix_web::test]
async fn another_persons_task_looks_like_none() {
    let gateway = Gateway::start();
    let (ada, bob) = (gateway.hub("ada").await, gateway.hub("bob").await);
    let task = ada.send(says("hi")).await.unwrap();
    let unknown = bob
        .task("01900000-0000-7000-8000-000000000000")
        .await
        .unwrap_err();
    let theirs = [
        bob.task(&task.id).await.unwrap_err(),
        bob.cancel(&task.id).await.unwrap_err(),
        bob.subscribe(&task.id).await.unwrap_err(),
        bob.task("no id at all").await.unwrap_err(),
    ];
    for status in theirs {
        assert_eq!(status.code(), Code::NotFound);
        assert_eq!(status.message(), unknown.message());
        let info = status.get_details_error_info().unwrap();
        assert_eq!(info.reason, "TASK_NOT_FOUND");
    }
    let mut follow_up = says("more");
    follow_up
        .message
        .as_mut()
        .unwrap()
        .task_id
        .clone_from(&task.id);
    assert_eq!(
        bob.send(follow_up).await.unwrap_err().code(),
        Code::NotFound
    );
    assert_eq!(
        bob.list(ListTasksRequest::default())
            .await
            .unwrap()
            .total_size,
        0
    );
    let by_context = ListTasksRequest {
        context_id: task.context_id.clone(),
        ..Default::default()
    };
    assert_eq!(bob.list(by_context).await.unwrap().total_size, 0);
}

#[actix_web::test]
async fn an_answer_carries_the_name_of_its_request() {
    let gateway = Gateway::start();
    let hub = gateway.hub("ada").await.with("x-request-id", "mine-7");
    let request = hub.request(ListTasksRequest::default());
    let answer = hub.client.clone().list_tasks(request).await.unwrap();
    assert_eq!(answer.metadata().get("x-request-id").unwrap(), "mine-7");
    let stranger = gateway.stranger().await;
    let status = refused(&stranger).await;
    assert!(status.metadata().get("x-request-id").is_some());
}
