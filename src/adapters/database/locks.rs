//! Numbers of PostgreSQL's advisory locks: the class is ours, and within it
//! [`Part`](super::sole::Part)s begin at 1 and [`Order`](super::order::Order)s at 11.

/// The first of two numbers. The triggers of migrations/postgres know it as well.
pub(super) const CLASS: i32 = 1_635_021_921;
