//! Servers that run beside the gateway, and stop after it.

use actix_web::dev::{Server, ServerHandle};

/// What runs in this process beside the gateway.
#[derive(Default)]
pub(super) struct Beside {
    servers: Vec<ServerHandle>,
    agents: Vec<attach_agents::Handle>,
}

impl Beside {
    /// Runs `server`.
    pub(super) fn start(&mut self, server: Server) {
        self.servers.push(server.handle());
        actix_web::rt::spawn(server);
    }

    /// Runs an agent.
    pub(super) fn agent(&mut self, agent: attach_agents::Server) {
        self.agents.push(agent.handle());
        actix_web::rt::spawn(async move {
            if let Err(error) = agent.run().await {
                tracing::error!(%error, "an agent stopped; start dev again");
            }
        });
    }

    /// Takes over what runs already.
    pub(super) fn extend(&mut self, handle: Option<ServerHandle>) {
        self.servers.extend(handle);
    }

    /// Stops all of it, and waits for no call: the tasks go on when the gateway
    /// does.
    pub(super) async fn stop(self) {
        for agent in self.agents {
            agent.stop_at_once();
        }
        for server in self.servers {
            server.stop(false).await;
        }
    }
}
