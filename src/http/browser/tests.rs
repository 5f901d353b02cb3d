use actix_web::{http::Method, test::TestRequest};

use super::*;
use crate::adapters::{browsers::BrowserTable, database::Database, sessions::SessionTable};

const NOW: UnixMillis = UnixMillis(1_000_000);

async fn browsers(folder: &tempfile::TempDir, public: &str, is_loopback: bool) -> Browsers {
    let path = folder.path().join("attach.db");
    let db = Database::open(&path.clone().into()).await.unwrap();
    let tables = (SessionTable::new(db.clone()), BrowserTable::new(db));
    let place = Place {
        public_url: Url::parse(public).unwrap(),
        is_loopback,
    };
    let secret = Secret::open(folder.path(), None).unwrap();
    let sessions = Sessions::start(tables.0, tables.1);
    Browsers::new(secret, sessions, place, false)
}

fn request(browsers: &Browsers, secret: &str) -> TestRequest {
    let cookie = browsers.jar.session(secret.to_owned());
    TestRequest::post()
        .insert_header(("host", "localhost:8080"))
        .insert_header(("cookie", format!("a=b; {}={secret}", cookie.name())))
}

async fn status(browsers: &Browsers, secret: &str, headers: &[(&str, &str)]) -> u16 {
    let request = headers
        .iter()
        .fold(request(browsers, secret), |request, header| {
            request.insert_header(*header)
        });
    let request = request.to_http_request();
    match browsers.enter(&request, secret, NOW).await {
        Ok(_) => 200,
        Err(ApiError::Csrf) => 403,
        Err(ApiError::Unauthenticated) => 401,
        Err(error) => panic!("{error}"),
    }
}

async fn signed_in(browsers: &Browsers) -> String {
    let owner = Owner::new("i", "ada");
    let secret = browsers.sign_in(owner, Scopes::DEFAULT, NOW).await;
    secret.unwrap()
}

async fn csrf(browsers: &Browsers, secret: &str) -> String {
    let request = request(browsers, secret).to_http_request();
    browsers.page(&request, NOW).await.unwrap().unwrap().csrf
}

/// Somebody signed in, and what their page says whose it is.
async fn page_of_one(browsers: &Browsers) -> (String, String) {
    let secret = signed_in(browsers).await;
    let csrf = csrf(browsers, &secret).await;
    (secret, csrf)
}

#[actix_web::test]
async fn a_write_needs_the_page_and_its_token() {
    let folder = tempfile::tempdir().unwrap();
    let browsers = browsers(&folder, "http://127.0.0.1:8080", true).await;
    let (secret, own) = page_of_one(&browsers).await;
    let (_, others) = page_of_one(&browsers).await;
    let called = ("origin", "http://localhost:8080");
    for (headers, expected) in [
        (&[called, ("x-attach-csrf", &own)][..], 200),
        (
            &[("sec-fetch-site", "same-origin"), ("x-attach-csrf", &own)],
            200,
        ),
        (
            &[("origin", "http://127.0.0.1:8080"), ("x-attach-csrf", &own)],
            200,
        ),
        (&[("x-attach-csrf", &own)], 403),
        (&[called], 403),
        (&[called, ("x-attach-csrf", &others)], 403),
        (&[called, ("x-attach-csrf", &own[1..])], 403),
        (&[("origin", "null"), ("x-attach-csrf", &own)], 403),
        (
            &[
                ("origin", "https://localhost:8080"),
                ("x-attach-csrf", &own),
            ],
            403,
        ),
        (
            &[("origin", "http://localhost:8081"), ("x-attach-csrf", &own)],
            403,
        ),
        (
            &[("origin", "http://evil.example"), ("x-attach-csrf", &own)],
            403,
        ),
        (
            &[("sec-fetch-site", "same-site"), ("x-attach-csrf", &own)],
            403,
        ),
    ] {
        assert_eq!(
            status(&browsers, &secret, headers).await,
            expected,
            "{headers:?}"
        );
    }
    let leaving = request(&browsers, &secret).to_http_request();
    browsers.leave(&leaving, NOW).await.unwrap();
    let headers = [called, ("x-attach-csrf", &*own)];
    assert_eq!(status(&browsers, &secret, &headers).await, 401);
}

#[actix_web::test]
async fn beyond_loopback_the_page_is_where_the_public_url_says_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let browsers = browsers(&folder, "https://gw.example", false).await;
    let secret = signed_in(&browsers).await;
    let csrf = csrf(&browsers, &secret).await;
    for (origin, expected) in [
        ("https://gw.example", 200),
        ("http://localhost:8080", 403),
        ("https://gw.example.evil", 403),
        ("http://gw.example", 403),
    ] {
        let headers = [("origin", origin), ("x-attach-csrf", &*csrf)];
        assert_eq!(
            status(&browsers, &secret, &headers).await,
            expected,
            "{origin}"
        );
    }
}

#[actix_web::test]
async fn a_session_may_do_what_was_granted_and_a_links_everything() {
    let folder = tempfile::tempdir().unwrap();
    let browsers = browsers(&folder, "https://gw.example", false).await;
    let (owner, granted) = (Owner::new("i", "ada"), Scopes::parse("memory:read"));
    let secret = browsers.sign_in(owner.clone(), granted, NOW).await.unwrap();
    let code = browsers.invite(owner, NOW).unwrap();
    let invited = browsers.accept(&code, NOW).await.unwrap();
    let read = TestRequest::get().to_http_request();
    for (secret, scopes) in [(secret, granted), (invited, Scopes::ALL)] {
        let identity = browsers.enter(&read, &secret, NOW).await.unwrap();
        assert_eq!(identity.scopes, scopes);
    }
}

#[actix_web::test]
async fn a_page_of_another_session_reads_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let browsers = browsers(&folder, "http://127.0.0.1:8080", true).await;
    let (secret, own) = page_of_one(&browsers).await;
    let (_, others) = page_of_one(&browsers).await;
    for (headers, is_let_in) in [
        (&[][..], true),
        (&[("x-attach-csrf", &*own)], true),
        (&[("x-attach-csrf", &*others)], false),
        (&[("x-attach-csrf", "")], false),
    ] {
        let mut read = request(&browsers, &secret).method(Method::GET);
        for header in headers {
            read = read.append_header(*header);
        }
        let entered = browsers.enter(&read.to_http_request(), &secret, NOW).await;
        assert_eq!(entered.is_ok(), is_let_in, "{headers:?}");
    }
}
