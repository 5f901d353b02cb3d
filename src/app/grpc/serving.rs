//! The gRPC server while it serves.

use std::{io, pin::Pin, time::Duration};

use tokio::{
    runtime::{Builder, Runtime},
    sync::oneshot,
    task::{JoinError, JoinHandle},
};

use crate::http::a2a::grpc::Calls;

/// Threads that serve.
const THREADS: usize = 2;
/// How long the last answers may take to be read.
const FLUSH: Duration = Duration::from_millis(500);

/// The server while it serves. Dropping it breaks off what is left.
pub(in crate::app) struct Serving {
    close: Option<oneshot::Sender<()>>,
    calls: Calls,
    task: JoinHandle<io::Result<()>>,
    _threads: Threads,
}

/// Threads with a runtime of their own, which nobody waits for.
struct Threads(Option<Runtime>);

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// What resolves when the server is to stop.
type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Serving {
    /// Runs what `serve` makes of the order to stop, which notes its `calls`.
    ///
    /// # Errors
    ///
    /// The system gives no threads.
    pub(super) fn start<F>(calls: Calls, serve: impl FnOnce(Stop) -> F) -> io::Result<Self>
    where
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let mut threads = Builder::new_multi_thread();
        let threads = threads.worker_threads(THREADS).thread_name("grpc");
        let runtime = threads.enable_all().build()?;
        let (close, closed) = oneshot::channel::<()>();
        let stop = Box::pin(async {
            // A sender that is gone says the same.
            let _ = closed.await;
        });
        Ok(Self {
            close: Some(close),
            calls,
            task: runtime.spawn(serve(stop)),
            _threads: Threads(Some(runtime)),
        })
    }

    /// Takes no more calls, and waits `at_most` for those that are under way;
    /// then they break off, when this is dropped. Clients that do not hang up by
    /// themselves are not waited for.
    pub(in crate::app) async fn stop(&mut self, at_most: Duration) {
        if let Some(close) = self.close.take() {
            // Nobody listens where the server has broken.
            let _ = close.send(());
        }
        let ended = async {
            self.calls.over().await;
            if !self.task.is_finished() {
                let flushed = tokio::time::timeout(FLUSH, &mut self.task).await;
                flushed.into_iter().for_each(broke);
            }
        };
        // What is late is left.
        let _ = tokio::time::timeout(at_most, ended).await;
    }
}

/// Resolves when the server has ended though nobody stopped it; never where there
/// is none. Not to be asked again after that.
pub(in crate::app) async fn over(serving: &mut Option<Serving>) {
    match serving {
        None => std::future::pending().await,
        Some(serving) => broke((&mut serving.task).await),
    }
}

fn broke(ended: Result<io::Result<()>, JoinError>) {
    if let Err(error) = ended.map_err(io::Error::other).flatten() {
        tracing::error!(%error, "the gRPC server broke");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_dies_is_noticed_and_can_still_be_stopped() {
        let serve = |_stop| async { Err(io::Error::other("no more")) };
        let mut serving = Some(Serving::start(Calls::default(), serve).unwrap());
        over(&mut serving).await;
        serving.unwrap().stop(Duration::from_secs(60)).await;
    }

    #[tokio::test]
    async fn a_server_has_threads_of_its_own() {
        let (told, name) = oneshot::channel();
        let serve = |stop: Stop| async move {
            let name = std::thread::current().name().map(str::to_owned);
            let _ = told.send(name);
            stop.await;
            Ok(())
        };
        let mut serving = Serving::start(Calls::default(), serve).unwrap();
        assert_eq!(name.await.unwrap().as_deref(), Some("grpc"));
        serving.stop(Duration::from_secs(60)).await;
        assert!(serving.task.is_finished());
    }
}
