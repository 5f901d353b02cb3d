//! A server that writes the same bytes to everyone and hangs up.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use tokio::net::TcpSocket;

/// The URL of one that answers `bytes` to each request it has read whole. It
/// runs until the tests are over.
pub fn blunt(bytes: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that is gone by now is none of ours.
            let _ = answer(&stream, bytes);
        }
    });
    url
}

/// The URL of one that answers `bytes` to the first request of a connection, and
/// hangs up when it has read the second.
pub fn forgetful(bytes: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(&stream, bytes).and_then(|()| read(&stream)));
        }
    });
    url
}

/// The URL of one that hangs up on the first `times` requests once it has read them
/// whole, and answers `bytes` to each later one; and the bodies it has read.
pub fn dropping(times: usize, bytes: &'static str) -> (String, Arc<Mutex<Vec<Vec<u8>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let bodies = Arc::<Mutex<Vec<Vec<u8>>>>::default();
    let kept = bodies.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let Ok(body) = read(&stream) else { continue };
            let mut kept = kept.lock().unwrap();
            kept.push(body);
            if kept.len() > times {
                let _ = stream.write_all(bytes.as_bytes());
            }
        }
    });
    (url, bodies)
}

fn answer(mut stream: &TcpStream, bytes: &str) -> std::io::Result<()> {
    read(stream)?;
    stream.write_all(bytes.as_bytes())
}

/// The body of one request, to its end.
fn read(stream: &TcpStream) -> std::io::Result<Vec<u8>> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while line != "\r\n" {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(body)
}

/// The URL of a place where nobody listens.
pub fn nobody() -> String {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    // Kept for as long as the tests run, so that nobody else gets its port.
    let socket = Box::leak(Box::new(socket));
    format!("http://{}", socket.local_addr().unwrap())
}
