//! Headers that travel to the engine and back, and those that do not.

use serde_json::json;

use super::{
    row::{Ask, Is, Row, Want, taken},
    scene::Scene,
};
use crate::support::gateway::chat;

fn chats(scene: &Scene) -> Ask {
    Ask::post("/v1/chat/completions", &chat("hi")).bearer(scene.token())
}

/// Headers by which a caller would be someone else.
pub fn spoofed(scene: &Scene) -> Vec<Row> {
    let issuer = scene.first.url();
    let ours = || {
        taken("ada")
            .header("x-attach-issuer", issuer)
            .has("x-attach-session", Is::Hex(32))
            .upstream("x-attach-user", Is::text("ada"))
            .upstream("x-attach-issuer", Is::text(issuer))
            .upstream("x-attach-session", Is::Hex(32))
            .upstream("authorization", Is::Absent)
            .upstream("cookie", Is::Absent)
    };
    let mut rows = vec![chats(scene).wants("nothing else", ours())];
    let gone: [(&str, &'static str); 28] = [
        ("X-Attach-User", ""),
        ("x-attach-user", ""),
        ("X_Attach_User", "x_attach_user"),
        ("x_attach-user", "x_attach-user"),
        ("X-ATTACH_USER", "x-attach_user"),
        ("X-Attach-Issuer", ""),
        ("X_Attach_Issuer", "x_attach_issuer"),
        ("X-Attach-Session", ""),
        ("X_ATTACH_SESSION", "x_attach_session"),
        ("X-Attach-Session-Id", "x-attach-session-id"),
        ("X-Attach-Task", "x-attach-task"),
        ("X-Attach-Attempt", "x-attach-attempt"),
        ("X-Attach-Scope", "x-attach-scope"),
        ("X-Attach-CSRF", "x-attach-csrf"),
        ("X-Attach-Project", "x-attach-project"),
        ("x_attach_project", "x_attach_project"),
        ("X-Attach-Anything", "x-attach-anything"),
        ("X-Forwarded-User", "x-forwarded-user"),
        ("x-forwarded-user", "x-forwarded-user"),
        ("X_Forwarded_User", "x_forwarded_user"),
        ("X-Auth-Request-User", "x-auth-request-user"),
        ("X-Auth-Request-Email", "x-auth-request-email"),
        ("x_auth_request_groups", "x_auth_request_groups"),
        ("X-Auth-Request-Access-Token", "x-auth-request-access-token"),
        ("Remote-User", "remote-user"),
        ("REMOTE_USER", "remote_user"),
        ("Cookie", "cookie"),
        ("Proxy-Authorization", "proxy-authorization"),
    ];
    for (name, seen) in gone {
        let want = match seen {
            "" => ours(),
            seen => ours().upstream(seen, Is::Absent),
        };
        let ask = chats(scene).header(format!("{name}: mallory"));
        rows.push(ask.wants(format!("spoofed {name}"), want));
    }
    rows
}

pub fn hops(scene: &Scene) -> Vec<Row> {
    let row = |name: &str, headers: &[&str], gone: &[&'static str]| {
        let ask = headers.iter().fold(chats(scene), Ask::header);
        let want = taken("ada").upstream("x-attach-user", Is::text("ada"));
        let want = gone
            .iter()
            .fold(want, |want, name| want.upstream(name, Is::Absent));
        ask.wants(name, want.upstream("x-attach-session", Is::Hex(32)))
    };
    let kept = chats(scene)
        .header("x-kept: 3")
        .header("user-agent: curl/8");
    let want = taken("ada")
        .upstream("x-kept", Is::text("3"))
        .upstream("user-agent", Is::text("curl/8"));
    vec![
        kept.wants("what is the caller's own stays", want),
        row(
            "named by Connection",
            &["connection: x-hop", "x-hop: 1"],
            &["x-hop"],
        ),
        row(
            "named in another case",
            &["connection: X-HOP", "x-hop: 1"],
            &["x-hop"],
        ),
        row(
            "two named",
            &["connection: x-one, x-two", "x-one: 1", "x-two: 2"],
            &["x-one", "x-two"],
        ),
        row(
            "named by two Connections",
            &[
                "connection: x-one",
                "connection: x-two",
                "x-one: 1",
                "x-two: 2",
            ],
            &["x-one", "x-two"],
        ),
        row(
            "ours, named by Connection",
            &["connection: x-attach-user, x-attach-session"],
            &[],
        ),
        row("keep-alive", &["keep-alive: timeout=5"], &["keep-alive"]),
        row("te", &["te: trailers"], &["te"]),
        row(
            "upgrade",
            &["connection: upgrade", "upgrade: h2c"],
            &["upgrade"],
        ),
    ]
}

/// `X-Attach-Project` is read, checked and kept.
pub fn project(scene: &Scene) -> Vec<Row> {
    let row = |project: &str, want: Want| {
        let ask = chats(scene).header(format!("x-attach-project: {project}"));
        let name = format!("project of {} letters, {project}", project.len());
        ask.wants(name, want)
    };
    let good = || taken("ada").upstream("x-attach-project", Is::Absent);
    let (longest, too_long) = ("p".repeat(64), "p".repeat(65));
    vec![
        row("team-1_a.b", good()),
        row(&longest, good()),
        row(&too_long, Want::status(400)),
        row("a b", Want::status(400)),
        row("a/b", Want::status(400)),
        row("", Want::status(400)),
        row("a;b", Want::status(400)),
    ]
}

/// Places a task may not name.
pub fn targets(scene: &Scene) -> Vec<Row> {
    let trap = scene.trap.url();
    let port = scene.trap.port;
    let urls = [
        format!("{trap}/run"),
        format!("http://localhost:{port}/run"),
        format!("http://[::1]:{port}/run"),
        format!("http://[::ffff:127.0.0.1]:{port}/run"),
        format!("http://2130706433:{port}/run"),
        format!("http://0x7f000001:{port}/run"),
        format!("http://017700000001:{port}/run"),
        format!("http://0.0.0.0:{port}/run"),
        format!("http://127.1:{port}/run"),
        format!("http://user:pass@127.0.0.1:{port}/run"),
        format!("http://127.0.0.1:{port}@attach.example/run"),
        format!("https://127.0.0.1:{port}/run"),
        format!("HTTP://127.0.0.1:{port}/run"),
        format!("ftp://127.0.0.1:{port}/run"),
        format!("gopher://127.0.0.1:{port}/run"),
        format!("//127.0.0.1:{port}/run"),
        format!("{}/run@127.0.0.1:{port}", scene.agent.url()),
        format!("{}/runaway", scene.agent.url()),
        format!("{}/run/../other", scene.agent.url()),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "http://10.0.0.1/".to_owned(),
        "http://[64:ff9b::7f00:1]/".to_owned(),
        "http://[fd00::1]/".to_owned(),
        "http://100.64.0.1/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "temporal://AnyWorkflow".to_owned(),
        "javascript:alert(1)".to_owned(),
        "agent".to_owned(),
        String::new(),
    ];
    let rows = urls.iter().map(|url| {
        let task = json!({ "target_url": url, "input": {} });
        let ask = Ask::post("/a2a/tasks/send", &task).bearer(scene.token());
        ask.wants(format!("target {url}"), Want::status(400))
    });
    rows.collect()
}
