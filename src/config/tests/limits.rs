//! What people may spend, as it is written.

use std::io::Write;

use super::*;
use crate::domain::quota::{Pattern, Rule, Who};

/// Reads a file with these tables beside these variables.
fn read(tables: &str, pairs: &[(&str, &str)], has_keys: bool) -> Result<Config, Vec<String>> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(tables.as_bytes()).unwrap();
    let mut vars = vars(pairs);
    let path = file.path().to_str().unwrap().to_owned();
    vars.insert("ATTACH_CONFIG".to_owned(), path);
    let read = Config::read_beside(&vars, has_keys);
    read.map_err(|Faults(faults)| faults.iter().map(ToString::to_string).collect())
}

fn rules(tables: &str, pairs: &[(&str, &str)]) -> Vec<Rule> {
    let quota = read(tables, pairs, false).unwrap().quota.unwrap();
    quota.limits.rules().to_vec()
}

#[test]
fn a_limit_says_how_much_in_how_long_and_for_whom() {
    let tables = "
        [[limit]]
        tokens = 500
        model = 'qwen3*'
        [[limit]]
        name = 'partners'
        tokens = 9
        window = 3600
        issuer = 'https://issuer.example'
        scope = 'chat:run'
        user = 'ada'";
    let found = rules(tables, &[("MAX_TOKENS_PER_MIN", "100"), ("WINDOW", "10")]);
    let names: Vec<_> = found.iter().map(|rule| &*rule.name).collect();
    assert_eq!(names, ["default", "limit-1", "partners"]);
    let windows: Vec<_> = found.iter().map(|rule| rule.limit.window_ms).collect();
    assert_eq!(windows, [10_000, 10_000, 3_600_000]);
    assert_eq!(found[1].model, Pattern::parse("qwen3*"));
    let issuer = Who::Issuer("https://issuer.example".into());
    assert_eq!(found[2].issuer, Some(issuer));
    assert_eq!(found[2].user.as_deref(), Some("ada"));
}

#[test]
fn a_limit_alone_is_a_quota_but_nothing_is_metered_by_it() {
    let tables = "[[limit]]\ntokens = 5\nuser = 'ada'";
    assert_eq!(rules(tables, &[]).len(), 1);
    let config = read(tables, &[("USAGE_METERING", "prometheus")], false).unwrap();
    assert_eq!(config.metering, Metering::Null);
}

#[test]
fn all_that_is_wrong_with_limits_is_told_at_once() {
    let tables = "
        [[engine]]
        name = 'one'
        url = 'http://127.0.0.1:1'
        models = ['qwen3', 'llama*']
        [[limit]]
        tokens = 0
        window = 3601
        scope = 'chat'
        [[limit]]
        tokens = 1
        issuer = 'https://issuer.example/'
        model = 'gwen3'
        [[limit]]
        name = 'twin'
        tokens = 1
        [[limit]]
        name = 'twin'
        user = ' '
        [[limit]]
        name = 'default'
        tokens = 1
        issuer = 'did'
        [[limit]]
        tokens = -1
        model = ''";
    let faults = read(tables, &[], false).unwrap_err();
    let expected = [
        "[[limit]] tokens=\"0\": write a whole number above 0",
        "[[limit]] window=\"3601\": write a whole number of seconds from 1 to 3600",
        "[[limit]] scope=\"chat\": is no scope; there are chat:run,",
        "[[limit]] model=\"gwen3\": no [[engine]] names such a model",
        "[[limit]] issuer=\"https://issuer.example/\": is no configured issuer",
        "[[limit]]=\"twin\": says for whom or what in none of",
        "[[limit]] name=\"twin\": stands twice",
        "[[limit]]=\"twin\": has no tokens",
        "[[limit]] user=\" \": write what their tokens carry",
        "[[limit]] name=\"default\": is what MAX_TOKENS_PER_MIN is called",
        "[[limit]] issuer=\"did\": no DID is taken",
        "[[limit]] tokens=\"-1\": write a whole number above 0",
        "[[limit]] model=\"\": write a model",
    ];
    for text in expected {
        let told = faults.iter().filter(|fault| fault.starts_with(text));
        assert_eq!(told.count(), 1, "{text} in {faults:#?}");
    }
    assert_eq!(faults.len(), expected.len(), "{faults:#?}");
}

#[test]
fn a_model_may_be_any_where_an_engine_takes_any() {
    let tables = "[[limit]]\ntokens = 1\nmodel = 'whatever'";
    assert_eq!(rules(tables, &[]).len(), 1);
    let listed = "[[engine]]\nname = 'e'\nurl = 'http://h'\nmodels = ['Qwen3:8b']\n[[limit]]\ntokens = 1\nmodel = 'qwen*'";
    assert_eq!(rules(listed, &[]).len(), 1);
}

#[test]
fn users_of_keys_are_vouched_for_by_attach_where_there_are_keys() {
    let tables = "[[limit]]\ntokens = 1\nissuer = 'attach'";
    assert!(read(tables, &[], false).is_err());
    assert!(read(tables, &[], true).is_ok());
}

#[test]
fn redis_is_named_by_its_url_and_its_password_is_nowhere() {
    let quota = [("MAX_TOKENS_PER_MIN", "5")];
    let of = |more: &[(&str, &str)]| read("", &[&quota, more].concat(), false);
    let redis = of(&[("REDIS_URL", "rediss://me:hunter2@h:7000/3")]).unwrap();
    assert!(!format!("{redis:?}").contains("hunter2"));
    let redis = redis.quota.unwrap().redis.unwrap();
    assert_eq!(redis.shown, "rediss://h:7000/3");
    assert_eq!(redis.fail, QuotaFail::Closed);
    assert_eq!(&*redis.url, "rediss://me:hunter2@h:7000/3");
    let open = of(&[("REDIS_URL", "redis://h"), ("QUOTA_FAIL", "open")]);
    let open = open.unwrap().quota.unwrap().redis.unwrap();
    assert_eq!(
        (&*open.shown, open.fail),
        ("redis://h:6379/0", QuotaFail::Open)
    );
    for bad in [
        "hunter2",
        "http://h",
        "redis://",
        "redis://h/hunter2",
        "rediss://h/#insecure",
        "redis://:hunter2/x@h",
        "redis://h?protocol=hunter2",
    ] {
        let faults = of(&[("REDIS_URL", bad)]).unwrap_err();
        assert_eq!(faults.len(), 1, "{bad}: {faults:?}");
        assert!(!faults[0].contains("hunter2"), "{faults:?}");
    }
}

#[test]
fn what_does_nothing_is_told() {
    let idle = read("", &[("REDIS_URL", "redis://h")], false).unwrap();
    assert!(idle.quota.is_none());
    assert!(
        idle.warnings[0].starts_with("REDIS_URL"),
        "{:?}",
        idle.warnings
    );
    let strict = [("REDIS_URL", "redis://h"), ("STRICT_CONFIG", "true")];
    assert!(read("", &strict, false).is_err());
    assert!(read("", &[("QUOTA_FAIL", "open")], false).is_err());
}
