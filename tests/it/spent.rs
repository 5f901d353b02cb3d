//! What people see of what they used, what it cost, and what is left.

use attach_gateway::{
    adapters::usage::UsageTable,
    domain::{
        id::{Owner, SessionId},
        time::UnixMillis,
        usage::{Source, UsageRecord},
    },
};
use serde_json::{Value, json};

use crate::support::{
    asking::Answer,
    eventually, file,
    gateway::{Gateway, chat},
    key::with,
};

const HOUR: i64 = 3_600_000;
/// The first moment of a day.
const DAWN: i64 = 20_000 * 24 * HOUR;

/// A call that ended at `at`.
fn record(owner: &Owner, at: i64, model: &str, tokens: (u64, u64)) -> UsageRecord {
    UsageRecord {
        id: uuid::Uuid::now_v7(),
        at: UnixMillis(at),
        owner: owner.clone(),
        session: SessionId("s".into()),
        task: None,
        project: "default".to_owned(),
        model_asked: None,
        model: model.to_owned(),
        engine: "engine".to_owned(),
        tokens_in: tokens.0,
        tokens_out: tokens.1,
        source_in: Source::Engine,
        source_out: Source::Engine,
        outcome: "finished",
        status: 200,
        first_byte_ms: 2,
        duration_ms: tokens.0,
    }
}

fn of(gateway: &Gateway, user: &str) -> Owner {
    Owner::new(gateway.issuer.url(), user)
}

async fn keep(gateway: &Gateway, records: &[UsageRecord]) {
    let table = UsageTable::new(gateway.database.clone());
    table.write(records).await.unwrap();
}

async fn usage(gateway: &Gateway, user: &str, query: &str) -> Answer {
    let path = format!("/usage?{query}");
    gateway.ask(&gateway.token(user), &path).await
}

fn boss(gateway: &Gateway) -> String {
    let claims = gateway.issuer.claims("boss");
    let claims = with(&claims, "scope", json!("metrics:read"));
    gateway.issuer.sign(&claims)
}

fn priced() -> Gateway {
    let prices = file(
        "[[price]]\nmodel = 'big*'\ninput_per_million = 2.5\noutput_per_million = 10\n\
         currency = 'USD'\n[[price]]\nmodel = 'small'\ninput_per_million = 0.1\n\
         output_per_million = 0.3\ncurrency = 'EUR'\n",
    );
    Gateway::with(&[("ATTACH_CONFIG", prices.path().to_str().unwrap())])
}

#[actix_web::test]
async fn one_sees_ones_own_by_step_and_model_and_what_it_cost_to_the_last_digit() {
    let gateway = priced();
    let (ada, eve) = (of(&gateway, "ada"), of(&gateway, "eve"));
    let records = [
        record(&ada, DAWN - 1, "big-1", (1, 1)),
        record(&ada, DAWN, "big-1", (100, 10)),
        record(&ada, DAWN + HOUR - 1, "big-1", (23, 1)),
        record(&ada, DAWN + HOUR, "small", (7, 3)),
        record(&ada, DAWN + HOUR, "free", (5, 5)),
        record(&eve, DAWN, "big-1", (1000, 1000)),
        record(&ada, DAWN + 2 * HOUR, "big-1", (1, 1)),
    ];
    keep(&gateway, &records).await;
    let query = format!("since={DAWN}&until={}&step=hour", DAWN + 2 * HOUR);
    let answer = usage(&gateway, "ada", &query).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let told = answer.body;
    let row = |at: i64, model: &str, calls: u64, tokens: (u64, u64)| {
        json!({ "at": at, "model": model, "calls": calls,
                "tokens_in": tokens.0, "tokens_out": tokens.1 })
    };
    let series = json!([
        row(DAWN, "big-1", 2, (123, 11)),
        row(DAWN + HOUR, "free", 1, (5, 5)),
        row(DAWN + HOUR, "small", 1, (7, 3)),
    ]);
    assert_eq!(told["series"], series);
    let models: Vec<_> = told["models"].as_array().unwrap().iter().collect();
    let cost = |at: usize| {
        let model = models[at];
        (
            model["model"].as_str(),
            model["cost"].as_str(),
            model["currency"].as_str(),
        )
    };
    assert_eq!(cost(0), (Some("big-1"), Some("0.0004175"), Some("USD")));
    let others = [cost(1), cost(2)];
    assert!(others.contains(&(Some("small"), Some("0.0000016"), Some("EUR"))));
    assert!(others.contains(&(Some("free"), None, None)));
    let euros = json!({ "amount": "0.0000016", "currency": "EUR" });
    let dollars = json!({ "amount": "0.0004175", "currency": "USD" });
    assert_eq!(told["cost"], json!([euros, dollars]));
    assert_eq!(
        (&told["priced"], &told["step_ms"]),
        (&json!(true), &json!(HOUR))
    );
    let slowest: Vec<_> = told["slowest"].as_array().unwrap().iter().collect();
    assert_eq!(slowest.len(), 4);
    assert_eq!(slowest[0]["duration_ms"], 100);
    let slow = [
        "at",
        "model",
        "engine",
        "first_byte_ms",
        "tokens_in",
        "outcome",
    ];
    assert!(slow.iter().all(|name| !slowest[0][*name].is_null()));
    assert_eq!(told["quota"], Value::Null);
}

