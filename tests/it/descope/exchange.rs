//! Tokens of others, exchanged before they are taken.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    asking::{Answer, id_of, whole},
    descope::{CLIENT, CLIENT_SECRET, Descope, Play},
    eventually,
    gateway::Gateway,
    issuer::Issuer,
    key::{Key, with},
    served::Served,
};

/// A gateway that exchanges the tokens of its issuer.
fn exchanging(descope: &Descope) -> Gateway {
    let issuer = Issuer::start();
    let url = issuer.url().to_owned();
    Gateway::trusting(issuer, &descope.exchanging(&url))
}

fn cannot_tell(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert_eq!(answer.header("www-authenticate"), None);
}

fn is_refused(answer: &Answer) {
    assert_eq!(answer.status, 401, "{}", answer.body);
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
}

#[actix_web::test]
async fn a_token_is_sent_as_the_form_says_once_and_speaks_for_whom_the_answer_names() {
    let descope = Descope::start();
    let gateway = exchanging(&descope);
    descope.play(Play::Token(descope.token("ada-at-descope")));
    let token = gateway.token("ada");
    let document = json!({ "text": "mine" });
    let id = id_of(&gateway.tell(&token, "/mem/events", &document).await);
    let kept = gateway.ask(&token, &format!("/mem/events/{id}")).await.body;
    assert_eq!(kept["issuer"], json!(descope.app_issuer()));
    let posted = descope.posted();
    assert_eq!(posted.len(), 1, "what came back is kept");
    assert_eq!(posted[0].content_type, "application/x-www-form-urlencoded");
    assert_eq!(posted[0].authorization, None);
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", &token),
        ("client_id", CLIENT),
        ("client_secret", CLIENT_SECRET),
        ("issuer", gateway.issuer.url()),
    ];
    let form: BTreeMap<_, _> = form.map(|(n, v)| (n.to_owned(), v.to_owned())).into();
    assert_eq!(posted[0].form, form);
    // Whoever brings the result itself is the same person.
    let same = descope.token("ada-at-descope");
    assert_eq!(
        gateway
            .ask(&same, &format!("/mem/events/{id}"))
            .await
            .status,
        200
    );
}

#[actix_web::test]
async fn fifty_who_bring_one_token_at_once_cause_one_exchange() {
    let descope = Descope::closed();
    let gateway = exchanging(&descope);
    descope.play(Play::Token(descope.token("ada")));
    let token = gateway.token("ada");
    let all = join_all((0..50).map(|_| gateway.ask(&token, "/agents")));
    let opened = async {
        let posted = eventually("it is asked", async || descope.posted().pop());
        posted.await;
        descope.open();
    };
    let (all, ()) = futures_util::future::join(all, opened).await;
    assert!(all.iter().all(|answer| answer.status == 200));
    assert_eq!(descope.posted().len(), 1);
}

#[actix_web::test]
async fn those_who_wait_for_an_exchange_that_fails_do_not_try_one_after_the_other() {
    let descope = Descope::closed();
    let gateway = exchanging(&descope);
    let token = gateway.token("ada");
    let all = join_all((0..50).map(|_| gateway.ask(&token, "/agents")));
    let opened = async {
        let posted = eventually("it is asked", async || descope.posted().pop());
        posted.await;
        descope.open();
    };
    let (all, ()) = futures_util::future::join(all, opened).await;
    all.iter().for_each(cannot_tell);
    assert!(descope.posted().len() <= 10, "{}", descope.posted().len());
}

#[actix_web::test]
async fn only_tokens_of_listed_issuers_that_are_good_are_carried_there() {
    let (descope, listed) = (Descope::start(), Issuer::start());
    descope.play(Play::Token(descope.token("ada")));
    let gateway = Gateway::trusting(Issuer::start(), &descope.exchanging(listed.url()));
    assert_eq!(
        gateway.ask(&gateway.token("ada"), "/agents").await.status,
        200
    );
    assert_eq!(descope.posted().len(), 0);
    assert_eq!(
        gateway.ask(&listed.token("ada"), "/agents").await.status,
        200
    );
    assert_eq!(descope.posted().len(), 1);
    let late = with(&listed.claims("ada"), "exp", json!(1));
    is_refused(&gateway.ask(&listed.sign(&late), "/agents").await);
    assert_eq!(descope.posted().len(), 1, "it says itself that it is over");

    let gateway = exchanging(&descope);
    let claims = gateway.issuer.claims("ada");
    is_refused(&gateway.ask(&Key::p256("k").sign(&claims), "/agents").await);
    let other = with(&claims, "aud", json!("others"));
    is_refused(&gateway.ask(&gateway.issuer.sign(&other), "/agents").await);
    assert_eq!(
        descope.posted().len(),
        1,
        "a configured issuer is asked first"
    );
}

#[actix_web::test]
async fn a_token_that_is_refused_there_is_invalid_here() {
    let descope = Descope::start();
    let gateway = exchanging(&descope);
    for (status, body) in [
        (400, "{\"error\":\"invalid_grant\"}"),
        (401, "{\"errorCode\":\"E061301\"}"),
        (403, ""),
        (422, "nonsense"),
    ] {
        descope.play(Play::Answer(status, body.to_owned()));
        is_refused(&gateway.ask(&gateway.token("ada"), "/agents").await);
    }
    descope.play(Play::Token(descope.token("ada")));
    assert_eq!(
        gateway.ask(&gateway.token("ada"), "/agents").await.status,
        200
    );
}

