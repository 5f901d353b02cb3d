//! Work that an actor starts and does not poll itself.

/// Runs `work` beside the actor. While an answer is atomic the actor polls nothing
/// else that it spawned: work that stands still with a connection to the database
/// keeps it, and the answer may be waiting for that very one.
pub(super) async fn beside<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down, and so is whoever waits.
            Err(_) => std::future::pending().await,
        },
    }
}
