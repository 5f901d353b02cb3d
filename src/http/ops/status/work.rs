//! What does the work: the store, Temporal, and the other faces.

use super::{Part, backlog::Backlog};
use crate::http::{State, ops::detail::Detail};

/// Where tasks are.
pub(super) fn store(state: &State, detail: &Detail) -> Part {
    let name = "Task store";
    let part = match (&detail.store, state.store.is_shared()) {
        (Err(error), _) => Part::away(
            name,
            format!("it cannot be written, and no work is taken: {error}"),
        ),
        (Ok(()), true) => Part::ok(
            name,
            "tasks are in PostgreSQL, for every gateway that names it",
        ),
        (Ok(()), false) => Part::ok(
            name,
            "tasks are in a SQLite file below ATTACH_DATA, for this gateway alone; for several set DATABASE_URL to a PostgreSQL and run attach-gateway migrate",
        ),
    };
    part.by("DATABASE_URL")
}

/// The rest.
pub(super) fn parts(state: &State, detail: &Detail, backlog: &Backlog) -> Vec<Part> {
    vec![
        temporal(state, detail),
        webhooks(backlog),
        grpc(state),
        old_clients(state),
    ]
}

fn temporal(state: &State, detail: &Detail) -> Part {
    let name = "Temporal";
    let Some(it) = &state.temporal else {
        let why = "no task is for a workflow; set TEMPORAL_URL, and TEMPORAL_WORKFLOWS to those that may be called";
        return Part::off(name, why).by("TEMPORAL_URL");
    };
    let does = match (&it.dispatcher, &it.tracer) {
        (Some(_), _) => "it runs all tasks",
        (None, Some(_)) => "it runs workflows, and is told of all other tasks",
        (None, None) => "it runs workflows",
    };
    let part = match (it.lookout.workflows().temporal().away(), &detail.workflows) {
        (Some(why), _) => Part::away(name, format!("its tasks wait until it is back: {why}")),
        (None, Some(Err(error))) => Part::away(name, format!("its tasks cannot be read: {error}")),
        (None, Some(Ok(count))) if *count > 0 => Part::ok(
            name,
            format!("{does}; of {count} it is not known that they ended"),
        ),
        (None, _) => Part::ok(name, does),
    };
    part.by("TEMPORAL_URL")
}

fn webhooks(backlog: &Backlog) -> Part {
    let name = "Webhooks";
    let part = match backlog.webhooks {
        None => Part::away(name, "they cannot be read; see that the database is there"),
        Some(0) => Part::ok(
            name,
            "all are told; private addresses only where PUSH_ALLOW says so",
        ),
        Some(count) => Part::ok(name, format!("{count} have something to deliver")),
    };
    part.by("PUSH_ALLOW")
}

fn grpc(state: &State) -> Part {
    let name = "gRPC";
    let part = match &state.cards.place().grpc {
        Some(place) => Part::ok(name, format!("agents are called at {place}")),
        None => Part::off(name, "nothing listens for it; set GRPC_PORT to a free port"),
    };
    part.by("GRPC_PORT")
}

fn old_clients(state: &State) -> Part {
    let name = "A2A 0.3";
    let part = match state.v03 {
        true => Part::ok(name, "clients of 0.3 are served beside those of 1.0"),
        false => Part::off(
            name,
            "only clients of A2A 1.0 are served; set A2A_V03=true for older ones",
        ),
    };
    part.by("A2A_V03")
}
