//! `attach-gateway keys`, on the file alone and beside a gateway.

use std::{fs, path::Path, time::Duration};

use serde_json::json;

use super::{id, key, keys};
use crate::support::{
    asking::whole,
    issuer::{AUDIENCE, Issuer},
    process::{Process, command, run},
};

#[test]
fn the_key_stands_alone_on_stdout_and_what_to_know_of_it_beside() {
    let data = tempfile::tempdir().unwrap();
    let vars = [
        ("OIDC_ISSUER", "https://issuer.example/"),
        ("OIDC_AUD", AUDIENCE),
    ];
    let args = ["create", "--user", "auth0|ada", "--name", "nightly job"];
    let made = keys(data.path(), &args, &vars);
    assert_eq!(made.code, Some(0), "{}", made.err);
    let (id, secret) = (id(&made.out), &made.out[12..]);
    assert_eq!(made.out, format!("ak_{id}_{secret}"));
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    assert!(id.bytes().all(plain) && secret.len() == 43, "{}", made.out);
    for told in [
        format!("key    {id} (nightly job)"),
        "for    auth0|ada of https://issuer.example/".to_owned(),
        "may    chat:run tasks:run memory:write memory:read".to_owned(),
        "(90 days from now)".to_owned(),
        format!("in     {}", data.path().join("attach.db").display()),
        "it is not shown again".to_owned(),
    ] {
        assert!(made.err.contains(&told), "{told}: {}", made.err);
    }
    assert!(!made.err.contains(secret));
}

#[test]
fn a_keys_issuer_is_the_first_that_is_configured_or_attach() {
    let data = tempfile::tempdir().unwrap();
    let of = |vars: &[(&str, &str)], args: &[&str]| {
        let args = [&["create", "--user", "ada"], args].concat();
        let made = keys(data.path(), &args, vars);
        assert_eq!(made.code, Some(0), "{}", made.err);
        let line = made.err.lines().find(|l| l.starts_with("for ")).unwrap();
        let issuer = line.rsplit(' ').next().unwrap().to_owned();
        (issuer, made.err)
    };
    assert_eq!(of(&[], &[]).0, "attach");
    let descope = [
        ("AUTH_BACKEND", "descope"),
        ("DESCOPE_PROJECT_ID", "P2abc"),
        ("OIDC_AUD", AUDIENCE),
    ];
    assert_eq!(of(&descope, &[]).0, "https://api.descope.com/v1/apps/P2abc");
    let table = crate::support::file("[[issuer]]\nurl = \"https://t.example\"\naudience = \"x\"\n");
    let table = [("ATTACH_CONFIG", table.path().to_str().unwrap())];
    assert_eq!(of(&table, &[]).0, "https://t.example");
    let asked = ["--issuer", "https://t.example/"];
    let (issuer, err) = of(&table, &asked);
    assert_eq!(issuer, "https://t.example/");
    let told = "no configured issuer is called https://t.example/";
    assert!(err.contains(told), "{err}");
    let (_, err) = of(&table, &["--issuer", "https://t.example"]);
    assert!(!err.contains("no configured issuer"), "{err}");
}