#[actix_web::test]
async fn what_is_no_fault_of_the_token_does_not_make_callers_throw_it_away() {
    let (descope, elsewhere) = (Descope::start(), Descope::start());
    let gateway = exchanging(&descope);
    let token = |name: &str, value: Value| {
        let claims = with(&descope.claims("ada"), name, value);
        Play::Token(descope.key.sign(&claims))
    };
    elsewhere.play(Play::Token(descope.token("ada")));
    let good = gateway.token("ada");
    for play in [
        Play::Answer(500, String::new()),
        Play::Answer(429, "{\"error\":\"slow_down\"}".into()),
        Play::Answer(401, "{\"error\":\"invalid_client\"}".into()),
        Play::Answer(200, "nonsense".into()),
        Play::Answer(200, "{\"token_type\":\"Bearer\"}".into()),
        Play::Answer(
            200,
            format!("{{\"access_token\":\"{}\"}}", "x".repeat(1 << 17)),
        ),
        Play::Token("nonsense".into()),
        Play::Token(gateway.token("ada")),
        Play::Token(Key::p256("descope").sign(&descope.claims("ada"))),
        Play::Redirect(format!("{}/oauth2/v1/apps/token", elsewhere.url())),
        token("iss", json!(elsewhere.app_issuer())),
        token("aud", json!("others")),
        token("exp", json!(1)),
    ] {
        let count = descope.posted().len();
        descope.play(play.clone());
        let answer = gateway.ask(&good, "/agents").await;
        cannot_tell(&answer);
        assert_eq!(descope.posted().len(), count + 1, "{play:?}");
    }
    assert_eq!(elsewhere.posted().len(), 0, "no redirect is followed");
    descope.play(Play::Token(descope.token("ada")));
    assert_eq!(
        gateway.ask(&good, "/agents").await.status,
        200,
        "and then it works"
    );
}

#[actix_web::test]
async fn a_place_that_is_not_there_is_no_fault_of_the_token() {
    let descope = Descope::start();
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = format!("http://{}", nowhere.local_addr().unwrap());
    let issuer = Issuer::start();
    let url = issuer.url().to_owned();
    let base = [("DESCOPE_BASE_URL", &*nowhere)];
    let gateway = Gateway::trusting(issuer, &[&descope.exchanging(&url)[..], &base].concat());
    cannot_tell(&gateway.ask(&gateway.token("ada"), "/agents").await);
}

#[actix_web::test]
async fn an_exchanged_token_ends_with_the_one_that_was_brought() {
    let descope = Descope::start();
    let gateway = exchanging(&descope);
    let long = with(&descope.claims("ada"), "exp", json!(4_000_000_000_i64));
    descope.play(Play::Token(descope.key.sign(&long)));
    let now = descope.claims("ada")["iat"].as_i64().unwrap();
    // Within the leeway now, and beyond it soon.
    let claims = with(&gateway.issuer.claims("ada"), "exp", json!(now - 58));
    let token = gateway.issuer.sign(&claims);
    assert_eq!(gateway.ask(&token, "/agents").await.status, 200);
    let ended = eventually("it ends", async || {
        let answer = gateway.ask(&token, "/agents").await;
        (answer.status == 401).then_some(answer)
    });
    let challenge = ended.await.header("www-authenticate").unwrap().to_owned();
    assert!(challenge.contains("expired"), "{challenge}");
}

#[actix_web::test]
async fn neither_secret_nor_token_is_told_in_a_log_or_an_answer() {
    let (descope, issuer) = (Descope::start(), Issuer::start());
    let data = tempfile::tempdir().unwrap();
    let vars = [
        &descope.exchanging(issuer.url())[..],
        &[("LOG_LEVEL", "debug")],
    ];
    let gateway = Served::start(data.path(), &issuer, &vars.concat()).await;
    let result = descope.token("ada");
    let mut told = String::new();
    for play in [
        Play::Answer(400, "{\"error\":\"invalid_grant\"}".into()),
        Play::Answer(401, "{\"error\":\"invalid_client\"}".into()),
        Play::Answer(500, CLIENT_SECRET.into()),
        Play::Answer(200, format!("{{\"access_token\":[\"{result}\"]}}")),
        Play::Redirect(format!("{}/?{result}", descope.url())),
        Play::Token(format!("{result}x")),
        Play::Token(result.clone()),
    ] {
        descope.play(play);
        let request = gateway.client.get(format!("{}/agents", gateway.url));
        let request = request.bearer_auth(&gateway.token);
        let answer = whole(request.send().await.unwrap()).await;
        told += &format!("{answer:?}\n");
    }
    assert!(told.contains("status: 200"), "{told}");
    assert_eq!(descope.posted().len(), 7);
    let logged = gateway.process.logged();
    assert!(
        logged.contains("check DESCOPE_CLIENT_ID and DESCOPE_CLIENT_SECRET"),
        "{logged}"
    );
    for secret in [CLIENT_SECRET, "s3cr3t", &gateway.token, &result] {
        assert!(!told.contains(secret), "{told}");
        assert!(!logged.contains(secret), "{logged}");
    }
}
