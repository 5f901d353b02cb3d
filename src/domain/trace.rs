//! Where a call belongs among others: W3C Trace Context, as headers carry it.

use std::{fmt, sync::Arc};

/// The longest `tracestate` that is passed on, in bytes.
const MOST_STATE: usize = 512;
/// Vendors in a `tracestate`, at most.
const MOST_MEMBERS: usize = 32;
/// The longest name or value of one vendor, in bytes.
const MOST_PART: usize = 256;

/// A call's place: its trace, and the span that is the parent of what it causes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Names the trace; not all zeros.
    pub trace_id: [u8; 16],
    /// Names the parent; not all zeros.
    pub span_id: [u8; 8],
    /// Bit 0 says that the caller keeps it.
    pub flags: u8,
    state: Option<Arc<str>>,
}

impl Trace {
    /// The place that spans were given.
    pub fn new(trace_id: [u8; 16], span_id: [u8; 8], flags: u8, state: &str) -> Self {
        Self {
            trace_id,
            span_id,
            flags,
            state: (!state.is_empty()).then(|| state.into()),
        }
    }

    /// What the headers `traceparent` and `tracestate` say, each as often as it is
    /// there. What is malformed counts as absent: a `tracestate` for itself, a
    /// `traceparent` with all.
    pub fn read<'a>(
        mut parents: impl Iterator<Item = &'a [u8]>,
        states: impl Iterator<Item = &'a [u8]>,
    ) -> Option<Self> {
        let (parent, second) = (parents.next()?, parents.next());
        let (trace_id, span_id, flags) = parent_of(parent).filter(|_| second.is_none())?;
        Some(Self {
            trace_id,
            span_id,
            flags,
            state: state_of(states),
        })
    }

    /// The value of `tracestate`, if there is one.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

/// The value of `traceparent`.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (trace, span) = (u128::from_be_bytes(self.trace_id), self.span_id);
        let span = u64::from_be_bytes(span);
        write!(f, "00-{trace:032x}-{span:016x}-{:02x}", self.flags)
    }
}

/// `00-<trace>-<span>-<flags>`; what versions after 00 add is left out.
fn parent_of(value: &[u8]) -> Option<([u8; 16], [u8; 8], u8)> {
    let (head, tail) = value.split_at_checked(55)?;
    let [version] = hex(&head[..2])?;
    let is_whole = tail.is_empty() || version > 0 && tail[0] == b'-';
    let dashes = [head[2], head[35], head[52]] == *b"---";
    if version == 0xff || !is_whole || !dashes {
        return None;
    }
    let (trace, span) = (hex(&head[3..35])?, hex(&head[36..52])?);
    let [flags] = hex(&head[53..])?;
    (trace != [0; 16] && span != [0; 8]).then_some((trace, span, flags))
}

/// Lower case only, as the specification wants it.
fn hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

/// The entries of all headers as one list.
fn state_of<'a>(values: impl Iterator<Item = &'a [u8]>) -> Option<Arc<str>> {
    let mut names: Vec<&str> = Vec::new();
    let mut list = String::new();
    for value in values {
        let members = str::from_utf8(value).ok()?.split(',').map(str::trim);
        for member in members.filter(|member| !member.is_empty()) {
            let (name, of) = member.split_once('=')?;
            if !is_name(name) || !is_value(of) || names.contains(&name) {
                return None;
            }
            names.push(name);
            list += if list.is_empty() { "" } else { "," };
            list += member;
            if names.len() > MOST_MEMBERS || list.len() > MOST_STATE {
                return None;
            }
        }
    }
    (!list.is_empty()).then(|| list.into())
}

fn is_name(name: &str) -> bool {
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/@".contains(&byte);
    let first = name.bytes().next();
    first.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && name.len() <= MOST_PART
        && name.bytes().all(fits)
}

fn is_value(value: &str) -> bool {
    let fits = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'=';
    (1..=MOST_PART).contains(&value.len()) && value.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn read(parent: &str, state: &str) -> Option<Trace> {
        let states = (!state.is_empty()).then_some(state.as_bytes());
        Trace::read([parent.as_bytes()].into_iter(), states.into_iter())
    }

    #[test]
    fn what_was_read_is_passed_on_as_it_was() {
        let trace = read(PARENT, "vendor=a b, other@v=1,").unwrap();
        assert_eq!(trace.to_string(), PARENT);
        assert_eq!(trace.state(), Some("vendor=a b,other@v=1"));
        assert_eq!(read(PARENT, "").unwrap().state(), None);
    }

    #[test]
    fn of_a_later_version_what_is_known_is_read() {
        let later = format!("cc{}-more", &PARENT[2..]);
        assert_eq!(read(&later, "").unwrap().to_string(), PARENT);
    }

    #[test]
    fn what_is_malformed_is_dropped() {
        for parent in [
            "",
            "00",
            &PARENT[..54],
            &format!("{PARENT}-more"),
            &format!("cc{}more", &PARENT[2..]),
            &PARENT.replace("00-4b", "ff-4b"),
            &PARENT.to_uppercase(),
            &PARENT.replace('-', "_"),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        ] {
            assert_eq!(read(parent, ""), None, "{parent}");
        }
        let twice = [PARENT.as_bytes(); 2].into_iter();
        assert_eq!(Trace::read(twice, [].into_iter()), None);
    }

    #[test]
    fn a_malformed_state_is_dropped_alone() {
        let long = format!("a={}", "x".repeat(257));
        let many: String = (0..33).map(|n| format!("a{n}=1,")).collect();
        for state in ["a", "A=1", "a=1,a=2", "a=\u{e9}", "a=b=c", &long, &many] {
            assert_eq!(read(PARENT, state).unwrap().state(), None, "{state}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_reader_and_what_it_takes_it_takes_again(
            parent in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..70),
                "[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?".prop_map(String::into_bytes),
            ],
            state in "([a-z0-9@]{1,4}=[ -~]{0,5},?){0,40}",
        ) {
            let states = [state.as_bytes()].into_iter();
            if let Some(trace) = Trace::read([&*parent].into_iter(), states) {
                let again = read(&trace.to_string(), trace.state().unwrap_or_default());
                prop_assert_eq!(again, Some(trace));
            }
        }
    }
}
