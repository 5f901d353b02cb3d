//! Signing a browser in at an OpenID provider, from the click to the end.

mod faults;
mod floods;
mod names;
mod scopes;
mod tokens;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    gateway::Gateway,
    provider::{CLIENT, Provider},
    tab::{Tab, gateway, set_cookies},
};

#[actix_web::test]
async fn a_click_signs_in_and_a_click_signs_out() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let tab = Tab::at(&gateway);
    let nobody = json!({ "user": null, "login": "/auth/login" });
    assert_eq!(tab.session().await, nobody);

    let sent = tab.open("/auth/login?return_to=%2F%23task%3D1").await;
    assert_eq!(
        (sent.status, sent.header("cache-control")),
        (303, Some("no-store"))
    );
    let [login] = &set_cookies(&sent)[..] else {
        panic!("{sent:?}")
    };
    assert!(login.starts_with("attach_login="), "{login}");
    for word in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"] {
        assert!(login.contains(word), "{login}");
    }
    let back = tab.open(sent.header("location").unwrap()).await;
    let asked = provider.authorize();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("scope", "openid"),
        ("code_challenge_method", "S256"),
        ("redirect_uri", &gateway.at("/auth/callback")),
    ] {
        assert_eq!(asked[name], value, "{name}");
    }
    let entered = tab.open(back.header("location").unwrap()).await;
    assert_eq!(entered.status, 303, "{}", entered.body);
    assert_eq!(entered.header("location"), Some("/#task=1"));
    assert_eq!(tab.cookie("attach_login"), None, "of no more use");
    assert_eq!(tab.cookie("attach_session").unwrap().len(), 64, "256 bits");

    let page = tab.session().await;
    assert_eq!(
        (&page["user"], &page["issuer"]),
        (&json!("ada"), &json!(provider.url()))
    );
    assert!(page["expires_at"].is_i64());
    let agents = tab.open("/agents").await;
    assert_eq!(
        (agents.status, agents.header("x-attach-user")),
        (200, Some("ada"))
    );

    let csrf = page["csrf"].as_str().unwrap();
    let cookie = tab.cookie("attach_session").unwrap();
    assert_eq!(tab.post("/auth/logout", "another").await.status, 403);
    let out = tab.post("/auth/logout", csrf).await;
    assert_eq!((out.status, tab.cookie("attach_session")), (204, None));
    tab.cookies
        .borrow_mut()
        .insert("attach_session".to_owned(), cookie);
    assert_eq!(
        tab.session().await,
        nobody,
        "the cookie opens nothing any more"
    );
    assert_eq!(tab.open("/agents").await.status, 401);
}

#[actix_web::test]
async fn each_sign_in_has_its_own_secrets_and_ends_the_one_before() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let (tab, old) = (Tab::at(&gateway), Tab::at(&gateway));
    assert_eq!(tab.sign_in().await.status, 303);
    let first = provider.authorize();
    old.cookies.replace(tab.cookies.borrow().clone());
    assert_eq!(tab.sign_in().await.status, 303);
    let second = provider.authorize();
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(first[name], second[name], "{name}");
    }
    assert_ne!(tab.cookie("attach_session"), old.cookie("attach_session"));
    assert_eq!(tab.session().await["user"], "ada");
    assert_eq!(old.session().await["user"], Value::Null);
}

