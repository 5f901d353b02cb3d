//! What people may spend, and where it is added up.

use super::{Finding, State, finding};
use crate::{
    adapters::quota::redis::Redis,
    config::{Config, QuotaConfig, QuotaFail, RedisConfig},
    domain::quota::{Pattern, Rule, Who},
};

/// How much everyone has, then a row a limit, then one of Redis.
pub(super) async fn quota(config: &Config) -> Vec<Finding> {
    let Some(quota) = &config.quota else {
        let why = "MAX_TOKENS_PER_MIN is not set";
        return vec![finding("quota", State::Off, why)];
    };
    let usual = usize::from(quota.limits.has_usual());
    let rules = quota.limits.rules();
    let (all, rest) = rules.split_at(usual);
    let detail = match all {
        [rule] => amount(rule),
        _ => "MAX_TOKENS_PER_MIN is not set: those no limit names may spend anything".to_owned(),
    };
    let mut findings = vec![finding("quota", State::On, detail)];
    findings.extend(rest.iter().map(|rule| {
        let what = format!("limit {}", rule.name);
        finding(what, State::On, format!("{}; {}", amount(rule), whom(rule)))
    }));
    if let Some(shared) = &quota.redis {
        findings.push(redis(quota, shared).await);
    }
    findings
}

fn amount(rule: &Rule) -> String {
    let secs = rule.limit.window_ms / 1000;
    format!("{} tokens in {secs} s", rule.limit.tokens)
}

/// For whom and what it is.
fn whom(rule: &Rule) -> String {
    let model = rule.model.as_ref().map(|model| match model {
        Pattern::Exact(name) => format!("model {name}"),
        Pattern::Prefix(start) => format!("models {start}*"),
    });
    let scope = rule.scope.map(|scope| format!("scope {}", scope.name()));
    let issuer = rule.issuer.as_ref().map(|who| match who {
        Who::Issuer(url) => format!("issuer {url}"),
        Who::Dids => "DIDs".to_owned(),
    });
    let user = rule.user.as_ref().map(|user| format!("user {user}"));
    let parts: Vec<_> = [model, scope, issuer, user].into_iter().flatten().collect();
    parts.join(", ")
}

async fn redis(quota: &QuotaConfig, shared: &RedisConfig) -> Finding {
    let (what, at) = ("redis", &shared.shown);
    let redis = match Redis::new(&shared.url, quota.limits.clone()) {
        Ok(redis) => redis,
        Err(error) => return finding(what, State::Fault, format!("{at}: {error}")),
    };
    if redis.connect().await.is_ok() {
        return finding(what, State::Ok, at);
    }
    let why = redis.trouble().unwrap_or_default();
    match shared.fail {
        QuotaFail::Closed => {
            let detail = format!("{at}: {why}; calls are answered 503 until it is there");
            finding(what, State::Fault, detail)
        }
        QuotaFail::Open => {
            let detail = format!("{at}: {why}; calls go on and are charged later");
            finding(what, State::Warning, detail)
        }
    }
}
