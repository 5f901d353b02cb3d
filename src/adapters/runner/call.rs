//! The HTTP call of an agent, to a checked address.

use std::{error::Error, time::Duration};

use reqwest::{
    Client, StatusCode,
    header::{CONTENT_TYPE, HeaderMap},
    redirect::Policy,
};

use crate::{
    adapters::{
        public_only::{PublicOnly, is_private_literal},
        store::Claimed,
    },
    domain::{header::percent_encoded, target::Destination},
};

/// The largest answer of an agent that is taken, in bytes.
const MAX_ANSWER: usize = 8 << 20;
const CONNECT: Duration = Duration::from_secs(5);

/// One call, ready to go.
pub(super) struct Call<'a> {
    pub(super) claimed: &'a Claimed,
    pub(super) to: &'a Destination,
    pub(super) token: &'a str,
    pub(super) input: String,
}

/// What came back, whole.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// Two clients: one for places the team named as internal, one that connects
/// to public addresses only.
pub(super) struct Caller {
    internal: Client,
    public: Client,
}

impl Caller {
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        let builder = || {
            Client::builder()
                .redirect(Policy::none())
                .no_proxy()
                .tcp_nodelay(true)
                .connect_timeout(CONNECT)
        };
        Ok(Self {
            internal: builder().build()?,
            public: builder().dns_resolver(PublicOnly).build()?,
        })
    }

    pub(super) async fn post(&self, call: Call<'_>) -> Result<Reply, String> {
        let client = self.client(call.to)?;
        let claimed = call.claimed;
        let task = claimed.attempt.task.to_string();
        let request = client
            .post(call.to.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .bearer_auth(call.token)
            .header("X-Attach-User", percent_encoded(&claimed.owner.user))
            .header("X-Attach-Issuer", percent_encoded(&claimed.owner.issuer))
            .header("X-Attach-Session", &*claimed.session.0)
            .header("X-Attach-Task", &task)
            .header("X-Attach-Attempt", claimed.attempt.number)
            .header("Idempotency-Key", &task)
            .body(call.input);
        let response = request.send().await.map_err(|e| cause(&e))?;
        read(response).await
    }

    /// A literal address is not resolved, so it is checked here.
    fn client(&self, to: &Destination) -> Result<&Client, String> {
        if to.internal {
            return Ok(&self.internal);
        }
        if is_private_literal(&to.url) {
            return Err("the agent's address is private".to_owned());
        }
        Ok(&self.public)
    }
}

async fn read(mut response: reqwest::Response) -> Result<Reply, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| cause(&e))? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(format!("the agent sent more than {MAX_ANSWER} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body,
    })
}

/// The innermost cause: the outer ones only repeat the URL.
fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(inner) = innermost.source() {
        innermost = inner;
    }
    format!("the agent could not be reached: {innermost}")
}
