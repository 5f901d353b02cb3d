//! Status, code and words of each error, in one table.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::ApiError;
use crate::{actors::auth::AuthError, domain::identity::Scope};

/// How errors are written on a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `/v1/*`: OpenAI's object.
    OpenAi,
    /// `/api/*`: Ollama's text.
    Ollama,
    /// `/agents/*`: `google.rpc.Status`, as A2A has it.
    A2a,
    /// Everything else.
    Plain,
}

impl Dialect {
    /// The dialect of a path.
    pub fn of(path: &str) -> Self {
        if path.starts_with("/v1/") {
            Self::OpenAi
        } else if path.starts_with("/api/") {
            Self::Ollama
        } else if path.starts_with("/agents/") {
            Self::A2a
        } else {
            Self::Plain
        }
    }
}

/// What of an error can be seen.
pub(super) struct Face {
    pub(super) status: StatusCode,
    code: &'static str,
    pub(super) retry_after: Option<i64>,
}

impl ApiError {
    pub(super) fn face(&self) -> Face {
        use ApiError as E;
        let (status, code) = match self {
            E::Unauthenticated => (401, "unauthenticated"),
            E::BadCredentials => (400, "invalid_request"),
            E::Token(AuthError::NoKeys) => (503, "keys_unavailable"),
            E::Token(AuthError::Unavailable) => (503, "check_unavailable"),
            E::Token(AuthError::Throttled) => (503, "too_many_checks"),
            E::Token(AuthError::Denied) => (403, "denied"),
            E::Token(_) => (401, "invalid_token"),
            E::Scope(_) => (403, "insufficient_scope"),
            E::Csrf => (403, "csrf"),
            E::Forbidden(_) => (403, "forbidden"),
            E::Invalid(_) => (400, "invalid_request"),
            E::OAuth(code, _) => (400, *code),
            E::Origin => (403, "origin_not_allowed"),
            E::Unprocessable(_) => (422, "unprocessable"),
            E::NotFound(_) | E::NoRoute => (404, "not_found"),
            E::Method(_) => (405, "method_not_allowed"),
            E::Conflict(_) => (409, "conflict"),
            E::TooLarge { .. } => (413, "request_too_large"),
            E::BodyTooSlow => (408, "request_timeout"),
            E::Quota { .. } => (429, "token_quota_exceeded"),
            E::BeyondQuota { .. } => (400, "request_exceeds_quota"),
            E::QuotaUnavailable => (503, "quota_unavailable"),
            E::QueueFull => (429, "too_many_waiting_tasks"),
            E::Busy => (503, "busy"),
            E::Draining | E::Left(_) => (503, "shutting_down"),
            E::Store | E::Unread => (503, "store_unavailable"),
            E::ProviderDown => (503, "login_unavailable"),
            E::EngineUnreachable => (502, "upstream_unreachable"),
            E::EngineTooSlow => (504, "upstream_timeout"),
            E::EngineRefused => (502, "engine_refused_gateway"),
            E::MemoryOff => (503, "memory_off"),
            E::MemoryAway => (503, "memory_unavailable"),
            E::Misdirected => (421, "misdirected_request"),
            E::Internal(_) => (500, "internal_error"),
        };
        let retry_after = match self {
            E::Token(AuthError::NoKeys | AuthError::Unavailable)
            | E::Store
            | E::Unread
            | E::MemoryAway
            | E::ProviderDown => Some(5),
            E::Token(AuthError::Throttled) => Some(1),
            E::Quota { retry_after, .. } => Some(*retry_after),
            E::QueueFull | E::Busy | E::Draining | E::Left(_) | E::QuotaUnavailable => Some(1),
            _ => None,
        };
        Face {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            code,
            retry_after,
        }
    }
}

impl ApiError {
    /// The word for it that programs read.
    pub fn code(&self) -> &'static str {
        self.face().code
    }

    /// Seconds after which it may be tried again, where that helps.
    pub fn retry_after(&self) -> Option<i64> {
        self.face().retry_after
    }

    /// `WWW-Authenticate`; `None` where a token would not help.
    pub fn challenge(&self, realm: &str, scope: Option<Scope>) -> Option<String> {
        self.face().challenge(self, realm, scope)
    }
}

