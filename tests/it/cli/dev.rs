//! `attach-gateway dev`: everything on this machine, nothing to set.

use std::{
    net::{TcpListener, TcpStream},
    time::Duration,
};

use reqwest::{Client, Response, redirect::Policy};
use serde_json::{Value, json};

use crate::support::{
    agent::Act,
    asking::whole,
    engine::Engine,
    eventually,
    process::{Process, command, run},
};

/// Whether no engine listens where `dev` looks for one on this machine.
fn is_quiet() -> bool {
    let quiet = |port: u16| TcpStream::connect(("127.0.0.1", port)).is_err();
    [11434, 8000, 8081].into_iter().all(quiet)
}

/// The first line printed that holds `text`.
pub(super) fn line(printed: &str, text: &str) -> String {
    let line = printed.lines().find(|line| line.contains(text));
    let line = line.unwrap_or_else(|| panic!("no {text:?} in: {printed}"));
    line.trim().to_owned()
}

struct Page {
    client: Client,
    url: String,
    cookie: String,
    csrf: String,
}

impl Page {
    /// Follows the link once, as a browser would.
    async fn enter(client: &Client, url: &str, link: &str) -> Self {
        let entered = client.get(link).send().await.unwrap();
        assert_eq!(entered.status(), 303);
        assert_eq!(entered.headers()["location"], "/");
        let cookie = entered.headers()["set-cookie"].to_str().unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
        let mut page = Self {
            client: client.clone(),
            url: url.to_owned(),
            cookie: cookie.split(';').next().unwrap().to_owned(),
            csrf: String::new(),
        };
        let session: Value = page.get("/auth/session").await.json().await.unwrap();
        assert_eq!(session["user"], "dev");
        page.csrf = session["csrf"].as_str().unwrap().to_owned();
        page
    }

    async fn get(&self, path: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.url));
        let request = request.header("cookie", &self.cookie);
        request.send().await.unwrap()
    }

    async fn post(&self, path: &str, csrf: &str, body: &Value) -> Response {
        let request = self.client.post(format!("{}{path}", self.url));
        let request = request
            .header("cookie", &self.cookie)
            .header("origin", &self.url)
            .header("x-attach-csrf", csrf);
        request.json(body).send().await.unwrap()
    }
}

#[actix_web::test]
async fn everything_runs_without_a_setting_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    // Taken by this test, or by someone else already: taken it is.
    let _taken = TcpListener::bind("127.0.0.1:8080");
    let engine = Engine::start(Act::Text("fn sort() {}"));
    let quiet = is_quiet();
    let mut vars = vec![("OIDC_AUD", "x"), ("ATTACH_DATA", "elsewhere")];
    if !quiet {
        // An engine of this machine is none of this test's business.
        vars.push(("ENGINE_URL", engine.url()));
    }
    let mut dev = Process::spawn(&mut command(folder.path(), &["dev"], &vars));
    dev.said("Ctrl-C stops.").await;
    let printed = dev.printed();

    let url = line(&printed, "gateway ");
    assert!(url.ends_with("port 8080 is taken"), "{url}");
    let url = url.split_whitespace().nth(1).unwrap().to_owned();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    for name in ["planner ", "coder ", "issuer ", "engine ", "data "] {
        assert!(line(&printed, name).starts_with(name), "{printed}");
    }
    assert_eq!(line(&printed, "engine ").contains("STAND-IN"), quiet);
    let ignored = line(&printed, "not read by dev: ");
    assert_eq!(ignored, "not read by dev: ATTACH_DATA, OIDC_AUD");
    assert!(!folder.path().join("elsewhere").exists());

    let client = Client::builder().no_proxy().redirect(Policy::none());
    let client = client.build().unwrap();
    let export = line(&printed, "export ");
    let (_, token) = export.split_once(" ATTACH_TOKEN=").unwrap();
    let chat = json!({ "model": "m", "messages": [{ "role": "user", "content": "hello" }] });
    let request = client.post(format!("{url}/v1/chat/completions"));
    let answer = whole(request.bearer_auth(token).json(&chat).send().await.unwrap()).await;
    assert_eq!(
        answer.status, 200,
        "the printed token works: {}",
        answer.body
    );
    let content = answer.body["choices"][0]["message"]["content"].as_str();
    assert_eq!(content.unwrap().contains("not a model"), quiet);

    let more = run(folder.path(), &["token", "--sub", "alice"], &[]);
    assert_eq!((more.code, more.out.lines().count()), (Some(0), 1));
    let request = client
        .get(format!("{url}/a2a/tasks"))
        .bearer_auth(&more.out);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["x-attach-user"], "alice");

    let link = line(&printed, "/auth/dev?code=");
    let page = Page::enter(&client, &url, &link).await;
    let again = client.get(&link).send().await.unwrap();
    assert_eq!(again.status(), 400, "the link works once");
    assert_eq!(page.get("/status").await.status(), 200, "the link may all");
    let messages = json!([{ "role": "user", "content": "sort a list" }]);
    let task = json!({ "target": "planner", "input": { "messages": messages } });
    let forged = page.post("/a2a/tasks/send", "wrong", &task).await;
    assert_eq!(forged.status(), 403, "another page cannot send");
    let sent = whole(page.post("/a2a/tasks/send", &page.csrf, &task).await).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    let id = sent.body["task_id"].as_str().unwrap();
    let ended = eventually("the hand-off ends", async || {
        let path = format!("/a2a/tasks/status/{id}?wait=5");
        let status = whole(page.get(&path).await).await.body;
        matches!(status["state"].as_str(), Some("done" | "error")).then_some(status)
    })
    .await;
    assert_eq!(ended["state"], "done", "{ended}");
    assert!(ended["result"]["attach"]["coder_task_id"].is_string());

    dev.signal("INT");
    let ended = dev.wait(Duration::from_secs(15));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(
        ended
            .out
            .ends_with("stopped; tasks and memory stay in .attach")
    );
    assert!(folder.path().join(".attach/attach.db").is_file());
    let gone = run(folder.path(), &["token"], &[]);
    assert_eq!(gone.code, Some(1), "no dev, no token");
}

