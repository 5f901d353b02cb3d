//! Answers as engines were recorded to give them, shortened, in any chunking.

mod budgets;

use proptest::prelude::*;

use super::*;

/// What a reader knows at the end.
#[derive(Debug, PartialEq)]
struct Known {
    ending: Ending,
    usage: Option<(Option<u64>, Option<u64>)>,
    model: Option<String>,
    streamed: u64,
    text: String,
}

fn known(
    ending: Ending,
    usage: Option<(u64, u64)>,
    model: &str,
    streamed: u64,
    text: &str,
) -> Known {
    Known {
        ending,
        usage: usage.map(|(input, output)| (Some(input), Some(output))),
        model: Some(model.to_owned()),
        streamed,
        text: text.to_owned(),
    }
}

fn read_chunks(dialect: Dialect, chunks: &[&[u8]]) -> Known {
    let mut answer = Answer::new(dialect, 1000);
    let pushed: u64 = chunks.iter().map(|chunk| answer.push(chunk)).sum();
    assert_eq!(pushed, answer.streamed());
    answer.end();
    Known {
        ending: answer.ending(),
        usage: answer.usage().map(|usage| (usage.input, usage.output)),
        model: answer.model().map(str::to_owned),
        streamed: answer.streamed(),
        text: answer.text().to_owned(),
    }
}

fn read(dialect: Dialect, text: &str) -> Known {
    read_chunks(dialect, &[text.as_bytes()])
}

/// One `data:` event for each, as servers write them.
fn events(data: &[&str]) -> String {
    data.iter()
        .map(|json| format!("data: {json}\n\n"))
        .collect()
}

const LLAMA_ROLE: &str = r#"{"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"created":1795412400,"id":"chatcmpl-x","model":"smollm2","system_fingerprint":"b10434","object":"chat.completion.chunk"}"#;
const LLAMA_HELLO: &str = r#"{"choices":[{"finish_reason":null,"index":0,"delta":{"content":"Héllo \u2603"}}],"created":1795412400,"id":"chatcmpl-x","model":"smollm2","object":"chat.completion.chunk"}"#;
const LLAMA_WORLD: &str = r#"{"choices":[{"finish_reason":null,"index":0,"delta":{"content":", beautiful world"}}],"created":1795412400,"id":"chatcmpl-x","model":"smollm2","object":"chat.completion.chunk"}"#;
const LLAMA_STOP: &str = r#"{"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"created":1795412400,"id":"chatcmpl-x","model":"smollm2","object":"chat.completion.chunk","timings":{"cache_n":3,"prompt_n":31,"prompt_ms":40.1,"predicted_n":8}}"#;
const LLAMA_USAGE: &str = r#"{"choices":[],"created":1795412400,"id":"chatcmpl-x","model":"smollm2","object":"chat.completion.chunk","usage":{"completion_tokens":9,"prompt_tokens":34,"total_tokens":43}}"#;
const LLAMA_TEXT: &str = "Héllo ☃, beautiful world";

const OLLAMA_A: &str = r#"{"model":"smollm2","created_at":"2026-11-23T03:41:20.564214857Z","message":{"role":"assistant","content":"","thinking":"I ponder"},"done":false}"#;
const OLLAMA_B: &str = r#"{"model":"smollm2","created_at":"2026-11-23T03:41:20.5642Z","message":{"role":"assistant","content":"I am"},"done":false}"#;
const OLLAMA_DONE: &str = r#"{"model":"smollm2","created_at":"2026-11-23T03:41:21Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"length","total_duration":1,"prompt_eval_count":15,"eval_count":12,"eval_duration":7}"#;
const OLLAMA_DIED: &str =
    r#"{"error":"an error was encountered while running the model: unexpected EOF"}"#;
const OLLAMA_V1: &str = r#"{"id":"chatcmpl-998","object":"chat.completion.chunk","created":1,"model":"smollm2","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"I"},"finish_reason":null}]}"#;
const OLLAMA_V1_DIED: &str = r#"{"id":"chatcmpl-998","object":"chat.completion.chunk","created":1,"model":"","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"content":""},"finish_reason":null}]}"#;

