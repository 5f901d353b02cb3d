//! Searching one's own events.

use serde_json::{Value, json};

use crate::support::{
    asking::id_of,
    gateway::{Gateway, chat},
};

async fn write(gateway: &Gateway, token: &str, title: &str, text: &str) -> String {
    let document = json!({ "title": title, "text": text });
    id_of(&gateway.tell(token, "/mem/events", &document).await)
}

/// The events found, the best first.
async fn search(gateway: &Gateway, token: &str, query: &[(&str, &str)]) -> Vec<Value> {
    let url = gateway.at("/mem/search");
    let request = gateway.client.get(url).bearer_auth(token).query(query);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["next"], json!(null));
    let events = &answer["data"]["Get"]["MemoryEvent"];
    events.as_array().unwrap().clone()
}

fn ids<'a>(events: &'a [Value]) -> Vec<&'a str> {
    let id = |event: &'a Value| event["_additional"]["id"].as_str().unwrap();
    events.iter().map(id).collect()
}

#[actix_web::test]
async fn what_answers_best_comes_first_with_its_words_marked() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let one = write(&gateway, &token, "plan", "a limiter for the door").await;
    let both = write(&gateway, &token, "plan", "the Rate\nlimiter, in Redis").await;
    let title = write(&gateway, &token, "on limiters and the rate", "nothing more").await;
    write(&gateway, &token, "plan", "the weather").await;
    let found = search(&gateway, &token, &[("q", "rate limiter")]).await;
    assert_eq!(ids(&found)[0], both);
    let mut rest = ids(&found)[1..].to_vec();
    rest.sort_unstable();
    let mut expected = [one.as_str(), title.as_str()];
    expected.sort_unstable();
    assert_eq!(rest, expected);
    let snippet = &found[0]["_additional"]["snippet"];
    assert_eq!(*snippet, json!("the ⟦Rate⟧ ⟦limiter⟧, in Redis"));
    assert_eq!(found[0]["text"], json!("the Rate\nlimiter, in Redis"));
    let first = search(&gateway, &token, &[("q", "rate limiter"), ("limit", "1")]).await;
    assert_eq!(ids(&first), [both]);
}

#[actix_web::test]
async fn chats_are_found_by_what_was_asked_and_answered() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let question = chat("where do swallows winter?");
    gateway
        .tell(&token, "/v1/chat/completions", &question)
        .await;
    gateway.remembers(&token, "", 2).await;
    let found = search(&gateway, &token, &[("q", "SWALLOWS")]).await;
    assert_eq!((found.len(), &found[0]["event"]), (1, &json!("prompt")));
    let found = search(&gateway, &token, &[("q", "hello")]).await;
    assert_eq!((found.len(), &found[0]["event"]), (1, &json!("response")));
}

#[actix_web::test]
async fn nothing_in_a_query_is_an_operator() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let id = write(&gateway, &token, "t", "alpha beta 日本語").await;
    for (q, finds) in [
        ("alpha", true),
        ("al*", false),
        ("NOT alpha", true),
        ("\"alpha gamma\"", true),
        ("words:alpha", true),
        ("\") or 1=1 --", false),
        ("alpha AND", true),
        ("^alpha + beta", true),
        ("{alpha}", true),
        ("日", true),
        ("本語", true),
        ("ｘ", false),
    ] {
        let found = search(&gateway, &token, &[("q", q)]).await;
        let expected: &[&str] = if finds { &[&id] } else { &[] };
        assert_eq!(ids(&found), expected, "{q}");
    }
}

#[actix_web::test]
async fn a_query_without_words_or_with_too_many_is_refused() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let many = (0..33).map(|n| format!("w{n}+")).collect::<String>();
    for (query, why) in [
        ("", "q: write at least one word to search for"),
        ("q=%2B%2A", "q: write at least one word to search for"),
        (&*format!("q={many}"), "q: 32 words at most"),
        ("q=a&limit=0", "limit: write 1 to 100"),
    ] {
        let answer = gateway.ask(&token, &format!("/mem/search?{query}")).await;
        assert_eq!((answer.status, answer.detail()), (400, why), "{query}");
    }
}

#[actix_web::test]
async fn nobody_finds_what_others_wrote_nor_sees_it_in_the_order() {
    let gateway = Gateway::start();
    let (ada, bob) = (gateway.token("auth0|a"), gateway.token("auth0|b"));
    let rare = write(&gateway, &ada, "t", "common rare").await;
    let rarer = write(&gateway, &ada, "t", "common rarer").await;
    for _ in 0..3 {
        write(&gateway, &ada, "t", "common").await;
    }
    let before = search(&gateway, &ada, &[("q", "rare rarer common")]).await;
    for _ in 0..20 {
        write(&gateway, &bob, "t", "rarer rarer rarer").await;
    }
    assert_eq!(
        search(&gateway, &bob, &[("q", "rare common")]).await,
        [] as [Value; 0]
    );
    let after = search(&gateway, &ada, &[("q", "rare rarer common")]).await;
    assert_eq!(ids(&after), ids(&before), "others' words weigh nothing");
    assert_eq!(ids(&after)[..2], [rarer, rare]);
}

#[actix_web::test]
async fn a_word_that_only_the_title_has_is_marked_there_also_beside_long_texts() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    for text in ["short".to_owned(), "long ".repeat(20_000)] {
        write(&gateway, &token, "a fine plan", &text).await;
        let found = search(&gateway, &token, &[("q", "plan")]).await;
        assert_eq!(found[0]["_additional"]["snippet"], "a fine ⟦plan⟧");
    }
}
