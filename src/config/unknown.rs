//! Variables that nobody here reads, and that were meant for us.

use crate::config::{reader::Vars, variable};

/// How our names begin, where few others' do.
const FAMILIES: [&str; 15] = [
    "AUTH0_",
    "CORS_",
    "DESCOPE_",
    "DID_",
    "ENGINE_",
    "EXCHANGE_",
    "MAX_TOKENS_",
    "MEM_",
    "METRICS_",
    "OIDC_",
    "OPENMETER_",
    "QUOTA_",
    "REQUIRED_",
    "TASK_",
    "USAGE_",
];
/// How names begin that say how spans are sent.
const SPANS: [&str; 2] = ["OTEL_EXPORTER_OTLP_", "OTEL_TRACES_"];
/// A shorter name is near too many others.
const SHORTEST: usize = 7;
/// Letters that may be wrong, missing or too many.
const SLIPS: usize = 2;

/// Those among `vars`: each name, and what to say of it.
pub(super) fn unknown(vars: &Vars) -> Vec<(&str, String)> {
    let set = vars.iter().filter(|(_, value)| !value.trim().is_empty());
    set.filter_map(|(name, _)| Some((&**name, remedy(name)?)))
        .collect()
}

/// Those that say how spans are sent and that nobody here reads, in words. They may
/// be meant for others as well, so they never stop a start.
pub(super) fn unread(vars: &Vars) -> impl Iterator<Item = String> + '_ {
    let endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let sends = |name: &str| vars.get(name).is_some_and(|value| !value.trim().is_empty());
    let names = vars.keys().filter(move |name| {
        let is_of_spans = SPANS.iter().any(|start| name.starts_with(start));
        is_of_spans && sends(name) && variable::find(name).is_none()
    });
    names.map(move |name| format!("{name} is not read here; spans go where {endpoint} says"))
}

/// What to say of `name`, if it was meant for us. `ATTACH_*` is told elsewhere.
fn remedy(name: &str) -> Option<String> {
    if variable::find(name).is_some() || name.starts_with("ATTACH_") {
        return None;
    }
    let is_family = FAMILIES.iter().any(|family| name.starts_with(family));
    let is_ours = is_family && !is_of_a_service(name);
    match near(name).or_else(|| longer(name).filter(|_| is_ours)) {
        Some(meant) => Some(format!("is not known here; did you mean {meant}?")),
        None if is_ours => Some("is not known here".to_owned()),
        None => None,
    }
}

/// Names that can be guessed.
fn names() -> impl Iterator<Item = &'static str> {
    variable::all().map(|variable| variable.name)
}

/// The name that is a slip away.
fn near(name: &str) -> Option<&'static str> {
    let long = names().filter(|known| known.len() >= SHORTEST);
    let with_slips = long.map(|known| (strsim::levenshtein(name, known), known));
    let nearest = with_slips.min_by_key(|(slips, _)| *slips)?;
    (nearest.0 <= SLIPS).then_some(nearest.1)
}

/// The name of which `name` is the long form, as `OIDC_AUDIENCE` of `OIDC_AUD`.
fn longer(name: &str) -> Option<&'static str> {
    let parts = names().filter(|known| known.len() >= SHORTEST && name.starts_with(known));
    parts.max_by_key(|known| known.len())
}

