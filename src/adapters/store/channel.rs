//! Where gateways on one server tell each other of tasks.

/// Its name, as the triggers of migrations/postgres have it, too.
macro_rules! channel {
    () => {
        "attach_task"
    };
}
pub(super) use channel;
