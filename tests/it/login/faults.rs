//! Whatever is wrong on the way signs nobody in, and says what to do.

use serde_json::{Value, json};

use crate::support::{
    asking::Answer,
    eventually,
    gateway::Gateway,
    provider::Provider,
    tab::{Tab, gateway, set_cookies},
};

/// 400 without a session, the state's cookie gone, and words of our own.
pub(super) fn is_refused(gateway: &Gateway, answer: &Answer, what: &str) {
    assert_eq!(answer.status, 400, "{what}: {}", answer.body);
    let set = set_cookies(answer);
    assert_eq!(set.len(), 1, "{what}: {set:?}");
    assert!(set[0].starts_with("attach_login=;") && set[0].contains("Max-Age=0"));
    let again = format!("sign in again at {}", gateway.at("/auth/login"));
    assert!(answer.detail().ends_with(&again), "{what}: {}", answer.body);
}

fn with(callback: &str, name: &str, value: Option<&str>) -> String {
    let mut url = reqwest::Url::parse(callback).unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let mut query = url.query_pairs_mut();
    query.clear();
    for (n, v) in pairs.iter().filter(|(n, _)| n != name) {
        query.append_pair(n, v);
    }
    if let Some(value) = value {
        query.append_pair(name, value);
    }
    drop(query);
    url.into()
}

#[actix_web::test]
async fn an_answer_that_is_not_the_one_waited_for_is_refused() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let zeros = "0".repeat(64);
    for (name, value) in [
        ("state", Some(&*zeros)),
        ("state", None),
        ("iss", Some("https://evil.example")),
        ("iss", None),
        ("code", Some("made-up-code")),
        ("code", None),
    ] {
        let tab = Tab::at(&gateway);
        let back = tab.to_callback("/auth/login").await;
        let answer = tab.open(&with(&back, name, value)).await;
        let what = format!("{name} {value:?}");
        is_refused(&gateway, &answer, &what);
        for part in ["made-up-code", &zeros, "invalid_grant"] {
            assert!(!answer.body.to_string().contains(part), "{what}");
        }
        assert_eq!(tab.session().await["user"], Value::Null);
        let late = tab.open(&back).await;
        is_refused(&gateway, &late, "its state is used, and its cookie gone");
    }
}

#[actix_web::test]
async fn a_provider_that_never_names_itself_in_answers_need_not() {
    let provider = Provider::start();
    provider.plan(|plan| {
        plan.metadata = json!({ "authorization_response_iss_parameter_supported": null });
        plan.answer.insert("iss".to_owned(), String::new());
    });
    let gateway = gateway(&provider, &[]);
    assert_eq!(Tab::at(&gateway).sign_in().await.status, 303);
}

#[actix_web::test]
async fn somebody_who_changed_their_mind_is_told_how_to_begin_again() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let tab = Tab::at(&gateway);
    let back = tab.to_callback("/auth/login").await;
    let words = "access_denied_by_<script>";
    let denied = with(&with(&back, "code", None), "error", Some(words));
    let answer = tab.open(&denied).await;
    is_refused(&gateway, &answer, "denied");
    assert!(answer.detail().starts_with("the sign-in was not completed"));
    assert!(!answer.body.to_string().contains("script"));
}

#[actix_web::test]
async fn an_answer_counts_once_and_only_in_the_browser_that_asked() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let (tab, copy, stranger) = (Tab::at(&gateway), Tab::at(&gateway), Tab::at(&gateway));
    let back = tab.to_callback("/auth/login").await;
    copy.cookies.replace(tab.cookies.borrow().clone());
    is_refused(&gateway, &stranger.open(&back).await, "no cookie");
    stranger.open("/auth/login").await;
    is_refused(&gateway, &stranger.open(&back).await, "another's cookie");
    assert_eq!(tab.open(&back).await.status, 303);
    is_refused(&gateway, &copy.open(&back).await, "a replay");
    assert_eq!(copy.cookie("attach_session"), None);
}

#[actix_web::test]
async fn a_bent_state_cookie_is_no_cookie() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let tab = Tab::at(&gateway);
    let elsewhere = self::gateway(&provider, &[]);
    let other = Tab::at(&elsewhere);
    other.open("/auth/login").await;
    let foreign = other.cookie("attach_login").unwrap();
    for at in [0, 20, 200] {
        let back = tab.to_callback("/auth/login").await;
        let mut sealed = tab.cookie("attach_login").unwrap().into_bytes();
        sealed[at] = if sealed[at] == b'A' { b'B' } else { b'A' };
        let sealed = String::from_utf8(sealed).unwrap();
        tab.cookies
            .borrow_mut()
            .insert("attach_login".to_owned(), sealed);
        is_refused(&gateway, &tab.open(&back).await, "bent");
    }
    for value in ["", "AAAA", "%", &foreign] {
        let back = tab.to_callback("/auth/login").await;
        let value = value.to_owned();
        tab.cookies
            .borrow_mut()
            .insert("attach_login".to_owned(), value);
        is_refused(&gateway, &tab.open(&back).await, "made up");
    }
}

