//! The card as 0.3 knows it.

use a2a::AgentCard;
use serde_json::Value;

/// `card` as a client of 0.3 reads it.
///
/// # Errors
///
/// A number in it has no JSON form.
pub fn legacy(card: &AgentCard) -> serde_json::Result<Value> {
    serde_json::to_value(card)
}
