mod callers;
mod limits;
mod shared;

use super::*;

fn vars(pairs: &[(&str, &str)]) -> Vars {
    let base = [
        ("OIDC_ISSUER", "https://issuer.example"),
        ("OIDC_AUD", "us"),
    ];
    let all = base.iter().chain(pairs);
    all.map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
        .collect()
}

fn faults(pairs: &[(&str, &str)]) -> Vec<String> {
    let Faults(faults) = Config::read(&vars(pairs)).unwrap_err();
    faults.into_iter().map(|fault| fault.name).collect()
}

#[test]
fn durability_is_group_unless_it_is_strict() {
    let of = |word| Config::read(&vars(&[("USAGE_DURABILITY", word)])).map(|c| c.durability);
    assert_eq!(of("").unwrap(), Durability::Group);
    assert_eq!(of("group").unwrap(), Durability::Group);
    assert_eq!(of("strict").unwrap(), Durability::Strict);
    assert_eq!(
        faults(&[("USAGE_DURABILITY", "full")]),
        ["USAGE_DURABILITY"]
    );
}

#[test]
fn every_fault_is_told_at_once() {
    let wrong = [
        ("PORT", "eighty"),
        ("TASK_TTL", "soon"),
        ("AGENTS", "coder=ftp://x, chat=http://x"),
        ("MAX_TOKENS_PER_MIN", "0"),
        ("OIDC_ISSUER", "http://issuer.example"),
        ("ATTACH_NONSENSE", "1"),
        ("REDIS_URL", "http://x"),
        ("MEM_REDACT", "("),
    ];
    let mut found = faults(&wrong);
    found.sort();
    let mut expected: Vec<_> = wrong.iter().map(|(name, _)| *name).collect();
    expected.push("AGENTS");
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn a_fault_names_variable_value_and_remedy() {
    let error = Config::read(&vars(&[("PORT", "eighty")])).unwrap_err();
    let text =
        "the configuration is wrong:\n  PORT=\"eighty\": write a whole number from 0 to 65535";
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_secret_is_never_shown() {
    let error = Config::read(&vars(&[("ATTACH_SECRET", "hunter2")])).unwrap_err();
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn words_that_mean_unset_mean_no_quota() {
    for word in ["", "\"\"", "null", "None", "false", "infinite"] {
        let config = Config::read(&vars(&[("MAX_TOKENS_PER_MIN", word)])).unwrap();
        assert!(config.quota.is_none(), "{word:?}");
    }
}

#[test]
fn metering_without_a_quota_falls_back_loudly_or_stops_the_start() {
    let loud = Config::read(&vars(&[("USAGE_METERING", "prometheus")])).unwrap();
    assert_eq!(loud.metering, Metering::Null);
    assert_eq!(loud.warnings.len(), 1);
    let strict = [("USAGE_METERING", "prometheus"), ("STRICT_CONFIG", "true")];
    assert_eq!(faults(&strict), ["USAGE_METERING"]);
}

#[test]
fn without_an_issuer_the_way_in_is_named() {
    let Faults(faults) = Config::read(&Vars::new()).unwrap_err();
    assert_eq!(faults[0].name, "OIDC_ISSUER");
    assert!(faults[0].remedy.contains("attach-gateway dev"));
}
