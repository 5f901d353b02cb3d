//! The connection to Redis: one for all, made anew when it is lost.

use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, ErrorKind, RedisError, ServerErrorKind,
    aio::MultiplexedConnection,
};
use tokio::time::timeout;

use super::script::Scripts;

/// How long Redis has for one step.
const STEP: Duration = Duration::from_secs(1);
/// How long it has to be connected to, and to learn the scripts.
const CONNECT: Duration = Duration::from_secs(2);

/// Redis cannot be asked now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("redis cannot be asked")]
pub struct Away {
    /// Whether what was sent may have been done all the same.
    pub in_doubt: bool,
    /// Whether the connection was found broken: a new one may do.
    pub was_broken: bool,
    /// Whether it is there, and will not do this one thing.
    pub was_refused: bool,
}

/// One connection that all share; or none, and then nobody waits for one.
pub(super) struct Link {
    client: Client,
    pub(super) scripts: Scripts,
    state: Mutex<State>,
    connecting: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    connection: Option<MultiplexedConnection>,
    /// Which one it is: what went wrong with an older one says nothing of it.
    number: u64,
    trouble: Option<String>,
}

impl Link {
    pub(super) fn new(url: &str) -> Result<Self, RedisError> {
        Ok(Self {
            client: Client::open(url)?,
            scripts: Scripts::default(),
            state: Mutex::default(),
            connecting: tokio::sync::Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why it is away, if it is; fit for logs.
    pub(super) fn trouble(&self) -> Option<String> {
        self.state().trouble.clone()
    }

    /// How often it was tried to connect.
    pub(super) fn number(&self) -> u64 {
        self.state().number
    }

    /// Connects, if it is not. Those who ask at once wait for one attempt.
    pub(super) async fn connect(&self) -> Result<(), Away> {
        let seen = self.state().number;
        let _turn = self.connecting.lock().await;
        let (is_there, number) = {
            let state = self.state();
            (state.connection.is_some(), state.number)
        };
        if is_there || number != seen {
            return if is_there { Ok(()) } else { Err(NOTHING_DONE) };
        }
        let made = timeout(CONNECT, self.open()).await;
        self.made(made.unwrap_or_else(|_| Err(too_slow())))
    }

    /// Takes what came of an attempt to connect.
    fn made(&self, made: Result<MultiplexedConnection, RedisError>) -> Result<(), Away> {
        let mut state = self.state();
        state.number += 1;
        match made {
            Ok(connection) => {
                if state.trouble.take().is_some() {
                    tracing::info!("redis is back");
                }
                state.connection = Some(connection);
                Ok(())
            }
            Err(error) => {
                state.told(error.to_string());
                Err(NOTHING_DONE)
            }
        }
    }

    async fn open(&self) -> Result<MultiplexedConnection, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(STEP));
        let connecting = self
            .client
            .get_multiplexed_async_connection_with_config(&config);
        let mut connection = connecting.await?;
        self.scripts.load(&mut connection).await?;
        Ok(connection)
    }

    /// Has `ask` do one step, and once more where Redis has forgotten the scripts.
    pub(super) async fn step<T>(
        &self,
        ask: impl AsyncFn(&mut MultiplexedConnection) -> Result<T, RedisError>,
    ) -> Result<T, Away> {
        let (connection, number) = {
            let state = self.state();
            (state.connection.clone(), state.number)
        };
        let mut connection = connection.ok_or(NOTHING_DONE)?;
        let both = async {
            match ask(&mut connection).await {
                Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                    self.scripts.load(&mut connection).await?;
                    ask(&mut connection).await
                }
                done => done,
            }
        };
        let done = timeout(STEP, both).await;
        done.unwrap_or_else(|_| Err(too_slow()))
            .map_err(|error| self.failed(number, &error))
    }

    /// What `error` means of a step that was asked over the connection of that number.
    fn failed(&self, number: u64, error: &RedisError) -> Away {
        let was_refused = is_refusal(error);
        if !was_refused {
            self.lost(number, error);
        }
        Away {
            in_doubt: true,
            was_broken: error.is_connection_dropped(),
            was_refused,
        }
    }

    /// The connection of that number is of no use any more.
    fn lost(&self, number: u64, error: &RedisError) {
        let mut state = self.state();
        if state.number == number {
            state.connection = None;
            state.told(error.to_string());
        }
    }
}

impl State {
    /// Notes why it is away; the log hears of it once.
    fn told(&mut self, trouble: String) {
        if self.trouble.is_none() {
            tracing::warn!(why = %trouble, "redis is away, quotas cannot be checked; trying again");
        }
        self.trouble = Some(trouble);
    }
}

const NOTHING_DONE: Away = Away {
    in_doubt: false,
    was_broken: false,
    was_refused: false,
};

/// Whether it is of one command, and says nothing of any other: a script that failed,
/// a key that is not what it should be. That it is full, loads or may not be written
/// to is of all.
fn is_refusal(error: &RedisError) -> bool {
    match error.kind() {
        ErrorKind::Server(ServerErrorKind::ResponseError) => true,
        // Of several commands the code is told in the text alone.
        ErrorKind::Extension => error.to_string().contains("WRONGTYPE"),
        _ => false,
    }
}

fn too_slow() -> RedisError {
    RedisError::from(io::Error::new(
        io::ErrorKind::TimedOut,
        "it did not answer in time",
    ))
}
