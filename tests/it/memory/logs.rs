//! `POST /v1/logs`: log lines of programs.

use serde_json::{Value, json};

use crate::support::gateway::Gateway;

fn line() -> Value {
    json!({ "run_id": "r1", "level": "info", "message": "all is well" })
}

#[actix_web::test]
async fn a_log_line_is_kept_with_who_sent_it() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let mut sent = line();
    sent["agent"] = json!("watcher");
    let answer = gateway.tell(&token, "/v1/logs", &sent).await;
    assert_eq!((answer.status, &answer.body["accepted"]), (202, &json!(1)));
    let kept = gateway.memory(&token, "event=log").await;
    for (name, value) in [
        ("run_id", json!("r1")),
        ("level", json!("info")),
        ("message", json!("all is well")),
        ("text", json!("all is well")),
        ("agent", json!("watcher")),
        ("user", json!("ada")),
        ("issuer", json!(gateway.issuer.url())),
        ("id", answer.body["ids"][0].clone()),
    ] {
        assert_eq!(kept[0][name], value, "{name}");
    }
    let others = gateway.memory(&gateway.token("bob"), "").await;
    assert_eq!(others, [] as [Value; 0]);
}

#[actix_web::test]
async fn the_time_is_the_lines_own() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let now = std::time::SystemTime::now();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    for (n, ago) in [(1, 30), (2, 90), (3, 60)] {
        let mut sent = line();
        sent["run_id"] = json!(format!("r{n}"));
        sent["timestamp"] = json!((now - ago) as f64 + 0.25);
        assert_eq!(gateway.tell(&token, "/v1/logs", &sent).await.status, 202);
    }
    let kept = gateway.memory(&token, "").await;
    let runs: Vec<_> = kept.iter().map(|event| event["run_id"].clone()).collect();
    assert_eq!(runs, ["r1", "r3", "r2"], "newest first");
    let time = kept[0]["timestamp"].as_str().unwrap();
    assert!(time.ends_with(".25Z"), "{time}");
}

#[actix_web::test]
async fn many_lines_come_as_an_array_or_one_a_line_and_are_kept_all_or_none() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let array = json!([line(), line()]).to_string();
    let lines = format!("{}\n{}\r\n\n{}", line(), line(), line());
    for (body, count) in [(array, 2), (lines, 3)] {
        let answer = gateway.tell_raw(&token, "/v1/logs", body).await;
        assert_eq!(
            (answer.status, &answer.body["accepted"]),
            (202, &json!(count))
        );
    }
    let bad = json!({ "run_id": "r1", "level": "loud", "message": "!" });
    let levels = "write one of debug, info, warn, error, fatal";
    for (body, why) in [
        (
            json!([line(), bad]).to_string(),
            format!("[1].level: {levels}"),
        ),
        (
            format!("{}\n{bad}", line()),
            format!("line 2: level: {levels}"),
        ),
        (
            json!(vec![line(); 1001]).to_string(),
            "1000 lines at most".to_owned(),
        ),
    ] {
        let answer = gateway.tell_raw(&token, "/v1/logs", body).await;
        assert_eq!((answer.status, answer.detail()), (422, &*why));
    }
    assert_eq!(gateway.memory(&token, "limit=100").await.len(), 5);
}

#[actix_web::test]
async fn more_lines_than_are_taken_are_refused_whatever_they_are() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    for value in ["1", "[[]]", "{\"a\":1}", "null"] {
        let array = format!(" [{}]", vec![value; 1001].join(","));
        for body in [array, vec![value; 1001].join("\n")] {
            let answer = gateway.tell_raw(&token, "/v1/logs", body).await;
            assert_eq!(
                (answer.status, answer.detail()),
                (422, "1000 lines at most")
            );
        }
    }
    let most = vec!["1"; 1000].join(",");
    let answer = gateway
        .tell_raw(&token, "/v1/logs", format!("[{most}]"))
        .await;
    assert_eq!(answer.detail(), "[0].a log line is an object");
    let mut sent = line();
    sent["level"] = json!([["info"]]);
    let answer = gateway.tell(&token, "/v1/logs", &sent).await;
    assert!(answer.detail().starts_with("level: write one of"));
    sent = line();
    sent["nobody"] = json!({ "asks": ["for", "this"] });
    assert_eq!(gateway.tell(&token, "/v1/logs", &sent).await.status, 202);
}

#[actix_web::test]
async fn a_line_that_is_none_is_refused_with_the_field_that_is_wrong() {
    let gateway = Gateway::start();
    let token = gateway.token("ada");
    let old = "timestamp: unix seconds, no older than MEM_RETENTION_DAYS keeps it";
    let ahead = "timestamp: unix seconds, no more than a day ahead";
    for (name, value, why) in [
        ("run_id", None, "run_id: is missing"),
        ("level", None, "level: is missing"),
        ("message", None, "message: is missing"),
        ("run_id", Some(json!(7)), "run_id: must be a string"),
        ("message", Some(json!(null)), "message: must be a string"),
        ("agent", Some(json!([])), "agent: must be a string"),
        (
            "run_id",
            Some(json!("r".repeat(501))),
            "run_id: 500 bytes at most",
        ),
        (
            "timestamp",
            Some(json!("now")),
            "timestamp: must be unix seconds",
        ),
        ("timestamp", Some(json!(1_000_000_000)), old),
        ("timestamp", Some(json!(-1e300)), old),
        ("timestamp", Some(json!(1e300)), ahead),
    ] {
        let mut sent = line();
        match value {
            Some(value) => sent[name] = value,
            None => drop(sent.as_object_mut().unwrap().remove(name)),
        }
        let answer = gateway.tell(&token, "/v1/logs", &sent).await;
        assert_eq!((answer.status, answer.detail()), (422, why), "{sent}");
    }
    for body in ["", "{", "{} x", "[]"] {
        let answer = gateway.tell_raw(&token, "/v1/logs", body).await;
        assert_eq!(answer.status, 400, "{body}");
    }
    let answer = gateway.tell_raw(&token, "/v1/logs", "7").await;
    assert_eq!(
        (answer.status, answer.detail()),
        (422, "a log line is an object")
    );
    assert_eq!(gateway.memory(&token, "").await, [] as [Value; 0]);
}

#[actix_web::test]
async fn with_memory_off_log_lines_are_refused_and_not_swallowed() {
    let gateway = Gateway::with(&[("MEM_BACKEND", "none")]);
    let token = gateway.token("ada");
    let answer = gateway.tell(&token, "/v1/logs", &line()).await;
    assert_eq!(answer.status, 503);
    assert!(answer.detail().contains("MEM_BACKEND"), "{}", answer.body);
}
