//! What gateways on one server have to agree on.

use super::*;

const SERVER: (&str, &str) = ("DATABASE_URL", "postgres://me:hushhush@db/attach");
const SECRET: (&str, &str) = ("ATTACH_SECRET", "a secret of thirty-two characters");

#[test]
fn gateways_on_a_server_need_a_secret_and_are_told_how_to_make_one() {
    let Faults(found) = Config::read(&vars(&[SERVER])).unwrap_err();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].name, "ATTACH_SECRET");
    assert!(found[0].remedy.contains("openssl rand -hex 32"));
    assert!(Config::read(&vars(&[SERVER, SECRET])).is_ok());
}

#[test]
fn the_secret_that_a_gateway_made_for_itself_is_named() {
    let data = tempfile::tempdir().unwrap();
    let made = data.path().join("secret");
    std::fs::write(&made, "s").unwrap();
    let folder = ("ATTACH_DATA", data.path().to_str().unwrap());
    let Faults(found) = Config::read(&vars(&[SERVER, folder])).unwrap_err();
    assert!(found[0].remedy.contains(made.to_str().unwrap()));
}

#[test]
fn without_a_public_url_gateways_on_a_server_are_warned() {
    let warnings = |more: &[(&str, &str)]| {
        let all: Vec<_> = [SERVER, SECRET].iter().chain(more).copied().collect();
        Config::read(&vars(&all)).unwrap().warnings
    };
    let found = warnings(&[]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("ATTACH_PUBLIC_URL"), "{found:?}");
    assert!(warnings(&[("ATTACH_PUBLIC_URL", "https://gw.example")]).is_empty());
}

#[test]
fn connections_are_sixteen_or_as_many_as_are_said() {
    let connections = |more: &[(&str, &str)]| {
        let all: Vec<_> = [SERVER, SECRET].iter().chain(more).copied().collect();
        match Config::read(&vars(&all)).unwrap().database {
            Place::Postgres(server) => server.connections,
            Place::Sqlite(path) => panic!("{path:?}"),
        }
    };
    assert_eq!(connections(&[]), 16);
    assert_eq!(connections(&[("DATABASE_CONNECTIONS", "40")]), 40);
    let wrong = [SERVER, SECRET, ("DATABASE_CONNECTIONS", "1")];
    assert_eq!(faults(&wrong), ["DATABASE_CONNECTIONS"]);
}
