//! What Temporal must know before attributes can be used.

use std::collections::HashMap;

use temporalio_client::grpc::OperatorService;
use temporalio_common::protos::temporal::api::{
    enums::v1::IndexedValueType as Kind,
    operatorservice::v1::{AddSearchAttributesRequest, ListSearchAttributesRequest},
};
use tonic::Code;

use super::{Temporal, call};
use crate::{Fault, STATE_ATTRIBUTE, USER_ATTRIBUTE};

const NAMES: [&str; 2] = [USER_ATTRIBUTE, STATE_ATTRIBUTE];

/// What a setup found and made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// The namespace, which exists: setups of a namespace that does not fail.
    pub namespace: String,
    /// Each search attribute, and whether it was made just now.
    pub attributes: Vec<(&'static str, Made)>,
}

/// Whether something had to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// It was there before.
    Before,
    /// It was made now.
    Now,
}

impl Temporal {
    /// Registers the two search attributes where they are missing. Harmless to repeat.
    ///
    /// # Errors
    ///
    /// [`Fault::Refused`] when one of them exists with another type; away, too, where we
    /// may not.
    pub async fn setup(&self) -> Result<Setup, Fault> {
        let there = self.listed().await?;
        let mut attributes = Vec::new();
        let mut missing = HashMap::new();
        for name in NAMES {
            let made = if is_there(&there, name)? {
                Made::Before
            } else {
                Made::Now
            };
            if made == Made::Now {
                missing.insert(name.to_owned(), Kind::Keyword.into());
            }
            attributes.push((name, made));
        }
        if !missing.is_empty() {
            self.add(missing).await?;
        }
        let namespace = self.settings().namespace.clone();
        Ok(Setup {
            namespace,
            attributes,
        })
    }

    /// Whether workflows may be given [`Attributes`](crate::Attributes). A server needs
    /// some seconds after a setup until every start may have them.
    ///
    /// # Errors
    ///
    /// When Temporal cannot be asked.
    pub async fn attributes_are_registered(&self) -> Result<bool, Fault> {
        let there = self.listed().await?;
        let is_keyword = |name| there.get(name) == Some(&Kind::Keyword.into());
        Ok(NAMES.into_iter().all(is_keyword))
    }

    async fn listed(&self) -> Result<HashMap<String, i32>, Fault> {
        let namespace = self.settings().namespace.clone();
        let request = call::briefly(ListSearchAttributesRequest { namespace });
        let mut connection = self.connection()?;
        match connection.list_search_attributes(request).await {
            Ok(answer) => Ok(answer.into_inner().custom_attributes),
            Err(status) => Err(self.fault("list search attributes", &status)),
        }
    }

    async fn add(&self, search_attributes: HashMap<String, i32>) -> Result<(), Fault> {
        let namespace = self.settings().namespace.clone();
        let request = AddSearchAttributesRequest {
            search_attributes,
            namespace,
        };
        let mut connection = self.connection()?;
        match connection
            .add_search_attributes(call::briefly(request))
            .await
        {
            Ok(_) => Ok(()),
            // Another setup was faster.
            Err(status) if status.code() == Code::AlreadyExists => Ok(()),
            Err(status) => Err(self.fault("register search attributes", &status)),
        }
    }
}

fn is_there(there: &HashMap<String, i32>, name: &str) -> Result<bool, Fault> {
    match there.get(name).map(|kind| Kind::try_from(*kind)) {
        None => Ok(false),
        Some(Ok(Kind::Keyword)) => Ok(true),
        Some(_) => Err(Fault::Refused(format!(
            "the search attribute {name} exists and is no Keyword: remove it, or use another namespace"
        ))),
    }
}