#[actix_web::test]
async fn a_second_dev_in_the_same_folder_says_so_and_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::start(Act::Text("hello"));
    let vars = [("ENGINE_URL", engine.url())];
    let mut first = Process::spawn(&mut command(folder.path(), &["dev"], &vars));
    first.said("Ctrl-C stops.").await;
    let second = run(folder.path(), &["dev"], &vars);
    assert_eq!(second.code, Some(64), "{}", second.err);
    let said = "a dev runs in this folder already; stop it, or start this one in another folder";
    assert!(second.err.contains(said), "{}", second.err);
    let token = run(folder.path(), &["token"], &[]);
    assert_eq!(token.code, Some(0), "the first one is unharmed");
}

#[test]
fn an_explicit_port_that_is_taken_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let vars = [("PORT", &*port), ("ENGINE_URL", "http://127.0.0.1:9")];
    let ended = run(folder.path(), &["dev"], &vars);
    assert_eq!(ended.code, Some(64), "{}", ended.err);
    assert!(ended.err.contains(&port), "{}", ended.err);
    let ended = run(folder.path(), &["dev"], &[("PORT", "eighty")]);
    assert_eq!(ended.code, Some(64), "{}", ended.err);
    assert!(ended.err.contains("eighty"), "{}", ended.err);
}

#[actix_web::test]
async fn the_agent_for_conformance_suites_is_the_default_agent_where_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let vars = [
        ("ENGINE_URL", "http://127.0.0.1:9"),
        ("PUSH_ALLOW", "http://localhost:4711"),
        ("A2A_V03", "off"),
    ];
    let mut dev = Process::spawn(&mut command(
        folder.path(),
        &["dev", "--conformance"],
        &vars,
    ));
    dev.said("Ctrl-C stops.").await;
    let printed = dev.printed();
    assert_eq!(
        line(&printed, "not read by dev: "),
        "not read by dev: A2A_V03"
    );
    let place = line(&printed, "conformance ");
    assert!(place.ends_with("the default agent"), "{place}");
    let url = place.split_whitespace().nth(1).unwrap();
    let card = reqwest::Client::builder().no_proxy().build().unwrap();
    let card = card.get(format!("{url}/.well-known/agent-card.json"));
    let card: Value = card.send().await.unwrap().json().await.unwrap();
    assert_eq!(card["name"], "conformance");
    let gateway = line(&printed, "gateway ");
    let gateway = gateway.split_whitespace().nth(1).unwrap();
    let told = line(&printed, "/.well-known/agent-card.json");
    assert_eq!(told, format!("{gateway}/.well-known/agent-card.json"));
    dev.signal("INT");
    let ended = dev.wait(Duration::from_secs(15));
    assert_eq!(ended.code, Some(0), "{}", ended.err);
}

#[test]
fn a_suites_timeout_that_is_none_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let vars = [("TCK_STREAMING_TIMEOUT", "soon")];
    let ended = run(folder.path(), &["dev", "--conformance"], &vars);
    assert_eq!(ended.code, Some(64), "{}", ended.err);
    assert!(
        ended.err.contains("TCK_STREAMING_TIMEOUT: write seconds"),
        "{}",
        ended.err
    );
}
