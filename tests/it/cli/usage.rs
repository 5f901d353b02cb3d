//! `attach-gateway usage`, beside a gateway that serves.

mod reconcile;

use std::path::Path;

use attach_gateway::domain::{id::Owner, time::UnixMillis, usage::UsageRecord};
use serde_json::{Value, json};

use crate::{
    openmeter::record,
    support::{
        file,
        gateway::Gateway,
        process::{Ended, run},
    },
};

/// 2023-11-14T22:13:20.000Z.
const THEN: i64 = 1_700_000_000_000;
const HOUR: i64 = 3_600_000;
const RANGE: [&str; 4] = [
    "--since",
    "2023-11-14T00:00:00Z",
    "--until",
    "2023-11-16T00:00:00Z",
];

fn usage(data: &Path, args: &[&str], vars: &[(&str, &str)]) -> Ended {
    let place = [("ATTACH_DATA", data.to_str().unwrap())];
    run(data, &[&["usage"], args].concat(), &[&place, vars].concat())
}

fn shown(data: &Path, args: &[&str], vars: &[(&str, &str)]) -> String {
    let ended = usage(data, &[&RANGE, args].concat(), vars);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    ended.out
}

fn of(user: &str, model: &str, at: i64, tokens: (u64, u64)) -> UsageRecord {
    let mut record = record(model, tokens.0, tokens.1);
    record.owner = Owner::new("https://issuer.example", user);
    record.at = UnixMillis(at);
    record
}

/// A gateway with calls of two people and two models, over two days.
async fn gateway() -> Gateway {
    let gateway = Gateway::start();
    let calls = [
        of("ada", "big", THEN, (1_000, 234)),
        of("ada", "big", THEN + HOUR, (500, 66)),
        of("ada", "small", THEN + 2 * HOUR, (100, 100)),
        of("eve", "big", THEN + 2 * HOUR, (8_000, 0)),
        of("eve", "big", THEN - 30 * HOUR, (1, 1)),
        of("eve", "big", THEN + 30 * HOUR, (1, 1)),
    ];
    gateway.bill(&calls).await;
    gateway
}

#[actix_web::test]
async fn a_table_has_bars_below_it_and_sums_at_its_end() {
    let gateway = gateway().await;
    let bar = "█".repeat(61);
    let expected = format!(
        "usage from 2023-11-14T00:00:00Z to 2023-11-16T00:00:00Z

user   model  calls  tokens in  tokens out   total    share
eve    big        1      8,000           0   8,000   80.0 %
ada    big        2      1,500         300   1,800   18.0 %
ada    small      1        100         100     200    2.0 %
total             4      9,600         400  10,000  100.0 %

eve  big    {bar}  8,000
ada  big    █████████████▋  1,800
ada  small  █▌  200"
    );
    let out = shown(gateway.data.path(), &[], &[]);
    assert_eq!(out, expected);
    let width = out.lines().map(|line| line.chars().count()).max();
    assert_eq!(width, Some(80), "as wide as paper is");
    assert_eq!(
        shown(gateway.data.path(), &[], &[]),
        expected,
        "always the same"
    );
}

#[actix_web::test]
async fn records_are_told_apart_by_whatever_is_asked() {
    let gateway = gateway().await;
    let rows = |by: &str| {
        let out = shown(gateway.data.path(), &["--by", by], &[]);
        let lines = out.lines().skip(3).take_while(|line| !line.is_empty());
        let words = |line: &str| {
            line.split_whitespace()
                .take(2)
                .collect::<Vec<_>>()
                .join(" ")
        };
        lines.map(words).collect::<Vec<_>>()
    };
    assert_eq!(rows("day"), ["2023-11-14 2", "2023-11-15 2", "total 4"]);
    let hours = [
        "2023-11-14T22:00Z 1",
        "2023-11-14T23:00Z 1",
        "2023-11-15T00:00Z 2",
        "total 4",
    ];
    assert_eq!(rows("hour"), hours);
    assert_eq!(rows("issuer"), ["https://issuer.example 4", "total 4"]);
    for (by, word) in [
        ("engine", "engine"),
        ("project", "default"),
        ("session", "s"),
        ("task", "-"),
        ("outcome", "finished"),
    ] {
        assert_eq!(rows(by), [format!("{word} 4"), "total 4".to_owned()]);
    }
    assert_eq!(rows("model"), ["big 3", "small 1", "total 4"]);
}

#[actix_web::test]
async fn only_the_largest_are_shown_and_the_others_in_one() {
    let gateway = gateway().await;
    let out = shown(gateway.data.path(), &["--top", "1"], &[]);
    let lines: Vec<_> = out.lines().skip(3).take(3).collect();
    assert!(lines[0].starts_with("eve"), "{out}");
    assert!(
        lines[1].starts_with("(2 more)") && lines[1].ends_with("20.0 %"),
        "{out}"
    );
    assert!(
        lines[2].starts_with("total") && lines[2].ends_with("100.0 %"),
        "{out}"
    );
}

