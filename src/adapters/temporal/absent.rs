//! What stands for Temporal in a program that was built without it. There is never one:
//! whatever is said of Temporal stops the start.

use std::{io, time::Duration};

use super::{Ending, Order, TraceStep, Traced, Trouble, Unstarted};
use crate::{
    config::TemporalConfig,
    domain::{id::TaskId, task::TaskState},
};

/// Nothing.
#[derive(Clone, Debug)]
pub enum Temporal {}

impl Temporal {
    /// Never works.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn start(_: &TemporalConfig) -> io::Result<Self> {
        let why = "this program was built without Temporal (cargo feature temporal)";
        Err(io::Error::new(io::ErrorKind::Unsupported, why))
    }

    /// Cannot be asked.
    pub fn away(&self) -> Option<String> {
        match *self {}
    }

    /// Cannot be asked.
    pub async fn changed(&self) {
        match *self {}
    }

    /// Cannot be asked.
    ///
    /// # Errors
    ///
    /// None.
    pub async fn start_workflow(&self, _: Order<'_>) -> Result<bool, Trouble> {
        match *self {}
    }

    /// Cannot be asked.
    ///
    /// # Errors
    ///
    /// None.
    pub async fn start_task(&self, _: &Unstarted, _: Duration) -> Result<bool, Trouble> {
        match *self {}
    }

    /// Cannot be asked.
    ///
    /// # Errors
    ///
    /// None.
    pub async fn look_at_task(&self, _: &Unstarted) -> Result<Option<Ending>, Trouble> {
        match *self {}
    }

    /// Cannot be told.
    ///
    /// # Errors
    ///
    /// None.
    pub async fn cancel_task(&self, _: TaskId, _: Option<i64>) -> Result<(), Trouble> {
        match *self {}
    }

    /// Cannot be told.
    ///
    /// # Errors
    ///
    /// None.
    pub async fn trace(
        &self,
        _: &Traced,
        _: (Vec<TraceStep>, TaskState),
        _: bool,
        _: Duration,
    ) -> Result<(), Trouble> {
        match *self {}
    }

    /// Cannot be asked.
    ///
    /// # Errors
    ///
    /// None.
    pub async fn look(&self, _: TaskId) -> Result<Option<Ending>, Trouble> {
        match *self {}
    }

    /// Cannot be asked.
    ///
    /// # Errors
    ///
    /// None.
    pub async fn cancel(&self, _: TaskId) -> Result<bool, Trouble> {
        match *self {}
    }

    /// Cannot be asked.
    ///
    /// # Errors
    ///
    /// None.
    pub async fn terminate(&self, _: TaskId, _: &str) -> Result<(), Trouble> {
        match *self {}
    }
}
