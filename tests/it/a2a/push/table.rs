//! Webhooks as their owners make, read and delete them.

use a2a::TaskPushNotificationConfig;
use attach_gateway::{
    adapters::{
        push::{PushError, Since},
        store::StoreError,
    },
    domain::{
        id::{Owner, TaskId},
        time::UnixMillis,
    },
};

use super::{
    CREDENTIALS, TOKEN, guarded, named, plain,
    world::{World, ada},
};
use crate::support::database::any;

const URL: &str = "https://hooks.example/x";

fn is_not_found<T: std::fmt::Debug>(answer: Result<T, PushError>) -> bool {
    matches!(answer, Err(PushError::Store(StoreError::NotFound)))
}

fn ids(configs: &[TaskPushNotificationConfig]) -> Vec<&str> {
    configs.iter().map(|c| c.id.as_deref().unwrap()).collect()
}

#[actix_web::test]
async fn an_owner_reads_back_what_they_wrote_and_the_file_does_not_show_it() {
    let world = World::new(&[]).await;
    let task = world.ended().await;
    let now = UnixMillis::now();
    let created = world
        .webhooks
        .create(task, &ada(), guarded(URL), Since::Now, now)
        .await
        .unwrap();
    let id = created.id.clone().unwrap();
    assert_eq!((&*created.task_id, id.len()), (&*task.to_string(), 36));
    let expected = TaskPushNotificationConfig {
        id: created.id.clone(),
        task_id: task.to_string(),
        ..guarded(URL)
    };
    assert_eq!(created, expected);
    let read = world.webhooks.read(task, &ada(), &id).await.unwrap();
    assert_eq!(read, expected);
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(world.path()).unwrap() {
        bytes.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let holds = |text: &str| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    assert!(holds(URL), "the row is in one of the files");
    assert!(!holds(TOKEN) && !holds(CREDENTIALS));
}

#[actix_web::test]
async fn an_ended_task_takes_a_webhook_that_has_nothing_to_deliver() {
    any(async |home| {
        let world = World::over(home, &[]).await;
        let task = world.ended().await;
        let now = UnixMillis::now();
        let config = plain("https://example.com");
        let created = world
            .webhooks
            .create(task, &ada(), config, Since::Now, now)
            .await;
        assert_eq!(
            created.unwrap().url,
            "https://example.com",
            "as it was written"
        );
        let row = world.row(task).await;
        assert_eq!((row.sent_seq, row.due_at), (4, None));
    })
    .await;
}

#[actix_web::test]
async fn to_another_user_there_is_no_webhook_and_no_task() {
    any(async |home| {
        let world = World::over(home, &[]).await;
        let task = world.task(None).await;
        let id = world.tell(task, guarded(URL)).await;
        let (webhooks, now) = (&world.webhooks, UnixMillis::now());
        let same_name = Owner::new("https://other.example", "ada");
        for other in [Owner::new("https://issuer.example", "eve"), same_name] {
            for task in [task, TaskId::fresh()] {
                assert!(is_not_found(webhooks.read(task, &other, &id).await));
                assert!(is_not_found(webhooks.list(task, &other, None, None).await));
                assert!(is_not_found(webhooks.delete(task, &other, &id).await));
                let created = webhooks.create(task, &other, named(&id, URL), Since::Now, now);
                assert!(is_not_found(created.await));
            }
        }
        assert!(is_not_found(webhooks.read(task, &ada(), "other").await));
        let list = webhooks.list(task, &ada(), None, None).await.unwrap();
        assert_eq!(ids(&list.configs), [&*id], "it is as it was");
        assert_eq!(list.configs[0].token.as_deref(), Some(TOKEN));
    })
    .await;
}

#[actix_web::test]
async fn a_task_has_sixteen_webhooks_at_most_and_one_of_a_known_id_is_replaced() {
    any(async |home| {
        let world = World::over(home, &[]).await;
        let task = world.task(None).await;
        for n in 0..16 {
            world.tell(task, named(&format!("hook {n:02}"), URL)).await;
        }
        let (webhooks, now, ada) = (&world.webhooks, UnixMillis::now(), ada());
        let one_more = webhooks.create(task, &ada, plain(URL), Since::Now, now);
        let refused = one_more.await.unwrap_err();
        let full = PushError::Store(StoreError::TooManyWebhooks);
        assert_eq!(refused.to_string(), full.to_string());
        world
            .tell(task, named("hook 15", "https://new.example/"))
            .await;
        let list = webhooks.list(task, &ada, None, None).await.unwrap();
        assert_eq!((list.configs.len(), list.next_page_token), (16, None));
        let new = webhooks.read(task, &ada, "hook 15").await.unwrap();
        assert_eq!(new.url, "https://new.example/");
        webhooks.delete(task, &ada, "hook 00").await.unwrap();
        world.tell(task, plain(URL)).await;
        world.tell(world.task(None).await, plain(URL)).await;
    })
    .await;
}

#[actix_web::test]
async fn a_list_is_read_page_by_page_and_a_token_that_is_none_is_refused() {
    any(async |home| {
        let world = World::over(home, &[]).await;
        let task = world.task(None).await;
        for n in 0..5 {
            world.tell(task, named(&format!("{n}.é"), URL)).await;
        }
        let page = async |token: Option<&str>| {
            let page = world.webhooks.list(task, &ada(), Some(2), token).await;
            page.unwrap()
        };
        let mut all = Vec::new();
        let mut next = Some(String::new());
        let mut sizes = Vec::new();
        while let Some(token) = next {
            let page = page(Some(&token)).await;
            sizes.push(page.configs.len());
            all.extend(page.configs);
            next = page.next_page_token;
        }
        assert_eq!(sizes, [2, 2, 1]);
        assert_eq!(ids(&all), ["0.é", "1.é", "2.é", "3.é", "4.é"]);
        for (size, token, field) in [
            (Some(-1), None, "pageSize"),
            (Some(101), None, "pageSize"),
            (None, Some("x"), "pageToken"),
            (None, Some("x.y"), "pageToken"),
        ] {
            let refused = world.webhooks.list(task, &ada(), size, token).await;
            let refused = refused.unwrap_err();
            assert!(
                matches!(&refused, PushError::Field(bad) if bad.field == field),
                "{refused}"
            );
        }
    })
    .await;
}

#[actix_web::test]
async fn deleting_twice_is_no_error_and_the_other_webhooks_stay() {
    any(async |home| {
        let world = World::over(home, &[]).await;
        let task = world.task(None).await;
        for id in ["gone", "kept"] {
            world.tell(task, named(id, URL)).await;
        }
        for _ in 0..2 {
            let deleted = world.webhooks.delete(task, &ada(), "gone").await;
            deleted.unwrap();
        }
        let list = world.webhooks.list(task, &ada(), None, None).await.unwrap();
        assert_eq!(ids(&list.configs), ["kept"]);
    })
    .await;
}

#[actix_web::test]
async fn webhooks_go_with_their_task() {
    any(async |home| {
        let world = World::over(home, &[]).await;
        let task = world.ended().await;
        world.tell(task, plain(URL)).await;
        let later = UnixMillis::now().plus(1000);
        assert_eq!(world.store.purge(later).await.unwrap(), 1);
        let rows = world.rows(task).await;
        assert_eq!(rows.len(), 0);
        assert_eq!(world.webhooks.backlog().await.unwrap(), 0);
    })
    .await;
}

#[actix_web::test]
async fn a_place_that_is_not_allowed_makes_no_row() {
    any(async |home| {
        let world = World::over(home, &[]).await;
        let task = world.task(None).await;
        let config = plain("http://127.0.0.1:9/hook");
        let prepared = world.webhooks.prepare(task, &config).unwrap_err();
        let now = UnixMillis::now();
        let created = world
            .webhooks
            .create(task, &ada(), config, Since::Now, now)
            .await;
        let refused = created.unwrap_err().to_string();
        assert_eq!(
            refused,
            "url: this is a private address; to allow it, add http://127.0.0.1:9/hook to PUSH_ALLOW"
        );
        assert_eq!(prepared.to_string(), refused);
        assert_eq!(world.rows(task).await.len(), 0);
    })
    .await;
}