#[actix_web::test]
async fn everyones_is_for_those_who_may_read_metrics() {
    let gateway = Gateway::start();
    let [ada, eve] = ["ada", "eve"].map(|user| of(&gateway, user));
    let records = [
        record(&ada, DAWN, "m", (1, 2)),
        record(&eve, DAWN, "m", (3, 4)),
    ];
    keep(&gateway, &records).await;
    let query = format!("since={DAWN}&until={}", DAWN + HOUR);
    let refused = usage(&gateway, "ada", &format!("{query}&everyone=true")).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    let challenge = refused.header("www-authenticate").unwrap();
    assert!(challenge.contains("scope=\"metrics:read\""), "{challenge}");
    let all = gateway
        .ask(&boss(&gateway), &format!("/usage?{query}&everyone=true"))
        .await;
    let sums = |body: &Value| {
        let model = &body["models"][0];
        (model["tokens_in"].as_i64(), model["tokens_out"].as_i64())
    };
    assert_eq!(sums(&all.body), (Some(4), Some(6)));
    let own = usage(&gateway, "eve", &query).await;
    assert_eq!(sums(&own.body), (Some(3), Some(4)));
    let none = gateway
        .ask(&boss(&gateway), &format!("/usage?{query}"))
        .await
        .body;
    assert_eq!((&none["models"], &none["series"]), (&json!([]), &json!([])));
    assert_eq!(
        (&none["cost"], &none["priced"]),
        (&json!([]), &json!(false))
    );
}

#[actix_web::test]
async fn however_many_models_there_are_the_answer_stays_small_and_the_sums_right() {
    let gateway = Gateway::start();
    let ada = of(&gateway, "ada");
    let made_up: Vec<_> = (0..2000)
        .map(|n| record(&ada, DAWN + n, &format!("model-{n}"), (n.unsigned_abs(), 0)))
        .collect();
    keep(&gateway, &made_up).await;
    let query = format!("since={DAWN}&until={}", DAWN + HOUR);
    let told = usage(&gateway, "ada", &query).await.body;
    let (series, models) = (
        told["series"].as_array().unwrap(),
        told["models"].as_array().unwrap(),
    );
    assert_eq!(models[0]["model"], "model-1999");
    assert_eq!((models.len(), &models[50]["model"]), (51, &json!("other")));
    let sum: i64 = series
        .iter()
        .map(|row| row["tokens_in"].as_i64().unwrap())
        .sum();
    assert_eq!(sum, 1999 * 2000 / 2);
    let calls: i64 = series
        .iter()
        .map(|row| row["calls"].as_i64().unwrap())
        .sum();
    assert_eq!(calls, 2000);
    let names: std::collections::BTreeSet<_> = series
        .iter()
        .map(|row| &row["model"])
        .map(Value::to_string)
        .collect();
    assert_eq!(names.len(), 51);
}

