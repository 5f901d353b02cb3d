//! `attach-gateway sessions`, beside a gateway that serves.

use std::path::Path;

use serde_json::Value;

use crate::support::{
    eventually,
    gateway::Gateway,
    process::{Ended, run},
    provider::Provider,
    tab::{Tab, gateway},
};

fn sessions(data: &Path, args: &[&str]) -> Ended {
    let vars = [("ATTACH_DATA", data.to_str().unwrap())];
    run(data, &[&["sessions"], args].concat(), &vars)
}

#[actix_web::test]
async fn a_browser_is_listed_and_signed_out_from_the_terminal() {
    let provider = Provider::start();
    let gateway = gateway(&provider, &[]);
    let tab = Tab::at(&gateway);
    tab.sign_in().await;
    let listed = sessions(gateway.data.path(), &["list"]);
    assert_eq!(
        listed.out.lines().count(),
        2,
        "before its first request too"
    );

    let id = tab.open("/agents").await;
    let id = id.header("x-attach-session-id").unwrap();
    let row = eventually("its request is counted", async || {
        let listed = sessions(gateway.data.path(), &["list"]);
        let row = listed
            .out
            .lines()
            .find(|line| line.starts_with(id))?
            .to_owned();
        let cells: Vec<_> = row.split_whitespace().map(str::to_owned).collect();
        (cells[5] == "1").then_some(cells)
    })
    .await;
    assert_eq!((&*row[1], &*row[2]), ("ada", provider.url()));
    assert!(
        row[6] > row[4],
        "signed in until after it was seen: {row:?}"
    );

    let ended = sessions(gateway.data.path(), &["end", id]);
    assert_eq!((ended.code, ended.out), (Some(0), format!("ended {id}")));
    eventually("the gateway notices", async || {
        (tab.open("/agents").await.status == 401).then_some(())
    })
    .await;
    assert_eq!(tab.session().await["user"], Value::Null);
    let again = sessions(gateway.data.path(), &["end", id]);
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("ended already"), "{}", again.err);
    let listed = sessions(gateway.data.path(), &["list"]);
    assert!(listed.out.ends_with("signed out"), "{}", listed.out);
}

#[actix_web::test]
async fn a_session_of_a_token_ends_with_its_token() {
    let gateway = Gateway::start();
    let asked = gateway.ask(&gateway.token("bob"), "/agents").await;
    let id = asked.header("x-attach-session-id").unwrap();
    eventually("it is listed", async || {
        let listed = sessions(gateway.data.path(), &["list", "--limit", "1"]);
        let row = listed.out.lines().nth(1)?;
        assert_eq!(row.split_whitespace().count(), 6, "not a browser: {row}");
        row.starts_with(id).then_some(())
    })
    .await;
    let ended = sessions(gateway.data.path(), &["end", id]);
    assert_eq!((ended.code, &*ended.out), (Some(1), ""));
    assert!(ended.err.contains("belongs to a token"), "{}", ended.err);
    let unknown = sessions(gateway.data.path(), &["end", "nobody"]);
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.err.contains("sessions list"), "{}", unknown.err);
}

#[test]
fn without_a_database_it_says_where_to_look() {
    let folder = tempfile::tempdir().unwrap();
    let ended = sessions(folder.path(), &["list"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("ATTACH_DATA"), "{}", ended.err);
    let limit = sessions(folder.path(), &["list", "--limit", "0"]);
    assert_eq!(limit.code, Some(2), "{}", limit.err);
}
