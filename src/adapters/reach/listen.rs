//! Whether something listens at an address.

use std::net::SocketAddr;

use tokio::net::{TcpStream, lookup_host};
use url::{Host, Url};

use super::Away;
use crate::domain::address::is_public;

/// Whether something listens where `url` points: at a public address, unless it may
/// be `internal`.
///
/// # Errors
///
/// Why not.
pub(super) async fn listens(url: &Url, internal: bool) -> Result<(), Away> {
    let found = addresses(url).await?;
    let mut why = match found.is_empty() {
        true => Away::Nowhere,
        false => Away::Private,
    };
    for address in found {
        if !internal && !is_public(address.ip()) {
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(_) => return Ok(()),
            Err(error) => why = error.into(),
        }
    }
    Err(why)
}

async fn addresses(url: &Url) -> Result<Vec<SocketAddr>, Away> {
    let port = url.port_or_known_default().unwrap_or(80);
    let host = url.host().ok_or(Away::Nowhere)?;
    Ok(match host {
        Host::Ipv4(ip) => vec![SocketAddr::from((ip, port))],
        Host::Ipv6(ip) => vec![SocketAddr::from((ip, port))],
        Host::Domain(name) => {
            let found = lookup_host((name, port)).await;
            found.map_err(|_| Away::Nowhere)?.collect()
        }
    })
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
        assert_eq!(listens(&url("127.0.0.1"), false).await, Err(Away::Private));
        drop(listener);
        assert_eq!(listens(&url("127.0.0.1"), true).await, Err(Away::Refused));
    }
}
