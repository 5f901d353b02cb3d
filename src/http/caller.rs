//! Proof of login: a handler that takes a [`Caller`] is called by someone.

mod credentials;

use std::{borrow::Cow, net::IpAddr, sync::Arc};

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
        trace::Trace,
    },
    http::{State, error::ApiError, request_id::RequestId, span::trace_of},
};
use credentials::Credentials;
pub use credentials::only_bearer;

/// What a request says beside its credential, whatever protocol brought it.
#[derive(Debug)]
pub struct Said<'r> {
    /// The address it came from.
    pub from: Option<IpAddr>,
    /// `User-Agent`; empty without.
    pub user_agent: Cow<'r, str>,
    /// `X-Attach-Project`, as it came.
    pub project: Option<&'r [u8]>,
    /// What the request is called.
    pub request_id: RequestId,
    /// The place of what it causes in a trace, if it is in one.
    pub trace: Option<Trace>,
}

impl<'r> Said<'r> {
    fn of(request: &'r HttpRequest) -> Self {
        let header = |name: &str| request.headers().get(name).map(|value| value.as_bytes());
        Self {
            from: request.peer_addr().map(|peer| peer.ip()),
            user_agent: String::from_utf8_lossy(header("user-agent").unwrap_or_default()),
            project: header("x-attach-project"),
            request_id: RequestId::of(request),
            trace: trace_of(request),
        }
    }
}

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
    /// The place of what it causes in a trace, if it is in one.
    pub trace: Option<Trace>,
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
        Self::new(identity, Said::of(request), state)
    }

    fn new(identity: Arc<Identity>, said: Said<'_>, state: &State) -> Result<Self, ApiError> {
        Ok(Self {
            session: session(&state.secret, state.session_v0, &identity, said.user_agent),
            project: project(said.project)?,
            request_id: said.request_id,
            trace: said.trace,
            identity,
        })
    }

    /// Whoever `token` speaks for, if they may what `scope` says.
    ///
    /// # Errors
    ///
    /// 401, 403; 400: the project is none; 503: the token cannot be checked now.
    pub async fn bearing(
        token: &str,
        said: Said<'_>,
        scope: Option<Scope>,
        state: &State,
    ) -> Result<Self, ApiError> {
        let identity = state
            .auth
            .verify(token, said.from, UnixMillis::now())
            .await?;
        Self::admitted(identity, said, scope, state).await
    }

    async fn admitted(
        identity: Arc<Identity>,
        said: Said<'_>,
        scope: Option<Scope>,
        state: &State,
    ) -> Result<Self, ApiError> {
        if let Some(scope) = scope
            && !identity.may(scope, state.required_scopes)
        {
            return Err(ApiError::Scope(scope));
        }
        let caller = Self::new(identity, said, state)?;
        caller.is_still_good(state).await?;
        let (session, owner) = (&caller.session, &caller.identity.owner);
        state.sessions.saw(session, owner, UnixMillis::now());
        Ok(caller)
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
        let said = Said::of(&request);
        let scope = scope_of(request.method(), request.path());
        let caller = match Credentials::of(&request, state.browsers.jar)? {
            Credentials::Bearer(token) => Self::bearing(token, said, scope, state).await?,
            Credentials::Cookie(secret) => {
                let now = UnixMillis::now();
                let identity = state.browsers.enter(&request, &secret, now).await?;
                Self::admitted(Arc::new(identity), said, scope, state).await?
            }
        };
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
        ("status", "") => Some(Scope::Admin),
        ("v1", "logs") => Some(Scope::MemoryWrite),
        ("api", name) if ADMIN.contains(&name) => Some(Scope::Admin),
        ("v1" | "api", _) => Some(Scope::ChatRun),
        ("a2a" | "agents", _) => Some(Scope::TasksRun),
        ("mem", _) if *method == Method::GET => Some(Scope::MemoryRead),
        ("mem", _) => Some(Scope::MemoryWrite),
        _ => None,
    }
}

fn session(secret: &Secret, v0: bool, identity: &Identity, user_agent: Cow<'_, str>) -> SessionId {
    let handle = match &identity.grant {
        Grant::Delegation { session, .. } => return session.clone(),
        Grant::Browser { handle } => Cow::Borrowed(&**handle),
        Grant::Oidc | Grant::Did | Grant::ApiKey { .. } => user_agent,
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

fn project(said: Option<&[u8]>) -> Result<Cow<'static, str>, ApiError> {
    let Some(said) = said else {
        return Ok(Cow::Borrowed("default"));
    };
    let label = std::str::from_utf8(said).ok().filter(|text| is_label(text));
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
            (Method::GET, "/status", Some(Scope::Admin)),
            (Method::GET, "/metrics", None),
            (Method::GET, "/usage", None),
            (Method::GET, "/auth/keys", None),
        ] {
            assert_eq!(scope_of(&method, path), scope, "{method} {path}");
        }
    }
}
