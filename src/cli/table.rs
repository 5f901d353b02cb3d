//! Rows of text in columns.

/// `rows` with their columns aligned, two spaces apart, no spaces at line ends.
pub(super) fn columns(rows: &[Vec<String>]) -> String {
    aligned(rows, usize::MAX)
}

/// The same; what stands behind the first `left` columns is pushed to the right, as
/// numbers are.
pub(super) fn aligned(rows: &[Vec<String>], left: usize) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..count).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate();
        let cells = cells.map(|(at, (cell, width))| match at < left {
            true => format!("{cell:width$}"),
            false => format!("{cell:>width$}"),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// `text` on one line, cut to `limit` characters. What callers wrote must not
/// steer the terminal of whoever reads it.
pub(super) fn short(text: &str, limit: usize) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = line.replace(|c: char| c.is_control(), "\u{fffd}");
    if line.chars().count() <= limit {
        return line;
    }
    line.chars()
        .take(limit.saturating_sub(1))
        .chain(['…'])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            vec!["a".into(), "bc".into()],
            vec!["ddé".into(), "e".into()],
        ];
        assert_eq!(columns(&rows), "a    bc\nddé  e\n");
        let numbers = [vec!["a".into(), "1".into()], vec!["b".into(), "22".into()]];
        assert_eq!(aligned(&numbers, 1), "a   1\nb  22\n");
        assert_eq!(short("a\n b   c", 4), "a b…");
        assert_eq!(short("a\u{1b}[2Jb", 9), "a\u{fffd}[2Jb");
    }
}
