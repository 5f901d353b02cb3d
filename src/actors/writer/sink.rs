//! Where batches go.

use std::fmt::Display;

use crate::{
    adapters::{
        database::WriteError,
        memory::access::{Access, AccessTable},
        usage::UsageTable,
    },
    domain::usage::UsageRecord,
};

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its rows are on disk.
    Written,
    /// There is no room for it, and there is no waiting for some.
    LetGo,
}

/// Where a batch goes.
pub trait Sink: Clone + Unpin + 'static {
    /// What is written.
    type Item: Send + Unpin + 'static;
    /// Why it could not be.
    type Error: Display;
    /// Writes a batch, whole or not at all; again, it writes it once. After an
    /// error it is tried again, until it has a fate.
    fn write(&self, batch: &[Self::Item]) -> impl Future<Output = Result<Fate, Self::Error>>;
}

/// Notes make room for what matters more.
impl Sink for AccessTable {
    type Item = Access;
    type Error = WriteError;

    async fn write(&self, batch: &[Access]) -> Result<Fate, WriteError> {
        match Self::write(self, batch).await {
            Ok(()) => Ok(Fate::Written),
            Err(error) if error.is_full() => Ok(Fate::LetGo),
            Err(error) => Err(error),
        }
    }
}

/// Usage records are bills: none is let go.
impl Sink for UsageTable {
    type Item = UsageRecord;
    type Error = WriteError;

    async fn write(&self, batch: &[UsageRecord]) -> Result<Fate, WriteError> {
        Self::write(self, batch).await.map(|()| Fate::Written)
    }
}
