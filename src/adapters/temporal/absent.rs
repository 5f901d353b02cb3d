//! What stands for Temporal in a program that was built without it. There is never one:
//! whatever is said of Temporal stops the start.

use std::{io, time::Duration};

use super::{Ending, Order, TraceStep, Traced, Trouble, Unstarted};
use crate::{
    config::TemporalConfig,
    domain::{id::TaskId, task::TaskState},
};

const WITHOUT: &str = "this program was built without Temporal (cargo feature temporal)";

/// Nothing: none is ever made.
#[derive(Clone, Debug)]
pub struct Temporal(());

pub(super) fn refused<T>() -> Result<T, Trouble> {
    Err(Trouble::Refused(WITHOUT.to_owned()))
}

impl Temporal {
    /// Never works.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn start(_: &TemporalConfig) -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, WITHOUT))
    }

    /// Cannot be asked.
    pub fn away(&self) -> Option<String> {
        Some(WITHOUT.to_owned())
    }

    /// Cannot be asked.
    pub async fn changed(&self) {
        std::future::pending().await
    }

    /// Cannot be asked.
    ///
    /// # Errors
    ///
    /// Always.
    pub async fn start_workflow(&self, _: Order<'_>) -> Result<bool, Trouble> {
        refused()
    }

    /// Cannot be asked.
    ///
    /// # Errors
    ///
    /// Always.
    pub async fn start_task(&self, _: &Unstarted, _: Duration) -> Result<bool, Trouble> {
        refused()
    }

    /// Cannot be asked.
    ///
    /// # Errors
    ///
    /// Always.
    pub async fn look_at_task(&self, _: &Unstarted) -> Result<Option<Ending>, Trouble> {
        refused()
    }

    /// Cannot be told.
    ///
    /// # Errors
    ///
    /// Always.
    pub async fn cancel_task(&self, _: TaskId, _: Option<i64>) -> Result<(), Trouble> {
        refused()
    }

    /// Cannot be told.
    ///
    /// # Errors
    ///
    /// Always.
    pub async fn trace(
        &self,
        _: &Traced,
        _: (Vec<TraceStep>, TaskState),
        _: bool,
        _: Duration,
    ) -> Result<(), Trouble> {
        refused()
    }

    /// Cannot be asked.
    ///
    /// # Errors
    ///
    /// Always.
    pub async fn look(&self, _: TaskId) -> Result<Option<Ending>, Trouble> {
        refused()
    }

    /// Cannot be asked.
    ///
    /// # Errors
    ///
    /// Always.
    pub async fn cancel(&self, _: TaskId) -> Result<bool, Trouble> {
        refused()
    }

    /// Cannot be asked.
    ///
    /// # Errors
    ///
    /// Always.
    pub async fn terminate(&self, _: TaskId, _: &str) -> Result<(), Trouble> {
        refused()
    }
}
