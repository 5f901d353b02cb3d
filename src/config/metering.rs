//! Where usage is shown besides its rows.

use url::Url;

use crate::{
    config::{Hidden, reader::Reader},
    domain::target::http_url,
};

const DEFAULT_URL: &str = "https://openmeter.cloud";

/// `USAGE_METERING`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Metering {
    /// In rows alone.
    #[default]
    Null,
    /// In `attach_usage_tokens_total` at `/metrics`.
    Prometheus,
    /// At an OpenMeter.
    OpenMeter(OpenMeterConfig),
}

/// Which OpenMeter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenMeterConfig {
    /// `OPENMETER_URL`.
    pub url: Url,
    /// `OPENMETER_API_KEY`, sent as a bearer token.
    pub api_key: Hidden,
}

impl Metering {
    /// Whether tokens are counted at `/metrics`.
    pub fn is_prometheus(&self) -> bool {
        *self == Self::Prometheus
    }

    /// The word of `USAGE_METERING`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Prometheus => "prometheus",
            Self::OpenMeter(_) => "openmeter",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Null,
    Prometheus,
    OpenMeter,
}

const WORDS: &[(&str, Word)] = &[
    ("null", Word::Null),
    ("none", Word::Null),
    ("prometheus", Word::Prometheus),
    ("openmeter", Word::OpenMeter),
];

const NO_QUOTA: &str =
    "metering is off: it needs MAX_TOKENS_PER_MIN; set it to a large number to only count";
const NO_KEY: &str = "metering is off: OpenMeter needs OPENMETER_API_KEY; set it";

/// Metering needs a quota, as it always did, and OpenMeter a key; without one it
/// falls back to nothing, loudly.
pub(super) fn read(reader: &Reader<'_>, has_quota: bool, warnings: &mut Vec<String>) -> Metering {
    let name = match reader.text("USAGE_METERING") {
        Some(_) => "USAGE_METERING",
        None => "USAGE_BACKEND",
    };
    if reader.text(name).is_some() && name == "USAGE_BACKEND" {
        warnings.push("USAGE_BACKEND is the old name of USAGE_METERING; rename it".to_owned());
    }
    let word = reader.word(name, WORDS, Word::Null);
    // Read also when it is not used: a fault is told before it matters.
    let openmeter = openmeter(reader);
    let missing = match word {
        Word::Null => return Metering::Null,
        _ if !has_quota => NO_QUOTA,
        Word::Prometheus => return Metering::Prometheus,
        Word::OpenMeter => match openmeter {
            Some(openmeter) => return Metering::OpenMeter(openmeter),
            None => NO_KEY,
        },
    };
    if reader.flag("STRICT_CONFIG") {
        reader.fault(name, reader.text(name), missing);
    }
    let value = reader.text(name).unwrap_or_default();
    warnings.push(format!("{name}={value}: {missing}"));
    Metering::Null
}

/// `None` without a key, or with a fault.
fn openmeter(reader: &Reader<'_>) -> Option<OpenMeterConfig> {
    let text = reader.text("OPENMETER_URL").unwrap_or(DEFAULT_URL);
    let is_plain = |url: &Url| url.query().is_none() && url.fragment().is_none();
    let url = http_url(text).ok().filter(is_plain);
    if url.is_none() {
        let remedy = "write the http(s) URL of OpenMeter, without user, query and fragment";
        reader.fault("OPENMETER_URL", Some(text), remedy);
    }
    let api_key = reader.owned("OPENMETER_API_KEY");
    let is_key = |key: &String| key.bytes().all(|byte| byte.is_ascii_graphic());
    if !api_key.as_ref().is_none_or(is_key) {
        let remedy = "write the key alone: letters, digits and signs, no space";
        reader.fault("OPENMETER_API_KEY", None, remedy);
    }
    Some(OpenMeterConfig {
        url: url?,
        api_key: api_key.map(Hidden::from)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Faults, Vars};

    fn read_of(pairs: &[(&str, &str)]) -> Result<(Metering, Vec<String>), Faults> {
        let owned = |(n, v): &(&str, &str)| ((*n).to_owned(), (*v).to_owned());
        let vars: Vars = pairs.iter().map(owned).collect();
        let reader = Reader::new(&vars);
        let mut warnings = Vec::new();
        let metering = read(&reader, true, &mut warnings);
        reader.end((metering, warnings))
    }

    const ON: (&str, &str) = ("USAGE_METERING", "openmeter");

    #[test]
    fn openmeter_has_a_place_of_its_own_unless_one_is_set() {
        let url = |pairs: &[(&str, &str)]| match read_of(pairs).unwrap().0 {
            Metering::OpenMeter(openmeter) => openmeter.url.to_string(),
            other => panic!("{other:?}"),
        };
        let key = ("OPENMETER_API_KEY", "om_1");
        assert_eq!(url(&[ON, key]), "https://openmeter.cloud/");
        let own = ("OPENMETER_URL", "http://openmeter:8888");
        assert_eq!(url(&[ON, key, own]), "http://openmeter:8888/");
    }

    #[test]
    fn openmeter_without_a_key_falls_back_loudly_or_stops_the_start() {
        let (metering, warnings) = read_of(&[ON]).unwrap();
        assert_eq!(metering, Metering::Null);
        assert_eq!(warnings, [format!("USAGE_METERING=openmeter: {NO_KEY}")]);
        let Faults(faults) = read_of(&[ON, ("STRICT_CONFIG", "true")]).unwrap_err();
        assert_eq!(faults[0].name, "USAGE_METERING");
        assert!(faults[0].remedy.contains("OPENMETER_API_KEY"));
    }

    #[test]
    fn a_key_never_shows() {
        let config = read_of(&[ON, ("OPENMETER_API_KEY", "hunter2")]);
        assert!(!format!("{config:?}").contains("hunter2"));
        for wrong in [
            ("OPENMETER_API_KEY", "hunter 2"),
            ("OPENMETER_URL", "http://u:hunter2@h/"),
            ("OPENMETER_URL", "ftp://hunter2.example?x"),
        ] {
            let Faults(faults) = read_of(&[ON, wrong]).unwrap_err();
            let told = faults[0].to_string();
            assert!(!told.contains("hunter") || told.contains("ftp"), "{told}");
        }
    }
}