#[actix_web::test]
async fn behind_https_the_cookies_are_bound_to_the_host() {
    let provider = Provider::start();
    let vars = [("ATTACH_PUBLIC_URL", "https://gw.example")];
    let gateway = gateway(&provider, &vars);
    let tab = Tab::at(&gateway);
    let sent = tab.open("/auth/login").await;
    assert!(set_cookies(&sent)[0].contains("Secure"));
    let back = tab.open(sent.header("location").unwrap()).await;
    let back = back.header("location").unwrap();
    let query = back.strip_prefix("https://gw.example").unwrap();
    let entered = tab.open(query).await;
    assert_eq!(
        (entered.status, entered.header("location")),
        (303, Some("/"))
    );
    let set = set_cookies(&entered);
    let session = set
        .iter()
        .find(|set| set.starts_with("__Host-attach_session="));
    let session = session.unwrap();
    for word in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(session.contains(word), "{session}");
    }
    assert!(!session.contains("Domain"), "{session}");
    assert_eq!(tab.session().await["user"], "ada");
    // The name that any page of the machine could set is not read here.
    let secret = tab.cookie("__Host-attach_session").unwrap();
    let bare = [("attach_session".to_owned(), secret)];
    tab.cookies.replace(bare.into());
    assert_eq!(tab.session().await["user"], Value::Null);
}

#[actix_web::test]
async fn two_different_session_cookies_are_none() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let tab = Tab::at(&gateway);
    tab.sign_in().await;
    let secret = tab.cookie("attach_session").unwrap();
    tab.cookies.borrow_mut().clear();
    let other = "0".repeat(64);
    for (first, second, user) in [
        (&secret, &secret, json!("ada")),
        (&secret, &other, Value::Null),
        (&other, &secret, Value::Null),
    ] {
        let cookies = format!("attach_session={first}; attach_session={second}");
        let request = tab.request(Method::GET, "/auth/session");
        let page = tab.send(request.header("cookie", cookies)).await;
        assert_eq!(page.body["user"], user);
    }
}

#[actix_web::test]
async fn a_client_with_a_secret_says_so_as_its_provider_takes_it() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[("OIDC_CLIENT_SECRET", "s3cret-of-the-client")]);
    assert_eq!(Tab::at(&gateway).sign_in().await.status, 303);
    let (form, authorization) = provider.token();
    assert!(authorization.unwrap().starts_with("Basic "));
    assert!(!form.contains_key("client_secret"));

    let provider = Provider::start();
    let only_post = json!({ "token_endpoint_auth_methods_supported": ["client_secret_post"] });
    provider.plan(|plan| plan.metadata = only_post);
    let vars = [("OIDC_CLIENT_SECRET", "s3cret-of-the-client")];
    let gateway = self::gateway(&provider, &vars);
    assert_eq!(Tab::at(&gateway).sign_in().await.status, 303);
    let (form, authorization) = provider.token();
    assert_eq!(authorization, None);
    assert_eq!(form["client_secret"], "s3cret-of-the-client");
}

#[actix_web::test]
async fn where_login_is_not_set_up_it_says_what_to_set() {
    let gateway = Gateway::start();
    let tab = Tab::at(&gateway);
    for path in ["/auth/login", "/auth/callback?code=a&state=b"] {
        let answer = tab.open(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.detail().contains("OIDC_CLIENT_ID"), "{answer:?}");
        assert!(set_cookies(&answer).is_empty());
    }
    assert_eq!(tab.session().await, json!({ "user": null, "login": null }));
}

#[actix_web::test]
async fn auth_config_is_what_old_pages_read_and_nothing_more() {
    let provider = Provider::start();
    let vars = [("AUTH0_DOMAIN", "a.example"), ("AUTH0_CLIENT", "c")];
    let gateway = gateway(&provider, &vars);
    let config = Tab::at(&gateway).open("/auth/config").await;
    let expected = json!({ "domain": "a.example", "client_id": "c", "audience": "attach-test" });
    assert_eq!((config.status, config.body), (200, expected));
}

#[actix_web::test]
async fn a_flood_of_clicks_is_one_fetch() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    // The key keeper fetches for itself, once.
    crate::support::eventually("the keys are fetched", async || {
        (provider.fetches() == 1).then_some(())
    })
    .await;
    let tab = Tab::at(&gateway);
    let clicks = (0..50).map(|_| tab.open("/auth/login"));
    for sent in futures_util::future::join_all(clicks).await {
        assert_eq!(sent.status, 303);
    }
    assert_eq!(provider.fetches(), 2);
}
