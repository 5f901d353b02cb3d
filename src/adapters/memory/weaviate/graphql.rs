//! Filters and queries, in the two languages that Weaviate reads them in: GraphQL
//! to find, JSON to delete.

use serde_json::{Value, json};

use crate::domain::time::UnixMillis;

/// A string as GraphQL reads it: nothing in it ends it. JSON's form is one of
/// GraphQL's, which takes no control character as it is.
pub(super) fn text(value: &str) -> String {
    Value::from(value).to_string()
}

/// How a property is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Is {
    Equal,
    Below,
    Above,
    From,
}

impl Is {
    fn word(self) -> &'static str {
        match self {
            Self::Equal => "Equal",
            Self::Below => "LessThan",
            Self::Above => "GreaterThan",
            Self::From => "GreaterThanEqual",
        }
    }
}

/// What an object must be to be found. Names of properties are letters, digits and
/// `_`: the class was read so.
#[derive(Clone, Debug)]
pub(super) enum Where {
    /// All of these; there must be one at least.
    All(Vec<Self>),
    /// Any of these; there must be one at least.
    Any(Vec<Self>),
    /// A text property, or the id as `_id`.
    Text(String, Is, String),
    /// A date.
    Moment(String, Is, UnixMillis),
}

impl Where {
    /// A text that is this one, as far as Weaviate compares.
    pub(super) fn equal(property: &str, value: &str) -> Self {
        Self::Text(property.to_owned(), Is::Equal, value.to_owned())
    }

    /// As an argument of a GraphQL query.
    pub(super) fn graphql(&self) -> String {
        match self {
            Self::All(each) => joined("And", each),
            Self::Any(each) => joined("Or", each),
            Self::Text(property, is, value) => leaf(property, *is, "valueText", value),
            Self::Moment(property, is, at) => leaf(property, *is, "valueDate", &at.rfc3339()),
        }
    }

    /// As the `where` of a batch delete.
    pub(super) fn json(&self) -> Value {
        let all = |operator: &str, each: &[Self]| {
            let operands: Vec<_> = each.iter().map(Self::json).collect();
            json!({ "operator": operator, "operands": operands })
        };
        match self {
            Self::All(each) => all("And", each),
            Self::Any(each) => all("Or", each),
            Self::Text(property, is, value) => {
                json!({ "path": [property], "operator": is.word(), "valueText": value })
            }
            Self::Moment(property, is, at) => {
                json!({ "path": [property], "operator": is.word(), "valueDate": at.rfc3339() })
            }
        }
    }
}

fn joined(operator: &str, each: &[Where]) -> String {
    let operands: Vec<_> = each.iter().map(Where::graphql).collect();
    format!("{{operator:{operator},operands:[{}]}}", operands.join(","))
}

fn leaf(property: &str, is: Is, kind: &str, value: &str) -> String {
    let (path, word, value) = (text(property), is.word(), text(value));
    format!("{{path:[{path}],operator:{word},{kind}:{value}}}")
}

/// Whether a name can stand in a query as it is.
pub(super) fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    let first = chars.next();
    first.is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.len() <= 231
        && !matches!(name, "_additional" | "_id" | "id")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads a GraphQL string as its grammar has it, and gives what follows it.
    fn read(query: &str) -> Option<(String, &str)> {
        let mut rest = query.strip_prefix('"')?;
        let mut value = String::new();
        loop {
            let c = rest.chars().next()?;
            rest = &rest[c.len_utf8()..];
            match c {
                '"' => return Some((value, rest)),
                '\\' => {
                    let escape = rest.chars().next()?;
                    rest = &rest[escape.len_utf8()..];
                    value.push(match escape {
                        '"' | '\\' | '/' => escape,
                        'b' => '\u{8}',
                        'f' => '\u{c}',
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        'u' => {
                            let code = u32::from_str_radix(rest.get(..4)?, 16).ok()?;
                            rest = &rest[4..];
                            char::from_u32(code)?
                        }
                        _ => return None,
                    });
                }
                // No SourceCharacter, or a line's end.
                c if c < ' ' => return None,
                c => value.push(c),
            }
        }
    }

    #[test]
    fn hostile_strings_stay_strings() {
        for hostile in [
            "\"}) { Get { Other { x } } } #",
            "\\\"",
            "\\",
            "\"\"\"",
            "a\nb\r\u{0}\u{1b}\u{7f}",
            "\u{2028}\u{feff}😀",
            "auth0|a",
            "",
        ] {
            let encoded = text(hostile);
            assert_eq!(
                read(&encoded),
                Some((hostile.to_owned(), "")),
                "{hostile:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_string_is_read_as_it_was_and_to_its_end(value: String, after in "\\PC{0,9}") {
            let query = format!("{}{after}", text(&value));
            prop_assert_eq!(read(&query), Some((value, &*after)));
        }

        #[test]
        fn a_filter_is_the_same_in_both_languages(value: String, at in 0_i64..4_000_000_000_000) {
            let filter = Where::All(vec![
                Where::equal("owner", &value),
                Where::Any(vec![Where::Moment("timestamp".into(), Is::Below, UnixMillis(at))]),
            ]);
            let graphql = filter.graphql();
            let value = text(&value);
            let at = UnixMillis(at).rfc3339();
            prop_assert_eq!(graphql, format!(
                "{{operator:And,operands:[{{path:[\"owner\"],operator:Equal,valueText:{value}}},\
                 {{operator:Or,operands:[{{path:[\"timestamp\"],operator:LessThan,valueDate:\"{at}\"}}]}}]}}"
            ));
            let json = filter.json();
            prop_assert_eq!(json["operands"][0]["valueText"].to_string(), value);
            prop_assert_eq!(&json["operands"][1]["operands"][0]["valueDate"], &Value::from(at));
        }

        #[test]
        fn only_plain_names_are_names(name in "\\PC{0,12}") {
            let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            prop_assert!(!is_name(&name) || is_plain);
        }
    }
}
