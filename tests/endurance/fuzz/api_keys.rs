//! `domain::api_key::ApiKey::parse`.

use attach_gateway::domain::api_key::{ApiKey, ID_CHARS, PREFIX, SECRET_CHARS};
use bolero::{TypeGenerator, check};

use crate::{b64, made::Bend, text};

#[derive(Clone, Debug, TypeGenerator)]
struct Made {
    id: [u8; ID_CHARS],
    secret: [u8; 32],
    bends: [Bend; 2],
}

impl Made {
    fn good(&self) -> String {
        let letter = |byte: &u8| {
            char::from(b"abcdefghijklmnopqrstuvwxyz0123456789"[usize::from(*byte) % 36])
        };
        let id: String = self.id.iter().map(letter).collect();
        format!("ak_{id}_{}", b64(self.secret))
    }
}

#[test]
fn api_key_text() {
    check!(name = "api_key_text")
        .with_max_len(100)
        .for_each(|bytes: &[u8]| holds(text(bytes)));
}

#[test]
fn api_key_made() {
    check!(name = "api_key_made")
        .with_type::<Made>()
        .for_each(|made| {
            let good = made.good();
            assert_eq!(ApiKey::parse(&good).map(|key| key.id()), Ok(&good[3..11]));
            let bent = made.bends[0].applied(good);
            holds(&bent);
            holds(&made.bends[1].applied(bent));
        });
}

/// Taken is what has the one shape, and all that has it.
fn holds(raw: &str) {
    let bytes = raw.as_bytes();
    let is_shaped = raw.len() == PREFIX.len() + ID_CHARS + 1 + SECRET_CHARS
        && raw.starts_with(PREFIX)
        && bytes[3..11]
            .iter()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9'))
        && bytes[11] == b'_'
        && bytes[12..]
            .iter()
            .all(|b| matches!(b, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-'));
    let key = ApiKey::parse(raw);
    assert_eq!(key.is_ok(), is_shaped);
    assert!(key.is_ok_and(|key| key.id() == &raw[3..11]) || !is_shaped);
}
