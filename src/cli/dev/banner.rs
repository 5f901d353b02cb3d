//! What `dev` prints once everything runs.

use super::{engine::Engine, ports::Port};
use crate::cli::{table::columns, token::DevIssuer};

/// Everything a person needs to go on.
pub(super) struct Banner<'a> {
    pub(super) table: String,
    pub(super) ignored: Vec<&'a str>,
    pub(super) gateway: String,
    pub(super) model: String,
    pub(super) token: String,
    pub(super) link: String,
}

/// What runs where.
pub(super) fn places(
    gateway: &Port,
    planner: &Port,
    coder: &Port,
    issuer: &DevIssuer,
    engine: &Engine,
) -> String {
    let row = |name: &str, port: &Port| {
        let note = port
            .instead_of
            .map(|taken| format!("port {taken} is taken"))
            .unwrap_or_default();
        vec![name.to_owned(), port.url(), note]
    };
    columns(&[
        row("gateway", gateway),
        row("planner", planner),
        row("coder", coder),
        vec![
            "issuer".to_owned(),
            issuer.issuer.clone(),
            "trusted by this dev alone".to_owned(),
        ],
        vec![
            "engine".to_owned(),
            engine.url.clone(),
            engine.story.clone(),
        ],
        vec![
            "data".to_owned(),
            "./.attach".to_owned(),
            "tasks and memory: attach.db".to_owned(),
        ],
    ])
}

impl Banner<'_> {
    pub(super) fn print(&self) {
        let Self {
            table,
            gateway,
            model,
            token,
            link,
            ..
        } = self;
        say!("{table}");
        if !self.ignored.is_empty() {
            say!("not read by dev: {}\n", self.ignored.join(", "));
        }
        let chat =
            format!(r#"{{"model":"{model}","messages":[{{"role":"user","content":"hello"}}]}}"#);
        let task = r#"{"target":"planner","input":{"messages":[{"role":"user","content":"Write Python to sort a list"}]}}"#;
        say!("a token, good for an hour (more: attach-gateway token --sub alice)\n");
        say!("  export TOKEN={token}\n");
        say!(
            "a chat\n\n  curl -s {gateway}/v1/chat/completions -H \"Authorization: Bearer $TOKEN\" \\\n    -H 'Content-Type: application/json' -d '{chat}'\n"
        );
        say!(
            "a task: the planner writes a plan, the coder writes the code\n\n  curl -s {gateway}/a2a/tasks/send -H \"Authorization: Bearer $TOKEN\" \\\n    -d '{task}'\n"
        );
        say!(
            "its state, by the id that comes back\n\n  curl -s \"{gateway}/a2a/tasks/status/<task_id>?wait=20\" -H \"Authorization: Bearer $TOKEN\"\n"
        );
        say!("the page, signed in (works once)\n\n  {gateway}{link}\n\nCtrl-C stops.");
    }
}
