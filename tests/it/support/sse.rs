//! A reader of the gateway's event streams.

use std::time::Duration;

use reqwest::Response;
use serde_json::Value;

/// One server-sent event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: i64,
    pub data: Value,
}

/// Reads events one by one. Dropping it hangs up.
pub struct Events {
    response: Response,
    buffer: String,
}

impl Events {
    pub fn of(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let buffer = String::new();
        Self { response, buffer }
    }

    /// The next event; `None` when the stream ends.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(at) = self.buffer.find("\n\n") {
                let block: String = self.buffer.drain(..at + 2).collect();
                match parse(&block) {
                    Some(event) => return Some(event),
                    None => continue,
                }
            }
            let chunk = self.response.chunk();
            let chunk = tokio::time::timeout(Duration::from_secs(10), chunk);
            let chunk = chunk.await.expect("an event within ten seconds").unwrap()?;
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// Everything up to the end of the stream.
    pub async fn rest(mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}

/// A block without data is a comment that keeps the connection alive.
fn parse(block: &str) -> Option<Event> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
    let data = serde_json::from_str(field("data: ")?).unwrap();
    // The only event of a refusal has no number: there is nothing to resume.
    let id = field("id: ").map_or(0, |id| id.parse().unwrap());
    Some(Event { id, data })
}
