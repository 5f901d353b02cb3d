//! Rows as the server's `copy` reads them (its text format).

use std::io::Write;

/// What a column of the server holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Whole,
    Flag,
    Bytes,
    Real,
}

impl Kind {
    /// The kind that the server calls `name`.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "text" => Self::Text,
            "bigint" => Self::Whole,
            "boolean" => Self::Flag,
            "bytea" => Self::Bytes,
            "double precision" => Self::Real,
            _ => return None,
        })
    }
}

/// A value of the file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell<'a> {
    Null,
    Whole(i64),
    Real(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// Adds `cell` to `out`, for a column of `kind`.
pub(super) fn write(out: &mut Vec<u8>, kind: Kind, cell: Cell<'_>) {
    match (kind, cell) {
        (_, Cell::Null) => out.extend(br"\N"),
        (Kind::Flag, Cell::Whole(number)) => out.push(if number == 0 { b'f' } else { b't' }),
        (_, Cell::Whole(number)) => number_of(out, number),
        (_, Cell::Real(number)) => number_of(out, number),
        (_, Cell::Text(text)) => escape(out, text),
        (_, Cell::Bytes(bytes)) => {
            out.extend(br"\\x");
            out.extend(crate::adapters::secret::hex(bytes).bytes());
        }
    }
}

fn number_of(out: &mut Vec<u8>, number: impl std::fmt::Display) {
    // Writing to memory cannot fail.
    let _ = write!(out, "{number}");
}

/// A NUL, which no text of the server can hold, becomes U+FFFD.
fn escape(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest
        .iter()
        .position(|b| matches!(b, 0 | b'\\' | b'\t' | b'\n' | b'\r'))
    {
        out.extend(&rest[..at]);
        out.extend(match rest[at] {
            0 => "\u{fffd}".as_bytes(),
            b'\\' => br"\\",
            b'\t' => br"\t",
            b'\n' => br"\n",
            _ => br"\r",
        });
        rest = &rest[at + 1..];
    }
    out.extend(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(kind: Kind, cell: Cell<'_>) -> String {
        let mut out = Vec::new();
        write(&mut out, kind, cell);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_value_is_written_as_copy_reads_it() {
        for (kind, cell, text) in [
            (Kind::Text, Cell::Null, r"\N"),
            (Kind::Text, Cell::Text(r"\N"), r"\\N"),
            (Kind::Text, Cell::Text("a\tb\r\nc\\.é"), r"a\tb\r\nc\\.é"),
            (Kind::Text, Cell::Text("a\0b"), "a\u{fffd}b"),
            (Kind::Whole, Cell::Whole(i64::MIN), "-9223372036854775808"),
            (Kind::Flag, Cell::Whole(1), "t"),
            (Kind::Flag, Cell::Whole(0), "f"),
            (Kind::Bytes, Cell::Bytes(&[0, 0x9f]), r"\\x009f"),
            (Kind::Real, Cell::Real(0.5), "0.5"),
        ] {
            assert_eq!(written(kind, cell), text);
        }
    }
}
