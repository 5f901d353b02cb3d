use serde_json::json;

use super::*;
use crate::{completion::Attach, id::Id};

/// An answer with everything that may stand in one: a comment, another field,
/// data in two lines, letters of several bytes, usage after the reason.
const ANSWER: &str = concat!(
    ": keep-alive\n\n",
    "data: {\"model\":\"m\",\"created\":7,\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}}]}\n\n",
    "id: 1\ndata: {\"choices\":[{\"delta\":{\"content\":\"1. grüße \"},\n",
    "data: \"finish_reason\":null}],\"usage\":null}\n\n",
    "data:{\"choices\":[{\"delta\":{\"content\":\"🌍\\n\"}}]}\n\n",
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"total_tokens\":3}}\n\n",
    "data: [DONE]\n\n",
    "data: not ours\n\n",
);

fn read<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Result<Completion, StreamError> {
    let mut reader = SseReader::default();
    for chunk in chunks {
        reader.push(chunk)?;
    }
    reader.finish()
}

#[test]
fn the_answer_is_the_same_however_it_is_cut_into_chunks() {
    let whole = read([ANSWER.as_bytes()]).unwrap();
    assert_eq!(whole.text, "1. grüße 🌍\n");
    for answer in [ANSWER.to_owned(), ANSWER.replace('\n', "\r\n")] {
        let bytes = answer.as_bytes();
        for n in 1..bytes.len() {
            let (before, after) = bytes.split_at(n);
            assert_eq!(read([before, after]).as_ref(), Ok(&whole), "cut at {n}");
            assert_eq!(read(bytes.chunks(n)).as_ref(), Ok(&whole), "{n} at a time");
        }
    }
}

#[test]
fn an_answer_keeps_what_the_engine_said_of_it() {
    let ids = ["t", "p", "c"].map(|id| Id::try_from(id.to_owned()).unwrap());
    let (plan_id, code_id) = (Some(&ids[1]), &ids[2]);
    let whole = read([ANSWER.as_bytes()]).unwrap();
    let message = json!({ "role": "assistant", "content": "1. grüße 🌍\n" });
    let answer = json!({
        "id": "chatcmpl-t", "object": "chat.completion", "created": 7, "model": "m",
        "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }],
        "usage": { "total_tokens": 3 },
        "attach": { "plan_id": "p", "code_id": "c", "reused": [] },
    });
    let reused = &[];
    let attach = Attach {
        plan_id,
        code_id,
        reused,
    };
    assert_eq!(whole.into_answer(&ids[0], &attach), answer);
}

#[test]
fn an_answer_without_a_reason_to_stop_is_cut() {
    let reason = ANSWER.find("\"stop\"").unwrap();
    let blank = reason + ANSWER[reason..].find("\n\n").unwrap() + 2;
    for n in 0..blank {
        let cut = read([&ANSWER.as_bytes()[..n]]);
        assert_eq!(cut, Err(StreamError::Cut), "cut at {n}");
    }
    assert!(read([&ANSWER.as_bytes()[..blank]]).is_ok());
    let done = read([
        b"data: {\"choices\":[{\"delta\":{\"content\":\"1\"}}]}\n\ndata: [DONE]\n\n".as_slice(),
    ]);
    assert_eq!(done, Err(StreamError::Cut));
}

#[test]
fn an_error_event_is_an_error_whatever_came_before() {
    for event in [
        "data: {\"error\":{\"message\":\"out of memory\"}}\n\n",
        "event: error\ndata: {\"message\":\"out of memory\"}\n\n",
        "event: error\r\ndata: out of memory\r\n\r\n",
    ] {
        let whole = ANSWER.replace("data: [DONE]\n\n", event);
        let failed = read([whole.as_bytes()]);
        let why = "out of memory".to_owned();
        assert_eq!(failed, Err(StreamError::Engine(why)), "{event}");
    }
    let junk = read([b"data: {\"choices\":3}\n\n".as_slice()]);
    assert!(matches!(junk, Err(StreamError::Unreadable(_))), "{junk:?}");
}

#[test]
fn an_endless_answer_is_given_up() {
    let line = [b'x'; 1 << 16];
    let endless = read(std::iter::repeat_n(line.as_slice(), 65));
    assert_eq!(endless, Err(StreamError::TooLarge));
}
