//! GetTask, ListTasks and CancelTask.

use a2a_pb::proto::{self, ListTasksRequest, TaskState};
use tonic::Code;
use tonic_types::StatusExt;

use crate::support::{
    agent::{Act, Agent},
    gateway::Gateway,
    hub::{Hub, at_once, says, state, to},
};

async fn pages(hub: &Hub, list: ListTasksRequest) -> Vec<proto::ListTasksResponse> {
    let mut pages = vec![hub.list(list.clone()).await.unwrap()];
    while let Some(next) = pages.last().map(|page| page.next_page_token.clone()) {
        if next.is_empty() {
            break;
        }
        let list = ListTasksRequest {
            page_token: next,
            ..list.clone()
        };
        pages.push(hub.list(list).await.unwrap());
    }
    pages
}

#[actix_web::test]
async fn a_list_leads_through_all_tasks_the_last_changed_first() {
    let gateway = Gateway::start();
    let hub = gateway.hub("ada").await;
    let mut sent = Vec::new();
    for _ in 0..5 {
        sent.insert(0, hub.send(says("hi")).await.unwrap().id);
    }
    let list = ListTasksRequest {
        page_size: Some(2),
        ..Default::default()
    };
    let pages = pages(&hub, list).await;
    assert_eq!(pages.len(), 3);
    assert!(
        pages
            .iter()
            .all(|page| page.total_size == 5 && page.page_size == 2)
    );
    let tasks: Vec<_> = pages.iter().flat_map(|page| &page.tasks).collect();
    let ids: Vec<_> = tasks.iter().map(|task| task.id.clone()).collect();
    assert_eq!(ids, sent);
    assert!(tasks.iter().all(|task| task.artifacts.is_empty()));
    let whole = ListTasksRequest {
        include_artifacts: Some(true),
        ..Default::default()
    };
    let whole = hub.list(whole).await.unwrap();
    assert_eq!((whole.page_size, whole.tasks[0].artifacts.len()), (50, 1));
}

#[actix_web::test]
async fn filters_narrow_a_list() {
    let gateway = Gateway::start();
    let hub = gateway.hub("ada").await;
    let (one, _) = (
        hub.send(says("a")).await.unwrap(),
        hub.send(says("b")).await.unwrap(),
    );
    let count = async |list| hub.list(list).await.unwrap().total_size;
    let by_context = ListTasksRequest {
        context_id: one.context_id.clone(),
        ..Default::default()
    };
    assert_eq!(count(by_context).await, 1);
    for (status, tasks) in [(TaskState::Completed, 2), (TaskState::Failed, 0)] {
        let by_state = ListTasksRequest {
            status: status as i32,
            ..Default::default()
        };
        assert_eq!(count(by_state).await, tasks, "{status:?}");
    }
    let mut after = one.status.unwrap().timestamp.unwrap();
    after.seconds += 3600;
    let later = ListTasksRequest {
        status_timestamp_after: Some(after),
        ..Default::default()
    };
    assert_eq!(count(later).await, 0);
}

#[actix_web::test]
async fn a_task_is_canceled_once() {
    let agent = Agent::start(Act::Silence);
    let agents = format!("poet={}/run", agent.url());
    let vars = [
        ("AGENTS", &*agents),
        ("DEFAULT_AGENT", "poet"),
        ("SHUTDOWN_GRACE", "1"),
    ];
    let gateway = Gateway::with(&vars);
    let hub = gateway.hub("ada").await;
    let task = hub.send(at_once(says("hi"))).await.unwrap();
    assert_eq!(
        state(&hub.cancel(&task.id).await.unwrap()),
        TaskState::Canceled
    );
    let status = hub.cancel(&task.id).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    let info = status.get_details_error_info().unwrap();
    assert_eq!(info.reason, "TASK_NOT_CANCELABLE");
}

#[actix_web::test]
async fn a_task_belongs_to_its_agent() {
    let agent = Agent::start(Act::Raw(200, "application/json", "{}".into()));
    let agents = format!("coder={}/run", agent.url());
    let gateway = Gateway::with(&[("AGENTS", &agents)]);
    let hub = gateway.hub("ada").await;
    let task = hub.send(to("coder", says("hi"))).await.unwrap();
    let status = hub.task(&task.id).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(
        hub.list(ListTasksRequest::default())
            .await
            .unwrap()
            .total_size,
        0
    );
    let by_tenant = ListTasksRequest {
        tenant: "coder".to_owned(),
        ..Default::default()
    };
    assert_eq!(hub.list(by_tenant).await.unwrap().total_size, 1);
}
