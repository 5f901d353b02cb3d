//! A JSON object whose members are known to be different from each other.

use std::borrow::Cow;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::Malformed;

/// The members of an object, values unread.
pub(in crate::domain) struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Members<'a> {
    /// Reads one object and nothing after it.
    pub(in crate::domain) fn parse(json: &'a str) -> Result<Self, Malformed> {
        serde_json::from_str(json).map_err(|_| Malformed)
    }

    /// What the members are called.
    pub(in crate::domain) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    pub(in crate::domain) fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// The member `name`, which must be a `T` where it is present.
    pub(in crate::domain) fn typed<T: DeserializeOwned>(
        &self,
        name: &str,
    ) -> Result<Option<T>, Malformed> {
        let read = |raw: &RawValue| serde_json::from_str(raw.get()).map_err(|_| Malformed);
        self.raw(name).map(read).transpose()
    }

    pub(in crate::domain) fn text(&self, name: &str) -> Result<Option<String>, Malformed> {
        self.typed(name)
    }

    fn raw(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, raw)| *raw)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut members = Vec::new();
                while let Some((Name(name), value)) = map.next_entry::<Name<'de>, _>()? {
                    members.push((name, value));
                }
                Ok(members)
            }
        }
        let members = deserializer.deserialize_map(All)?;
        let mut names: Vec<&str> = members.iter().map(|(name, _)| &**name).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(D::Error::custom("a member stands twice"));
        }
        Ok(Self(members))
    }
}
