//! Where the database is, and what several gateways on one have to agree on.

use std::path::Path;

use url::Url;

use super::{Hidden, Place, Server, reader::Reader};

const PLACES: &str = "write sqlite:<path of a file>, or postgres://user[:password]@host[:port]/database; signs such as # / @ in a password as %23 %2F %40";
const SECRET: &str = "write 32 characters or more, such as openssl rand -hex 32 prints";

/// `DATABASE_URL` and `DATABASE_CONNECTIONS`.
pub(super) fn database(reader: &Reader<'_>, data: &Path) -> Place {
    let most = Server::CONNECTIONS;
    let connections = reader.number("DATABASE_CONNECTIONS", most, 2..=1000);
    let place = reader.parsed("DATABASE_URL", PLACES, |text| text.parse().ok());
    let mut place = place.unwrap_or_else(|| Place::Sqlite(data.join("attach.db")));
    if let Place::Postgres(server) = &mut place {
        server.connections = connections;
    }
    place
}

/// `ATTACH_SECRET`. What one gateway seals another has to open, so where they share a
/// database none can make one for itself.
pub(super) fn secret(reader: &Reader<'_>, place: &Place, data: &Path) -> Option<Hidden> {
    let secret = reader.owned("ATTACH_SECRET");
    match &secret {
        Some(secret) if secret.len() < 32 => reader.fault("ATTACH_SECRET", None, SECRET),
        None if place.is_shared() => reader.fault("ATTACH_SECRET", None, &missing(data)),
        _ => {}
    }
    secret.map(Hidden::from)
}

fn missing(data: &Path) -> String {
    let made = data.join("secret");
    let made = match made.is_file() {
        true => format!("what {} holds, or ", made.display()),
        false => String::new(),
    };
    format!(
        "gateways on PostgreSQL share one; write {made}32 characters or more, such as openssl rand -hex 32 prints, the same for all of them"
    )
}

/// What gateways on one database should say alike, and this one leaves open.
pub(super) fn warning(place: &Place, public_url: Option<&Url>) -> Option<String> {
    (place.is_shared() && public_url.is_none()).then(|| {
        "ATTACH_PUBLIC_URL is not set: gateways on one database take each other's delegation tokens only where all have the same".to_owned()
    })
}
