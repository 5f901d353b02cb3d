//! A scripted server on a thread of its own.

use std::{net::TcpListener, sync::mpsc, thread::JoinHandle};

use actix_web::{App, HttpServer, dev::ServerHandle, web};

/// Runs until it is dropped.
pub struct Peer {
    pub url: String,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Peer {
    /// Serves `routes` on a free port of this machine.
    pub fn start(routes: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), routes)
    }

    /// Serves `routes` on `listener`.
    pub fn on(
        listener: TcpListener,
        routes: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    ) -> Self {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, told) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = move || {
                    App::new()
                        .app_data(web::PayloadConfig::new(64 << 20))
                        .configure(routes.clone())
                };
                let server = HttpServer::new(app)
                    .workers(1)
                    .tcp_nodelay(true)
                    .h1_allow_half_closed(false)
                    .disable_signals()
                    .listen(listener)
                    .unwrap()
                    .run();
                tell.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self {
            url,
            handle: told.recv().unwrap(),
            thread: Some(thread),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}
