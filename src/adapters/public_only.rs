//! Keeps outgoing requests on the open internet.

use std::net::{IpAddr, SocketAddr};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

use crate::domain::address::is_public;

/// Resolves names, and keeps back every address that is not on the open
/// internet. What it returns is what is connected to: no second look-up.
pub(in crate::adapters) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public = public(found);
            if public.is_empty() {
                return Err("the host has no public address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

fn public(found: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    found.filter(|address| is_public(address.ip())).collect()
}

/// Whether the host of `url` is an address that is not on the open internet: one
/// that is written down is not resolved.
pub fn is_private_literal(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let literal = host.trim_matches(['[', ']']).parse::<IpAddr>();
    literal.is_ok_and(|address| !is_public(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_that_leads_to_private_addresses_alone_is_not_resolved() {
        let resolved = PublicOnly.resolve("localhost".parse().unwrap()).await;
        let error = resolved.err().unwrap().to_string();
        assert_eq!(error, "the host has no public address");
    }

    #[test]
    fn of_several_addresses_the_public_ones_are_left() {
        let all = ["10.0.0.1:0", "1.1.1.1:0", "[::1]:0", "[2606:4700::1]:0"];
        let all = all.map(|text| text.parse::<SocketAddr>().unwrap());
        assert_eq!(public(all.into_iter()), [all[1], all[3]]);
    }

    #[test]
    fn a_written_address_is_told_without_a_look_up() {
        let is_private = |text: &str| is_private_literal(&Url::parse(text).unwrap());
        assert!(is_private("http://127.0.0.1/") && is_private("http://[::1]:9/"));
        assert!(is_private("http://0x7f.1/") && is_private("http://169.254.169.254/"));
        assert!(!is_private("http://1.1.1.1/") && !is_private("http://localhost/"));
    }
}
