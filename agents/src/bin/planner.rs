//! The planner as a program of its own.

#[actix_web::main]
async fn main() -> std::process::ExitCode {
    attach_agents::cli::run("planner", "8100", attach_agents::planner).await
}
