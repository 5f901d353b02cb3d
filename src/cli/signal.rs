//! When to stop.

use tokio::signal::unix::{SignalKind, signal};

/// Resolves at Ctrl-C or SIGTERM. A second one ends the process at once: nothing
/// is lost that a row does not know.
pub(super) async fn stopped() {
    next().await;
    actix_web::rt::spawn(async {
        next().await;
        eprintln!("attach-gateway: leaving at once");
        std::process::exit(130);
    });
}

async fn next() {
    let mut terminated = signal(SignalKind::terminate()).ok();
    let term = async {
        match &mut terminated {
            Some(signal) => signal.recv().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term => {}
    }
}
