//! A server that writes the same bytes to everyone and hangs up.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
};

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

fn answer(mut stream: &TcpStream, bytes: &str) -> std::io::Result<()> {
    read(stream)?;
    stream.write_all(bytes.as_bytes())
}

/// One request, to the end of its body.
fn read(stream: &TcpStream) -> std::io::Result<()> {
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
    reader.read_exact(&mut vec![0; length])
}

/// The URL of a place where nobody listens.
pub fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
