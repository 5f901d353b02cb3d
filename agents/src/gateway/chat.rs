//! Asking a model.

use reqwest::{Response, header::CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Delegate, read_as, send, send_for};
use crate::{
    completion::{Chunk, Completion},
    error::Error,
    face::Draft,
    stream::{SseReader, StreamError},
};

const STEP: &str = "ask the model";

/// What a model is asked.
#[derive(Debug)]
pub(crate) struct Prompt<'a> {
    /// The conversation, instructions first.
    pub(crate) messages: Vec<Value>,
    /// The model.
    pub(crate) model: &'a str,
    /// Whether the answer comes as a stream.
    pub(crate) stream: bool,
    /// The most the model may write, in tokens.
    pub(crate) max_tokens: u32,
}

/// A model that answers.
#[derive(Debug)]
pub(crate) enum Asked {
    Stream(Response),
    Whole(Chunk),
}

#[derive(Serialize)]
struct ChatRequest<'a> {
    model: &'a str,
    messages: &'a [Value],
    max_tokens: u32,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Deserialize)]
struct Models {
    data: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    id: String,
}

impl Delegate<'_> {
    /// Asks the model; it has begun to answer, or has answered where the answer
    /// is no stream.
    ///
    /// # Errors
    ///
    /// The gateway's refusal.
    pub(crate) async fn ask(&self, prompt: &Prompt<'_>) -> Result<Asked, Error> {
        let include_usage = true;
        let request = ChatRequest {
            model: prompt.model,
            messages: &prompt.messages,
            max_tokens: prompt.max_tokens,
            stream: prompt.stream,
            stream_options: prompt.stream.then_some(StreamOptions { include_usage }),
        };
        let request = self.post("/v1/chat/completions", &request);
        let response = send(STEP, request).await?;
        // An engine may answer in one piece where a stream was asked for.
        let kind = response.headers().get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok());
        let is_json = kind.is_some_and(|kind| kind.starts_with("application/json"));
        Ok(match prompt.stream && !is_json {
            true => Asked::Stream(response),
            false => Asked::Whole(read_as(STEP, response).await?),
        })
    }

    /// The model to ask: the one that was `asked` for, else the first one the
    /// gateway lists.
    pub(crate) async fn model(&self, asked: Option<&str>) -> String {
        match asked {
            Some(model) => model.to_owned(),
            None => self.first_model().await,
        }
    }

    /// A failure here is not told: the chat that follows meets it as well, and
    /// an engine that has no list of models may have a model all the same.
    async fn first_model(&self) -> String {
        let models = send_for::<Models>(STEP, self.get("/v1/models")).await;
        let first = models
            .ok()
            .and_then(|models| models.data.into_iter().next());
        first.map_or_else(|| "default".to_owned(), |model| model.id)
    }
}

impl Asked {
    /// What the model writes, once it has written all of it; `draft` has it as
    /// it comes.
    ///
    /// # Errors
    ///
    /// An answer that was cut, or one without a word.
    pub(crate) async fn read(self, mut draft: Draft<'_>) -> Result<Completion, Error> {
        let completion = match self {
            Self::Stream(response) => assemble(response, &mut draft).await?,
            Self::Whole(answer) => whole(answer)?,
        };
        let completion = worded(completion)?;
        draft.ended(&completion.text).await;
        Ok(completion)
    }
}

/// Reads the stream to its end, and not only to `[DONE]`: to the gateway a
/// client that leaves early is one that hung up.
async fn assemble(mut response: Response, draft: &mut Draft<'_>) -> Result<Completion, Error> {
    let mut reader = SseReader::default();
    loop {
        match response.chunk().await {
            Ok(Some(bytes)) => {
                reader.push(&bytes).map_err(failed)?;
                draft.grown(reader.text()).await;
            }
            Err(error) if !reader.is_whole() => return Err(Error::unreachable(STEP, error)),
            Ok(None) | Err(_) => return reader.finish().map_err(failed),
        }
    }
}

fn whole(answer: Chunk) -> Result<Completion, Error> {
    let mut completion = Completion::default();
    let absorbed = completion.absorb(answer).map_err(StreamError::Engine);
    absorbed.map_err(failed)?;
    Ok(completion)
}

fn worded(completion: Completion) -> Result<Completion, Error> {
    if completion.text.trim().is_empty() {
        let (step, problem) = (STEP, "it wrote nothing".to_owned());
        return Err(Error::Unexpected { step, problem });
    }
    Ok(completion)
}

fn failed(cause: StreamError) -> Error {
    Error::Stream { step: STEP, cause }
}
