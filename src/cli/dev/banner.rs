//! What `dev` prints once everything runs.

use super::{
    engine::Engine,
    ports::{Port, Ports},
};
use crate::cli::{table::columns, token::DevIssuer};

/// Everything a person needs to go on.
pub(super) struct Banner<'a> {
    pub(super) table: String,
    pub(super) ignored: Vec<&'a str>,
    pub(super) gateway: String,
    pub(super) model: String,
    pub(super) token: String,
    pub(super) link: String,
    /// Whether the agent for conformance suites runs.
    pub(super) conformance: bool,
}

/// What runs where.
pub(super) fn places(ports: &Ports, issuer: &DevIssuer, engine: &Engine) -> String {
    let row = |name: &str, place: &str, note: &str| [name, place, note].map(str::to_owned).to_vec();
    let served = |name: &str, port: &Port| {
        let taken = port
            .instead_of
            .map(|taken| format!("port {taken} is taken"));
        row(name, &port.url(), &taken.unwrap_or_default())
    };
    let mut rows = vec![
        served("gateway", &ports.gateway),
        served("planner", &ports.planner),
        served("coder", &ports.coder),
    ];
    let mut story = "trusted by this dev alone".to_owned();
    if issuer.issuer != ports.issuer.url() {
        story += &format!("; its keys are at {}", ports.issuer.url());
    }
    let suite = ports.conformance.as_ref();
    rows.extend(suite.map(|port| row("conformance", &port.url(), "the default agent")));
    rows.extend([
        row("issuer", &issuer.issuer, &story),
        row("engine", &engine.url, &engine.story),
        row("data", "./.attach", "tasks and memory: attach.db"),
    ]);
    columns(&rows)
}

impl Banner<'_> {
    pub(super) fn print(&self) {
        let Self {
            table,
            gateway,
            model,
            token,
            link,
            ignored,
            conformance,
        } = self;
        say!("{table}");
        if !ignored.is_empty() {
            say!("not read by dev: {}\n", ignored.join(", "));
        }
        let chat =
            format!(r#"{{"model":"{model}","messages":[{{"role":"user","content":"hello"}}]}}"#);
        let task = r#"{"target":"planner","input":{"messages":[{"role":"user","content":"Write Python to sort a list"}]}}"#;
        say!("a token, good for an hour (more: attach-gateway token --sub alice)\n");
        say!("  export ATTACH_URL={gateway} ATTACH_TOKEN={token}\n");
        say!(
            "a chat\n\n  curl -s {gateway}/v1/chat/completions -H \"Authorization: Bearer $ATTACH_TOKEN\" \\\n    -H 'Content-Type: application/json' -d '{chat}'\n"
        );
        say!(
            "a task: the planner writes a plan, the coder writes the code\n\n  curl -s {gateway}/a2a/tasks/send -H \"Authorization: Bearer $ATTACH_TOKEN\" \\\n    -d '{task}'\n"
        );
        say!(
            "its state, by the id that comes back\n\n  curl -s \"{gateway}/a2a/tasks/status/<task_id>?wait=20\" -H \"Authorization: Bearer $ATTACH_TOKEN\"\n"
        );
        let message =
            r#"{"message":{"messageId":"1","role":"ROLE_USER","parts":[{"text":"hello"}]}}"#;
        say!(
            "the same over A2A (cards: {gateway}/agents)\n\n  curl -sN {gateway}/agents/chat/message:stream -H \"Authorization: Bearer $ATTACH_TOKEN\" \\\n    -H 'A2A-Version: 1.0' -H 'Content-Type: application/json' -d '{message}'\n"
        );
        if *conformance {
            say!(
                "for a conformance suite: the card of its agent; the suite sends the token above\n\n  {gateway}/.well-known/agent-card.json\n"
            );
        }
        say!(
            "the page, signed in (works once, within ten minutes)\n\n  {gateway}{link}\n\nCtrl-C stops."
        );
    }
}
