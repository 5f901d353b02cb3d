//! The agent for conformance suites as a program of its own.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    attach_agents::cli::conformance().await
}
