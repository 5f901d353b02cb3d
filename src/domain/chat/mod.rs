//! What must be known of a request before it is passed on. The bytes themselves
//! go on unchanged; what is wrong with them beyond their shape is the engine's
//! to say.

mod body;
pub(in crate::domain) mod member;
mod object;
mod prompt;

use body::Body;
pub use body::wants_usage;
pub use prompt::{prompt_text, prompt_tokens, prompt_tokens_within};

/// Which routes carry a prompt, and in which shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `/v1/chat/completions`
    Chat,
    /// `/v1/completions`
    Completion,
    /// `/v1/embeddings`
    Embedding,
    /// `/v1/responses`
    Responses,
    /// `/v1/messages`
    Messages,
    /// `/api/chat`, as Ollama reads it.
    NativeChat,
    /// `/api/generate`
    NativeGenerate,
    /// `/api/embed` and `/api/embeddings`
    NativeEmbed,
}

impl Kind {
    /// The kind of the engine's path, without query; `None` carries no prompt.
    pub fn of_path(path: &str) -> Option<Self> {
        Some(match path {
            "/v1/chat/completions" => Self::Chat,
            "/v1/completions" => Self::Completion,
            "/v1/embeddings" => Self::Embedding,
            "/v1/responses" => Self::Responses,
            "/v1/messages" => Self::Messages,
            "/api/chat" => Self::NativeChat,
            "/api/generate" => Self::NativeGenerate,
            "/api/embed" | "/api/embeddings" => Self::NativeEmbed,
            _ => return None,
        })
    }

    /// Whether the answer is text, and so costs tokens of its own.
    pub fn generates(self) -> bool {
        !matches!(self, Self::Embedding | Self::NativeEmbed)
    }

    /// Whether an answer is a stream where the request does not say.
    fn streams_unasked(self) -> bool {
        matches!(self, Self::NativeChat | Self::NativeGenerate)
    }
}

/// What a request asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// The model named; `None` if there is none or it is no text.
    pub model: Option<String>,
    /// Whether the answer shall be a stream.
    pub stream: bool,
    /// Tokens the answer may have at most, over all its choices; `None` if the
    /// request sets no limit.
    pub max_output: Option<u64>,
    /// Images in the prompt.
    pub images: u32,
}

impl Ask {
    /// Reads `body` in one pass, messages skipped over: 0.6 µs for a chat of
    /// 1 kB. Only a body that speaks of images is read into. A member of a
    /// wrong type reads as absent, since the engine refuses it better.
    ///
    /// # Errors
    ///
    /// [`PeekError`] if two readers could disagree about the body: broken JSON,
    /// no object, or a member that is read here and there twice, also where only
    /// upper and lower case tell the two names apart.
    pub fn peek(kind: Kind, body: &[u8]) -> Result<Self, PeekError> {
        let body = Body::read(body)?;
        let model = member::text(body.model).filter(|name| !name.is_empty());
        Ok(Self {
            model: model.map(|name| name.into_owned()),
            stream: member::flag(body.stream).unwrap_or(kind.streams_unasked()),
            max_output: body.max_output()?,
            images: body.images(),
        })
    }
}

