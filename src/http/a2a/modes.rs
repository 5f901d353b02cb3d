//! Media types that an agent takes and gives.

use a2a::{A2AError, AgentCard, Message, SendMessageConfiguration};

use super::Call;
use crate::config::AgentKind;

impl Call {
    /// # Errors
    ///
    /// A part is of a type that the agent's card does not name.
    pub(super) fn takes_types(&self, message: &Message) -> Result<(), A2AError> {
        let types = message.parts.iter().filter_map(|p| p.media_type.as_deref());
        let mut types = types.filter(|kind| !kind.is_empty()).peekable();
        if types.peek().is_none() {
            return Ok(());
        }
        let Some(modes) = self.input_modes() else {
            // Nobody knows yet: the agent says so itself.
            return Ok(());
        };
        let unknown = types.find(|kind| !modes.iter().any(|mode| covers(mode, kind)));
        unknown.map_or(Ok(()), |kind| Err(not_supported("take", kind, &modes)))
    }

    /// What the configuration says that the agent takes, or its own card, with
    /// what single skills take; `None` of an agent that was never seen.
    fn input_modes(&self) -> Option<Vec<String>> {
        let configured = &self.agent.card.input_modes;
        if !configured.is_empty() {
            return Some(configured.clone());
        }
        let card = self.state.agent_cards.known(&self.agent.name)?;
        Some(all_inputs(&card)).filter(|modes| !modes.is_empty())
    }

    /// # Errors
    ///
    /// The caller can use none of the types that the agent's card names.
    pub(super) fn gives_types(
        &self,
        asked: Option<&SendMessageConfiguration>,
    ) -> Result<(), A2AError> {
        let accepted = asked.and_then(|c| c.accepted_output_modes.as_deref());
        let accepted = accepted.unwrap_or_default();
        // An A2A agent says so itself.
        if self.agent.kind == AgentKind::A2a || accepted.is_empty() {
            return Ok(());
        }
        let modes = &self.agent.card.output_modes;
        let meets = |one: &String| modes.iter().any(|m| covers(one, m) || covers(m, one));
        match accepted.iter().any(meets) {
            true => Ok(()),
            false => Err(not_supported("give", &accepted.join(", "), modes)),
        }
    }
}

fn all_inputs(card: &AgentCard) -> Vec<String> {
    let of_skills = card.skills.iter().flat_map(|skill| &skill.input_modes);
    let mut modes = card.default_input_modes.clone();
    modes.extend(of_skills.flatten().cloned());
    modes
}

fn not_supported(verb: &str, kind: &str, modes: &[String]) -> A2AError {
    let modes = modes.join(", ");
    let text = format!("the agent does not {verb} {kind}; it {verb}s {modes}");
    A2AError::new(a2a::error_code::CONTENT_TYPE_NOT_SUPPORTED, text)
}

/// `text/*`, and the `text` of older clients, covers `text/plain; charset=utf-8`.
fn covers(mode: &str, kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    match mode.split_once('/') {
        Some((_, "*")) if mode == "*/*" => true,
        Some((family, "*")) => kind.split('/').next() == Some(family),
        None if kind.contains('/') => kind.split('/').next() == Some(mode),
        _ => mode.eq_ignore_ascii_case(kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_covers_its_type_and_a_star_its_family() {
        for (mode, kind, yes) in [
            ("text/plain", "text/plain; charset=utf-8", true),
            ("text/*", "text/markdown", true),
            ("*/*", "image/png", true),
            ("text/plain", "image/png", false),
            ("image/*", "text/plain", false),
            ("text", "text/plain", true),
            ("text", "image/png", false),
        ] {
            assert_eq!(covers(mode, kind), yes, "{mode} {kind}");
        }
    }
}
