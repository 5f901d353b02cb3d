//! A browser may do what the provider granted, where callers are held to scopes.

use crate::support::{
    provider::Provider,
    tab::{Tab, gateway},
};

const REQUIRED: (&str, &str) = ("REQUIRED_SCOPES", "true");

async fn statuses(tab: &Tab) -> [u16; 2] {
    let (models, tasks) = (tab.open("/v1/models").await, tab.open("/a2a/tasks").await);
    for answer in [&models, &tasks] {
        let refusal = answer.header("www-authenticate").unwrap_or_default();
        let lacks = refusal.contains("error=\"insufficient_scope\"");
        assert_eq!(lacks, answer.status == 403, "{answer:?}");
    }
    [models.status, tasks.status]
}

#[actix_web::test]
async fn signing_in_is_no_way_around_required_scopes() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[REQUIRED]);
    for (granted, expected) in [
        (Some(""), [403, 403]),
        (Some("openid"), [403, 403]),
        (Some("openid chat:run"), [200, 403]),
        (Some("tasks:run another:word"), [403, 200]),
        (None, [200, 200]),
    ] {
        provider.plan(|plan| plan.scope = granted);
        let tab = Tab::at(&gateway);
        assert_eq!(tab.sign_in().await.status, 303, "{granted:?}");
        assert_eq!(
            provider.authorize()["scope"],
            "openid chat:run tasks:run memory:write memory:read"
        );
        assert_eq!(statuses(&tab).await, expected, "{granted:?}");
    }
}

#[actix_web::test]
async fn where_no_scopes_are_required_none_are_asked_for_and_none_are_missed() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    for granted in [None, Some("openid"), Some("chat:run")] {
        provider.plan(|plan| plan.scope = granted);
        let tab = Tab::at(&gateway);
        assert_eq!(tab.sign_in().await.status, 303, "{granted:?}");
        assert_eq!(provider.authorize()["scope"], "openid");
        assert_eq!(statuses(&tab).await, [200, 200], "{granted:?}");
    }
}
