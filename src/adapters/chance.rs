//! Dice.

use uuid::Uuid;

/// A number in 0..1, so that those who failed together do not return together.
pub fn chance() -> f64 {
    (Uuid::new_v4().as_u128() as u32) as f64 / f64::from(u32::MAX)
}
