//! Proof of login: a handler that takes a [`Caller`] is called by someone.

mod credentials;

use std::{borrow::Cow, sync::Arc};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::Method, web};
use futures_util::future::LocalBoxFuture;

use crate::{
    actors::auth::AuthError,
    adapters::{
        secret::{Secret, hex, sha256},
        store::StoreError,
    },
    domain::{
        header::is_label,
        id::{Owner, SessionId, TaskId},
        identity::{Grant, Identity, Scope},
        time::UnixMillis,
    },
    http::{State, error::ApiError, request_id::RequestId},
};
use credentials::Credentials;

/// Who calls, in which session, for which project.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The person, and what they may do.
    pub identity: Arc<Identity>,
    /// The same for a whole hand-off.
    pub session: SessionId,
    /// `X-Attach-Project`, or `default`.
    pub project: Cow<'static, str>,
    /// This request's name.
    pub request_id: RequestId,
}

impl Caller {
    /// The task an agent calls for.
    pub fn task(&self) -> Option<TaskId> {
        self.identity.task()
    }

    /// The agents that act, the nearest first, by the word of the token.
    pub fn agents(&self) -> &[String] {
        match &self.identity.grant {
            Grant::Delegation { actors, .. } => actors,
            _ => &[],
        }
    }

    /// The agent that calls.
    pub fn agent(&self) -> Option<&str> {
        self.agents().first().map(String::as_str)
    }

    /// Whoever `identity` is, in the session this request belongs to.
    ///
    /// # Errors
    ///
    /// 400: `X-Attach-Project` is none.
    pub fn known(
        request: &HttpRequest,
        state: &State,
        identity: Arc<Identity>,
    ) -> Result<Self, ApiError> {
        Ok(Self {
            session: session(&state.secret, state.session_v0, &identity, request),
            project: project(request)?,
            request_id: RequestId::of(request),
            identity,
        })
    }

    /// Whether what was proved still holds: a delegation dies with its task.
    ///
    /// # Errors
    ///
    /// 401 once the task has ended.
    pub async fn is_still_good(&self, state: &State) -> Result<(), ApiError> {
        let Some(task) = self.task() else {
            return Ok(());
        };
        match state.store.parent(task, &self.identity.owner).await {
            Ok(parent) if !parent.state.is_terminal() => Ok(()),
            Ok(_) | Err(StoreError::NotFound) => Err(ApiError::Token(AuthError::Invalid)),
            Err(error) => Err(error.into()),
        }
    }

    async fn of(request: HttpRequest) -> Result<Self, ApiError> {
        let state = request.app_data::<web::Data<State>>();
        let state = state.ok_or_else(|| ApiError::internal("the application has no state"))?;
        let now = UnixMillis::now();
        let identity = match Credentials::of(&request, state.browsers.jar)? {
            Credentials::Bearer(token) => {
                let from = request.peer_addr().map(|peer| peer.ip());
                state.auth.verify(token, from, now).await?
            }
            Credentials::Cookie(secret) => {
                Arc::new(state.browsers.enter(&request, &secret, now).await?)
            }
        };
        if let Some(scope) = scope_of(request.method(), request.path())
            && !identity.may(scope, state.required_scopes)
        {
            return Err(ApiError::Scope(scope));
        }
        let caller = Self::known(&request, state, identity)?;
        caller.is_still_good(state).await?;
        state
            .sessions
            .saw(&caller.session, &caller.identity.owner, now);
        request.extensions_mut().insert(caller.clone());
        Ok(caller)
    }
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Box::pin(Self::of(request.clone()))
    }
}

/// The scope a route wants; `None` where any caller is welcome.
pub fn scope_of(method: &Method, path: &str) -> Option<Scope> {
    const ADMIN: [&str; 6] = ["create", "pull", "push", "delete", "copy", "blobs"];
    let mut parts = path.split('/').skip(1);
    match (parts.next()?, parts.next().unwrap_or_default()) {
        ("v1", "logs") => Some(Scope::MemoryWrite),
        ("api", name) if ADMIN.contains(&name) => Some(Scope::Admin),
        ("v1" | "api", _) => Some(Scope::ChatRun),
        ("a2a" | "agents", _) => Some(Scope::TasksRun),
        ("mem", _) if *method == Method::GET => Some(Scope::MemoryRead),
        ("mem", _) => Some(Scope::MemoryWrite),
        _ => None,
    }
}

fn session(secret: &Secret, v0: bool, identity: &Identity, request: &HttpRequest) -> SessionId {
    let agent = request.headers().get("user-agent");
    let agent = agent.map(|value| String::from_utf8_lossy(value.as_bytes()));
    let handle = match &identity.grant {
        Grant::Delegation { session, .. } => return session.clone(),
        Grant::Browser { handle } => Cow::Borrowed(&**handle),
        Grant::Oidc | Grant::Did | Grant::ApiKey { .. } => agent.unwrap_or_default(),
    };
    session_id(secret, v0, &identity.owner, &handle)
}

/// The session of `owner` whose work goes by `handle`. `v0` is
/// `SESSION_COMPAT=v0`.
pub fn session_id(secret: &Secret, v0: bool, owner: &Owner, handle: &str) -> SessionId {
    let id = if v0 {
        hex(&sha256(format!("{}:{handle}", owner.user).as_bytes())[..8])
    } else {
        let parts = [&*owner.issuer, &*owner.user, handle];
        hex(&secret.tag("attach-session-v1", &parts)[..16])
    };
    SessionId(id.into())
}

fn project(request: &HttpRequest) -> Result<Cow<'static, str>, ApiError> {
    let Some(value) = request.headers().get("x-attach-project") else {
        return Ok(Cow::Borrowed("default"));
    };
    let label = value.to_str().ok().filter(|text| is_label(text));
    let remedy = "X-Attach-Project: write 1 to 64 of A-Z a-z 0-9 . _ -";
    label
        .map(|text| Cow::Owned(text.to_owned()))
        .ok_or_else(|| ApiError::Invalid(remedy.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_wants_the_scope_the_documents_say() {
        for (method, path, scope) in [
            (Method::POST, "/api/chat", Some(Scope::ChatRun)),
            (Method::GET, "/v1/models", Some(Scope::ChatRun)),
            (Method::POST, "/v1/logs", Some(Scope::MemoryWrite)),
            (Method::DELETE, "/api/delete", Some(Scope::Admin)),
            (Method::POST, "/api/blobs/sha256:x", Some(Scope::Admin)),
            (Method::GET, "/a2a/tasks", Some(Scope::TasksRun)),
            (Method::GET, "/agents", Some(Scope::TasksRun)),
            (Method::GET, "/mem/events", Some(Scope::MemoryRead)),
            (Method::POST, "/mem/events", Some(Scope::MemoryWrite)),
            (Method::GET, "/metrics", None),
        ] {
            assert_eq!(scope_of(&method, path), scope, "{method} {path}");
        }
    }
}
