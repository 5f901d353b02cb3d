//! A bar chart of blocks.

use super::table::Paper;

/// Eighths of a block, the smallest first.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
/// However narrow the paper, a bar has so much room.
const NARROWEST: usize = 10;
const COLOUR: (&str, &str) = ("\u{1b}[36m", "\u{1b}[0m");

/// One bar.
#[derive(Debug)]
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) size: i64,
    /// Its size in words.
    pub(super) value: String,
}

/// A line each, as wide as the paper, the largest as long as there is room.
pub(super) fn bars(bars: &[Bar], paper: Paper) -> String {
    let longest = |of: fn(&Bar) -> &String| {
        let lengths = bars.iter().map(|bar| of(bar).chars().count());
        lengths.max().unwrap_or(0)
    };
    let (name, value) = (longest(|bar| &bar.name), longest(|bar| &bar.value));
    // The name may have half of it: a bar without room says nothing.
    let most = paper.width.saturating_sub(value + 4 + NARROWEST);
    let name = name.min(paper.width / 2).min(most);
    let room = paper.width.saturating_sub(name + value + 4).max(NARROWEST);
    let largest = bars.iter().map(|bar| bar.size).max().unwrap_or(0);
    let lines = bars.iter().map(|bar| {
        let (before, after) = if paper.has_colours { COLOUR } else { ("", "") };
        let called: String = cut(&bar.name, name);
        let blocks = blocks(bar.size, largest, room);
        format!("{called:name$}  {before}{blocks}{after}  {}\n", bar.value)
    });
    lines.collect()
}

fn cut(name: &str, width: usize) -> String {
    match name.chars().count() > width {
        true => name
            .chars()
            .take(width.saturating_sub(1))
            .chain(['…'])
            .collect(),
        false => name.to_owned(),
    }
}

/// To an eighth of a block; what is not nothing shows.
fn blocks(size: i64, largest: i64, room: usize) -> String {
    if size <= 0 || largest <= 0 {
        return String::new();
    }
    let room = room as i128 * 8;
    let eighths = (i128::from(size) * room / i128::from(largest)).max(1);
    let eighths = usize::try_from(eighths).unwrap_or(0);
    let mut blocks = EIGHTHS[7].to_string().repeat(eighths / 8);
    if let Some(part) = (eighths % 8).checked_sub(1) {
        blocks.push(EIGHTHS[part]);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: Paper = Paper {
        width: 40,
        has_colours: false,
    };

    fn bar(name: &str, size: i64) -> Bar {
        Bar {
            name: name.to_owned(),
            size,
            value: size.to_string(),
        }
    }

    #[test]
    fn bars_are_as_long_as_their_share_of_the_largest() {
        let text = bars(
            &[bar("ada", 16), bar("e", 8), bar("none", 0), bar("x", 1)],
            PLAIN,
        );
        let full = 40 - 4 - 2 - 4;
        let line = |name: &str, blocks: &str, value| format!("{name:4}  {blocks}  {value}\n");
        let expected = line("ada", &"█".repeat(full), 16)
            + &line("e", &"█".repeat(full / 2), 8)
            + &line("none", "", 0)
            + &line("x", "█▉", 1);
        assert_eq!(text, expected);
    }

    #[test]
    fn colours_are_where_somebody_sees_them() {
        let colours = Paper {
            has_colours: true,
            ..PLAIN
        };
        assert!(bars(&[bar("a", 1)], colours).contains(COLOUR.0));
        assert!(!bars(&[bar("a", 1)], PLAIN).contains('\u{1b}'));
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_paper(
            rows in prop::collection::vec((".{0,60}", 0_i64..), 0..20),
            width in 60_usize..300,
        ) {
            let rows: Vec<_> = rows.iter().map(|(name, size)| bar(name, *size)).collect();
            let paper = Paper { width, has_colours: false };
            for line in bars(&rows, paper).split('\n') {
                prop_assert!(line.chars().count() <= width, "{}", line);
            }
        }
    }
}