#[test]
fn the_list_tells_everything_but_the_secret() {
    let data = tempfile::tempdir().unwrap();
    let made = [
        key(data.path(), &["--user", "ada", "--name", "job"], &[]),
        key(
            data.path(),
            &["--user", "bob", "--expires", "never", "--scopes", "admin"],
            &[],
        ),
        key(data.path(), &["--user", "eve", "--expires", "1s"], &[]),
    ];
    let revoked = keys(data.path(), &["revoke", &made[1]], &[]);
    assert_eq!(revoked.code, Some(0), "{}", revoked.err);
    let until = std::time::Instant::now() + Duration::from_secs(10);
    let listed = loop {
        let listed = keys(data.path(), &["list"], &[]);
        assert_eq!(listed.code, Some(0), "{}", listed.err);
        if listed.out.contains("expired") || std::time::Instant::now() > until {
            break listed.out;
        }
    };
    let head = listed.lines().next().unwrap();
    let head: Vec<_> = head.split_whitespace().collect();
    let expected = [
        "id", "name", "user", "issuer", "scopes", "created", "expires", "state",
    ];
    assert_eq!(head, expected);
    let line = |key: &str| listed.lines().find(|l| l.starts_with(id(key))).unwrap();
    let scopes = "chat:run tasks:run memory:write memory:read";
    let ada = line(&made[0]);
    assert!(
        ada.contains("job") && ada.contains(scopes) && ada.ends_with("good"),
        "{ada}"
    );
    let bob = line(&made[1]);
    assert!(
        bob.contains("  admin  ") && bob.contains("  never  ") && bob.ends_with("revoked"),
        "{bob}"
    );
    assert!(line(&made[2]).ends_with("expired"), "{listed}");
    for key in &made {
        assert!(!listed.contains(&key[12..]), "{listed}");
    }
    assert_eq!(listed.lines().count(), 4);
}

#[test]
fn a_key_is_revoked_by_its_id_or_itself_and_is_never_said_again() {
    let data = tempfile::tempdir().unwrap();
    for form in [
        |key: &str| id(key).to_owned(),
        |key: &str| key[..11].to_owned(),
        str::to_owned,
    ] {
        let key = key(data.path(), &["--user", "ada"], &[]);
        let first = keys(data.path(), &["revoke", &form(&key)], &[]);
        let told = format!(
            "revoked {}\ntasks it sent go on; tokens exchanged for it are refused too",
            id(&key)
        );
        assert_eq!(
            (first.code, &*first.out, &*first.err),
            (Some(0), &*told, "")
        );
        let again = keys(data.path(), &["revoke", &form(&key)], &[]);
        assert_eq!(again.code, Some(0));
        let told = format!("{} was revoked already, at 20", id(&key));
        assert!(again.out.starts_with(&told), "{}", again.out);
        assert!(!again.out.contains(&key[12..]));
    }
    let unknown = format!("ak_zzzzzzzz_{}", "s".repeat(43));
    for typed in [&*unknown, &unknown[..40], "zzzzzzzz", "", "x y"] {
        let ended = keys(data.path(), &["revoke", typed], &[]);
        assert_eq!((ended.code, &*ended.out), (Some(1), ""), "{typed}");
        assert!(
            ended.err.contains("attach-gateway keys list"),
            "{}",
            ended.err
        );
        assert!(!ended.err.contains("sss"), "{}", ended.err);
    }
}

#[test]
fn without_a_database_there_is_none_to_list_and_an_old_one_has_no_keys() {
    let data = tempfile::tempdir().unwrap();
    for args in [&["list"][..], &["revoke", "abcd1234"]] {
        let ended = keys(data.path(), args, &[]);
        assert_eq!(ended.code, Some(1));
        assert!(ended.err.contains("attach.db"), "{}", ended.err);
    }
    assert_eq!(fs::read_dir(data.path()).unwrap().count(), 0);
    fs::write(data.path().join("attach.db"), "").unwrap();
    let ended = keys(data.path(), &["list"], &[]);
    assert_eq!((ended.code, ended.out.lines().count()), (Some(0), 1));
}

#[test]
fn a_wrong_configuration_makes_no_key() {
    let data = tempfile::tempdir().unwrap();
    let wrong = [("PORT", "eighty")];
    let ended = keys(data.path(), &["create", "--user", "ada"], &wrong);
    assert_eq!((ended.code, ended.out.as_str()), (Some(64), ""));
    assert!(ended.err.contains("PORT=\"eighty\""), "{}", ended.err);
    assert_eq!(fs::read_dir(data.path()).unwrap().count(), 0);
}

