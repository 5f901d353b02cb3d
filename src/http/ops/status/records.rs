//! What is kept and told of calls: memory, quotas, usage, traces.

use super::Part;
use crate::{
    adapters::memory::Standing,
    http::{
        State,
        ops::detail::{Detail, redis},
    },
};

/// Each of them.
pub(super) fn parts(state: &State, detail: &Detail) -> Vec<Part> {
    vec![
        memory(state, detail),
        quota(state),
        shared_quota(state),
        metering(state),
        openmeter(state, detail),
        traces(state),
    ]
}

fn memory(state: &State, detail: &Detail) -> Part {
    let part = match &detail.memory {
        _ if !state.memory.is_on() => Part::off(
            MEMORY,
            "nothing is remembered; set MEM_BACKEND to sqlite, postgres or weaviate",
        ),
        Err(error) => Part::away(MEMORY, format!("its rows cannot be read: {error}")),
        Ok(Some(standing)) if standing.away.is_some() || standing.set_aside > 0 => {
            elsewhere(state.memory.name(), standing)
        }
        Ok(_) => here(state),
    };
    part.by("MEM_BACKEND")
}

const MEMORY: &str = "Memory";

/// Memory at a server that does not take all of it.
fn elsewhere(backend: &str, standing: &Standing) -> Part {
    let (waiting, refused) = (standing.waiting, standing.set_aside);
    match &standing.away {
        Some(why) => {
            let text = format!("{backend} cannot be reached, {waiting} events wait on disk: {why}");
            Part::away(MEMORY, text)
        }
        None => {
            let text = format!(
                "{refused} events were refused by {backend} and stay in memory_outbox; see why in the log"
            );
            Part::degraded(MEMORY, text)
        }
    }
}

/// Memory that is taken, as far as the disk could follow.
fn here(state: &State) -> Part {
    let dropped = state.mirror.dropped();
    let (events, bodies) = (dropped.events(), dropped.bodies());
    if events + bodies == 0 {
        return Part::ok(MEMORY, format!("kept in {}", state.memory.name()));
    }
    let text = format!(
        "since the start {events} events were not kept and {bodies} without their texts, as the disk was full or too slow"
    );
    Part::degraded(MEMORY, text)
}

fn quota(state: &State) -> Part {
    let name = "Token quota";
    let part = match &state.quota {
        None => Part::off(
            name,
            "nobody's tokens are limited; set MAX_TOKENS_PER_MIN or a [[limit]]",
        ),
        Some(_) if redis(state).is_none() && state.store.is_shared() => Part::degraded(
            name,
            "each gateway counts for itself; set REDIS_URL where several serve, or people have as many quotas",
        ),
        Some(quota) => {
            let count = quota.limits.rules().len();
            Part::ok(
                name,
                format!("{count} {} for each person", plural(count, "limit")),
            )
        }
    };
    part.by("MAX_TOKENS_PER_MIN")
}

fn shared_quota(state: &State) -> Part {
    let name = "Redis";
    let part = match redis(state) {
        None => Part::off(
            name,
            "quotas are counted in this process; set REDIS_URL where several gateways serve",
        ),
        Some(standing) => match (standing.trouble, standing.waiting) {
            (Some(why), waiting) => Part::away(
                name,
                format!(
                    "quotas cannot be checked, {waiting} ended calls wait to be charged: {why}"
                ),
            ),
            (None, _) => Part::ok(name, "all gateways that name it share their quotas"),
        },
    };
    part.by("REDIS_URL")
}

fn metering(state: &State) -> Part {
    let name = "Usage metering";
    let part = match (&state.reporting, state.counts_usage) {
        (Some(_), _) => Part::ok(name, "calls are recorded, and told to OpenMeter"),
        (None, true) => Part::ok(
            name,
            "calls are recorded, and tokens are series at /metrics",
        ),
        (None, false) => Part::off(
            name,
            "calls are recorded and told to nobody; set USAGE_METERING to prometheus or openmeter, beside MAX_TOKENS_PER_MIN or a [[limit]]",
        ),
    };
    part.by("USAGE_METERING")
}

fn openmeter(state: &State, detail: &Detail) -> Part {
    let name = "OpenMeter";
    if state.reporting.is_none() {
        let why = "usage is not told there; set USAGE_METERING=openmeter and OPENMETER_API_KEY";
        return Part::off(name, why).by("OPENMETER_URL");
    }
    let part = match &detail.openmeter {
        Err(error) => Part::away(
            name,
            format!("its place in the records cannot be read: {error}"),
        ),
        Ok(Some(standing)) if standing.is_away => {
            let why = standing.last_error.as_deref().unwrap_or("no answer");
            Part::away(name, format!("{} records wait: {why}", standing.waiting))
        }
        Ok(Some(standing)) if standing.refused > 0 => Part::degraded(
            name,
            format!(
                "{} records were refused; the view usage_set_aside has them, attach-gateway usage --settle notes that one is dealt with",
                standing.refused
            ),
        ),
        Ok(_) => Part::ok(name, "it has been told of every call, or is within seconds"),
    };
    part.by("OPENMETER_URL")
}

fn traces(state: &State) -> Part {
    let name = "Traces";
    let part = match state.traces.is_on() {
        true => Part::ok(name, "spans go to the OpenTelemetry collector"),
        false => Part::off(
            name,
            "no spans are made; set OTEL_EXPORTER_OTLP_ENDPOINT to a collector",
        ),
    };
    part.by("OTEL_EXPORTER_OTLP_ENDPOINT")
}

/// `word`, as so many are called.
pub(super) fn plural(count: usize, word: &str) -> String {
    match count {
        1 => word.to_owned(),
        _ => format!("{word}s"),
    }
}
