//! Whether something listens at an address.

use std::{io, net::SocketAddr};

use tokio::net::{TcpStream, lookup_host};
use url::{Host, Url};

use crate::domain::address::is_public;

/// Whether something listens where `url` points: at a public address, unless it may
/// be `internal`.
///
/// # Errors
///
/// Why not.
pub(super) async fn listens(url: &Url, internal: bool) -> Result<(), &'static str> {
    let found = addresses(url).await?;
    let (mut allowed, mut why) = (false, "its name leads to no address");
    for address in found {
        if !internal && !is_public(address.ip()) {
            continue;
        }
        allowed = true;
        match TcpStream::connect(address).await {
            Ok(_) => return Ok(()),
            Err(error) => why = word(&error),
        }
    }
    match allowed {
        true => Err(why),
        false => Err("its address is private; set internal = true in its [[agent]] table"),
    }
}

async fn addresses(url: &Url) -> Result<Vec<SocketAddr>, &'static str> {
    let port = url.port_or_known_default().unwrap_or(80);
    let host = url.host().ok_or("its address has no host")?;
    Ok(match host {
        Host::Ipv4(ip) => vec![SocketAddr::from((ip, port))],
        Host::Ipv6(ip) => vec![SocketAddr::from((ip, port))],
        Host::Domain(name) => {
            let found = lookup_host((name, port)).await;
            found.map_err(|_| "its name is not found")?.collect()
        }
    })
}

fn word(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "it refuses connections; start it, or mend its url",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "there is no way to its address"
        }
        io::ErrorKind::TimedOut => "it does not answer within 2 s",
        _ => "it cannot be connected to",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_listens_is_found_and_a_private_address_only_where_it_may_be() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = |host: &str| Url::parse(&format!("http://{host}:{port}/x")).unwrap();
        assert_eq!(listens(&url("127.0.0.1"), true).await, Ok(()));
        assert_eq!(listens(&url("localhost"), true).await, Ok(()));
        let refused = listens(&url("127.0.0.1"), false).await.unwrap_err();
        assert!(refused.starts_with("its address is private"), "{refused}");
        drop(listener);
        let away = listens(&url("127.0.0.1"), true).await.unwrap_err();
        assert!(away.starts_with("it refuses connections"), "{away}");
    }
}
