//! The letter of the specification where it is wider than what one would build:
//! rows of their own, so that a change of either shows here alone.

use serde_json::json;

use super::{
    jws::all,
    row::{Ask, Row, invalid, malformed, nobody, out_of_scope},
    scene::Scene,
};
use crate::support::key::{read, with};

pub fn rows(scene: &Scene) -> Vec<Row> {
    let token = scene.token();
    let mut rows = Vec::new();
    // "/v1/*: {"error":{...},"detail"}", and logs are there too.
    let logs = || Ask::line("POST /v1/logs");
    rows.push(logs().wants("logs in OpenAI's dialect", nobody("memory:write")));
    rows.push(logs().bearer("a.b.c").wants("logs, a bad token", invalid()));
    let narrow = &scene.delegated().narrow;
    let ask = logs().bearer(narrow);
    rows.push(ask.wants("logs out of scope", out_of_scope("memory:write")));
    // "memory:write: POST and DELETE /mem/*".
    let delete = || Ask::line("DELETE /mem/events/x");
    rows.push(delete().wants("DELETE of memory, nobody", nobody("memory:write")));
    let ask = delete().bearer(narrow);
    rows.push(ask.wants(
        "DELETE of memory out of scope",
        out_of_scope("memory:write"),
    ));
    // "header and query token".
    for door in ["/agents", "/v1/models", "/api/tags"] {
        let ask = Ask::get(&format!("{door}?access_token")).bearer(&token);
        rows.push(ask.wants(format!("access_token without a value, {door}"), malformed()));
    }
    // "Duplicate JSON members in header or claims -> refuse": at any depth?
    let (key, claims) = (scene.key("ec"), scene.claims().to_string());
    let header = key.header().to_string();
    let tokens = [
        "\"act\":{\"sub\":\"a\",\"sub\":\"b\"}",
        "\"deep\":[{\"x\":1,\"x\":2}]",
    ]
    .map(|member| {
        let claims = format!("{{{member},{}", &claims[1..]);
        (
            format!("twice, deep in the claims: {member}"),
            key.sign_text(&header, &claims),
        )
    });
    rows.extend(all(tokens.into(), invalid));
    // "It dies with the task": and one of no task that could be told?
    let plain = &scene.delegated().plain;
    let (header, claims) = (read(plain, 0), read(plain, 1));
    let claims = with(&claims, "task_id", json!(7));
    let odd = (scene.delegated().forge)(header["typ"].as_str().unwrap(), &claims);
    let ask = Ask::get("/agents").bearer(odd);
    rows.push(ask.wants("a delegation of a task that is a number", invalid()));
    rows
}
