//! A JSON object whose members are known to be different from each other.

use std::{borrow::Cow, collections::BTreeSet};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, MapAccess, SeqAccess, Visitor},
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

    /// The member `name` as text, or as it is written where it is no string.
    pub(in crate::domain) fn raw_text(&self, name: &str) -> Option<String> {
        let raw = self.raw(name)?.get();
        Some(serde_json::from_str(raw).unwrap_or_else(|_| raw.to_owned()))
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
        let members = Self(deserializer.deserialize_map(All)?);
        let mut names: Vec<&str> = members.names().collect();
        names.sort_unstable();
        let is_twice = names.windows(2).any(|pair| pair[0] == pair[1]);
        if is_twice || !members.0.iter().all(|(_, value)| is_strict(value)) {
            return Err(D::Error::custom("a member stands twice"));
        }
        Ok(members)
    }
}

/// Whether no member stands twice in what is inside `value`, to the depth that
/// serde_json allows.
fn is_strict(value: &RawValue) -> bool {
    let text = value.get();
    !text.starts_with(['{', '[']) || serde_json::from_str::<Strict>(text).is_ok()
}

/// Any JSON in which no member stands twice.
struct Strict;

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Self;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self, M::Error> {
        let mut names = BTreeSet::new();
        while let Some((Name(name), Self)) = map.next_entry::<Name<'de>, _>()? {
            if !names.insert(name) {
                return Err(M::Error::custom("a member stands twice"));
            }
        }
        Ok(self)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut values: S) -> Result<Self, S::Error> {
        while let Some(Self) = values.next_element()? {}
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }
}
