//! The built binary as a process of its own, which may be killed.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use super::eventually;

/// A running process with what it has printed. Dropping it kills it.
pub struct Process {
    child: Child,
    out: Lines,
    err: Lines,
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

/// What a process left behind.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// The program with these arguments and variables and no others, in `folder`.
pub fn command(folder: &Path, args: &[&str], vars: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_attach-gateway"));
    command
        .args(args)
        .env_clear()
        .envs(vars.iter().copied())
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs the program to its end.
pub fn run(folder: &Path, args: &[&str], vars: &[(&str, &str)]) -> Ended {
    Process::spawn(&mut command(folder, args, vars)).wait(Duration::from_secs(20))
}

impl Process {
    pub fn spawn(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let out = Lines::of(child.stdout.take().unwrap());
        let err = Lines::of(child.stderr.take().unwrap());
        Self { child, out, err }
    }

    /// A gateway on a free port, once it is ready; and its address.
    pub async fn serve(folder: &Path, vars: &[(&str, &str)]) -> (Self, String) {
        let base = [
            ("ATTACH_CONFIG", "/dev/null"),
            ("ATTACH_DATA", folder.to_str().unwrap()),
            ("PORT", "0"),
            ("GRPC_PORT", "0"),
        ];
        let vars = [&base, vars].concat();
        let mut process = Self::spawn(&mut command(folder, &["serve"], &vars));
        let url = process.url().await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        eventually("the gateway is ready", async || {
            let answer = client.get(format!("{url}/readyz")).send().await.ok()?;
            (answer.status() == 200).then_some(())
        })
        .await;
        (process, url)
    }

    /// Where it serves, from its log.
    async fn url(&mut self) -> String {
        let line = self.said("serving").await;
        let address = line.split("address=").nth(1).unwrap();
        format!("http://{}", address.split_whitespace().next().unwrap())
    }

    /// The first line, printed or logged, that holds `text`.
    pub async fn said(&mut self, text: &str) -> String {
        let lines = (self.out.clone(), self.err.clone());
        let what = format!("the process says {text:?}");
        let child = Mutex::new(&mut self.child);
        eventually(&what, async || {
            let found = lines.0.with(text).or_else(|| lines.1.with(text));
            if found.is_none() {
                let ended = child.lock().unwrap().try_wait().unwrap();
                let err = lines.1.text();
                assert!(ended.is_none(), "it ended with {ended:?}: {err}");
            }
            found
        })
        .await
    }

    /// Everything printed so far.
    pub fn printed(&self) -> String {
        self.out.text()
    }

    /// Everything logged so far.
    pub fn logged(&self) -> String {
        self.err.text()
    }

    /// SIGKILL: nothing in it gets to say another word.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends the signal of this name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for its end, at most so long.
    pub fn wait(mut self, limit: Duration) -> Ended {
        let status = self.status(limit);
        // What it wrote last may still be on its way through the pipes.
        let until = Instant::now() + Duration::from_secs(1);
        while Arc::strong_count(&self.out.0) + Arc::strong_count(&self.err.0) > 2
            && Instant::now() < until
        {
            std::thread::sleep(Duration::from_millis(5));
        }
        Ended {
            code: status.code(),
            out: self.out.text(),
            err: self.err.text(),
        }
    }

    fn status(&mut self, limit: Duration) -> ExitStatus {
        let until = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            let err = self.err.text();
            assert!(Instant::now() < until, "not ended within {limit:?}: {err}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Lines {
    /// Collects what comes out of `pipe`, until it closes.
    fn of(pipe: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let kept = lines.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                kept.0.lock().unwrap().push(line);
            }
        });
        lines
    }

    fn with(&self, text: &str) -> Option<String> {
        let lines = self.0.lock().unwrap();
        lines.iter().find(|line| line.contains(text)).cloned()
    }

    fn text(&self) -> String {
        self.0.lock().unwrap().join("\n")
    }
}
