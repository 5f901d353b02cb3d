//! Redis goes in mid-stream.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    time::Duration,
};

use super::{CHAT, SSE, engine_is_free, events, fed, streaming, words};

/// Grants one call its prompt and `tokens` more, and is gone.
fn granting_once(tokens: u64) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        loop {
            let command = command(&mut reader);
            if command[0] != "EVALSHA" {
                // What a loaded script is called, and no error to anything else.
                let text = command.last().map_or("", String::as_str);
                let name = redis::Script::new(text).get_hash().to_owned();
                write!(stream, "$40\r\n{name}\r\n").unwrap();
                continue;
            }
            let keys: usize = command[2].parse().unwrap();
            let prompt: u64 = command[4 + keys].parse().unwrap();
            let held = prompt + tokens;
            write!(
                stream,
                "*7\r\n:1\r\n:{held}\r\n:0\r\n:0\r\n:1\r\n:0\r\n:0\r\n"
            )
            .unwrap();
            return;
        }
    });
    url
}

fn command(reader: &mut impl BufRead) -> Vec<String> {
    let parts = number(reader);
    (0..parts)
        .map(|_| {
            let mut part = vec![0; number(reader) + 2];
            reader.read_exact(&mut part).unwrap();
            String::from_utf8_lossy(&part[..part.len() - 2]).into_owned()
        })
        .collect()
}

/// What follows the sign of a line.
fn number(reader: &mut impl BufRead) -> usize {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    line[1..].trim_end().parse().unwrap()
}

#[actix_web::test]
async fn a_stream_uses_up_what_it_holds_waits_and_is_told_that_nobody_could_say() {
    let redis = granting_once(4);
    // So small a limit that the prompt is counted: nothing of its hold is left over.
    let (gateway, feed) = fed(SSE, 100, &[("REDIS_URL", &redis)]);
    let all = words(6);
    for chunk in &all {
        feed.send(chunk.clone());
    }
    let mut answer = gateway
        .post(&gateway.token("ada"), CHAT, &streaming())
        .await;
    assert_eq!(answer.status(), 200);
    let mut text = String::new();
    while text != all[..4].concat() {
        text += str::from_utf8(&answer.chunk().await.unwrap().unwrap()).unwrap();
    }
    let early = tokio::time::timeout(Duration::from_millis(300), answer.chunk()).await;
    assert!(early.is_err(), "it did not wait: {early:?}");
    let end = events(&answer.text().await.unwrap());
    assert_eq!(end[0]["attach"]["reason"], "quota_unavailable");
    assert_eq!(end[0]["choices"][0]["finish_reason"], "length");
    engine_is_free(&gateway).await;
    let row = gateway.one_usage().await;
    assert_eq!((&*row.outcome, row.tokens_out), ("cut", 4));
}
