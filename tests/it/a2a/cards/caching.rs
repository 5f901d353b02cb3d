//! Cards are asked for often and change seldom.

use reqwest::header::HeaderMap;

use super::ROOT;
use crate::support::gateway::Gateway;

async fn ask(gateway: &Gateway, headers: &[(&str, &str)]) -> (u16, HeaderMap, String) {
    let request = gateway.client.get(gateway.at(ROOT));
    let request = headers.iter().fold(request, |r, (n, v)| r.header(*n, *v));
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    (status, headers, answer.text().await.unwrap())
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers[name].to_str().unwrap()
}

#[actix_web::test]
async fn a_card_that_has_not_changed_is_not_sent_again() {
    let gateway = Gateway::start();
    let (status, headers, body) = ask(&gateway, &[]).await;
    assert_eq!((status, body.is_empty()), (200, false));
    assert_eq!(text(&headers, "cache-control"), "public, max-age=60");
    assert_eq!(text(&headers, "content-type"), "application/json");
    let varies = headers.get_all("vary").iter();
    assert!(varies.into_iter().any(|v| v == "A2A-Version"));
    let (tag, since) = (text(&headers, "etag"), text(&headers, "last-modified"));
    assert!(tag.starts_with('"'), "a strong one");
    for (name, value) in [
        ("if-none-match", tag),
        ("if-none-match", "*"),
        ("if-modified-since", since),
    ] {
        let (status, headers, body) = ask(&gateway, &[(name, value)]).await;
        assert_eq!((status, &*body), (304, ""), "{name}");
        assert_eq!(text(&headers, "etag"), tag);
    }
    let weak = format!("\"x\", W/{tag}");
    assert_eq!(ask(&gateway, &[("if-none-match", &weak)]).await.0, 304);
    for (name, value) in [
        ("if-none-match", "\"x\""),
        ("if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ] {
        assert_eq!(ask(&gateway, &[(name, value)]).await.0, 200, "{name}");
    }
    // The tag wins over the date.
    let both = [("if-none-match", "\"x\""), ("if-modified-since", since)];
    assert_eq!(ask(&gateway, &both).await.0, 200);
}

#[actix_web::test]
async fn each_version_of_a_card_has_its_own_tag() {
    let gateway = Gateway::start();
    let (_, old, _) = ask(&gateway, &[]).await;
    let (_, new, _) = ask(&gateway, &[("a2a-version", "1.0")]).await;
    assert_ne!(old["etag"], new["etag"]);
    let crossed = [
        ("a2a-version", "1.0"),
        ("if-none-match", text(&old, "etag")),
    ];
    assert_eq!(ask(&gateway, &crossed).await.0, 200);
}

#[actix_web::test]
async fn head_says_what_get_would_without_the_card() {
    let gateway = Gateway::start();
    let (_, got, body) = ask(&gateway, &[]).await;
    let head = gateway.client.head(gateway.at(ROOT)).send().await.unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["etag"], got["etag"]);
    assert_eq!(
        text(head.headers(), "content-length"),
        body.len().to_string()
    );
    let post = gateway.client.post(gateway.at(ROOT)).send().await.unwrap();
    assert_eq!(post.status(), 405);
}
