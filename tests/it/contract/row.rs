//! One row of the contract: what is asked, and what must be answered.

use serde_json::Value;

use super::scene::PUBLIC;
use crate::support::{engine::Seen, wire::Answer};

pub struct Row {
    pub name: String,
    pub ask: Ask,
    pub want: Want,
}

/// A request, byte for byte but for its `Host`.
pub struct Ask {
    pub line: String,
    pub headers: Vec<Vec<u8>>,
    pub body: Vec<u8>,
}

pub struct Want {
    pub status: u16,
    /// What stands behind the realm in `WWW-Authenticate`; `None`: no such header.
    pub challenge: Option<String>,
    pub headers: Vec<(&'static str, Is)>,
    /// Members of a JSON answer, by pointer.
    pub members: Vec<(&'static str, Value)>,
    /// What the engine must have seen.
    pub upstream: Vec<(&'static str, Is)>,
    /// Whether only the status is looked at.
    is_bare: bool,
}

#[derive(Clone, Debug)]
pub enum Is {
    Text(String),
    Starting(String),
    Hex(usize),
    /// A list that names it.
    Listing(&'static str),
    Absent,
}

/// What no answer, log line or row of the database may repeat.
pub type Secrets = std::collections::BTreeSet<String>;

impl Ask {
    pub fn line(line: impl Into<String>) -> Self {
        Self {
            line: line.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub fn get(path: &str) -> Self {
        Self::line(format!("GET {path}"))
    }

    pub fn post(path: &str, body: &Value) -> Self {
        let mut ask = Self::line(format!("POST {path}")).header("content-type: application/json");
        ask.body = body.to_string().into_bytes();
        ask
    }

    pub fn form(path: &str, pairs: &[(&str, &str)]) -> Self {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(pairs);
        let mut ask = Self::line(format!("POST {path}"))
            .header("content-type: application/x-www-form-urlencoded");
        ask.body = text.finish().into_bytes();
        ask
    }

    pub fn header(mut self, header: impl AsRef<[u8]>) -> Self {
        self.headers.push(header.as_ref().to_vec());
        self
    }

    pub fn bearer(self, token: impl std::fmt::Display) -> Self {
        self.header(format!("authorization: Bearer {token}"))
    }

    pub fn wants(self, name: impl Into<String>, want: Want) -> Row {
        Row {
            name: name.into(),
            ask: self,
            want,
        }
    }

    pub fn path(&self) -> &str {
        let target = self.line.split(' ').nth(1).unwrap();
        target.split('?').next().unwrap()
    }

    pub fn bytes(&self, host: &str) -> Vec<u8> {
        let mut bytes = format!("{} HTTP/1.1\r\nhost: {host}\r\n", self.line).into_bytes();
        for header in &self.headers {
            bytes.extend_from_slice(header);
            bytes.extend_from_slice(b"\r\n");
        }
        if !self.body.is_empty() {
            let length = format!("content-length: {}\r\n", self.body.len());
            bytes.extend_from_slice(length.as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// The parts of its tokens that nobody else may ever see. A DID is no
    /// secret, and a word of few letters could stand anywhere.
    pub fn secrets(&self) -> Secrets {
        let mut secrets = Secrets::new();
        for header in &self.headers {
            let text = String::from_utf8_lossy(header);
            let Some((name, token)) = text.split_once(": Bearer ") else {
                continue;
            };
            if !name.eq_ignore_ascii_case("authorization") {
                continue;
            }
            let key = token
                .strip_prefix("ak_")
                .and_then(|key| key.split_once('_'));
            secrets.extend(key.map(|(_, secret)| secret.to_owned()));
            secrets.extend(token.split('.').map(str::to_owned));
            secrets.extend(kid(token));
        }
        let pairs = url::form_urlencoded::parse(&self.body);
        for (_, token) in pairs.filter(|(name, _)| name == "subject_token") {
            // Tokens of the gateway's own share their headers.
            secrets.extend(token.split('.').skip(1).map(str::to_owned));
        }
        secrets.retain(|secret| secret.len() >= 16 && !secret.starts_with("did:"));
        secrets
    }
}

fn kid(token: &str) -> Option<String> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
    let header: Value = serde_json::from_slice(&header).ok()?;
    Some(header["kid"].as_str()?.to_owned())
}

impl Want {
    pub fn status(status: u16) -> Self {
        Self {
            status,
            challenge: None,
            headers: Vec::new(),
            members: Vec::new(),
            upstream: Vec::new(),
            is_bare: false,
        }
    }

    /// This status, whatever else is said.
    pub fn status_alone(status: u16) -> Self {
        Self {
            is_bare: true,
            ..Self::status(status)
        }
    }

    fn challenged(status: u16, challenge: String) -> Self {
        Self {
            challenge: Some(challenge),
            ..Self::status(status)
        }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, Is::Text(value.into())));
        self
    }

    pub fn has(mut self, name: &'static str, is: Is) -> Self {
        self.headers.push((name, is));
        self
    }

    pub fn member(mut self, pointer: &'static str, value: impl Into<Value>) -> Self {
        self.members.push((pointer, value.into()));
        self
    }

    pub fn upstream(mut self, name: &'static str, is: Is) -> Self {
        self.upstream.push((name, is));
        self
    }

    /// Every fault in `answer`, in words.
    pub fn faults(&self, path: &str, answer: &Answer, seen: Option<&Seen>) -> Vec<String> {
        let mut faults = Vec::new();
        let mut expect = |what: &str, expected: String, got: String| {
            if expected != got {
                faults.push(format!("{what}: expected {expected}, got {got}"));
            }
        };
        expect("status", self.status.to_string(), answer.status.to_string());
        if self.is_bare {
            return faults;
        }
        let realm = format!(
            "Bearer realm=\"attach\", \
             resource_metadata=\"{PUBLIC}/.well-known/oauth-protected-resource\""
        );
        let challenge = self.challenge.as_ref().map(|more| format!("{realm}{more}"));
        let named = |value: Option<&str>| value.unwrap_or("nothing").to_owned();
        expect(
            "www-authenticate",
            named(challenge.as_deref()),
            named(answer.header("www-authenticate")),
        );
        let mut headers = self.headers.clone();
        if !headers.iter().any(|(name, _)| *name == "retry-after") {
            headers.push(("retry-after", Is::Absent));
        }
        if self.status >= 400 {
            headers.push(("cache-control", Is::Text("no-store".into())));
            headers.push(("content-type", Is::Text("application/json".into())));
        }
        for (name, is) in &headers {
            let got = answer.header(name);
            if !is.holds(got) {
                faults.push(format!("{name}: expected {is:?}, got {got:?}"));
            }
        }
        for (name, is) in &self.upstream {
            let got = seen.and_then(|seen| seen.header(name));
            if seen.is_none() || !is.holds(got) {
                faults.push(format!("upstream {name}: expected {is:?}, got {got:?}"));
            }
        }
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if self.status >= 400 && answer.status == self.status {
            let (code, is_open) = (self.code(), matches!(self.status, 413 | 429));
            faults.extend(shape(path, &body, code, is_open));
        }
        for (pointer, value) in &self.members {
            let got = body.pointer(pointer).unwrap_or(&Value::Null);
            if got != value {
                faults.push(format!("{pointer}: expected {value}, got {got}"));
            }
        }
        faults
    }

    /// The error a challenge names, which the body must name too.
    fn code(&self) -> Option<&str> {
        let (_, rest) = self.challenge.as_ref()?.split_once("error=\"")?;
        rest.split('"').next()
    }
}

impl Is {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    fn holds(&self, value: Option<&str>) -> bool {
        match (self, value) {
            (Self::Absent, None) => true,
            (Self::Text(text), Some(value)) => text == value,
            (Self::Starting(text), Some(value)) => value.starts_with(text.as_str()),
            (Self::Listing(name), Some(value)) => {
                let mut names = value.split(',').map(str::trim);
                names.any(|found| found.eq_ignore_ascii_case(name))
            }
            (Self::Hex(length), Some(value)) => {
                let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
                value.len() == *length && value.bytes().all(is_hex)
            }
            _ => false,
        }
    }
}

/// How a refusal's body departs from the dialect of its route.
fn shape(path: &str, body: &Value, code: Option<&str>, is_open: bool) -> Option<String> {
    let names = |value: &Value| -> Vec<String> {
        let names = value.as_object().map(|o| o.keys().cloned().collect());
        names.unwrap_or_default()
    };
    let text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    let fits = |said: &Value| code.is_none_or(|code| said == code);
    // RFC 6749 section 5.2 has one member more.
    let members = if path == "/oauth/token" && body["error_description"] == body["detail"] {
        3
    } else {
        2
    };
    let well = text(&body["detail"])
        && (is_open || names(body).len() == members)
        && if path.starts_with("/v1/") {
            let error = &body["error"];
            let mut names = names(error);
            names.sort();
            let is_whole = names == ["code", "message", "param", "type"];
            is_whole
                && text(&error["message"])
                && text(&error["type"])
                && error["param"].is_null()
                && text(&error["code"])
                && fits(&error["code"])
        } else if path.starts_with("/api/") {
            text(&body["error"])
        } else if path.starts_with("/agents/") {
            let error = &body["error"];
            let reason = &error["details"][0]["reason"];
            let fits = code.is_none_or(|code| *reason == *code.to_ascii_uppercase());
            text(&error["message"]) && text(&error["status"]) && error["code"].is_u64() && fits
        } else {
            text(&body["error"]) && fits(&body["error"])
        };
    (!well).then(|| format!("body: not the dialect of {path}, or not {code:?}: {body}"))
}

/// Let in, as this user.
pub fn taken(user: &str) -> Want {
    Want::status(200).header("x-attach-user", user)
}

fn invalid_token(description: &str) -> Want {
    let more =
        format!(", error=\"invalid_token\", error_description=\"The access token {description}\"");
    Want::challenged(401, more)
}

pub fn invalid() -> Want {
    invalid_token("is invalid")
}

pub fn expired() -> Want {
    invalid_token("expired")
}

pub fn early() -> Want {
    invalid_token("is not yet valid")
}

/// No credentials: the route's scope, and no error.
pub fn nobody(scope: &str) -> Want {
    let scope = match scope {
        "" => String::new(),
        scope => format!(", scope=\"{scope}\""),
    };
    Want::challenged(401, scope)
}

pub fn malformed() -> Want {
    Want::challenged(400, ", error=\"invalid_request\"".into())
}

pub fn out_of_scope(scope: &str) -> Want {
    let more = format!(", error=\"insufficient_scope\", scope=\"{scope}\"");
    Want::challenged(403, more)
}

/// Not now, and no fault of the token.
pub fn later(seconds: &str) -> Want {
    Want::status(503).header("retry-after", seconds)
}
