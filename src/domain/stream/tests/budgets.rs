//! A stream within a budget, and what costs nothing after it.

use proptest::prelude::*;

use super::*;

#[test]
fn a_budget_ends_with_the_event_that_uses_it_up_and_what_costs_nothing_follows() {
    let stream = events(&[
        LLAMA_ROLE,
        LLAMA_HELLO,
        LLAMA_WORLD,
        LLAMA_HELLO,
        LLAMA_STOP,
        "[DONE]",
    ]);
    let bytes = stream.as_bytes();
    let mut answer = Answer::new(Dialect::Sse, 1000);
    let read = answer.push_within(bytes, 3);
    assert_eq!(
        &stream[..read],
        events(&[LLAMA_ROLE, LLAMA_HELLO, LLAMA_WORLD])
    );
    assert_eq!(answer.streamed(), 6);
    let rest = &bytes[read..];
    assert_eq!(
        answer.push_free(rest),
        Free {
            read: 0,
            costs: true
        }
    );
    assert_eq!(
        answer.push_free(&rest[..40]),
        Free {
            read: 0,
            costs: false
        }
    );
    assert_eq!((answer.streamed(), answer.text()), (6, LLAMA_TEXT));
    let hello = events(&[LLAMA_HELLO]).len();
    assert_eq!(answer.push_within(rest, 1), hello);
    let rest = &rest[hello..];
    let open = rest.len() - 1;
    assert_eq!(
        answer.push_free(&rest[..open]),
        Free {
            read: open,
            costs: false
        }
    );
    assert!(answer.is_over());
}

proptest! {
    #[test]
    fn a_stream_read_within_budgets_is_the_same_stream(
        which in any::<prop::sample::Index>(),
        budgets in prop::collection::vec(1u64..4, 1..30),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let all = fixtures();
        let streams: Vec<_> = all.iter().filter(|(dialect, ..)| *dialect != Dialect::Json).collect();
        let (dialect, text, expected) = streams[which.index(streams.len())];
        let bytes = text.as_bytes();
        let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
        ends.sort_unstable();
        ends.push(bytes.len());
        let mut answer = Answer::new(*dialect, 1000);
        answer.prepare_to_cut(*dialect, Kind::Chat);
        let (mut read, mut left) = (0, 0u64);
        let mut budgets = budgets.iter().cycle();
        for end in ends {
            while read < end {
                let before = answer.streamed();
                if left == 0 {
                    let free = answer.push_free(&bytes[read..end]);
                    prop_assert_eq!(answer.streamed(), before);
                    read += free.read;
                    if free.costs {
                        left = *budgets.next().unwrap();
                    } else if free.read == 0 {
                        break;
                    }
                } else {
                    read += answer.push_within(&bytes[read..end], left);
                    left = left.saturating_sub(answer.streamed() - before);
                }
            }
        }
        answer.push(&bytes[read..]);
        answer.end();
        prop_assert_eq!(answer.streamed(), expected.streamed);
        prop_assert_eq!(answer.text(), &expected.text);
        prop_assert_eq!(answer.ending(), expected.ending);
    }
}

/// One that has read a first event, and nothing is left.
fn spent(event: &str) -> Answer {
    let mut answer = Answer::new(Dialect::Sse, 1000);
    answer.prepare_to_cut(Dialect::Sse, Kind::Chat);
    assert_eq!(answer.push_within(event.as_bytes(), 1), event.len());
    answer
}

#[test]
fn comments_pass_and_only_what_follows_them_is_held_back() {
    for end in ["\n", "\r\n", "\r"] {
        let mut answer = spent(&events(&[LLAMA_WORLD]).replace('\n', end));
        let ping = format!(": ping{end}{end}");
        let begun = format!("{ping}{ping}data: {{");
        let free = answer.push_free(begun.as_bytes());
        assert_eq!((free.read, free.costs), (2 * ping.len(), false), "{end:?}");
        let half = answer.push_free(b"data: {");
        assert_eq!((half.read, half.costs), (0, false), "{end:?}");
    }
}

#[test]
fn half_an_event_is_looked_at_once_however_small_its_pieces_are() {
    let hello = events(&[LLAMA_HELLO]);
    let mut answer = spent(&events(&[LLAMA_WORLD]));
    for end in 1..hello.len() {
        let free = answer.push_free(&hello.as_bytes()[..end]);
        assert_eq!((free.read, free.costs), (0, false), "{end}");
        assert_eq!(answer.ahead, end);
    }
    assert!(answer.push_free(hello.as_bytes()).costs);
    let before = (answer.streamed(), answer.text().len());
    assert_eq!(answer.push_within(hello.as_bytes(), 1), hello.len());
    let after = (answer.streamed(), answer.text().len());
    assert_eq!(
        (after.0 - before.0, after.1 - before.1),
        (2, "Héllo ☃".len())
    );
}

#[test]
fn what_costs_leaves_nothing_behind_until_it_is_read() {
    let mut answer = spent(&events(&[LLAMA_WORLD]));
    let other = LLAMA_HELLO.replace("smollm2", "other");
    assert!(answer.push_free(events(&[&other]).as_bytes()).costs);
    assert_eq!(answer.model(), Some("smollm2"));
    assert_eq!(answer.written(), Some(", beautiful world"));
    let end = events(&[LLAMA_STOP, "[DONE]"]);
    let free = answer.push_free(end.as_bytes());
    assert_eq!((free.read, free.costs), (end.len(), false));
    assert!(answer.is_over());
    assert_eq!(answer.written(), Some(", beautiful world"));
}

#[test]
fn everything_that_costs_is_written_and_of_too_much_nothing_is() {
    let mut answer = Answer::new(Dialect::Sse, 0);
    answer.push(events(&[VLLM_ONE, VLLM_TWO, LLAMA_WORLD, "hm"]).as_bytes());
    assert_eq!(answer.written(), Some("hm{, beautiful worldhm"));
    let large = LLAMA_HELLO.replace("Héllo", &"x".repeat(60_000));
    for _ in 0..18 {
        answer.push(events(&[&large]).as_bytes());
    }
    assert_eq!(answer.written(), None);
    assert_eq!(answer.text(), "");
}
