//! Paths of the HTTP+JSON binding, after the agent's address.

use actix_web::http::Method;

/// One path: what it asks, and of whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http::a2a) struct Route<'a> {
    /// The agent, where the path names it once more.
    pub(in crate::http::a2a) tenant: Option<&'a str>,
    pub(in crate::http::a2a) operation: Operation<'a>,
}

/// What is asked; the texts are task ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http::a2a) enum Operation<'a> {
    Send,
    Stream,
    Get(&'a str),
    List,
    Cancel(&'a str),
    Subscribe(&'a str),
    ExtendedCard,
    Webhooks(Webhooks<'a>),
}

/// What is asked of a task's webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http::a2a) enum Webhooks<'a> {
    Create(&'a str),
    List(&'a str),
    Get(&'a str, &'a str),
    Delete(&'a str, &'a str),
}

impl<'a> Route<'a> {
    /// What `method` and `path` ask; `None` where there is nothing.
    pub(in crate::http::a2a) fn of(method: &Method, path: &'a str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').collect();
        let known = |parts: &[&'a str]| Operation::of(method, parts);
        if let Some(operation) = known(&parts) {
            let tenant = None;
            return Some(Self { tenant, operation });
        }
        let (tenant, rest) = parts.split_first()?;
        let operation = known(rest)?;
        let tenant = Some(*tenant).filter(|tenant| !tenant.is_empty())?;
        Some(Self {
            tenant: Some(tenant),
            operation,
        })
    }
}

impl<'a> Operation<'a> {
    fn of(method: &Method, parts: &[&'a str]) -> Option<Self> {
        let (get, post) = (method == Method::GET, method == Method::POST);
        let delete = method == Method::DELETE;
        let operation = match parts {
            ["message:send"] if post => Self::Send,
            ["message:stream"] if post => Self::Stream,
            ["extendedAgentCard"] if get => Self::ExtendedCard,
            ["tasks"] if get => Self::List,
            ["tasks", task] => return Self::of_task(method, task),
            ["tasks", task, "pushNotificationConfigs"] if post => {
                Self::Webhooks(Webhooks::Create(task))
            }
            ["tasks", task, "pushNotificationConfigs"] if get => {
                Self::Webhooks(Webhooks::List(task))
            }
            ["tasks", task, "pushNotificationConfigs", id] if get => {
                Self::Webhooks(Webhooks::Get(task, id))
            }
            ["tasks", task, "pushNotificationConfigs", id] if delete => {
                Self::Webhooks(Webhooks::Delete(task, id))
            }
            _ => return None,
        };
        Some(operation)
    }

    fn of_task(method: &Method, task: &'a str) -> Option<Self> {
        let (get, post) = (method == Method::GET, method == Method::POST);
        match task.split_once(':') {
            Some((id, "cancel")) if post => Some(Self::Cancel(id)),
            // The text of the specification says POST, its definition GET.
            Some((id, "subscribe")) if post || get => Some(Self::Subscribe(id)),
            None if get && !task.is_empty() => Some(Self::Get(task)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_of_the_specification_is_known_with_and_without_tenant() {
        use Operation as O;
        for (method, path, operation) in [
            (Method::POST, "message:send", O::Send),
            (Method::POST, "message:stream", O::Stream),
            (Method::GET, "tasks", O::List),
            (Method::GET, "tasks/t", O::Get("t")),
            (Method::POST, "tasks/t:cancel", O::Cancel("t")),
            (Method::POST, "tasks/t:subscribe", O::Subscribe("t")),
            (Method::GET, "tasks/t:subscribe", O::Subscribe("t")),
            (Method::GET, "extendedAgentCard", O::ExtendedCard),
            (
                Method::POST,
                "tasks/t/pushNotificationConfigs",
                O::Webhooks(Webhooks::Create("t")),
            ),
            (
                Method::GET,
                "tasks/t/pushNotificationConfigs",
                O::Webhooks(Webhooks::List("t")),
            ),
            (
                Method::GET,
                "tasks/t/pushNotificationConfigs/c",
                O::Webhooks(Webhooks::Get("t", "c")),
            ),
            (
                Method::DELETE,
                "tasks/t/pushNotificationConfigs/c",
                O::Webhooks(Webhooks::Delete("t", "c")),
            ),
        ] {
            let tenant = None;
            assert_eq!(Route::of(&method, path), Some(Route { tenant, operation }));
            let (path, tenant) = (format!("planner/{path}"), Some("planner"));
            assert_eq!(Route::of(&method, &path), Some(Route { tenant, operation }));
        }
    }

    #[test]
    fn nothing_else_is_a_path() {
        for (method, path) in [
            (Method::GET, ""),
            (Method::GET, "message:send"),
            (Method::POST, "tasks"),
            (Method::POST, "tasks/t"),
            (Method::DELETE, "tasks/t"),
            (Method::GET, "tasks/"),
            (Method::GET, "tasks/t:cancel"),
            (Method::POST, "tasks/t:explode"),
            (Method::GET, "/tasks"),
            (Method::GET, "a/b/tasks"),
        ] {
            assert_eq!(Route::of(&method, path), None, "{method} {path}");
        }
    }
}
