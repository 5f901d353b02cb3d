//! Logs, on stderr.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, fmt};

use crate::config::LogFormat;

/// What libraries say of trouble that we tell ourselves, once.
#[cfg(feature = "temporal")]
const LIBRARIES: Option<&str> = Some(attach_temporal::LOG_FILTER);
#[cfg(not(feature = "temporal"))]
const LIBRARIES: Option<&str> = None;

/// Targets on which libraries log bodies of requests and answers.
const BODIES: [&str; 1] = ["a2a_client::wire"];

/// Starts logging with `filter`, as [`level`] makes it. Again in one process it
/// does nothing.
pub fn start(filter: &str, format: LogFormat) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = without_bodies(filter);
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

/// Whatever was asked for: what people say to agents is not logged, and there
/// are libraries that would.
fn without_bodies(mut filter: EnvFilter) -> EnvFilter {
    for target in BODIES {
        if let Ok(off) = format!("{target}=off").parse() {
            filter = filter.add_directive(off);
        }
    }
    filter
}

/// The filter that a `LOG_LEVEL` stands for; `None` if it is neither a level nor
/// a filter. Of a bare level libraries hear only when it is about trouble.
pub fn level(word: &str) -> Option<String> {
    let word = word.to_lowercase();
    let ours = |level: &str| {
        let libraries = LIBRARIES.map(|it| format!(",{it}")).unwrap_or_default();
        format!(
            "warn,attach_gateway={level},attach_agents={level},attach_temporal={level}{libraries}"
        )
    };
    match &*word {
        "off" | "error" => Some(word),
        // Python's names for two of them.
        "warning" => Some(ours("warn")),
        "critical" => Some("error".to_owned()),
        "warn" | "info" | "debug" | "trace" => Some(ours(&word)),
        filter if filter.contains(['=', ',']) => EnvFilter::try_new(filter).is_ok().then_some(word),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn no_filter_lets_bodies_through() {
        for asked in ["trace", "a2a_client=trace", "a2a_client::wire=trace"] {
            let filter = without_bodies(EnvFilter::new(asked));
            let subscriber = tracing_subscriber::registry().with(filter);
            tracing::subscriber::with_default(subscriber, || {
                let target = "a2a_client::wire";
                assert!(
                    !tracing::enabled!(target: "a2a_client::wire", tracing::Level::ERROR),
                    "{asked}: {target}"
                );
            });
        }
    }
}