/// What Kubernetes and Docker say of a service called `engine`.
fn is_of_a_service(name: &str) -> bool {
    name.contains("_SERVICE_") || name.contains("_PORT")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Faults};

    fn said(name: &str) -> String {
        remedy(name).unwrap_or_else(|| panic!("nothing is said of {name}"))
    }

    fn warnings(pairs: &[(&str, &str)]) -> Result<Vec<String>, Faults> {
        let base = [
            ("OIDC_ISSUER", "https://issuer.example"),
            ("OIDC_AUD", "us"),
        ];
        let all = base.iter().chain(pairs);
        let vars = all.map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Config::read(&vars.collect()).map(|config| config.warnings)
    }

    #[test]
    fn a_misspelled_name_is_told_with_the_one_that_was_meant() {
        for (name, meant) in [
            ("REQUIRED_SCOPE", "REQUIRED_SCOPES"),
            ("DID_METHOD", "DID_METHODS"),
            ("DID_DENYY", "DID_DENY"),
            ("OIDC_ISUER", "OIDC_ISSUER"),
            ("OIDC_AUDIENCE", "OIDC_AUD"),
            ("STRICT_CONFG", "STRICT_CONFIG"),
            ("MAX_TOKEN_PER_MIN", "MAX_TOKENS_PER_MIN"),
            ("ALLOW_HTTP_ISUSER", "ALLOW_HTTP_ISSUER"),
            ("CORS_ORIGIN", "CORS_ORIGINS"),
            ("MAX_TOKENS_PER_MINUTE", "MAX_TOKENS_PER_MIN"),
        ] {
            let told = format!("is not known here; did you mean {meant}?");
            assert_eq!(said(name), told, "{name}");
        }
    }

    #[test]
    fn a_name_of_our_family_is_told_also_when_nothing_is_near() {
        for name in [
            "OIDC_FOO",
            "DID_RESOLVER",
            "TASK_X",
            "ENGINE_KEY",
            "METRICS_FOO",
            "QUOTA_FOO",
            "USAGE_FOO",
            "OPENMETER_TOKEN",
        ] {
            assert_eq!(said(name), "is not known here", "{name}");
        }
    }

    #[test]
    fn nothing_is_said_of_names_in_ordinary_environments() {
        for name in [
            "PATH",
            "HOME",
            "USER",
            "LOGNAME",
            "SHELL",
            "LANG",
            "LC_ALL",
            "TERM",
            "HOSTNAME",
            "HOSTTYPE",
            "PWD",
            "OLDPWD",
            "SHLVL",
            "EDITOR",
            "DISPLAY",
            "XDG_SESSION_ID",
            "SSH_AUTH_SOCK",
            "RUST_LOG",
            "RUST_BACKTRACE",
            "CARGO_HOME",
            "VIRTUAL_ENV",
            "AWS_REGION",
            "KUBERNETES_PORT",
            "ENGINE_PORT",
            "ENGINE_SERVICE_HOST",
            "ENGINE_PORT_8000_TCP_ADDR",
            "HTTP_PROXY",
            "NO_PROXY",
            "INVOCATION_ID",
            "JOURNAL_STREAM",
            "GITHUB_TOKEN",
            "OPENAI_API_KEY",
            "OLLAMA_HOST",
            "PORTS",
            "HOSTS",
            "AGENT",
            "WINDOWID",
            "WINDOWS",
            "DID",
            "OIDC",
        ] {
            assert_eq!(remedy(name), None, "{name}");
        }
    }

    #[test]
    fn how_spans_are_sent_is_told_where_nobody_reads_it_and_stops_nothing() {
        let others = (
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "http://c:4318/v1/traces",
        );
        let told = warnings(&[others, ("STRICT_CONFIG", "true")]).unwrap();
        assert!(told[0].starts_with(others.0), "{told:?}");
        assert!(
            warnings(&[("OTEL_LOGS_EXPORTER", "none")])
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn no_name_that_is_known_is_called_unknown() {
        for variable in variable::all() {
            assert_eq!(remedy(variable.name), None, "{}", variable.name);
        }
    }

    #[test]
    fn an_unknown_name_is_a_warning_and_with_strict_config_a_fault() {
        let slip = ("DID_METHOD", "key-of-hunter2");
        let told = "DID_METHOD is not known here; did you mean DID_METHODS?";
        assert_eq!(warnings(&[slip]).unwrap(), [told]);
        assert!(warnings(&[("DID_METHOD", " ")]).unwrap().is_empty());
        let faults = warnings(&[slip, ("STRICT_CONFIG", "true")]).unwrap_err();
        assert_eq!(faults.0.len(), 1);
        let told = "DID_METHOD=\"…\": is not known here; did you mean DID_METHODS?";
        assert_eq!(faults.0[0].to_string(), told);
    }

    #[test]
    fn beside_a_fault_an_unknown_name_is_told_too_for_it_may_be_the_cause() {
        let vars = [("OIDC_ISUER", "https://issuer.example")];
        let vars = vars.map(|(n, v)| (n.to_owned(), v.to_owned()));
        let Faults(faults) = Config::read(&vars.into()).unwrap_err();
        let names: Vec<_> = faults.iter().map(|fault| &*fault.name).collect();
        assert_eq!(names, ["OIDC_ISSUER", "OIDC_ISUER"]);
    }
}
