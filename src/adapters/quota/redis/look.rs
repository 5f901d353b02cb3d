//! Where a payer stands, without holding anything.

use tokio::time::timeout;

use super::{Away, Call, PATIENCE, Payer, Redis, tokens};
use crate::domain::quota::{Standing, Under};

impl Redis {
    /// Where `payer` stands under each limit of `under`, in their order.
    ///
    /// # Errors
    ///
    /// [`Away`]: within two seconds.
    pub async fn look(&self, payer: Payer, under: Under) -> Result<Vec<Standing>, Away> {
        let call = Call {
            id: "".into(),
            payer,
            under,
        };
        let looking = async {
            match self.see(&call).await {
                Err(away) if away.was_broken && self.connect().await.is_ok() => {
                    self.see(&call).await
                }
                seen => seen,
            }
        };
        let too_slow = Away {
            in_doubt: false,
            was_broken: false,
            was_refused: false,
        };
        timeout(PATIENCE, looking).await.unwrap_or(Err(too_slow))
    }

    async fn see(&self, call: &Call) -> Result<Vec<Standing>, Away> {
        let command = self.command(&self.link.scripts.look, call);
        let command = self.with_windows(command, call);
        let ask = async |connection: &mut _| command.query_async::<Vec<i64>>(connection).await;
        let found = self.link.step(ask).await?;
        let limits = call
            .under
            .ids()
            .iter()
            .map(|id| self.limits.rule(*id).limit);
        let pairs = found.chunks_exact(2).map(|pair| (pair[0], pair[1]));
        let standings = limits.zip(pairs).map(|(limit, (used, reset_ms))| Standing {
            limit: limit.tokens,
            remaining: limit.tokens.saturating_sub(tokens(used)),
            reset_ms,
        });
        Ok(standings.collect())
    }
}
