//! What a person types, and what is answered.

mod check;
mod dev;
mod dev_again;
mod memory;
mod sessions;
mod tasks;
mod usage;

use crate::support::process::run;

#[test]
fn the_help_names_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let help = run(folder.path(), &["--help"], &[]);
    assert_eq!(help.code, Some(0), "{}", help.err);
    for command in [
        "serve", "dev", "token", "check", "keys", "tasks", "memory", "usage",
    ] {
        let line = help.out.lines().find(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some(command) && words.next().is_some()
        });
        assert!(line.is_some(), "{command} is not explained: {}", help.out);
    }
    let help = run(folder.path(), &["tasks", "--help"], &[]);
    for command in ["list", "show", "watch", "cancel"] {
        assert!(help.out.contains(command), "{command}: {}", help.out);
    }
    let help = run(folder.path(), &["memory", "--help"], &[]);
    for command in ["erase", "export", "import", "tail", "stats"] {
        assert!(help.out.contains(command), "{command}: {}", help.out);
    }
    let help = run(folder.path(), &["memory", "erase", "--help"], &[]);
    assert!(help.out.contains("bills"), "what stays: {}", help.out);
    let help = run(folder.path(), &["keys", "--help"], &[]);
    for command in ["create", "list", "revoke"] {
        assert!(help.out.contains(command), "{command}: {}", help.out);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_nobody_knows_is_refused_with_the_usage() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["sevre"][..],
        &["serve", "--prot", "1"],
        &["tasks", "show"],
        &["tasks", "show", "none"],
        &["tasks", "list", "--limit", "0"],
        &["token", "--scope", "everything"],
        &["keys", "create"],
        &["keys", "create", "--user", " "],
        &["keys", "create", "--user", "a\nb"],
        &["keys", "create", "--user", "did:key:z6Mk"],
        &["keys", "create", "--user", "ada", "--scopes", "everything"],
        &["keys", "create", "--user", "ada", "--scopes", ""],
        &["keys", "create", "--user", "ada", "--expires", "90"],
        &["keys", "create", "--user", "ada", "--expires", "soon"],
        &["keys", "create", "--user", "ada", "--issuer", "them"],
        &["keys", "create", "--user", "ada", "--name", "a\u{1b}[2J"],
        &["keys", "revoke"],
        &["memory", "erase", "--yes"],
        &["memory", "import"],
        &["memory", "tail", "-n", "-1"],
        &["memory", "stats", "--limit", "0"],
    ] {
        let ended = run(folder.path(), args, &[]);
        assert_eq!(ended.code, Some(2), "{args:?}: {}", ended.err);
        assert!(ended.err.starts_with("error: "), "{args:?}: {}", ended.err);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_token_without_a_running_dev_says_what_to_start() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run(folder.path(), &["token", "--sub", "alice"], &[]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert_eq!(
        ended.err,
        "attach-gateway: no dev runs from .attach; start attach-gateway dev in this folder first"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_version_is_the_packages() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run(folder.path(), &["--version"], &[]);
    let version = concat!("attach-gateway ", env!("CARGO_PKG_VERSION"));
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), version));
}
