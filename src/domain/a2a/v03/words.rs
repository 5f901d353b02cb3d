//! States and roles by their names in 0.3, beside those of 1.0.

use serde_json::Value;

use super::Dialect;

/// 1.0, JSON-RPC of 0.3, ProtoJSON of 0.3.
const STATES: [[&str; 3]; 9] = [
    [
        "TASK_STATE_UNSPECIFIED",
        "unknown",
        "TASK_STATE_UNSPECIFIED",
    ],
    ["TASK_STATE_SUBMITTED", "submitted", "TASK_STATE_SUBMITTED"],
    ["TASK_STATE_WORKING", "working", "TASK_STATE_WORKING"],
    ["TASK_STATE_COMPLETED", "completed", "TASK_STATE_COMPLETED"],
    ["TASK_STATE_FAILED", "failed", "TASK_STATE_FAILED"],
    ["TASK_STATE_CANCELED", "canceled", "TASK_STATE_CANCELLED"],
    [
        "TASK_STATE_INPUT_REQUIRED",
        "input-required",
        "TASK_STATE_INPUT_REQUIRED",
    ],
    ["TASK_STATE_REJECTED", "rejected", "TASK_STATE_REJECTED"],
    [
        "TASK_STATE_AUTH_REQUIRED",
        "auth-required",
        "TASK_STATE_AUTH_REQUIRED",
    ],
];
const ROLES: [[&str; 3]; 2] = [
    ["ROLE_USER", "user", "ROLE_USER"],
    ["ROLE_AGENT", "agent", "ROLE_AGENT"],
];

/// A state that is told.
pub(super) fn told_state(dialect: Dialect, state: &Value) -> Value {
    told(&STATES, dialect, state)
}

/// A role that is told.
pub(super) fn told_role(dialect: Dialect, role: &Value) -> Value {
    told(&ROLES, dialect, role)
}

/// A state that is asked for; what is none stays as it is, and is refused.
pub(super) fn asked_state(dialect: Dialect, state: Value) -> Value {
    asked(&STATES, dialect, state)
}

/// A role that is written; what is none stays as it is, and is refused.
pub(super) fn asked_role(dialect: Dialect, role: Value) -> Value {
    let is_other = dialect == Dialect::Rpc && ROLES.iter().all(|row| role != row[1]);
    // JSON-RPC of 0.3 does not know what 1.0 would take here.
    if is_other {
        Value::Null
    } else {
        asked(&ROLES, dialect, role)
    }
}

fn column(dialect: Dialect) -> usize {
    match dialect {
        Dialect::Rpc => 1,
        Dialect::Rest(_) => 2,
    }
}

fn told(words: &[[&str; 3]], dialect: Dialect, word: &Value) -> Value {
    let row = words.iter().find(|row| word == row[0]);
    row.map_or(word.clone(), |row| row[column(dialect)].into())
}

fn asked(words: &[[&str; 3]], dialect: Dialect, word: Value) -> Value {
    let row = words.iter().find(|row| word == row[column(dialect)]);
    row.map_or(word, |row| row[0].into())
}
