//! Thousands who watch one task over A2A: how soon an event has reached them
//! all, and what a silent watcher costs.
//!
//!     cargo run --release --example watchers -- <gateway's pid> <gateway's URL> <token> [watchers] [rounds]
//!
//! The gateway serves with `AGENTS=held=http://127.0.0.1:8199/`: that agent is
//! this program. `tests/endurance/watchers` starts one. Exits with 1 where it takes
//! longer, or costs more, than is promised.

use std::{
    env,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    task::JoinSet,
};

const AGENT: &str = "127.0.0.1:8199";
/// What is promised: of a hundred watchers 99 have an event within so many
/// milliseconds, and a silent one costs less than so many kilobytes.
const MOST_MS: f64 = 100.0;
const MOST_KB: f64 = 20.0;
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Clone)]
struct Place {
    host: String,
    token: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut words = env::args().skip(1);
    let mut word = |name: &str| words.next().ok_or(format!("name the {name}"));
    let (pid, url, token) = (word("pid")?, word("URL")?, word("token")?);
    let watchers = word("watchers").map_or(Ok(2000), |n| n.parse())?;
    let rounds: usize = word("rounds").map_or(Ok(10), |n| n.parse())?;
    let host = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let place = Place { host, token };
    let (release, held) = watch::channel(0_usize);
    tokio::spawn(agent(TcpListener::bind(AGENT).await?, held));
    let (mut all, mut costs) = (Vec::new(), 0.0_f64);
    for round in 1..=rounds {
        let before = resident(&pid)?;
        let task = begin(&place).await?;
        let (seen, mut told) = mpsc::unbounded_channel();
        let mut open = JoinSet::new();
        for _ in 0..watchers {
            open.spawn(follow(place.clone(), task.clone(), seen.clone()));
            // Connected one after the other: the backlog is none of the test's.
            told.recv().await.ok_or("a watcher failed")?;
        }
        let each = (resident(&pid)?.saturating_sub(before)) as f64 / watchers as f64;
        costs = costs.max(each);
        let released = Instant::now();
        release.send(round)?;
        let mut took: Vec<Duration> = Vec::with_capacity(watchers);
        while took.len() < watchers {
            let at = told.recv().await.ok_or("a watcher failed")?;
            took.push(at.duration_since(released));
        }
        while let Some(ended) = open.join_next().await {
            ended??;
        }
        took.sort();
        let at = |share: f64| took[((watchers - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        println!(
            "round {round:>2}  first {:>6.1}  p50 {:>6.1}  p99 {:>6.1}  last {:>6.1} ms   {each:>6.1} kB a watcher",
            at(0.0), at(0.5), at(0.99), at(1.0)
        );
        all.extend(took);
    }
    all.sort();
    let p99 = all[(all.len() - 1) * 99 / 100].as_secs_f64() * 1e3;
    println!("p99 over all rounds {p99:.1} ms, a watcher at most {costs:.1} kB");
    if p99 > MOST_MS {
        return Err(format!("an event is to reach them within {MOST_MS} ms, p99").into());
    }
    if costs >= MOST_KB {
        return Err(format!("a silent watcher is to cost less than {MOST_KB} kB").into());
    }
    Ok(())
}

/// Kilobytes of the process that are in memory.
fn resident(pid: &str) -> Result<u64, Failure> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kilobytes.ok_or("the process has no memory")?.parse()?)
}

/// Answers each call once its round is released.
async fn agent(listener: TcpListener, held: watch::Receiver<usize>) {
    for call in 1.. {
        let Ok((mut line, _)) = listener.accept().await else { return };
        let mut held = held.clone();
        tokio::spawn(async move {
            let mut asked = [0; 65536];
            let _ = line.read(&mut asked).await;
            if held.wait_for(|round| *round >= call).await.is_ok() {
                let answer = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 8\r\n\r\n{\"n\": 1}";
                let _ = line.write_all(answer.as_bytes()).await;
            }
        });
    }
}

async fn call(place: &Place, method: &str, params: Value) -> Result<TcpStream, Failure> {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    let mut line = TcpStream::connect(&place.host).await?;
    let head = format!(
        "POST /agents/held HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\na2a-version: 1.0\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        place.host, place.token, body.len()
    );
    line.write_all(head.as_bytes()).await?;
    line.write_all(body.as_bytes()).await?;
    Ok(line)
}

async fn begin(place: &Place) -> Result<String, Failure> {
    let params = json!({
        "message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "hold"}]},
        "configuration": {"returnImmediately": true},
    });
    let mut line = call(place, "SendMessage", params).await?;
    let text = until(&mut line, "}}").await?;
    let body = text.split("\r\n\r\n").nth(1).ok_or("no body")?;
    let answer: Value = serde_json::from_str(body.trim())?;
    let id = answer["result"]["task"]["id"].as_str();
    Ok(id.ok_or(format!("no task in {answer}"))?.to_owned())
}

/// Tells when the first event came, and when the artifact did.
async fn follow(
    place: Place,
    task: String,
    seen: mpsc::UnboundedSender<Instant>,
) -> Result<(), Failure> {
    let mut line = call(&place, "SubscribeToTask", json!({ "id": task })).await?;
    until(&mut line, "\"task\":").await?;
    seen.send(Instant::now())?;
    until(&mut line, "artifactUpdate").await?;
    seen.send(Instant::now())?;
    Ok(())
}

async fn until(line: &mut TcpStream, word: &str) -> Result<String, Failure> {
    let mut text = String::new();
    let mut chunk = [0; 8192];
    while !text.contains(word) {
        let length = line.read(&mut chunk).await?;
        if length == 0 {
            return Err(format!("the line ended after {text}").into());
        }
        text += std::str::from_utf8(&chunk[..length])?;
    }
    Ok(text)
}
