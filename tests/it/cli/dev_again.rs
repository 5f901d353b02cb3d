//! `attach-gateway dev`, started again, and with things of one's own.

use std::{net::TcpListener, path::Path, time::Duration};

use reqwest::Client;
use serde_json::Value;

use super::dev::line;
use crate::support::{
    agent::Act,
    asking::{Answer, whole},
    engine::Engine,
    process::{Process, command, run},
};

struct Dev {
    process: Process,
    printed: String,
    client: Client,
}

impl Dev {
    async fn start(folder: &Path, vars: &[(&str, &str)]) -> Self {
        let mut process = Process::spawn(&mut command(folder, &["dev"], vars));
        process.said("Ctrl-C stops.").await;
        Self {
            printed: process.printed(),
            process,
            client: Client::builder().no_proxy().build().unwrap(),
        }
    }

    /// The address in the row `name` of what was printed.
    fn place(&self, name: &str) -> String {
        let row = line(&self.printed, &format!("{name} "));
        row.split_whitespace().nth(1).unwrap().to_owned()
    }

    fn token(&self) -> String {
        let export = line(&self.printed, "export ");
        export.split_once(" ATTACH_TOKEN=").unwrap().1.to_owned()
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        let url = format!("{}{path}", self.place("gateway"));
        let request = self.client.get(url).bearer_auth(token);
        whole(request.send().await.unwrap()).await
    }

    /// Ends it; what it wrote on stderr.
    fn stop(self) -> String {
        self.process.signal("INT");
        let ended = self.process.wait(Duration::from_secs(60));
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        ended.err
    }
}

#[actix_web::test]
async fn people_are_the_same_when_it_is_started_again_on_other_ports() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::start(Act::Text("hello"));
    let vars = [("ENGINE_URL", engine.url())];
    let first = Dev::start(folder.path(), &vars).await;
    let (issuer, token) = (first.place("issuer"), first.token());
    let card = first.get("/agents/planner/.well-known/agent-card.json", &token);
    let schemes = card.await.body["securitySchemes"].to_string();
    assert!(schemes.contains("openid-configuration"), "{schemes}");
    let me = first.get("/auth/me", &token).await;
    assert_eq!(me.status, 200, "{}", me.body);
    first.stop();

    // Taken by this test, or by someone else already: taken it is.
    let port = issuer.rsplit(':').next().unwrap();
    let _taken = TcpListener::bind(format!("127.0.0.1:{port}"));
    let second = Dev::start(folder.path(), &vars).await;
    assert_eq!(second.place("issuer"), issuer);
    let told = line(&second.printed, "issuer ");
    assert!(told.contains("its keys are at http://127.0.0.1:"), "{told}");
    let again = second.get("/auth/me", &token).await;
    assert_eq!(again.status, 200, "the old token works: {}", again.body);
    assert_eq!(again.body["user"], me.body["user"]);
    assert_eq!(again.body["issuer"], me.body["issuer"]);

    let made = run(folder.path(), &["keys", "create", "--user", "dev"], &[]);
    assert_eq!(made.code, Some(0), "{}", made.err);
    let with_key = second.get("/auth/me", made.out.trim()).await;
    assert_eq!(with_key.body["issuer"], issuer, "a key is that person's");
    second.stop();
    let made = run(folder.path(), &["keys", "create", "--user", "dev"], &[]);
    let owner = line(&made.err, "for ");
    assert!(owner.ends_with("dev of attach"), "no dev runs: {owner}");

    std::fs::write(folder.path().join(".attach/dev.json"), "{").unwrap();
    let broken = run(folder.path(), &["dev"], &vars);
    assert!(broken.err.contains("dev.json"), "{}", broken.err);
    assert_ne!(broken.code, Some(0));
}

#[actix_web::test]
async fn agents_and_tables_of_ones_own_are_beside_its_two() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::start(Act::Text("hello"));
    let tables = "[[price]]\nmodel = \"*\"\ninput_per_million = 1.0\noutput_per_million = 2.0\n\
        [[agent]]\nname = \"coder\"\nurl = \"http://127.0.0.1:9/c\"\n";
    std::fs::write(folder.path().join("attach.toml"), tables).unwrap();
    let vars = [
        ("ENGINE_URL", engine.url()),
        ("AGENTS", "mine=http://127.0.0.1:9/"),
        ("MAX_TOKENS_PER_MIN", "1000"),
        ("TASK_TIMOUT", "5"),
    ];
    let dev = Dev::start(folder.path(), &vars).await;
    let agents = dev.get("/agents", &dev.token()).await;
    let agents = agents.body["agents"].as_array().unwrap().clone();
    let of = |name: &str| -> Option<&Value> { agents.iter().find(|one| one["name"] == name) };
    let planner = of("planner").unwrap()["description"].as_str().unwrap();
    assert!(planner.contains("plan"), "{planner}");
    assert!(of("mine").is_some(), "{agents:?}");
    for name in ["planner", "coder"] {
        let found = agents.iter().filter(|one| one["name"] == name);
        assert_eq!(found.count(), 1, "{name}: {agents:?}");
    }
    let usage = dev.get("/usage", &dev.token()).await.body;
    assert_eq!(usage["priced"], true, "{usage}");
    assert!(usage["quota"].is_object(), "{usage}");
    let told = dev.printed.clone() + &dev.stop();
    assert!(told.contains("did you mean TASK_TIMEOUT"), "{told}");
    let unknown = run(folder.path(), &["dev"], &[("ATTACH_FOO", "1")]);
    assert_eq!(unknown.code, Some(64), "{}", unknown.err);
}

#[actix_web::test]
async fn a_used_link_is_told_as_a_page_and_leads_on_who_is_signed_in() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::start(Act::Text("hello"));
    let dev = Dev::start(folder.path(), &[("ENGINE_URL", engine.url())]).await;
    let link = line(&dev.printed, "/auth/dev?code=");
    let browser = Client::builder().no_proxy();
    let browser = browser.redirect(reqwest::redirect::Policy::none());
    let browser = browser.build().unwrap();
    let visit = || browser.get(&link).header("accept", "text/html");
    let entered = visit().send().await.unwrap();
    let cookie = entered.headers()["set-cookie"].to_str().unwrap().to_owned();
    let cookie = cookie.split(';').next().unwrap().to_owned();

    let again = visit().header("cookie", cookie).send().await.unwrap();
    assert_eq!(again.status(), 303);
    assert_eq!(again.headers()["location"], "/");
    let used = visit().send().await.unwrap();
    assert_eq!(used.status(), 400);
    assert!(
        used.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    assert!(used.text().await.unwrap().contains("start dev again"));
    dev.stop();
}
