//! Workflows of Temporal that callers may name.

use super::{Target, TargetError};

/// The longest name of a workflow, in characters.
pub(super) const MAX_WORKFLOW: usize = 200;

/// Which workflows callers may name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AllowedWorkflows {
    /// No Temporal is configured.
    #[default]
    Off,
    /// Those of these names.
    Named(Vec<String>),
    /// Any.
    Any,
}

impl AllowedWorkflows {
    /// The workflow called `name`, if callers may start it.
    ///
    /// # Errors
    ///
    /// What is wrong with it and what would allow it.
    pub(super) fn find(&self, name: &str) -> Result<Target, TargetError> {
        let is_allowed = match self {
            Self::Off => return Err(TargetError::NoTemporal),
            Self::Named(names) => names.iter().any(|known| known == name),
            Self::Any => true,
        };
        if !is_workflow_name(name) {
            return Err(TargetError::WorkflowName);
        }
        let name = name.to_owned();
        match is_allowed {
            true => Ok(Target::Workflow(name)),
            false => Err(TargetError::WorkflowNotAllowed { name }),
        }
    }
}

/// Whether a workflow can have this name here: it stands in URLs, logs and lists.
pub fn is_workflow_name(name: &str) -> bool {
    let is_fine = |c: char| c.is_alphanumeric() || "_-.:$".contains(c);
    (1..=MAX_WORKFLOW).contains(&name.chars().count()) && name.chars().all(is_fine)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::target::TargetRules;

    fn rules(workflows: AllowedWorkflows) -> TargetRules {
        TargetRules {
            workflows,
            ..TargetRules::default()
        }
    }

    fn workflow(workflows: AllowedWorkflows, name: &str) -> Result<Target, TargetError> {
        rules(workflows).resolve(None, Some(&format!("temporal://{name}")))
    }

    #[test]
    fn a_workflow_is_started_by_name_if_its_name_is_allowed() {
        let named = || AllowedWorkflows::Named(vec!["ProcessChat".into()]);
        let chat = Target::Workflow("ProcessChat".into());
        assert_eq!(workflow(named(), "ProcessChat"), Ok(chat.clone()));
        assert_eq!(workflow(AllowedWorkflows::Any, "ProcessChat"), Ok(chat));
        for other in ["processchat", "ProcessChat2", "Other"] {
            let name = other.to_owned();
            let refused = Err(TargetError::WorkflowNotAllowed { name });
            assert_eq!(workflow(named(), other), refused);
        }
        let off = workflow(AllowedWorkflows::Off, "ProcessChat");
        assert_eq!(off, Err(TargetError::NoTemporal));
    }

    #[test]
    fn what_is_no_name_of_a_workflow_is_told_so() {
        let long = "x".repeat(MAX_WORKFLOW + 1);
        for bad in [
            "", " ", "a b", "a/b", "a?b=c", "a#b", "a%20b", "a\nb", "*", &long,
        ] {
            for workflows in [AllowedWorkflows::Any, AllowedWorkflows::Named(Vec::new())] {
                let refused = workflow(workflows, bad);
                assert_eq!(refused, Err(TargetError::WorkflowName), "{bad:?}");
            }
        }
        for good in ["a", "my.module:Flow$1", "Flow-v2_x", "Überblick"] {
            assert!(workflow(AllowedWorkflows::Any, good).is_ok(), "{good}");
        }
    }

    proptest! {
        #[test]
        fn the_target_of_a_workflow_is_read_back(name in "[a-zA-Z0-9_.:$-]{1,200}") {
            let rules = rules(AllowedWorkflows::Any);
            let target = Target::Workflow(name);
            prop_assert_eq!(rules.restore(&target.to_string()), Ok(target));
        }
    }
}
