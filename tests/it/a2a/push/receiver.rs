//! What receivers got, and one that hangs up.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use actix_web::{HttpResponse, http::StatusCode};

use crate::support::{
    engine::Seen,
    eventually,
    scripted::{Gate, Scripted},
};

/// A receiver that answers each call with the next of `statuses`, the last one
/// for ever.
pub fn answering(statuses: &'static [u16]) -> Scripted {
    Scripted::start(move |call| async move {
        let status = statuses[call.nth.min(statuses.len() - 1)];
        HttpResponse::build(StatusCode::from_u16(status).unwrap()).finish()
    })
}

/// A receiver that answers once `gate` is open.
pub fn held(gate: &Gate) -> Scripted {
    let gate = gate.clone();
    Scripted::start(move |_| {
        let gate = gate.clone();
        async move {
            gate.pass().await;
            HttpResponse::NoContent().finish()
        }
    })
}

/// The first `count` calls, once there are so many.
pub async fn got(receiver: &Scripted, count: usize) -> Vec<Seen> {
    let what = format!("{count} deliveries");
    eventually(&what, async || {
        let calls = receiver.calls();
        (calls.len() >= count).then(|| calls.into_iter().map(|call| call.seen).collect())
    })
    .await
}

/// What a delivery tells: its one member, and the state if it has one.
pub fn told(seen: &Seen) -> String {
    let body = seen.json();
    let members = body.as_object().unwrap();
    assert_eq!(members.len(), 1, "{body}");
    let (name, event) = members.iter().next().unwrap();
    match event["status"]["state"].as_str() {
        Some(state) => format!("{name} {state}"),
        None => name.clone(),
    }
}

/// The number of the event, from the header.
pub fn seq(seen: &Seen) -> i64 {
    let id = seen.header("x-a2a-event-id").unwrap();
    id.rsplit_once('-').unwrap().1.parse().unwrap()
}

pub fn seqs(all: &[Seen]) -> Vec<i64> {
    all.iter().map(seq).collect()
}

/// A receiver that reads each of its first `times` requests whole and hangs up,
/// and answers those after them; its URL, and the ids of the events it read.
pub fn cutting(times: usize) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let read = Arc::<Mutex<Vec<String>>>::default();
    let noted = read.clone();
    std::thread::spawn(move || {
        for (nth, stream) in listener.incoming().flatten().enumerate() {
            if let Ok(id) = event_id(&stream) {
                noted.lock().unwrap().push(id);
            }
            let answer = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
            if nth >= times {
                // Who has gone by now is none of ours.
                let _ = (&stream).write_all(answer.as_bytes());
            }
        }
    });
    (url, read)
}

/// The event's id of one request, which is read to its end.
fn event_id(stream: &TcpStream) -> std::io::Result<String> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length, mut id) = (String::new(), 0, String::new());
    while line != "\r\n" {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if let Some(value) = lower.strip_prefix("x-a2a-event-id:") {
            id = value.trim().to_owned();
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    Ok(id)
}
