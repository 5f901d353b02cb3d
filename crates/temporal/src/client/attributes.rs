//! What a workflow can be found by.

use std::collections::HashMap;

use serde_json::{Map, Value};
use temporalio_common::protos::temporal::api::common::v1::{Memo, Payload, SearchAttributes};

use super::call;
use crate::{Fault, STATE_ATTRIBUTE, USER_ATTRIBUTE, payload};

/// The two search attributes. They may only be given once they are registered (see
/// [`Temporal::setup`](crate::Temporal::setup)): the start of a workflow with an unknown
/// attribute is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// Whose task it is.
    pub user: String,
    /// How it stands.
    pub state: String,
}

pub(super) fn search(attributes: Option<&Attributes>) -> Result<Option<SearchAttributes>, Fault> {
    let Some(Attributes { user, state }) = attributes else {
        return Ok(None);
    };
    let indexed_fields = HashMap::from([
        (USER_ATTRIBUTE.to_owned(), keyword(user)?),
        (STATE_ATTRIBUTE.to_owned(), keyword(state)?),
    ]);
    Ok(Some(SearchAttributes { indexed_fields }))
}

fn keyword(word: &str) -> Result<Payload, Fault> {
    let mut payload = payload::of(&word).map_err(call::unwritten)?;
    payload
        .metadata
        .insert("type".to_owned(), b"Keyword".to_vec());
    Ok(payload)
}

pub(super) fn memo(memo: &Map<String, Value>) -> Result<Option<Memo>, Fault> {
    let written = |(key, value): (&String, &Value)| Ok((key.clone(), payload::of(value)?));
    let fields = memo
        .iter()
        .map(written)
        .collect::<Result<HashMap<_, _>, _>>();
    let fields = fields.map_err(call::unwritten)?;
    Ok((!fields.is_empty()).then_some(Memo { fields }))
}
