//! Temporal's own web page.

use url::Url;

use super::workflow_of;
use crate::{
    config::{Config, TaskRunner},
    domain::id::TaskId,
};

/// Where people see a task in Temporal.
#[derive(Clone, Debug)]
pub struct TemporalPage {
    base: Url,
    namespace: String,
    /// What tasks that are for no workflow are called there; `None`: they are not there.
    others: Option<&'static str>,
}

impl TemporalPage {
    /// As `config` says; `None` without `TEMPORAL_UI_URL`.
    pub fn of(config: &Config) -> Option<Self> {
        let temporal = config.temporal.as_ref()?;
        let others = match config.tasks.runner {
            TaskRunner::Temporal => Some("attach-task/"),
            TaskRunner::Local => temporal.traces.then_some("attach-trace/"),
        };
        Some(Self {
            base: temporal.ui_url.clone()?,
            namespace: temporal.namespace.clone(),
            others,
        })
    }

    /// Where the workflow of a task for `target` is shown, if there is one.
    pub fn link(&self, task: TaskId, target: &str) -> Option<String> {
        let start = match workflow_of(target) {
            Some(_) => "",
            None => self.others?,
        };
        let mut url = self.base.clone();
        let id = format!("{start}{task}");
        let parts = ["namespaces", &self.namespace, "workflows", &id];
        url.path_segments_mut().ok()?.pop_if_empty().extend(parts);
        Some(url.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_found_by_the_name_it_has_there() {
        let page = TemporalPage {
            base: Url::parse("http://localhost:8233/ui/").unwrap(),
            namespace: "our space".to_owned(),
            others: Some("attach-trace/"),
        };
        let task = TaskId::fresh();
        let start = "http://localhost:8233/ui/namespaces/our%20space/workflows";
        assert_eq!(
            page.link(task, "temporal://ProcessChat"),
            Some(format!("{start}/{task}"))
        );
        assert_eq!(
            page.link(task, "coder"),
            Some(format!("{start}/attach-trace%2F{task}"))
        );
        let untraced = TemporalPage {
            others: None,
            ..page
        };
        assert_eq!(untraced.link(task, "coder"), None);
    }
}
