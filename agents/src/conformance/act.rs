//! Behaving as asked.

use std::time::Duration;

use a2a::{Part, TaskState};
use serde_json::Value;

use super::behaviour::{Behaviour, Product};
use crate::face::{Piece, Teller, Turn};

/// The longest that a task waits to be canceled.
const HOLD: Duration = Duration::from_secs(600);

/// Does what `turn` asks for, for a suite that waits `timeout` for a stream.
pub(super) async fn act(turn: Turn, teller: Teller, timeout: Duration) {
    let behaviour = Behaviour::of(&turn);
    if behaviour == Behaviour::Direct {
        return teller.message("Direct message response").await;
    }
    teller.open(turn.opening()).await;
    match behaviour {
        Behaviour::Direct => {}
        Behaviour::Complete(text) => teller.state(TaskState::Completed, text).await,
        Behaviour::Artifact(product) => complete_with(&teller, product).await,
        Behaviour::Streamed(product) => {
            teller.state(TaskState::Working, None).await;
            complete_with(&teller, product).await;
        }
        Behaviour::Chunked => chunks(&teller).await,
        Behaviour::AskInput => ask(&teller, "say tck-complete-task to go on").await,
        Behaviour::AskUntilDone => ask(&teller, "say more, or done").await,
        Behaviour::AskCredentials => credentials(&teller).await,
        Behaviour::AwaitCredentials => {
            credentials(&teller).await;
            finish_after(&teller, timeout, None).await;
        }
        Behaviour::Reject => teller.state(TaskState::Rejected, Some("rejected")).await,
        Behaviour::Fail => teller.failed("failed as asked").await,
        Behaviour::Hold => work_for(&teller, HOLD, None).await,
        Behaviour::Timeouts(times, text) => work_for(&teller, timeout * times, text).await,
        Behaviour::Second => work_for(&teller, Duration::from_secs(1), None).await,
    }
}

async fn complete_with(teller: &Teller, product: Product) {
    piece(teller, product.part(), false, true).await;
    teller.completed(Value::Null).await;
}

async fn chunks(teller: &Teller) {
    teller.state(TaskState::Working, None).await;
    piece(teller, Part::text("chunk-1 "), false, false).await;
    piece(teller, Part::text("chunk-2"), true, true).await;
    teller.completed(Value::Null).await;
}

async fn piece(teller: &Teller, part: Part, append: bool, is_last: bool) {
    let piece = Piece {
        name: "output",
        part,
        append,
        is_last,
    };
    teller.piece(piece).await;
}

async fn ask(teller: &Teller, text: &str) {
    teller.state(TaskState::InputRequired, Some(text)).await;
}

async fn credentials(teller: &Teller) {
    let text = "credentials are needed: send any message once they are given";
    teller.state(TaskState::AuthRequired, Some(text)).await;
}

async fn work_for(teller: &Teller, duration: Duration, text: Option<&str>) {
    teller.state(TaskState::Working, None).await;
    finish_after(teller, duration, text).await;
}

async fn finish_after(teller: &Teller, duration: Duration, text: Option<&str>) {
    tokio::time::sleep(duration).await;
    teller.state(TaskState::Completed, text).await;
}