#[actix_web::test]
async fn a_time_that_is_none_and_a_step_that_is_none_are_told() {
    let gateway = Gateway::start();
    for (query, told) in [
        ("since=5&until=5", "since, until"),
        ("since=-1", "since, until"),
        ("step=week", "step: write minute"),
        ("since=0&step=minute", "step: more than 1000"),
    ] {
        let refused = usage(&gateway, "ada", query).await;
        assert_eq!(refused.status, 400, "{query}: {}", refused.body);
        assert!(refused.detail().starts_with(told), "{}", refused.detail());
    }
    let usual = usage(&gateway, "ada", "").await.body;
    let length = usual["until"].as_i64().unwrap() - usual["since"].as_i64().unwrap();
    assert_eq!((length, &usual["step_ms"]), (24 * HOUR, &json!(HOUR)));
}

#[actix_web::test]
async fn what_is_left_of_the_quota_is_shown_and_looking_costs_nothing() {
    let limits = file(
        "[[limit]]\nname = 'big'\ntokens = 50\nwindow = 120\nmodel = 'Big*'\n\
         [[limit]]\nname = 'vips'\ntokens = 5000\nuser = 'vip'\n",
    );
    let vars = [
        ("ATTACH_CONFIG", limits.path().to_str().unwrap()),
        ("MAX_TOKENS_PER_MIN", "20"),
    ];
    let gateway = Gateway::with(&vars);
    let path = "/v1/chat/completions";
    gateway.post(&gateway.token("ada"), path, &chat("hi")).await;
    let windows = eventually("the call is settled", async || {
        let told = usage(&gateway, "ada", "").await.body;
        let windows = told["quota"]["windows"].as_array().unwrap().clone();
        (windows[0]["used"] == 8).then_some(windows)
    })
    .await;
    let of = |window: &Value| {
        let numbers = ["limit", "used", "left", "window_secs"].map(|name| window[name].as_i64());
        (
            window["label"].as_str().unwrap().to_owned(),
            numbers.map(Option::unwrap),
        )
    };
    assert_eq!(windows.len(), 2, "{windows:?}");
    assert_eq!(
        of(&windows[0]),
        ("MAX_TOKENS_PER_MIN".to_owned(), [20, 8, 12, 60])
    );
    assert_eq!(of(&windows[1]), ("big*".to_owned(), [50, 0, 50, 120]));
    for _ in 0..20 {
        usage(&gateway, "ada", "").await;
    }
    let again = gateway.post(&gateway.token("ada"), path, &chat("hi")).await;
    assert_eq!(again.status(), 200, "nothing was held");
    let vip = usage(&gateway, "vip", "").await.body;
    let vip: Vec<_> = vip["quota"]["windows"]
        .as_array()
        .unwrap()
        .iter()
        .map(of)
        .collect();
    let vips = ("vips".to_owned(), [5000, 0, 5000, 60]);
    assert_eq!(vip, [("big*".to_owned(), [50, 0, 50, 120]), vips]);
}

#[actix_web::test]
async fn while_redis_is_away_the_rest_is_told_all_the_same() {
    let vars = [
        ("MAX_TOKENS_PER_MIN", "20"),
        ("REDIS_URL", "redis://me:hunter2@127.0.0.1:9/"),
        ("QUOTA_FAIL", "open"),
    ];
    let gateway = Gateway::with(&vars);
    let told = usage(&gateway, "ada", "").await;
    assert_eq!(told.status, 200, "{}", told.body);
    assert_eq!(told.body["quota"]["windows"], json!([]));
    assert!(told.body["quota"]["away"].is_string());
    let text = told.body.to_string();
    assert!(
        !text.contains("hunter2") && !text.contains("127.0.0.1:9"),
        "{text}"
    );
}
