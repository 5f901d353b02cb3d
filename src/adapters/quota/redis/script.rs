//! What Redis does at a time, as scripts.

use redis::{Cmd, RedisError, Script, aio::MultiplexedConnection};

macro_rules! script {
    ($file:literal) => {
        Script::new(concat!(include_str!("window.lua"), include_str!($file)))
    };
}

/// All of them. Each works on all windows of a call at once.
pub(super) struct Scripts {
    pub(super) reserve: Script,
    pub(super) settle: Script,
    pub(super) renew: Script,
    pub(super) look: Script,
}

impl Default for Scripts {
    fn default() -> Self {
        Self {
            reserve: script!("reserve.lua"),
            settle: script!("settle.lua"),
            renew: script!("renew.lua"),
            look: script!("look.lua"),
        }
    }
}

impl Scripts {
    /// Has Redis know them.
    pub(super) async fn load(
        &self,
        connection: &mut MultiplexedConnection,
    ) -> Result<(), RedisError> {
        for script in [&self.reserve, &self.settle, &self.renew, &self.look] {
            script.load_async(connection).await?;
        }
        Ok(())
    }
}

/// The command that runs `script` over these keys.
pub(super) fn run(script: &Script, keys: &[String]) -> Cmd {
    let mut command = redis::cmd("EVALSHA");
    command.arg(script.get_hash()).arg(keys.len()).arg(keys);
    command
}
