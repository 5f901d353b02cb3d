//! What people read is what the program does.

use std::{collections::BTreeSet, fs};

use attach_gateway::config::variable;

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path} cannot be read: {error}"))
}

#[test]
fn the_readmes_configuration_table_is_the_programs() {
    let readme = read("README.md");
    let (start, end) = ("<!-- configuration -->", "<!-- /configuration -->");
    let table = readme
        .split_once(start)
        .and_then(|(_, s)| s.split_once(end));
    let (table, _) =
        table.unwrap_or_else(|| panic!("README.md has no table between {start} and {end}"));
    let rows: Vec<&str> = table
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("| `"))
        .collect();
    let expected: Vec<String> = variable::all()
        .map(|v| format!("| `{}` | {} | {} |", v.name, v.default, v.meaning))
        .collect();
    for (row, expected) in rows.iter().zip(&expected) {
        assert_eq!(row, expected, "a row of README.md's table");
    }
    assert_eq!(rows.len(), expected.len(), "rows of README.md's table");
}

#[test]
fn the_example_environment_names_variables_that_work() {
    let example = read(".env.example");
    let mut names = BTreeSet::new();
    for line in example.lines() {
        let line = line.trim_start_matches(['#', ' ']);
        let Some((name, _)) = line.split_once('=') else {
            continue;
        };
        let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        if !name.is_empty() && name.chars().all(is_name) {
            names.insert(name);
        }
    }
    assert!(names.contains("OIDC_ISSUER"), "{names:?}");
    for name in names {
        assert!(
            variable::find(name).is_some(),
            ".env.example names {name}, which does nothing"
        );
    }
}

#[test]
fn the_example_environment_is_a_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".env");
    fs::copy(".env.example", &file).unwrap();
    let vars = dotenvy::from_path_iter(&file).unwrap().map(Result::unwrap);
    let mut vars: std::collections::BTreeMap<_, _> = vars.collect();
    vars.insert("ATTACH_CONFIG".into(), "/dev/null".into());
    if let Err(faults) = attach_gateway::config::Config::read(&vars) {
        panic!(".env.example: {faults}");
    }
}