#[actix_web::test]
async fn many_may_make_the_first_key_at_once_and_a_gateway_start_with_them() {
    let (data, issuer) = (tempfile::tempdir().unwrap(), Issuer::start());
    let folder = data.path().to_str().unwrap();
    let vars = [("ATTACH_DATA", folder), ("ATTACH_CONFIG", "/dev/null")];
    let args = ["keys", "create", "--user", "ada"];
    let spawn = |_| Process::spawn(&mut command(data.path(), &args, &vars));
    let making: Vec<_> = (0..8).map(spawn).collect();
    let trust = [("OIDC_ISSUER", issuer.url()), ("OIDC_AUD", AUDIENCE)];
    let (_gateway, _) = Process::serve(data.path(), &trust).await;
    for made in making {
        let made = made.wait(Duration::from_secs(20));
        assert_eq!(made.code, Some(0), "{}", made.err);
    }
    let listed = keys(data.path(), &["list"], &[]);
    assert_eq!(listed.out.lines().count(), 9, "{}", listed.out);
}

#[actix_web::test]
async fn a_gateway_of_keys_alone_starts_and_one_without_any_caller_does_not() {
    let data = tempfile::tempdir().unwrap();
    let serve = |data: &Path| {
        let vars = [("ATTACH_DATA", data.to_str().unwrap()), ("PORT", "0")];
        run(data, &["serve"], &vars)
    };
    let nobody = serve(data.path());
    assert_eq!(nobody.code, Some(64), "{}", nobody.err);
    for way in [
        "OIDC_ISSUER",
        "[[issuer]]",
        "DID_METHODS",
        "keys create",
        "attach-gateway dev",
    ] {
        assert!(nobody.err.contains(way), "{way}: {}", nobody.err);
    }
    assert_eq!(fs::read_dir(data.path()).unwrap().count(), 0);
    let key = key(data.path(), &["--user", "ada"], &[]);
    let (gateway, url) = Process::serve(data.path(), &[]).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let document = json!({ "text": "mine" });
    let request = client.post(format!("{url}/mem/events")).json(&document);
    let answer = whole(request.bearer_auth(&key).send().await.unwrap()).await;
    assert!(answer.status < 300, "{}", answer.body);
    drop(gateway);
    assert_eq!(keys(data.path(), &["revoke", id(&key)], &[]).code, Some(0));
    let nobody = serve(data.path());
    assert_eq!(
        nobody.code,
        Some(64),
        "a revoked key is no caller: {}",
        nobody.err
    );
    let told = "expired and revoked ones do not count";
    assert!(nobody.err.contains(told), "{}", nobody.err);
}

#[actix_web::test]
async fn a_key_is_in_no_file_and_no_log() {
    let data = tempfile::tempdir().unwrap();
    let key = key(data.path(), &["--user", "ada"], &[]);
    let vars = [("LOG_LEVEL", "trace")];
    let (gateway, url) = Process::serve(data.path(), &vars).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for path in ["/agents", "/mem/events", "/metrics", "/a2a/tasks"] {
        let request = client.get(format!("{url}{path}")).bearer_auth(&key);
        let answer = whole(request.send().await.unwrap()).await;
        assert_ne!(answer.status, 401, "{path}");
        assert!(!format!("{answer:?}").contains(&key[12..]), "{path}");
    }
    let text = json!({ "text": "nothing to hide" });
    let request = client.post(format!("{url}/mem/events")).json(&text);
    request.bearer_auth(&key).send().await.unwrap();
    assert_eq!(keys(data.path(), &["revoke", &key], &[]).code, Some(0));
    gateway.signal("TERM");
    let logged = gateway.wait(Duration::from_secs(20)).err;
    assert!(!logged.contains(&key[12..]), "{logged}");
    for file in fs::read_dir(data.path()).unwrap() {
        let path = file.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let found = bytes.windows(43).any(|w| w == &key.as_bytes()[12..]);
        assert!(!found, "{}", path.display());
    }
}
