//! Tasks: the original's face over durable rows.

mod cancel;
mod events;
mod limits;
mod list;
mod send;
mod shared;
mod status;
mod targets;
mod tree;
mod tries;
