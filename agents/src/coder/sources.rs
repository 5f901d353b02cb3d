//! What the coder works from.

use super::{CODE, PROFILE};
use crate::{
    call::Call, earlier::Earlier, error::Error, gateway::Delegate, id::Id, subject::Subject,
};

/// What the code is written from, beside the conversation.
pub(super) struct Sources {
    plan: Option<String>,
    /// What memory holds on the same subject, where that was asked for.
    earlier: Option<Earlier>,
}

impl Sources {
    /// The plan that the call names, and earlier answers where they are wanted.
    ///
    /// # Errors
    ///
    /// A plan that is not there, or the gateway's refusal.
    pub(super) async fn read(call: &Call, person: &Delegate<'_>) -> Result<Self, Error> {
        let plan = match &call.input.mem_id {
            Some(mem_id) => Some(person.recall(mem_id).await?),
            None => None,
        };
        let earlier = match call.input.wants_reuse() {
            true => Some(earlier(call, person).await?),
            false => None,
        };
        Ok(Self { plan, earlier })
    }

    /// The earlier answers' documents, the best first.
    pub(super) fn reused(&self) -> &[Id] {
        self.earlier.as_ref().map_or(&[], Earlier::ids)
    }

    /// What the model is shown of them.
    pub(super) fn material(&self) -> Vec<String> {
        let plan = self.plan.as_ref().map(|plan| format!("The plan:\n{plan}"));
        let earlier = self.earlier.as_ref().and_then(Earlier::quoted);
        plan.into_iter().chain(earlier).collect()
    }

    /// What is said of the work on them.
    pub(super) fn told(&self, model: &str) -> String {
        let earlier = match (&self.earlier, self.reused().len()) {
            (None, _) => String::new(),
            (Some(_), 0) => ", as memory holds no earlier code to reuse".to_owned(),
            (Some(_), 1) => ", reusing 1 earlier answer".to_owned(),
            (Some(_), many) => format!(", reusing {many} earlier answers"),
        };
        format!("writing code with {model}{earlier}")
    }
}

/// The code that was written before on what the request is about. What this very
/// task wrote is left out: to another attempt it is nothing earlier.
async fn earlier(call: &Call, person: &Delegate<'_>) -> Result<Earlier, Error> {
    let Some(subject) = Subject::of(&call.input.request()) else {
        return Ok(Earlier::default());
    };
    let found = person.search(&subject).await?.into_iter();
    let found = found.filter(|one| one.is(PROFILE.name, CODE) && !one.is_of_task(&call.task));
    Ok(Earlier::of(found))
}
