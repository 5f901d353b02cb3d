//! What was used in a time, in steps, by one person or by all.

mod piece;
mod tally;
mod turns;

use std::time::{Duration, Instant};

use sqlx::FromRow;

use super::{UsageTable, sums::Sum};
use crate::domain::{id::Owner, time::UnixMillis};
use piece::Piece;
pub use tally::TOLD;
use tally::Tally;
pub(super) use turns::Turns;

/// How long a picture may take: what is older than was reached by then is not in it.
const PATIENCE: Duration = Duration::from_secs(3);
/// Calls among the slowest.
const SLOWEST: usize = 10;

/// Which records are looked at.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Whose; `None` is everyone's.
    pub owner: Option<Owner>,
    /// From when, by the end of the call.
    pub since: UnixMillis,
    /// Until before when.
    pub until: UnixMillis,
    /// Milliseconds of a step; above 0.
    pub step_ms: i64,
}

/// What they add up to.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// Each model, the one with the most tokens first; about a thousand at most. What
    /// is not told apart is [`OTHER`](crate::domain::usage::OTHER), and the last.
    pub models: Vec<(String, Sum)>,
    /// Each step that has records, in the order of time, and each of the [`TOLD`]
    /// largest models; the others are [`OTHER`](crate::domain::usage::OTHER).
    pub steps: Vec<(UnixMillis, String, Sum)>,
    /// The ten calls that took longest.
    pub slowest: Vec<SlowCall>,
    /// From when on everything is in it: the frame's since, unless there was more than
    /// could be read in time.
    pub counted_since: UnixMillis,
}

/// One call that took long.
#[derive(Clone, Debug, FromRow)]
pub struct SlowCall {
    /// When it ended, in ms.
    pub at: i64,
    /// The model that answered.
    pub model: String,
    /// The engine.
    pub engine: String,
    /// From the request to the last byte, in ms.
    pub duration_ms: i64,
    /// To the first byte, in ms.
    pub first_byte_ms: i64,
    /// Tokens of the prompt.
    pub tokens_in: i64,
    /// Tokens of the answer.
    pub tokens_out: i64,
    /// The task it was made for.
    pub task_id: Option<String>,
    /// `finished`, `failed`, `cut` or `hung_up`.
    pub outcome: String,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// Others draw, or the same person does; again in a second.
    #[error("too many pictures of usage at once")]
    Busy,
    /// The database.
    #[error(transparent)]
    Read(#[from] sqlx::Error),
}

impl UsageTable {
    /// Draws `frame` for whoever `asks`: the newest first, piece by piece, each a few
    /// milliseconds of one reader, for three seconds at most. One's own ten thousand of
    /// a million records take 0.2 s, everyone's million 0.7 s.
    ///
    /// # Errors
    ///
    /// [`PictureError`].
    pub async fn picture(&self, frame: &Frame, asks: &Owner) -> Result<Picture, PictureError> {
        let _turn = self.turns.take(asks).await.ok_or(PictureError::Busy)?;
        self.drawn(frame, Instant::now() + PATIENCE).await
    }

    /// As far back as it gets until `end`, and one piece in any case.
    async fn drawn(&self, frame: &Frame, end: Instant) -> Result<Picture, PictureError> {
        let (mut tally, mut slowest) = (Tally::default(), Vec::new());
        let mut reached = frame.until;
        while frame.since < reached && (reached == frame.until || Instant::now() < end) {
            let piece = Piece::before(&self.db, frame, reached).await?;
            tally.add(piece.sums(&self.db).await?);
            piece.slower(&self.db, &mut slowest).await?;
            reached = piece.since();
        }
        let (models, steps) = tally.told(frame.step_ms);
        Ok(Picture {
            models,
            steps,
            slowest: piece::whole(&self.db, &slowest).await?,
            counted_since: reached,
        })
    }
}

#[cfg(test)]
mod tests;
