//! The coder as a program of its own.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    attach_agents::cli::agent("coder", "8101", attach_agents::coder).await
}
