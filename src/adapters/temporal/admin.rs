//! What an operator asks of Temporal: whether it is as the gateway needs it.

use std::time::Duration;

#[cfg(not(feature = "temporal"))]
use super::link::refused;
use super::{Temporal, Trouble};

/// What a setup found or made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// The namespace, which was there.
    pub namespace: String,
    /// Each search attribute, and whether it was made just now.
    pub attributes: Vec<(&'static str, bool)>,
}

#[cfg(feature = "temporal")]
impl Temporal {
    /// Waits for a connection, `within` at most.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub async fn connected(&self, within: Duration) -> Result<(), Trouble> {
        Ok(self.inner.connected(within).await?)
    }

    /// Registers the search attributes that are missing. Harmless to repeat.
    ///
    /// # Errors
    ///
    /// One of them is there with another type; we may not; Temporal cannot be asked.
    pub async fn setup(&self) -> Result<Setup, Trouble> {
        let setup = self.inner.setup().await?;
        let made = |(name, made)| (name, made == attach_temporal::Made::Now);
        Ok(Setup {
            namespace: setup.namespace,
            attributes: setup.attributes.into_iter().map(made).collect(),
        })
    }

    /// Whether the search attributes are registered.
    ///
    /// # Errors
    ///
    /// Temporal cannot be asked.
    pub async fn is_set_up(&self) -> Result<bool, Trouble> {
        Ok(self.inner.attributes_are_registered().await?)
    }

    /// How many workers poll `queue`.
    ///
    /// # Errors
    ///
    /// Temporal cannot be asked.
    pub async fn pollers(&self, queue: &str) -> Result<usize, Trouble> {
        Ok(self.inner.pollers(queue).await?)
    }
}

#[cfg(not(feature = "temporal"))]
impl Temporal {
    /// Cannot be asked.
    ///
    /// # Errors
    ///
    /// Always.
    pub async fn connected(&self, _: Duration) -> Result<(), Trouble> {
        refused()
    }

    /// Cannot be asked.
    ///
    /// # Errors
    ///
    /// Always.
    pub async fn setup(&self) -> Result<Setup, Trouble> {
        refused()
    }

    /// Cannot be asked.
    ///
    /// # Errors
    ///
    /// Always.
    pub async fn is_set_up(&self) -> Result<bool, Trouble> {
        refused()
    }

    /// Cannot be asked.
    ///
    /// # Errors
    ///
    /// Always.
    pub async fn pollers(&self, _: &str) -> Result<usize, Trouble> {
        refused()
    }
}
