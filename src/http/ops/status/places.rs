//! Engines and agents: whether they answer.

use futures_util::future::join_all;

use super::Part;
use crate::{adapters::reach::Look, domain::target::OWN_CHAT, http::State};

/// One part each.
pub(super) async fn parts(state: &State) -> Vec<Part> {
    let (engines, agents) = tokio::join!(engines(state), agents(state));
    engines.into_iter().chain(agents).collect()
}

async fn engines(state: &State) -> Vec<Part> {
    let engines = state.engines.all().iter().map(|engine| async {
        let look = state.reach.engine(engine).await;
        seen(format!("Engine {}", engine.name()), look).by("ENGINE_URL")
    });
    join_all(engines).await
}

/// The gateway's own chat is as well as its engines are.
async fn agents(state: &State) -> Vec<Part> {
    let all = state.directory.all().iter();
    let configured = all.filter(|agent| agent.name != OWN_CHAT);
    let looks = configured.map(|agent| async {
        let look = state.reach.agent(&agent.name).await;
        seen(format!("Agent {}", agent.name), look).by("AGENTS")
    });
    let looks = join_all(looks).await;
    if looks.is_empty() {
        let why = "there are none but the gateway's own chat; name them in AGENTS, as planner=http://host:port/path";
        return vec![Part::off("Agents", why).by("AGENTS")];
    }
    looks
}

fn seen(name: String, look: Look) -> Part {
    match look.why {
        None => Part::ok(
            name,
            format!("it answers within {} ms", look.took.as_millis()),
        ),
        Some(away) => Part::away(name, away.remedy()),
    }
}
