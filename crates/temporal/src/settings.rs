//! What is configured.

use std::fmt;

/// Where Temporal is, and as whom to speak to it.
#[derive(Clone)]
pub struct Settings {
    /// `host:port`, without a scheme.
    pub address: String,
    /// The namespace everything happens in.
    pub namespace: String,
    /// A key for each call. With one, the connection is encrypted, [`Tls`] or not.
    pub api_key: Option<String>,
    /// Certificates; `Some` encrypts the connection.
    pub tls: Option<Tls>,
    /// The queue of the users' own workers. Ours poll [`Settings::tasks_queue`].
    pub queue: String,
    /// Who this process is, as the Temporal UI shows it.
    pub identity: String,
}

/// What an encrypted connection needs beyond the roots of the operating system.
#[derive(Clone, Default)]
pub struct Tls {
    /// PEM of the authority that signed the server's certificate, where the operating
    /// system does not know it.
    pub ca: Option<Vec<u8>>,
    /// PEM of our own certificate; of use only with `key`.
    pub cert: Option<Vec<u8>>,
    /// PEM of its key.
    pub key: Option<Vec<u8>>,
    /// The name in the server's certificate, where it is not the host of the address.
    pub server_name: Option<String>,
}

impl Settings {
    /// The queue that gateways poll. Never the users': two workers on one queue must know
    /// the same workflows.
    pub fn tasks_queue(&self) -> String {
        format!("{}-tasks", self.queue)
    }
}

/// Without the key.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("address", &self.address)
            .field("namespace", &self.namespace)
            .field("has_api_key", &self.api_key.is_some())
            .field("tls", &self.tls)
            .field("queue", &self.queue)
            .field("identity", &self.identity)
            .finish()
    }
}

/// Without the bytes.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("has_ca", &self.ca.is_some())
            .field("has_cert", &self.cert.is_some())
            .field("server_name", &self.server_name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_the_key_nor_certificates_are_shown() {
        let secret = || Some(b"s3cret".to_vec());
        let settings = Settings {
            address: "localhost:7233".to_owned(),
            namespace: "default".to_owned(),
            api_key: Some("s3cret".to_owned()),
            tls: Some(Tls {
                ca: secret(),
                cert: secret(),
                key: secret(),
                server_name: None,
            }),
            queue: "attach-gateway".to_owned(),
            identity: "test".to_owned(),
        };
        let shown = format!("{settings:?}");
        let bytes = format!("{:?}", b"s3cret");
        assert!(
            !shown.contains("s3cret") && !shown.contains(&bytes),
            "{shown}"
        );
    }
}