#[actix_web::test]
async fn a_broken_answer_is_refused() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    for query in [
        "",
        "?",
        "?code=a",
        "?state=",
        "?state=a&state=b",
        "?code=%FF&state=%00",
    ] {
        let tab = Tab::at(&gateway);
        tab.open("/auth/login").await;
        let answer = tab.open(&format!("/auth/callback{query}")).await;
        is_refused(&gateway, &answer, query);
    }
}

#[actix_web::test]
async fn nobody_is_led_elsewhere() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let tab = Tab::at(&gateway);
    for to in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/%5Cevil.example",
        "/%2F%2Fevil.example",
        "/%09/evil.example",
        "/\t/evil.example",
        "evil",
        "",
        "/%0d%0ax:y",
    ] {
        let mut url = reqwest::Url::parse(&gateway.at("/auth/login")).unwrap();
        url.query_pairs_mut().append_pair("return_to", to);
        let answer = tab.open(url.as_str()).await;
        assert_eq!(answer.status, 400, "{to}");
        assert!(answer.detail().contains("return_to"), "{answer:?}");
        assert!(set_cookies(&answer).is_empty());
    }
    assert_eq!(
        provider.authorize().len(),
        0,
        "the provider has not been asked"
    );
}

/// 503, when to come back, and no session.
fn is_down(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 503, "{what}: {}", answer.body);
    assert_eq!(answer.header("retry-after"), Some("5"), "{what}");
    assert!(answer.detail().contains("sign in again"), "{what}");
    let sessions = set_cookies(answer);
    assert!(!sessions.iter().any(|set| set.contains("session")));
}

#[actix_web::test]
async fn while_the_provider_is_down_one_is_asked_to_come_back() {
    let provider = Provider::start();
    for what in ["discovery", "jwks"] {
        provider.plan(|plan| {
            plan.status.insert(what, 503);
        });
        let gateway = gateway(&provider, &[]);
        let tab = Tab::at(&gateway);
        is_down(&tab.open("/auth/login").await, what);
        provider.plan(|_| {});
        eventually("people can sign in again", async || {
            (tab.open("/auth/login").await.status == 303).then_some(())
        })
        .await;
        assert_eq!(tab.sign_in().await.status, 303);
    }
}

#[actix_web::test]
async fn a_token_endpoint_that_is_down_is_not_the_browsers_fault() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let tab = Tab::at(&gateway);
    for status in [500, 502, 429] {
        let back = tab.to_callback("/auth/login").await;
        provider.plan(|plan| {
            plan.status.insert("token", status);
        });
        is_down(&tab.open(&back).await, "the token endpoint");
        assert_eq!(tab.cookie("attach_login"), None);
        provider.plan(|_| {});
    }
    let back = tab.to_callback("/auth/login").await;
    provider.plan(|plan| {
        plan.status.insert("token", 307);
    });
    is_refused(&gateway, &tab.open(&back).await, "a redirect");
}

#[actix_web::test]
async fn a_provider_that_calls_itself_something_else_is_not_used() {
    let provider = Provider::start();
    for (name, value) in [
        ("issuer", json!("https://evil.example")),
        ("issuer", json!(format!("{}/", provider.url()))),
        ("token_endpoint", json!("http://192.0.2.1/token")),
        (
            "authorization_endpoint",
            json!("http://192.0.2.1/authorize"),
        ),
        ("jwks_uri", json!("http://192.0.2.1/jwks")),
    ] {
        let metadata = json!({ name: value });
        provider.plan(|plan| plan.metadata = metadata.clone());
        let gateway = gateway(&provider, &[]);
        is_down(
            &Tab::at(&gateway).open("/auth/login").await,
            &metadata.to_string(),
        );
    }
}

#[actix_web::test]
async fn a_person_sees_a_page_and_a_program_reads_json() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let tab = Tab::at(&gateway);
    for path in ["/auth/login?return_to=//evil.example", "/auth/callback"] {
        let request = tab.request(reqwest::Method::GET, path);
        let request = request.header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        let page = tab.send(request).await;
        let json = tab.open(path).await;
        assert_eq!((page.status, json.status), (400, 400), "{path}");
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(
            page.header("content-type")
                .unwrap()
                .starts_with("text/html")
        );
        let text = page.body.as_str().unwrap();
        assert!(text.contains("<a href=\"/auth/login\">Sign in again</a>"));
        assert!(!json.detail().is_empty(), "{json:?}");
    }
}
