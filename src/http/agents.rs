//! Agents, as those see them who send tasks.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use crate::{
    adapters::a2a::directory::Agent,
    config::AgentKind,
    http::{State, a2a::card, caller::Caller, error::ApiError},
};

/// `GET /agents`: who can be named in `target`, and where their cards are.
///
/// # Errors
///
/// None of its own.
pub async fn list(_caller: Caller, state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let agents = state.directory.all().iter();
    let agents: Vec<_> = agents
        .map(|agent| described(&state, agent))
        .collect::<Result<_, _>>()?;
    Ok(HttpResponse::Ok().json(json!({ "agents": agents })))
}

fn described(state: &State, agent: &Agent) -> Result<Value, ApiError> {
    let card = &card::last_known(state, agent)?.card;
    let skills: Vec<_> = card.skills.iter().map(|skill| &skill.name).collect();
    let kind = match agent.kind {
        AgentKind::Chat => "chat",
        AgentKind::A2a => "a2a",
    };
    Ok(json!({
        "name": agent.name,
        "description": card.description,
        "kind": kind,
        "card": state.cards.place().card_url(&agent.name),
        "skills": skills,
    }))
}
