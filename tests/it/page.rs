//! The page's files, out of the binary.

use crate::support::gateway::Gateway;

async fn fetch(gateway: &Gateway, path: &str, known: Option<&str>) -> reqwest::Response {
    let request = gateway.client.get(gateway.at(path));
    let request = match known {
        Some(tag) => request.header("if-none-match", tag),
        None => request,
    };
    request.send().await.unwrap()
}

#[actix_web::test]
async fn a_file_that_is_known_is_not_sent_again() {
    let gateway = Gateway::start();
    for path in ["/", "/assets/favicon.svg"] {
        let first = fetch(&gateway, path, None).await;
        assert_eq!(first.status(), 200, "{path}");
        let tag = first.headers()["etag"].to_str().unwrap().to_owned();
        assert!(!first.bytes().await.unwrap().is_empty());
        let several = format!("\"other\", {tag}");
        for (known, status) in [
            (&*tag, 304),
            (&several, 304),
            ("*", 304),
            ("\"other\"", 200),
            ("x", 200),
        ] {
            let again = fetch(&gateway, path, Some(known)).await;
            assert_eq!(again.status(), status, "{path} {known}");
            assert_eq!(again.headers()["etag"], *tag);
            let is_sent = !again.bytes().await.unwrap().is_empty();
            assert_eq!(is_sent, status == 200, "{path} {known}");
        }
    }
    let missing = fetch(&gateway, "/assets/js/no.js", None).await;
    assert_eq!(missing.status(), 404);
}

#[actix_web::test]
async fn no_file_may_be_framed_or_run_what_is_not_the_pages_own() {
    let gateway = Gateway::start();
    let answer = fetch(&gateway, "/", None).await;
    let headers = answer.headers();
    assert_eq!(headers["x-frame-options"], "DENY");
    assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
    let policy = headers["content-security-policy"].to_str().unwrap();
    let rules: Vec<_> = policy.split(';').map(str::trim).collect();
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ] {
        assert!(rules.contains(&rule), "{policy}");
    }
    assert_eq!(rules.len(), 10, "{policy}");
}

#[actix_web::test]
async fn a_browser_that_takes_it_gets_the_page_compressed() {
    let gateway = Gateway::start();
    let path = "/assets/css/base.css";
    let plain = fetch(&gateway, path, None).await.bytes().await.unwrap();
    let asked = gateway.client.get(gateway.at(path));
    let sent = asked.header("accept-encoding", "gzip").send();
    let sent = sent.await.unwrap();
    assert_eq!(sent.headers()["content-encoding"], "gzip");
    assert_eq!(sent.headers()["vary"], "accept-encoding");
    let bytes = sent.bytes().await.unwrap();
    assert_eq!(&bytes[..2], b"\x1f\x8b");
    assert!(
        bytes.len() * 2 < plain.len(),
        "{} of {}",
        bytes.len(),
        plain.len()
    );
}

#[actix_web::test]
async fn who_asks_for_the_head_alone_is_told_that_there_is_a_page() {
    let gateway = Gateway::start();
    let answer = gateway.client.head(gateway.at("/")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.headers().contains_key("etag"));
    assert!(answer.bytes().await.unwrap().is_empty());
}
