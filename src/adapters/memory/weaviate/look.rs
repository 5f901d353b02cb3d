//! What stands at Weaviate, for whoever sets the gateway up.

use super::{api::Api, fault::Fault, found};
use crate::config::WeaviateConfig;

/// What is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Weaviate's version.
    pub version: String,
    /// The class: `None` if it is not there, else where it differs from ours.
    pub class: Option<Vec<String>>,
    /// Whether the class was made by a gateway.
    pub is_ours: bool,
}

/// Looks, and makes nothing.
///
/// # Errors
///
/// It cannot be reached, refuses the key, or has a class that cannot be used.
pub async fn look(config: &WeaviateConfig) -> Result<Look, Fault> {
    let api = Api::new(config).map_err(|error| Fault::of(&error))?;
    let meta = api.get("/v1/meta").await?;
    let version = meta.as_ref().and_then(|meta| meta["version"].as_str());
    let version = version.ok_or_else(|| Fault::Junk("it says no version".to_owned()))?;
    let class = found(&api).await?;
    Ok(Look {
        version: version
            .chars()
            .filter(|c| c.is_ascii_graphic())
            .take(40)
            .collect(),
        is_ours: class.as_ref().is_some_and(|class| class.is_ours),
        class: class.map(|class| {
            let missing = class.missing().count();
            let missing = (missing > 0).then(|| format!("{missing} properties are to be added"));
            class.differences.into_iter().chain(missing).collect()
        }),
    })
}