#[actix_web::test]
async fn without_a_range_it_is_the_last_day() {
    let gateway = gateway().await;
    let none = usage(gateway.data.path(), &[], &[]);
    assert!(none.out.starts_with("no usage from "), "{}", none.out);
    assert_eq!(none.code, Some(0));
    gateway.bill(&[record("now", 1, 1)]).await;
    let some = usage(gateway.data.path(), &["--by", "model"], &[]);
    assert!(some.out.contains("\nnow "), "{}", some.out);
    let long = usage(
        gateway.data.path(),
        &["--by", "model", "--since", "9999d"],
        &[],
    );
    assert!(
        long.out.contains("\nbig ") && long.out.contains("\nnow "),
        "{}",
        long.out
    );
}

#[actix_web::test]
async fn programs_read_json() {
    let gateway = gateway().await;
    let out = shown(gateway.data.path(), &["--json", "--by", "user"], &[]);
    let read: Value = serde_json::from_str(&out).unwrap();
    let issuer = "https://issuer.example";
    assert_eq!(
        read,
        json!({
            "since": "2023-11-14T00:00:00.000Z", "until": "2023-11-16T00:00:00.000Z",
            "by": ["user"], "rest": null, "unpriced_models": [],
            "rows": [
                { "user": "eve", "issuer": issuer, "calls": 1, "tokens_in": 8000,
                  "tokens_out": 0, "tokens": 8000, "share": 0.8 },
                { "user": "ada", "issuer": issuer, "calls": 3, "tokens_in": 1600,
                  "tokens_out": 400, "tokens": 2000, "share": 0.2 },
            ],
            "total": { "calls": 4, "tokens_in": 9600, "tokens_out": 400, "tokens": 10000,
                       "share": 1.0 },
        })
    );
}

const PRICES: &str = r#"
[[price]]
model = "big"
input_per_million = 0.15
output_per_million = "0.6"

[[price]]
model = "sm*"
input_per_million = 10
output_per_million = 20
currency = "EUR"
"#;

#[actix_web::test]
async fn what_it_cost_is_told_each_currency_for_itself() {
    let gateway = gateway().await;
    let prices = file(PRICES);
    let vars = [("ATTACH_CONFIG", prices.path().to_str().unwrap())];
    let out = shown(gateway.data.path(), &["--by", "user"], &vars);
    let ends = ["0.001200 USD", "0.000405 USD", "0.001605 USD"];
    let ada = "0.003000 EUR + 0.000405 USD";
    let lines: Vec<_> = out.lines().skip(3).take(3).collect();
    assert!(lines[0].ends_with(ends[0]), "{out}");
    assert!(lines[1].ends_with(ada), "{out}");
    assert!(lines[2].ends_with("0.003000 EUR + 0.001605 USD"), "{out}");
    assert!(!out.contains('*'), "{out}");
    let out = shown(gateway.data.path(), &["--json", "--by", "model"], &vars);
    let read: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(read["rows"][0]["cost"], json!({ "USD": "0.001605" }));
    assert_eq!(read["rows"][1]["cost"], json!({ "EUR": "0.003" }));
}

#[actix_web::test]
async fn models_without_a_price_are_named() {
    let gateway = gateway().await;
    let prices = file(PRICES.split("[[price]]\nmodel = \"sm*\"").next().unwrap());
    let vars = [("ATTACH_CONFIG", prices.path().to_str().unwrap())];
    let out = shown(gateway.data.path(), &["--by", "user"], &vars);
    assert!(out.contains("0.000405 USD *\n"), "{out}");
    let note = "* 200 tokens have no price; add a [[price]] for small";
    assert!(out.ends_with(note), "{out}");
    let out = shown(gateway.data.path(), &["--by", "model"], &vars);
    assert!(out.contains("unpriced\n"), "{out}");
}

#[actix_web::test]
async fn who_is_called_the_same_elsewhere_is_somebody_else() {
    let gateway = gateway().await;
    let mut other = of("ada", "big", THEN, (7, 7));
    other.owner = Owner::new("https://other.example", "ada");
    gateway.bill(&[other]).await;
    let vars = [
        ("OIDC_ISSUER", "https://issuer.example"),
        ("OIDC_AUD", "us"),
    ];
    let out = shown(gateway.data.path(), &["--by", "user"], &vars);
    let users: Vec<_> = out
        .lines()
        .skip(3)
        .take(3)
        .map(|line| line.split(' ').next())
        .collect();
    assert_eq!(
        users,
        [Some("eve"), Some("ada"), Some("ada@https://other.example")]
    );
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["--since", "yesterday"][..],
        &["--by", "colour"],
        &["--by", ""],
        &["--top", "0"],
        &["--metrics", "http://127.0.0.1:1"],
        &["--reconcile", "--metrics", "ftp://x"],
        &["--reconcile", "--token-file", "x"],
        &["--reconcile", "--json"],
    ] {
        let ended = usage(folder.path(), args, &[]);
        assert_eq!(ended.code, Some(2), "{args:?}: {}", ended.err);
    }
    let ended = usage(folder.path(), &[], &[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("ATTACH_DATA"), "{}", ended.err);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let prices = file("[[price]]\nmodel = \"m\"\ninput_per_million = -1\noutput_per_million = 1");
    let vars = [("ATTACH_CONFIG", prices.path().to_str().unwrap())];
    let ended = usage(folder.path(), &[], &vars);
    assert_eq!(ended.code, Some(64), "{}", ended.err);
    assert!(ended.err.contains("input_per_million"), "{}", ended.err);
}
