//! Lines of a file or of stdin, of bounded length.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, stdin},
};

/// The longest line, in bytes.
const MAX_BYTES: usize = 2 << 20;

/// Reads lines, one at a time.
pub(super) struct Lines {
    input: Box<dyn BufRead>,
    number: u64,
    line: Vec<u8>,
}

impl Lines {
    /// Those of `file`; `-` is stdin.
    pub(super) fn open(file: &str) -> Result<Self, String> {
        if file == "-" {
            return Ok(Self::over(stdin().lock()));
        }
        let opened = File::open(file).map_err(|error| unreadable(file, &error))?;
        Ok(Self::over(BufReader::new(opened)))
    }

    fn over(input: impl BufRead + 'static) -> Self {
        Self {
            input: Box::new(input),
            number: 0,
            line: Vec::new(),
        }
    }

    /// The next line that is not blank, without its end, and its number.
    ///
    /// # Errors
    ///
    /// It is too long, or cannot be read.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &[u8])>, String> {
        loop {
            self.number += 1;
            self.line.clear();
            let place = format!("line {}", self.number);
            let mut bounded = (&mut self.input).take(MAX_BYTES as u64 + 1);
            let read = bounded.read_until(b'\n', &mut self.line);
            if read.map_err(|error| unreadable(&place, &error))? == 0 {
                return Ok(None);
            }
            if self.line.len() > MAX_BYTES {
                return Err(format!("{place}: longer than 2 MiB; shorten its text"));
            }
            if !self.line.trim_ascii().is_empty() {
                return Ok(Some((self.number, self.line.trim_ascii())));
            }
        }
    }
}

fn unreadable(what: &str, error: &std::io::Error) -> String {
    format!("{what} cannot be read: {error}")
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn lines_are_numbered_as_an_editor_numbers_them() {
        let mut lines = Lines::over(Cursor::new("a\r\n\n  \nb"));
        assert_eq!(lines.next(), Ok(Some((1, &b"a"[..]))));
        assert_eq!(lines.next(), Ok(Some((4, &b"b"[..]))));
        assert_eq!(lines.next(), Ok(None));
    }

    #[test]
    fn a_line_is_no_longer_than_two_mebibytes() {
        let text = format!(
            "{}\n{}",
            "a".repeat(MAX_BYTES - 1),
            "b".repeat(MAX_BYTES + 1)
        );
        let mut lines = Lines::over(Cursor::new(text));
        assert_eq!(lines.next().unwrap().unwrap().1.len(), MAX_BYTES - 1);
        assert!(lines.next().unwrap_err().starts_with("line 2: longer"));
    }
}
