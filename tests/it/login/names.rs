//! A machine has several names on loopback; a cookie has one.

use reqwest::Method;

use crate::support::{
    provider::Provider,
    tab::{Tab, gateway, set_cookies},
};

async fn led(tab: &Tab, host: &str) -> String {
    let request = tab.request(Method::GET, "/auth/login?return_to=%2F%23task%3D1");
    let answer = tab.send(request.header("host", host)).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let to = answer.header("location").unwrap().to_owned();
    let is_away = to.contains("/authorize?");
    assert_eq!(set_cookies(&answer).len(), usize::from(is_away), "{to}");
    to
}

#[actix_web::test]
async fn by_another_name_of_this_machine_one_is_led_to_the_public_one_first() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let tab = Tab::at(&gateway);
    let port = gateway.url.rsplit_once(':').unwrap().1;
    let here = gateway.at("/auth/login?return_to=%2F%23task%3D1");
    for host in ["localhost", "LOCALHOST", "[::1]"] {
        let to = led(&tab, &format!("{host}:{port}")).await;
        assert_eq!(to, here, "{host}");
    }
    let back = tab.to_callback(&here).await;
    let entered = tab.open(&back).await;
    assert_eq!(entered.header("location"), Some("/#task=1"));
    // Behind a proxy that calls it by its own name and port.
    let to = led(&tab, "localhost:1").await;
    assert!(to.starts_with(provider.url()), "{to}");
}

#[actix_web::test]
async fn a_public_url_elsewhere_leads_nobody_in_a_circle() {
    let provider = Provider::start();
    let vars = [("ATTACH_PUBLIC_URL", "https://gw.example")];
    let gateway = gateway(&provider, &vars);
    for host in ["localhost", "127.0.0.1:8080", "gw.example"] {
        let to = led(&Tab::at(&gateway), host).await;
        assert!(to.starts_with(provider.url()), "{host}: {to}");
    }
}