impl Face {
    /// `WWW-Authenticate` (RFC 6750 section 3).
    pub(super) fn challenge(
        &self,
        error: &ApiError,
        realm: &str,
        scope: Option<Scope>,
    ) -> Option<String> {
        let invalid =
            |text: &str| format!("{realm}, error=\"invalid_token\", error_description=\"{text}\"");
        Some(match error {
            ApiError::Unauthenticated => match scope {
                Some(scope) => format!("{realm}, scope=\"{}\"", scope.name()),
                None => realm.to_owned(),
            },
            ApiError::BadCredentials => format!("{realm}, error=\"invalid_request\""),
            ApiError::Token(AuthError::Invalid) => invalid("The access token is invalid"),
            ApiError::Token(AuthError::Expired) => invalid("The access token expired"),
            ApiError::Token(AuthError::NotYetValid) => invalid("The access token is not yet valid"),
            ApiError::Scope(scope) => {
                format!(
                    "{realm}, error=\"insufficient_scope\", scope=\"{}\"",
                    scope.name()
                )
            }
            _ => return None,
        })
    }

    pub(super) fn body(&self, error: &ApiError, dialect: Dialect) -> Value {
        let text = error.to_string();
        let mut body = match dialect {
            Dialect::OpenAi => json!({
                "error": {
                    "message": text, "type": self.openai_type(), "param": null, "code": self.code,
                },
                "detail": text,
            }),
            Dialect::Ollama => json!({ "error": text, "detail": text }),
            Dialect::A2a => json!({
                "error": {
                    "code": self.status.as_u16(), "status": self.rpc_status(), "message": text,
                    "details": [{
                        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                        "reason": self.code.to_ascii_uppercase(), "domain": "attach-gateway",
                    }],
                },
                "detail": text,
            }),
            Dialect::Plain => json!({ "detail": text, "error": self.code }),
        };
        match error {
            ApiError::TooLarge { limit } => body["limit_bytes"] = json!(limit),
            ApiError::Quota {
                limit, retry_after, ..
            } => {
                body["limit"] = json!(limit);
                body["retry_after"] = json!(retry_after);
            }
            ApiError::BeyondQuota { limit, .. } => body["limit"] = json!(limit),
            ApiError::QuotaUnavailable => body["retry_after"] = json!(self.retry_after),
            ApiError::OAuth(_, text) => body["error_description"] = json!(text),
            _ => {}
        }
        body
    }

    /// The canonical name of the status.
    pub(super) fn rpc_status(&self) -> &'static str {
        match self.status.as_u16() {
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            409 => "ABORTED",
            429 => "RESOURCE_EXHAUSTED",
            408 | 504 => "DEADLINE_EXCEEDED",
            502 | 503 => "UNAVAILABLE",
            400..500 => "INVALID_ARGUMENT",
            _ => "INTERNAL",
        }
    }

    fn openai_type(&self) -> &'static str {
        match (self.status.as_u16(), self.code) {
            (
                _,
                code @ ("upstream_unreachable" | "upstream_timeout" | "engine_refused_gateway"),
            ) => code,
            (401, _) => "authentication_error",
            (403, _) => "permission_error",
            (404, _) => "not_found_error",
            (429, _) => "rate_limit_error",
            (500.., _) => "api_error",
            _ => "invalid_request_error",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_route_has_its_dialect_and_all_of_them_a_detail() {
        let error = ApiError::EngineUnreachable;
        let body = |path: &str| error.face().body(&error, Dialect::of(path));
        assert_eq!(body("/v1/models")["error"]["type"], "upstream_unreachable");
        assert!(body("/api/chat")["error"].is_string());
        assert_eq!(body("/a2a/tasks/send")["error"], "upstream_unreachable");
        assert_eq!(
            body("/agents/coder/tasks")["error"]["status"],
            "UNAVAILABLE"
        );
        for path in ["/v1/x", "/api/x", "/agents/x", "/x"] {
            assert!(body(path)["detail"].is_string());
        }
    }
}
