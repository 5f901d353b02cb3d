//! The key that gateways on a server share. A file has none in it.

use attach_gateway::{
    adapters::{
        identity::{
            install_crypto,
            signing::shared::{self, SharedKeyError},
        },
        secret::Secret,
    },
    domain::time::UnixMillis,
};

use crate::support::database::Home;

const NOW: UnixMillis = UnixMillis(1_000_000);

fn secret(text: &str) -> Secret {
    Secret::open("/nowhere".as_ref(), Some(text)).unwrap()
}

#[actix_web::test]
async fn gateways_that_start_at_once_make_one_key() {
    let Some(home) = Home::server().await else {
        return;
    };
    install_crypto();
    let ours = secret("a secret of thirty-two characters");
    let dbs = [home.open().await, home.open().await, home.open().await];
    let [a, b, c] = &dbs;
    let keys = tokio::join!(
        shared::open(a, &ours, NOW),
        shared::open(b, &ours, NOW),
        shared::open(c, &ours, NOW),
    );
    let kid = keys.0.unwrap().kid().to_owned();
    assert_eq!(keys.1.unwrap().kid(), kid);
    assert_eq!(keys.2.unwrap().kid(), kid);
    let later = shared::find(a, &ours).await.unwrap().unwrap();
    assert_eq!(later.kid(), kid);
}

#[actix_web::test]
async fn another_secret_does_not_open_the_key_and_is_named() {
    let Some(home) = Home::server().await else {
        return;
    };
    install_crypto();
    let db = home.open().await;
    let ours = secret("a secret of thirty-two characters");
    shared::open(&db, &ours, NOW).await.unwrap();
    let theirs = secret("another of thirty-two characters!");
    let error = shared::open(&db, &theirs, NOW).await.err().unwrap();
    assert!(matches!(error, SharedKeyError::Sealed), "{error}");
    assert!(error.to_string().contains("ATTACH_SECRET"), "{error}");
}
