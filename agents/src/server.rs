//! One server an agent.

use std::{io, net::TcpListener, time::Duration};

use axum::{Json, Router, routing::get, serve::ListenerExt};
use serde_json::json;
use tokio::sync::watch;

/// How long a graceful stop waits for what is running.
const GRACE: Duration = Duration::from_secs(30);

/// An agent that is ready to serve, and does so once [`run`](Self::run) is
/// awaited or spawned on a tokio runtime.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    app: Router,
    stop: Handle,
}

/// Stops a [`Server`], from wherever.
#[derive(Clone, Debug)]
pub struct Handle(watch::Sender<Option<Stop>>);

#[derive(Clone, Copy, Debug)]
enum Stop {
    Gracefully,
    AtOnce,
}

impl Handle {
    /// Lets running calls end, for 30 s at most.
    pub fn stop(&self) {
        self.0.send_replace(Some(Stop::Gracefully));
    }

    /// Waits for nothing: calls that are running end with their runtime.
    pub fn stop_at_once(&self) {
        self.0.send_replace(Some(Stop::AtOnce));
    }

    /// Waits until somebody asks for an end, and tells which.
    async fn asked(&self) -> Stop {
        let mut asked = self.0.subscribe();
        loop {
            if let Some(stop) = *asked.borrow_and_update() {
                return stop;
            }
            // It cannot fail: this handle is itself a sender.
            let _ = asked.changed().await;
        }
    }
}

impl Server {
    /// Serves `app`, and `/healthz`, on `listener`.
    ///
    /// # Errors
    ///
    /// The listener cannot be used.
    pub(crate) fn new(agent: &'static str, listener: TcpListener, app: Router) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let health = move || async move { Json(json!({ "status": "ok", "agent": agent })) };
        Ok(Self {
            listener,
            app: app.route("/healthz", get(health)),
            stop: Handle(watch::Sender::new(None)),
        })
    }

    /// What stops this server. It works before it runs as well.
    pub fn handle(&self) -> Handle {
        self.stop.clone()
    }

    /// Serves until its [`Handle`] says otherwise. Signals are left alone, so it
    /// may live in another program's process.
    ///
    /// A caller that hangs up takes the call it was waiting for along, and so
    /// stops the engine; only a task that was sent over A2A runs on.
    ///
    /// # Errors
    ///
    /// The listener cannot be used.
    pub async fn run(self) -> io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        let listener = listener.tap_io(|connection| {
            // Without it the last words of a chunk wait for an acknowledgement.
            let _ = connection.set_nodelay(true);
        });
        let (asked, over) = (self.stop.clone(), self.stop);
        let serving = axum::serve(listener, self.app).with_graceful_shutdown(async move {
            asked.asked().await;
        });
        tokio::select! {
            ended = serving.into_future() => ended,
            () = out_of_patience(&over) => Ok(()),
        }
    }
}

async fn out_of_patience(stop: &Handle) {
    match stop.asked().await {
        Stop::Gracefully => tokio::time::sleep(GRACE).await,
        Stop::AtOnce => {}
    }
}
