//! The coder as a program of its own.

#[actix_web::main]
async fn main() -> std::process::ExitCode {
    attach_agents::cli::run("coder", "8101", attach_agents::coder).await
}
