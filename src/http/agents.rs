//! Agents, as those see them who send tasks.

use a2a::AgentSkill;
use actix_web::{HttpResponse, web};
use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    adapters::{
        a2a::directory::Agent,
        reach::{Away, Look},
    },
    config::AgentKind,
    http::{State, a2a::card, answer::unkept, caller::Caller, error::ApiError, params::Params},
};

/// The query of a list.
#[derive(Deserialize)]
pub struct Wanted {
    reach: Option<bool>,
}

/// `GET /agents`: who can be named in `target`, and where their cards are. With
/// `reach=true` also whether each answers now, which takes two seconds at most.
///
/// # Errors
///
/// None of its own.
pub async fn list(
    _caller: Caller,
    wanted: Params<Wanted>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let all = state.directory.all();
    if wanted.reach != Some(true) {
        let agents = all.iter().map(|agent| described(&state, agent));
        let agents: Vec<_> = agents.collect::<Result<_, _>>()?;
        return Ok(unkept(json!({ "agents": agents })));
    }
    // Before they are described: a look at an agent may bring its card.
    let looks = join_all(all.iter().map(|agent| state.reach.agent(&agent.name))).await;
    let agents = all.iter().zip(looks).map(|(agent, look)| {
        let mut agent = described(&state, agent)?;
        agent["reach"] = told(look);
        Ok::<_, ApiError>(agent)
    });
    let agents: Vec<_> = agents.collect::<Result<_, _>>()?;
    Ok(unkept(json!({ "agents": agents })))
}

fn told(look: Look) -> Value {
    let ms = u64::try_from(look.took.as_millis()).unwrap_or(u64::MAX);
    json!({ "ok": look.why.is_none(), "ms": ms, "why": look.why.map(Away::plain) })
}

fn described(state: &State, agent: &Agent) -> Result<Value, ApiError> {
    let card = &card::last_known(state, agent)?.card;
    let names: Vec<_> = card.skills.iter().map(|skill| &skill.name).collect();
    let skills: Vec<_> = card.skills.iter().map(described_skill).collect();
    let kind = match agent.kind {
        AgentKind::Chat => "chat",
        AgentKind::A2a => "a2a",
    };
    Ok(json!({
        "name": agent.name,
        "description": card.description,
        "kind": kind,
        "card": state.cards.place().card_url(&agent.name),
        "skills": names,
        "skill_list": skills,
    }))
}

fn described_skill(skill: &AgentSkill) -> Value {
    json!({
        "id": skill.id,
        "name": skill.name,
        "description": skill.description,
        "tags": skill.tags,
        "examples": skill.examples.as_deref().unwrap_or_default(),
    })
}
