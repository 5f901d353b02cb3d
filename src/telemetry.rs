//! Logs, on stderr.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, fmt};

use crate::config::LogFormat;

/// Starts logging with `level`: a level's name, or a filter as tracing writes
/// them. Again in one process it does nothing.
pub fn start(level: &str, format: LogFormat) {
    let filter = EnvFilter::try_new(filter(level)).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // An error says that logging runs already.
    let _ = match format {
        LogFormat::Text => {
            let builder = builder
                .with_ansi(std::io::stderr().is_terminal())
                .with_target(false);
            builder.try_init()
        }
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}

/// A bare level is ours; libraries below it speak only of trouble.
fn filter(level: &str) -> String {
    let is_bare = level.chars().all(|c| c.is_ascii_alphabetic());
    let ours = |level: &str| format!("warn,attach_gateway={level},attach_agents={level}");
    match level {
        "off" | "error" => level.to_owned(),
        // Python's names for two of them.
        "warning" => ours("warn"),
        "critical" => "error".to_owned(),
        _ if is_bare => ours(level),
        _ => level.to_owned(),
    }
}
