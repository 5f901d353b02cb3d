//! HTTP as bytes, for what a proper client cannot or would not send.

use std::time::Duration;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::gateway::Gateway;

/// How long anything may take here before a test fails.
const PATIENCE: Duration = Duration::from_secs(10);

/// One connection.
pub struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

/// An answer, as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(n, _)| n == name);
        found.next().map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Wire {
    pub async fn to(gateway: &Gateway) -> Self {
        Self::at(gateway.host()).await
    }

    /// A connection to this host and port.
    pub async fn at(host: &str) -> Self {
        let stream = TcpStream::connect(host).await.unwrap();
        Self {
            stream,
            read: Vec::new(),
        }
    }

    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Status and headers of the next answer; its body is left unread.
    pub async fn head(&mut self) -> Answer {
        let end = self.until(b"\r\n\r\n").await;
        let head = String::from_utf8_lossy(&end).into_owned();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        });
        Answer {
            status: status.parse().unwrap(),
            headers: headers.collect(),
            body: Vec::new(),
        }
    }

    /// The next answer, whole.
    pub async fn answer(&mut self) -> Answer {
        let mut answer = self.head().await;
        if let Some(length) = answer.header("content-length") {
            answer.body = self.take(length.parse().unwrap()).await;
        } else if answer.header("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = self.chunk().await {
                answer.body.extend(chunk);
            }
        }
        answer
    }

    /// The next chunk of a chunked body, as the gateway cut it; `None` at its
    /// end.
    pub async fn chunk(&mut self) -> Option<Vec<u8>> {
        let line = self.until(b"\r\n").await;
        let size = String::from_utf8(line).unwrap();
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        let mut chunk = self.take(size + 2).await;
        chunk.truncate(size);
        (size > 0).then_some(chunk)
    }

    /// Whether the gateway closes the connection without another byte.
    pub async fn is_closed(&mut self) -> bool {
        self.read.is_empty() && self.more().await == 0
    }

    async fn until(&mut self, mark: &[u8]) -> Vec<u8> {
        loop {
            let found = self.read.windows(mark.len()).position(|w| w == mark);
            if let Some(at) = found {
                return self.read.drain(..at + mark.len()).collect();
            }
            assert_ne!(self.more().await, 0, "closed after {:?}", self.read);
        }
    }

    async fn take(&mut self, length: usize) -> Vec<u8> {
        while self.read.len() < length {
            assert_ne!(self.more().await, 0, "closed after {:?}", self.read);
        }
        self.read.drain(..length).collect()
    }

    /// Reads on; 0 when the connection is over.
    async fn more(&mut self) -> usize {
        let read = self.stream.read_buf(&mut self.read);
        let read = tokio::time::timeout(PATIENCE, read).await;
        read.expect("something comes within ten seconds")
            .unwrap_or(0)
    }
}

impl Gateway {
    /// Host and port.
    pub fn host(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    /// Sends a request without body whose header lines are these and `Host`.
    pub async fn raw(&self, line: &str, headers: &[&str]) -> Answer {
        let mut wire = Wire::to(self).await;
        let mut request = format!("{line} HTTP/1.1\r\nhost: {}\r\n", self.host()).into_bytes();
        for header in headers {
            request.extend_from_slice(format!("{header}\r\n").as_bytes());
        }
        request.extend_from_slice(b"\r\n");
        wire.send(request).await;
        wire.answer().await
    }
}