const VLLM_ONE: &str = r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"reasoning":"hm"},"logprobs":null,"finish_reason":null}],"usage":{"prompt_tokens":5,"total_tokens":6,"completion_tokens":1}}"#;
const VLLM_TWO: &str = r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":5,"total_tokens":7,"completion_tokens":2}}"#;
const VLLM_ERROR: &str = r#"{"error":{"message":"EngineCore died","type":"InternalServerError","param":null,"code":500}}"#;

/// Every fixture, and what is to be known of it.
fn fixtures() -> Vec<(Dialect, String, Known)> {
    use Dialect::{Json, Ndjson, Sse};
    use Ending::{Failed, Finished, Unfinished};
    let llama = [LLAMA_ROLE, LLAMA_HELLO, LLAMA_WORLD, LLAMA_STOP];
    let with_usage = [&llama[..], &[LLAMA_USAGE, "[DONE]"]].concat();
    let lines = |lines: &[&str]| lines.join("\n") + "\n";
    vec![
        (Sse, events(&with_usage), known(Finished, Some((34, 9)), "smollm2", 2 + 4, LLAMA_TEXT)),
        (Sse, events(&llama), known(Finished, Some((34, 8)), "smollm2", 6, LLAMA_TEXT)),
        (Sse, events(&llama[..3]), known(Unfinished, None, "smollm2", 6, LLAMA_TEXT)),
        (Sse, events(&with_usage).replace("data: ", "data:").replace('\n', "\r\n"), known(Finished, Some((34, 9)), "smollm2", 6, LLAMA_TEXT)),
        (Sse, events(&with_usage).replace('\n', "\r").replace("\r\r", "\r: ping\r\r"), known(Finished, Some((34, 9)), "smollm2", 6, LLAMA_TEXT)),
        (Sse, events(&with_usage).replace(",\"created\"", "\ndata: ,\"created\""), known(Finished, Some((34, 9)), "smollm2", 6, LLAMA_TEXT)),
        (Ndjson, lines(&[OLLAMA_A, OLLAMA_B, OLLAMA_DONE]), known(Finished, Some((15, 12)), "smollm2", 3, "I am")),
        (Ndjson, lines(&[OLLAMA_A, OLLAMA_B, OLLAMA_DIED]), known(Failed, None, "smollm2", 3, "I am")),
        (Ndjson, lines(&[OLLAMA_A, OLLAMA_B]), known(Unfinished, None, "smollm2", 3, "I am")),
        (Ndjson, r#"{"model":"m","message":{"content":""},"done":true,"done_reason":"load"}"#.into(), known(Finished, Some((0, 0)), "m", 0, "")),
        (Ndjson, lines(&[r#"{"model":"m","response":"a\n","done":false}"#, r#"{"model":"m","response":"","done":true,"context":[1,2],"eval_count":1}"#]), known(Finished, Some((0, 1)), "m", 1, "a\n")),
        (Sse, events(&[OLLAMA_V1, OLLAMA_V1_DIED]), known(Unfinished, None, "smollm2", 1, "I")),
        (Sse, events(&[VLLM_ONE, VLLM_TWO, "[DONE]"]), known(Finished, Some((5, 2)), "m", 2, "")),
        (Sse, events(&[VLLM_ONE, VLLM_ERROR, "[DONE]"]), known(Failed, Some((5, 1)), "m", 1, "")),
        (Sse, events(&[VLLM_ONE, "[DONE]"]), known(Finished, Some((5, 1)), "m", 1, "")),
        (Sse, events(&[VLLM_ERROR, LLAMA_STOP]), known(Failed, Some((34, 8)), "smollm2", 0, "")),
        (Sse, ANTHROPIC.into(), known(Finished, Some((25, 15)), "scribe", 4, "Hello")),
        (Sse, RESPONSES.into(), known(Finished, Some((9, 3)), "gpt", 3, "Hi you")),
        (Sse, r#"data: {"choices":[{"text":"ab","index":0,"finish_reason":null},{"text":"xy","index":1,"finish_reason":null}],"model":"m"}"#.into(), known(Unfinished, None, "m", 2, "ab")),
        (Json, r#"{"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"a\"b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#.into(), known(Finished, Some((1, 2)), "m", 0, "a\"b")),
        (Json, r#"{"model":"m","output":[{"type":"reasoning","content":[{"text":"hm"}]},{"type":"message","content":[{"type":"output_text","text":"a"},{"text":"b"}]}],"error":null,"usage":{"input_tokens":1,"output_tokens":2}}"#.into(), known(Finished, Some((1, 2)), "m", 0, "ab")),
        (Json, r#"{"type":"message","model":"m","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"a"}],"usage":{"input_tokens":1,"output_tokens":2}}"#.into(), known(Finished, Some((1, 2)), "m", 0, "a")),
        (Json, OLLAMA_DONE.replace("\"content\":\"\"", "\"content\":\"whole\""), known(Finished, Some((15, 12)), "smollm2", 0, "whole")),
    ]
}

const ANTHROPIC: &str = r#"event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"scribe","stop_reason":null,"usage":{"input_tokens":25,"output_tokens":1}}}

event: ping
data: {"type":"ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hmmm hmmm"}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hello"}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{}"}}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":15}}

event: message_stop
data: {"type":"message_stop"}

"#;

const RESPONSES: &str = r#"event: response.created
data: {"type":"response.created","response":{"id":"r","error":null,"model":"gpt","output":[],"usage":null}}

data: {"type":"response.reasoning_text.delta","delta":"hm"}

data: {"type":"response.output_text.delta","item_id":"i","delta":"Hi"}

data: {"type":"response.output_text.delta","item_id":"i","delta":" you"}

data: {"type":"response.output_text.done","text":"Hi you"}

data: {"type":"response.completed","response":{"id":"r","error":null,"model":"gpt","output":[{"type":"message","content":[{"type":"output_text","text":"Hi you"}]}],"usage":{"input_tokens":9,"output_tokens":3}}}

"#;

#[test]
fn every_recorded_answer_is_read_for_what_it_was() {
    for (dialect, text, expected) in fixtures() {
        assert_eq!(read(dialect, &text), expected, "{text}");
    }
}

#[test]
fn an_answer_is_over_with_the_engines_last_word_and_no_sooner() {
    use Dialect::{Json, Ndjson, Sse};
    let (_, closing) = ANTHROPIC.trim_end().rsplit_once("\n\n").unwrap();
    let before = ANTHROPIC.replace(closing, "");
    let whole = [LLAMA_HELLO, LLAMA_STOP, LLAMA_USAGE];
    for (dialect, before, last) in [
        (Sse, events(&whole), "data: [DONE]"),
        (Sse, events(&whole) + "data: [DO", "NE]\r\n"),
        (Sse, before, &format!("{closing}\n\n")),
        (Ndjson, format!("{OLLAMA_A}\n{OLLAMA_DONE}"), "\n"),
        (Sse, RESPONSES.trim_end().to_owned(), "\n\n"),
    ] {
        let mut answer = Answer::new(dialect, 0);
        answer.push(before.as_bytes());
        assert!(!answer.is_over(), "{before}");
        answer.push(last.as_bytes());
        assert!(answer.is_over(), "{before}{last}");
    }
    let mut body = Answer::new(Json, 0);
    body.push(LLAMA_STOP.as_bytes());
    assert!(!body.is_over());
}

#[test]
fn nothing_is_known_of_a_json_body_before_its_end() {
    let mut answer = Answer::new(Dialect::Json, 0);
    assert_eq!(
        answer.push(br#"{"choices":[{"message":{"content":"a"}}]}"#),
        0
    );
    assert_eq!(answer.ending(), Ending::Unfinished);
    answer.end();
    answer.end();
    assert_eq!((answer.ending(), answer.text()), (Ending::Finished, ""));
}

#[test]
fn a_body_that_is_no_answer_is_not_finished() {
    for body in ["", "404 page not found", "[1]", "{\"choices\":["] {
        assert_eq!(
            read(Dialect::Json, body).ending,
            Ending::Unfinished,
            "{body}"
        );
    }
    for body in [OLLAMA_DIED, VLLM_ERROR] {
        assert_eq!(read(Dialect::Json, body).ending, Ending::Failed, "{body}");
    }
}

#[test]
fn a_large_event_costs_a_token_for_four_bytes_and_is_survived() {
    let large = LLAMA_HELLO.replace("Héllo", &"x".repeat(100_000));
    let stream = events(&[LLAMA_WORLD, &large, LLAMA_USAGE, LLAMA_STOP]);
    let expected = known(
        Ending::Finished,
        Some((34, 9)),
        "smollm2",
        4 + large.len() as u64 / 4,
        ", beautiful world",
    );
    assert_eq!(read(Dialect::Sse, &stream), expected);
}

#[test]
fn a_large_last_event_repeats_and_so_costs_nothing() {
    let text = format!("\"text\":\"{}\\\"usage\\\":7\"", "x".repeat(100_000));
    let completed = RESPONSES.replace("\"text\":\"Hi you\"", &text);
    let expected = known(Ending::Finished, Some((9, 3)), "gpt", 3, "Hi you");
    assert_eq!(read(Dialect::Sse, &completed), expected);

    let last = r#""response":{"id":"r","model":"gpt","output":[TEXT],"usage":{"input_tokens":9,"output_tokens":3}},"type":"response.completed"}"#;
    let last = format!(
        "data: {{{}\n\n",
        last.replace("TEXT", &format!("{{{text}}}"))
    );
    assert_eq!(read(Dialect::Sse, &last).usage, expected.usage);
    assert_eq!(read(Dialect::Sse, &last).ending, Ending::Finished);

    let context = format!("\"done\":true,\"context\":[{}1]", "1,".repeat(50_000));
    let done = OLLAMA_DONE.replace("\"done\":true", &context);
    let expected = known(Ending::Finished, Some((15, 12)), "smollm2", 0, "");
    assert_eq!(read(Dialect::Ndjson, &done), expected);
}

#[test]
fn a_body_above_a_megabyte_is_known_by_its_ends() {
    let vectors = "0.25,".repeat(300_000);
    let body = format!(
        r#"{{"object":"list","data":[{{"embedding":[{vectors}0]}}],"model":"e","usage":{{"prompt_tokens":7,"total_tokens":7}}}}"#
    );
    let got = read(Dialect::Json, &body);
    assert_eq!(
        (got.ending, got.usage),
        (Ending::Finished, Some((Some(7), None)))
    );
    let failed = format!(r#"{{"error":{{"message":"{vectors}"}}}}"#);
    assert_eq!(read(Dialect::Json, &failed).ending, Ending::Failed);
}

#[test]
fn members_of_a_wrong_type_hide_no_others() {
    let odd = r#"{"model":7,"error":null,"choices":[{"index":"0","delta":{"content":{"x":1},"reasoning":3,"tool_calls":"?"},"finish_reason":5}],"usage":{"prompt_tokens":"x","completion_tokens":4},"message":"?","delta":[],"type":{},"done":"yes"}"#;
    let got = read(Dialect::Sse, &events(&[odd]));
    assert_eq!(got.usage, Some((None, Some(4))));
    assert_eq!((got.ending, got.streamed), (Ending::Unfinished, 0));
}

#[test]
fn what_cannot_be_read_still_costs() {
    assert_eq!(read(Dialect::Sse, "data: hello, world!\n\n").streamed, 3);
    let half = b"data: {\"choices\":[{\"delta\":{\"content\":\"a\xe2\x98\"}}]}\n\n";
    let got = read_chunks(Dialect::Sse, &[half]);
    assert_eq!((got.text.as_str(), got.streamed), ("a\u{fffd}", 1));
}

#[test]
fn kept_text_ends_between_characters_and_does_not_go_on_after_its_end() {
    for (keep, text) in [(0, ""), (2, "H"), (3, "Hé"), (8, "Héllo "), (10, "Héllo ☃")] {
        let mut answer = Answer::new(Dialect::Sse, keep);
        answer.push(events(&[LLAMA_HELLO, LLAMA_WORLD]).as_bytes());
        assert_eq!(answer.text(), text, "{keep}");
    }
}

#[test]
fn the_content_type_says_the_dialect() {
    for (value, dialect) in [
        (Some("text/event-stream; charset=utf-8"), Dialect::Sse),
        (Some("Text/Event-Stream"), Dialect::Sse),
        (Some("application/x-ndjson"), Dialect::Ndjson),
        (Some("application/json"), Dialect::Json),
        (Some("text/event-streams"), Dialect::Json),
        (None, Dialect::Json),
    ] {
        assert_eq!(Dialect::of(value), dialect, "{value:?}");
    }
}

proptest! {
    #[test]
    fn no_chunking_changes_what_is_known(
        which in any::<prop::sample::Index>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let all = fixtures();
        let (dialect, text, expected) = &all[which.index(all.len())];
        let bytes = text.as_bytes();
        let mut at: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
        at.extend([0, bytes.len()]);
        at.sort_unstable();
        let chunks: Vec<_> = at.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
        let read = read_chunks(*dialect, &chunks);
        prop_assert_eq!(&read, expected);
    }

    #[test]
    fn no_bytes_panic(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..64), 0..16),
        json in r#"data: [\[\]{}:,"a-z0-9\\. -]{0,64}"#,
        keep in 0usize..32,
    ) {
        for dialect in [Dialect::Sse, Dialect::Ndjson, Dialect::Json] {
            let mut answer = Answer::new(dialect, keep);
            for chunk in chunks.iter().map(Vec::as_slice).chain([json.as_bytes()]) {
                answer.push(chunk);
            }
            answer.end();
            prop_assert!(answer.text().len() <= keep);
        }
    }

    #[test]
    fn events_alike_are_read_as_if_each_were_the_first(
        texts in prop::collection::vec(r#"([a-zé☃ ]{0,9}|[\\\\"{}:,\na-c]{0,9})"#, 1..8),
        odd in any::<prop::sample::Index>(),
    ) {
        let event = |text: &String| {
            let text = serde_json::to_string(text).unwrap();
            events(&[&LLAMA_HELLO.replace(r#""Héllo \u2603""#, &text)])
        };
        let mut stream: Vec<_> = texts.iter().map(event).collect();
        stream.insert(odd.index(stream.len()), events(&[VLLM_ONE]));
        stream.push(events(&[LLAMA_STOP]));
        let mut whole = Answer::new(Dialect::Sse, 1000);
        for event in &stream {
            let mut fresh = Answer::new(Dialect::Sse, 1000);
            prop_assert_eq!(whole.push(event.as_bytes()), fresh.push(event.as_bytes()), "{}", event);
        }
        prop_assert_eq!(whole.text(), texts.concat());
        prop_assert_eq!(whole.usage(), Some(Usage { input: Some(5), output: Some(1) }));
    }
}

#[test]
fn an_absurd_count_is_cut_to_a_thousand_million() {
    const MOST: u64 = 1_000_000_000;
    for body in [
        r#"{"usage":{"prompt_tokens":18446744073709551615,"completion_tokens":1e300}}"#,
        r#"{"done":true,"prompt_eval_count":1000000001,"eval_count":9223372036854775807}"#,
        r#"{"timings":{"cache_n":1000000000,"prompt_n":1000000000,"predicted_n":1e12}}"#,
    ] {
        let usage = read(Dialect::Json, body).usage;
        assert_eq!(usage, Some((Some(MOST), Some(MOST))), "{body}");
    }
}

#[test]
fn of_an_answer_that_broke_off_only_a_count_of_all_that_came_is_known() {
    let (start, _) = ANTHROPIC.split_once("event: message_delta").unwrap();
    let vllm = events(&[VLLM_ONE]);
    let later = events(&[VLLM_ONE, LLAMA_HELLO]);
    for (stream, output) in [(start, None), (&vllm, Some(1)), (&later, None)] {
        let mut answer = Answer::new(Dialect::Sse, 0);
        answer.push(stream.as_bytes());
        let usage = answer.usage().unwrap();
        assert_eq!(
            (usage.output, usage.input.is_some()),
            (output, true),
            "{stream}"
        );
    }
}