/// Why a body cannot be passed on. The text is fit for a 400 and echoes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeekError {
    /// Broken, cut off, or not UTF-8.
    #[error("the body is not valid JSON")]
    NotJson,
    /// JSON, but a list, a string or the like.
    #[error("the body must be a JSON object")]
    NotObject,
    /// One of the members read here is there twice.
    #[error("the body must not name a member twice")]
    Repeated,
    /// One has the name of a member read here but for its case, and some engines would
    /// read it.
    #[error("the body has a member that is \"{0}\" but for upper and lower case; write \"{0}\"")]
    Miscased(&'static str),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn peek(kind: Kind, body: &str) -> Ask {
        Ask::peek(kind, body.as_bytes()).unwrap()
    }

    fn refusal(body: &str) -> String {
        Ask::peek(Kind::Chat, body.as_bytes())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_chat_says_its_model_its_stream_and_its_limit() {
        let ask = peek(
            Kind::Chat,
            r#"{"model":"tiny\u006clama","messages":[{"role":"user","content":"hi"}],"stream":true,"max_tokens":5,"max_completion_tokens":9,"n":3,"tools":[]}"#,
        );
        let expected = Ask {
            model: Some("tinyllama".into()),
            stream: true,
            max_output: Some(27),
            images: 0,
        };
        assert_eq!(ask, expected);
    }

    #[test]
    fn native_generation_streams_unless_told_not_to() {
        assert!(peek(Kind::NativeChat, "{}").stream);
        assert!(peek(Kind::NativeGenerate, r#"{"stream":null}"#).stream);
        assert!(!peek(Kind::NativeChat, r#"{"stream":false}"#).stream);
        assert!(!peek(Kind::NativeEmbed, "{}").stream);
        assert!(!peek(Kind::Chat, "{}").stream);
    }

    #[test]
    fn limits_that_are_none_or_nonsense_read_as_absent() {
        for body in [
            r#"{"options":{"num_predict":-1}}"#,
            r#"{"max_tokens":"x","n":"y","options":"z","model":7,"stream":"yes"}"#,
            r#"{"max_tokens":null,"options":[1]}"#,
        ] {
            assert_eq!(peek(Kind::Chat, body), Ask::default(), "{body}");
        }
        let native = r#"{"options":{"seed":1,"num_predict":12}}"#;
        assert_eq!(peek(Kind::NativeChat, native).max_output, Some(12));
        let huge = r#"{"max_tokens":1e30,"n":18446744073709551615}"#;
        assert_eq!(peek(Kind::Chat, huge).max_output, Some(u64::MAX));
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused_without_echo() {
        for body in [
            "",
            "{",
            "{\"model\":}",
            "{} x",
            "\u{feff}{}",
            "nonsense",
            "[1,",
        ] {
            assert_eq!(refusal(body), "the body is not valid JSON", "{body}");
        }
        for body in ["[]", " \"text\"", "7", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14]"] {
            assert_eq!(refusal(body), "the body must be a JSON object", "{body}");
        }
        for body in [
            r#"{"model":"a","model":"b"}"#,
            r#"{"max_tokens":1,"m\u0061x_tokens":2}"#,
            r#"{"options":{"num_predict":1,"num_predict":2}}"#,
        ] {
            assert_eq!(
                refusal(body),
                "the body must not name a member twice",
                "{body}"
            );
        }
        for (body, name) in [
            (r#"{"model":"small","Model":"big"}"#, "model"),
            (r#"{"MESSAGES":[]}"#, "messages"),
            (r#"{"me\u017fſages":[]}"#, "messages"),
            (r#"{"max_to\u212aens":9}"#, "max_tokens"),
            (r#"{"options":{"num_Predict":9}}"#, "num_predict"),
        ] {
            let told = refusal(body);
            assert!(
                told.contains(&format!("write \"{name}\"")),
                "{body}: {told}"
            );
        }
        assert!(Ask::peek(Kind::Chat, b"{\"a\":\"\xff\"}").is_err());
        assert!(Ask::peek(Kind::Chat, br#"{"other":1,"other":2}"#).is_ok());
    }

    #[test]
    fn images_are_counted_in_every_dialect() {
        for (kind, body, images) in [
            (
                Kind::Chat,
                r#"{"messages":[{"content":[{"type":"text","text":"\"image"},{"type":"image_url","image_url":{"url":"data:"}},{"image_url":{"url":"x"}}]}]}"#,
                2,
            ),
            (
                Kind::Chat,
                r#"{"messages":[{"content":"an \"image\" of words"}]}"#,
                0,
            ),
            (
                Kind::Responses,
                r#"{"input":[{"role":"user","content":[{"type":"input_image","file_id":"f"}]}]}"#,
                1,
            ),
            (
                Kind::Messages,
                r#"{"messages":[{"content":[{"type":"tool_result","content":[{"type":"image","source":{}}]}]}]}"#,
                1,
            ),
            (
                Kind::NativeChat,
                r#"{"messages":[{"content":"","images":["a","b"]}]}"#,
                2,
            ),
            (
                Kind::NativeGenerate,
                r#"{"prompt":"what is this","images":["a","b","c"]}"#,
                3,
            ),
        ] {
            assert_eq!(peek(kind, body).images, images, "{body}");
        }
    }

    #[test]
    fn depth_neither_breaks_the_reader_nor_hides_an_image() {
        let deep = format!("{}\"image\"{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(
            peek(Kind::Chat, &format!("{{\"messages\":{deep}}}")).images,
            1
        );
        assert!(refusal(&"[".repeat(100_000)).contains("not valid"));
    }

    proptest! {
        #[test]
        fn no_body_panics(bytes in prop::collection::vec(any::<u8>(), 0..256), text in r#"[\[\]{}:,"a-z0-9\\. -]{0,64}"#) {
            for kind in [Kind::Chat, Kind::Responses, Kind::NativeGenerate] {
                let _ = Ask::peek(kind, &bytes);
                let _ = Ask::peek(kind, text.as_bytes());
            }
        }

        #[test]
        fn any_object_is_read_whatever_its_members_are(value in "(-?(0|[1-9][0-9]{0,29})|\"[a-z]{0,9}\"|\\[\\]|\\{\\}|true|null)") {
            let members = ["model", "stream", "max_tokens", "n", "options", "messages", "input", "images"];
            let body: Vec<_> = members.iter().map(|name| format!("\"{name}\":{value}")).collect();
            let body = format!("{{{}}}", body.join(","));
            prop_assert!(Ask::peek(Kind::Chat, body.as_bytes()).is_ok());
        }
    }
}
