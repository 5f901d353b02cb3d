//! A browser's tab: follows no redirect by itself, keeps cookies.

use std::{cell::RefCell, collections::BTreeMap};

use reqwest::{Client, Method, RequestBuilder, redirect::Policy};
use serde_json::Value;

use super::{
    asking::{Answer, whole},
    gateway::Gateway,
    provider::{CLIENT, Provider},
};

/// A gateway that signs people in at `provider`.
pub fn gateway(provider: &Provider, vars: &[(&str, &str)]) -> Gateway {
    let login = [("OIDC_ISSUER", provider.url()), ("OIDC_CLIENT_ID", CLIENT)];
    Gateway::with(&[&login, vars].concat())
}

pub struct Tab {
    client: Client,
    url: String,
    pub cookies: RefCell<BTreeMap<String, String>>,
}

impl Tab {
    pub fn at(gateway: &Gateway) -> Self {
        Self::over(&gateway.url)
    }

    pub fn over(url: &str) -> Self {
        let client = Client::builder().no_proxy().redirect(Policy::none());
        Self {
            client: client.build().unwrap(),
            url: url.to_owned(),
            cookies: RefCell::default(),
        }
    }

    /// Opens a path of the gateway, or a whole address.
    pub async fn open(&self, to: &str) -> Answer {
        self.send(self.request(Method::GET, to)).await
    }

    /// Posts as the page does.
    pub async fn post(&self, path: &str, csrf: &str) -> Answer {
        let request = self.request(Method::POST, path);
        let request = request.header("origin", &self.url);
        self.send(request.header("x-attach-csrf", csrf)).await
    }

    /// A request with this tab's cookies.
    pub fn request(&self, method: Method, to: &str) -> RequestBuilder {
        let url = if to.starts_with('/') {
            format!("{}{to}", self.url)
        } else {
            to.to_owned()
        };
        let request = self.client.request(method, &url);
        let cookies = self.cookies.borrow();
        if cookies.is_empty() || !url.starts_with(&self.url) {
            return request;
        }
        let pairs = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        request.header("cookie", pairs.collect::<Vec<_>>().join("; "))
    }

    /// Sends it, and keeps the cookies that come back.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let answer = whole(request.send().await.unwrap()).await;
        for set in set_cookies(&answer) {
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if set.contains("Max-Age=0") {
                self.cookies.borrow_mut().remove(name);
            } else {
                let (name, value) = (name.to_owned(), value.to_owned());
                self.cookies.borrow_mut().insert(name, value);
            }
        }
        answer
    }

    /// From a click on "Sign in" to the provider and to where it sends back to.
    pub async fn to_callback(&self, login: &str) -> String {
        let sent = self.open(login).await;
        assert_eq!(sent.status, 303, "{}", sent.body);
        let back = self.open(sent.header("location").unwrap()).await;
        assert_eq!(back.status, 303);
        back.header("location").unwrap().to_owned()
    }

    /// The whole way.
    pub async fn sign_in(&self) -> Answer {
        let back = self.to_callback("/auth/login").await;
        self.open(&back).await
    }

    /// What the page learns of its session.
    pub async fn session(&self) -> Value {
        let answer = self.open("/auth/session").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }
}

pub fn set_cookies(answer: &Answer) -> Vec<String> {
    let all = answer.headers.get_all("set-cookie").iter();
    all.map(|value| value.to_str().unwrap().to_owned())
        .collect()
}
