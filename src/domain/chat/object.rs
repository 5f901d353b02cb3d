//! A JSON object of which some members are read, in one pass.
//!
//! Engines disagree about names: one that is written in Go takes `Model` for `model`,
//! and of two the later. So a name that is one of ours but for its case is refused,
//! as one that is there twice: what is counted must be what the engine reads.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::{PeekError, member::Raw};

/// A struct of members as written, each [`Raw`], and `of`, which reads it.
macro_rules! members {
    ($(#[$doc:meta])* $vis:vis struct $name:ident { $($member:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Default)]
        $vis struct $name<'a> {
            $($vis $member: $crate::domain::chat::member::Raw<'a>,)*
        }

        impl<'a> $name<'a> {
            fn of(text: &'a str) -> Result<Self, $crate::domain::chat::PeekError> {
                let names = [$(stringify!($member)),*];
                let [$($member),*] = $crate::domain::chat::object::read(text, &names)?;
                Ok(Self { $($member),* })
            }
        }
    };
}
pub(super) use members;

/// The members of `text` that are called `names`, in that order.
pub(super) fn read<'a, const N: usize>(
    text: &'a str,
    names: &[&'static str; N],
) -> Result<[Raw<'a>; N], PeekError> {
    if !text.trim_ascii_start().starts_with('{') {
        let json = serde_json::from_str::<IgnoredAny>(text);
        return Err(json.map_or(PeekError::NotJson, |_| PeekError::NotObject));
    }
    let mut fault = PeekError::NotJson;
    let mut reader = serde_json::Deserializer::from_str(text);
    let object = Object {
        names,
        fault: &mut fault,
    };
    let read = reader.deserialize_map(object);
    let read = read.and_then(|members| reader.end().map(|()| members));
    read.map_err(|_| fault)
}

/// Takes the members out of an object; what is wrong beside its JSON is the fault.
struct Object<'n, const N: usize> {
    names: &'n [&'static str; N],
    fault: &'n mut PeekError,
}

impl<const N: usize> Object<'_, N> {
    fn refused<E: de::Error>(self, fault: PeekError) -> E {
        *self.fault = fault;
        E::custom(fault)
    }
}

impl<'de, const N: usize> Visitor<'de> for Object<'_, N> {
    type Value = [Raw<'de>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut members, mut seen) = ([None; N], [false; N]);
        while let Some(name) = map.next_key_seed(Name(self.names))? {
            match name {
                Known::No => _ = map.next_value::<IgnoredAny>()?,
                Known::Almost(name) => return Err(self.refused(PeekError::Miscased(name))),
                Known::At(at) if seen[at] => return Err(self.refused(PeekError::Repeated)),
                Known::At(at) => (members[at], seen[at]) = (map.next_value()?, true),
            }
        }
        Ok(members)
    }
}

/// Whether a name is one of those that are read.
enum Known {
    At(usize),
    Almost(&'static str),
    No,
}

struct Name<'n>(&'n [&'static str]);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Known;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<Known, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Known;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Known, E> {
        if let Some(at) = self.0.iter().position(|own| *own == name) {
            return Ok(Known::At(at));
        }
        let mut almost = self.0.iter().filter(|own| is_folded(name, own));
        Ok(almost.next().map_or(Known::No, |own| Known::Almost(own)))
    }
}

/// Whether `name` is `own`, which is of small letters, for a reader that cares for no
/// case. Unicode has two letters more that such a reader takes for one of ASCII.
fn is_folded(name: &str, own: &str) -> bool {
    let folded = name.chars().map(|letter| match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        other => other.to_ascii_lowercase(),
    });
    folded.eq(own.chars())
}
