//! Numbers of PostgreSQL's advisory locks: the class is ours, and within it
//! [`Part`](super::sole::Part)s begin at 1, [`Order`](super::order::Order)s at 11, and
//! whoever moves a file has [`MOVE`].

/// The first of two numbers. The triggers of migrations/postgres know it as well.
pub(in crate::adapters) const CLASS: i32 = 1_635_021_921;

/// Rows are brought from a file.
pub(in crate::adapters) const MOVE: i32 = 70;
