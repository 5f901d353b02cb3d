//! What is left of the caller's quota.

use serde_json::{Value, json};

use crate::{
    actors::ledger::ReserveError,
    domain::quota::{DEFAULT, Rule, Standing},
    http::{State, caller::Caller},
};

/// The windows that hold for the caller, whichever model they ask for; null where
/// nothing does. Nothing is held by looking.
pub(super) async fn told(state: &State, caller: &Caller) -> Value {
    let Some(quota) = &state.quota else {
        return Value::Null;
    };
    let identity = &caller.identity;
    let Some(under) = quota.limits.of(&identity.owner, identity.scopes) else {
        return Value::Null;
    };
    let payer = state.auth.payer(&identity.owner);
    match quota.ledger.look(payer, under.clone()).await {
        Ok(standings) => {
            let rules = under.ids().iter().map(|id| quota.limits.rule(*id));
            let windows = rules.zip(&standings);
            let windows: Vec<_> = windows.map(|(rule, stands)| window(rule, stands)).collect();
            json!({ "windows": windows })
        }
        Err(error) => json!({ "windows": [], "away": away(&error) }),
    }
}

fn window(rule: &Rule, stands: &Standing) -> Value {
    let label = match (&*rule.name, &rule.model) {
        (DEFAULT, _) => "MAX_TOKENS_PER_MIN".to_owned(),
        (_, Some(pattern)) => pattern.to_string(),
        (name, None) => name.to_owned(),
    };
    json!({
        "name": rule.name,
        "label": label,
        "limit": stands.limit,
        "used": stands.limit.saturating_sub(stands.remaining),
        "left": stands.remaining,
        "window_secs": rule.limit.window_ms / 1000,
        "reset_ms": stands.reset_ms,
    })
}

fn away(error: &ReserveError) -> &'static str {
    match error {
        ReserveError::Gone => "the gateway is shutting down",
        _ => "Redis, where quotas are kept, cannot be asked now",
    }
}
