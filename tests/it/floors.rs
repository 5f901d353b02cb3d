//! The house has floors, and nothing reaches up, not even a doc link.

use std::{fs, path::PathBuf};

/// Lowest first. A module may use its own floor and those below it.
const FLOORS: [&[&str]; 6] = [
    &["domain"],
    &["config", "telemetry", "adapters"],
    &["actors"],
    &["http"],
    &["app"],
    &["cli", "lib", "main"],
];

/// Whether `source` names `crate::module`, alone or in a `crate::{…}` group.
fn names(source: &str, module: &str) -> bool {
    let dense: String = source.split_whitespace().collect();
    let mut groups = dense.split("crate::{").skip(1).map(|s| s.split(';').next());
    let (first, next) = (format!("{module}::"), format!(",{module}::"));
    dense.contains(&format!("crate::{module}"))
        || groups.any(|g| g.is_some_and(|g| g.starts_with(&first) || g.contains(&next)))
}

#[test]
fn nothing_reaches_up() {
    let mut paths = vec![PathBuf::from("src")];
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(fs::read_dir(path).unwrap().map(|e| e.unwrap().path()));
            continue;
        }
        let top = path.iter().nth(1).and_then(|name| name.to_str()).unwrap();
        let module = top.trim_end_matches(".rs");
        let own = FLOORS.iter().position(|floor| floor.contains(&module));
        let own = own.unwrap_or_else(|| panic!("which floor does `{module}` live on?"));
        let source = fs::read_to_string(&path).unwrap();
        for above in FLOORS[own + 1..].concat() {
            let path = path.display();
            assert!(!names(&source, above), "{path} reaches up to `{above}`");
        }
    }
}
