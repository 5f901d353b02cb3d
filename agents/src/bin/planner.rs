//! The planner as a program of its own.

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    attach_agents::cli::agent("planner", "8100", attach_agents::planner).await
}
