//! Inputs made with the grammar in mind.

use bolero::{TypeGenerator, produce};

use crate::b64;

/// Names that mean something in a header, in claims or in a key.
const NAMES: [&str; 34] = [
    "alg", "kid", "typ", "ucv", "crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "enc", "cty",
    "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "scp", "cnf", "act", "idp",
    "task_id", "session", "kty", "crv", "use", "key_ops", "n", "x", "y",
];
/// Values that mean something under one of them.
const VALUES: [&str; 26] = [
    "\"RS256\"",
    "\"ES256\"",
    "\"EdDSA\"",
    "\"ES256K\"",
    "\"ES384\"",
    "\"EIP191\"",
    "\"ES256K-R\"",
    "\"none\"",
    "\"JWT\"",
    "\"application/AT+JWT\"",
    "\"did+jwt\"",
    "\"#controller\"",
    "\"P-256\"",
    "\"Ed25519\"",
    "\"EC\"",
    "\"OKP\"",
    "\"RSA\"",
    "\"sig\"",
    "[\"verify\"]",
    "\"chat:run admin\"",
    "[\"us\",\"them\"]",
    "{\"sub\":\"a\",\"act\":{\"sub\":\"b\"}}",
    "\"\"",
    "[]",
    "{}",
    "\"us\"",
];
/// JSON that readers disagree about.
const ODD: [&str; 16] = [
    "1e999",
    "-0",
    "-0.0",
    "1E400",
    "99999999999999999999",
    "253402300799",
    "253402300800",
    "253402300799.5",
    "0.9999999999999999999",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "\"a\\u0007b\"",
    "\"\\ud83d\\ude00\"",
    "null",
    "\"did:key:z\"",
    "[[[[[[[[]]]]]]]]",
];

/// The name of a member.
#[derive(Clone, Debug, TypeGenerator)]
pub enum Name {
    Known(u8),
    /// The same, one letter written as an escape.
    Escaped(u8),
    Free(char),
}

/// The value of a member.
#[derive(Clone, Debug, TypeGenerator)]
pub enum Value {
    Known(u8),
    Odd(u8),
    Flag(bool),
    Time(u16),
    Whole(i64),
    Real(f64),
    Text(#[generator(produce::<String>().with().len(0usize..=300))] String),
    Texts(#[generator(produce::<Vec<u8>>().with().len(0usize..=4))] Vec<u8>),
    Bytes(#[generator(produce::<Vec<u8>>().with().len(0usize..=70))] Vec<u8>),
    Deep(u8),
}

/// A change to an object that was good.
#[derive(Clone, Debug, TypeGenerator)]
pub enum Edit {
    Put(Name, Value),
    /// Beside one that may be there already.
    Add(Name, Value),
    Drop(Name),
}

/// A change to a text that was good.
#[derive(Clone, Debug, TypeGenerator)]
pub enum Bend {
    None,
    None2,
    Replace(u16, char),
    Insert(u16, char),
    Remove(u16),
    Cut(u16),
    Double(u16),
}

/// Up to three edits; often none.
#[derive(Clone, Debug, TypeGenerator)]
pub struct Edits(#[generator(produce::<Vec<Edit>>().with().len(0usize..=3))] pub Vec<Edit>);

impl Name {
    fn text(&self) -> String {
        let known = |at: &u8| NAMES[usize::from(*at) % NAMES.len()];
        match self {
            Self::Known(at) => known(at).to_owned(),
            Self::Escaped(at) => {
                let name = known(at);
                format!("\\u{:04x}{}", name.as_bytes()[0], &name[1..])
            }
            Self::Free(letter) => serde_json::json!(letter.to_string())
                .to_string()
                .trim_matches('"')
                .to_owned(),
        }
    }
}

impl Value {
    /// As JSON text.
    pub fn json(&self) -> String {
        let known = |at: &u8| VALUES[usize::from(*at) % VALUES.len()].to_owned();
        match self {
            Self::Known(at) => known(at),
            Self::Odd(at) => ODD[usize::from(*at) % ODD.len()].to_owned(),
            Self::Flag(flag) => flag.to_string(),
            Self::Time(time) => time.to_string(),
            Self::Whole(number) => number.to_string(),
            Self::Real(number) => serde_json::json!(number).to_string(),
            Self::Text(text) => serde_json::json!(text).to_string(),
            Self::Texts(all) => {
                format!("[{}]", all.iter().map(known).collect::<Vec<_>>().join(","))
            }
            Self::Bytes(bytes) => format!("\"{}\"", b64(bytes)),
            Self::Deep(levels) => {
                let levels = usize::from(*levels);
                format!("{}0{}", "{\"act\":".repeat(levels), "}".repeat(levels))
            }
        }
    }
}

impl Edits {
    /// `base`, an object as names and JSON values, after the edits.
    pub fn applied(&self, base: &[(&str, String)]) -> String {
        let named = |(name, value): &(&str, String)| ((*name).to_owned(), value.clone());
        let mut members: Vec<(String, String)> = base.iter().map(named).collect();
        for edit in &self.0 {
            match edit {
                Edit::Put(name, value) => {
                    let name = name.text();
                    members.retain(|(other, _)| *other != name);
                    members.push((name, value.json()));
                }
                Edit::Add(name, value) => members.push((name.text(), value.json())),
                Edit::Drop(name) => {
                    let name = name.text();
                    members.retain(|(other, _)| *other != name);
                }
            }
        }
        let member = |(name, value): &(String, String)| format!("\"{name}\":{value}");
        format!(
            "{{{}}}",
            members.iter().map(member).collect::<Vec<_>>().join(",")
        )
    }
}

impl Bend {
    /// `text` after it.
    pub fn applied(&self, text: String) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        let place = |at: &u16| usize::from(*at) % letters.len().max(1);
        match self {
            _ if letters.is_empty() => return text,
            Self::None | Self::None2 => return text,
            Self::Replace(at, letter) => {
                let at = place(at);
                letters[at] = *letter;
            }
            Self::Insert(at, letter) => letters.insert(place(at), *letter),
            Self::Remove(at) => drop(letters.remove(place(at))),
            Self::Cut(at) => letters.truncate(place(at)),
            Self::Double(at) => {
                let at = place(at);
                letters.insert(at, letters[at]);
            }
        }
        letters.into_iter().collect()
    }
}
