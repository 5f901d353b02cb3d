//! Where shared memory is kept, for how long, and what is redacted of it.

use std::time::Duration;

use url::Url;

use crate::{
    config::{Hidden, Place, reader::Reader},
    domain::target::http_url,
};

const DEFAULT_URL: &str = "http://localhost:6666";
const DAYS: u64 = 30;

/// Shared memory.
#[derive(Clone, Debug)]
pub struct MemoryConfig {
    /// `MEM_BACKEND`.
    pub backend: MemoryBackend,
    /// `MEM_RETENTION_DAYS`; `None` keeps everything.
    pub retention: Option<Duration>,
    /// `MEM_MAX_MB`, in bytes; `None` is no bound.
    pub max_bytes: Option<u64>,
    /// `MEM_REDACT`.
    pub redact: Vec<String>,
}

/// Where memory is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemoryBackend {
    /// Nowhere: memory routes answer 503.
    None,
    /// In the database itself.
    Database,
    /// In a Weaviate.
    Weaviate(WeaviateConfig),
}

/// Which Weaviate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeaviateConfig {
    /// `WEAVIATE_URL`.
    pub url: Url,
    /// `WEAVIATE_API_KEY`, sent as a bearer token.
    pub api_key: Option<Hidden>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    None,
    Sqlite,
    Postgres,
    Weaviate,
}

/// The settings of memory beside a database at `place`.
pub(super) fn read(reader: &Reader<'_>, place: &Place) -> MemoryConfig {
    let word = word(reader, place);
    // Read also when it is not used: a fault is told before it matters.
    let weaviate = weaviate(reader);
    MemoryConfig {
        backend: match word {
            Word::None => MemoryBackend::None,
            Word::Sqlite | Word::Postgres => MemoryBackend::Database,
            // Without one there is a fault, and no start.
            Word::Weaviate => weaviate.map_or(MemoryBackend::None, MemoryBackend::Weaviate),
        },
        retention: retention(reader, word),
        max_bytes: max_bytes(reader, word),
        redact: redact(reader),
    }
}

/// The database takes memory where nothing else is said; another kind of database
/// cannot.
fn word(reader: &Reader<'_>, place: &Place) -> Word {
    let words = [
        ("sqlite", Word::Sqlite),
        ("postgres", Word::Postgres),
        ("weaviate", Word::Weaviate),
        ("sakana", Word::Weaviate),
        ("none", Word::None),
    ];
    let own = match place.is_shared() {
        true => Word::Postgres,
        false => Word::Sqlite,
    };
    let word = reader.word("MEM_BACKEND", &words, own);
    let remedy = match (word, own) {
        (Word::Sqlite, Word::Postgres) => {
            "DATABASE_URL is PostgreSQL; write postgres, or remove it: memory is kept there then"
        }
        (Word::Postgres, Word::Sqlite) => {
            "the database is a file; write sqlite, or set DATABASE_URL to postgres://…"
        }
        _ => return word,
    };
    reader.fault("MEM_BACKEND", reader.text("MEM_BACKEND"), remedy);
    word
}

fn weaviate(reader: &Reader<'_>) -> Option<WeaviateConfig> {
    let text = reader.text("WEAVIATE_URL").unwrap_or(DEFAULT_URL);
    let is_plain = |url: &Url| url.query().is_none() && url.fragment().is_none();
    let url = http_url(text).ok().filter(is_plain);
    if url.is_none() {
        let remedy = "write the http(s) URL of Weaviate, without user, query and fragment";
        reader.fault("WEAVIATE_URL", Some(text), remedy);
    }
    let api_key = reader.owned("WEAVIATE_API_KEY");
    let is_key = |key: &String| key.bytes().all(|byte| byte.is_ascii_graphic());
    if !api_key.as_ref().is_none_or(is_key) {
        let remedy = "write the key alone: letters, digits and signs, no space";
        reader.fault("WEAVIATE_API_KEY", None, remedy);
    }
    Some(WeaviateConfig {
        url: url?,
        api_key: api_key.map(Hidden::from),
    })
}

/// Others may use the same Weaviate: nothing leaves it unless that was asked for.
fn retention(reader: &Reader<'_>, word: Word) -> Option<Duration> {
    let days = reader.number("MEM_RETENTION_DAYS", DAYS, 1..=36_500);
    let is_said = reader.text("MEM_RETENTION_DAYS").is_some();
    (word != Word::Weaviate || is_said).then(|| Duration::from_secs(days * 86_400))
}

fn max_bytes(reader: &Reader<'_>, word: Word) -> Option<u64> {
    let megabytes = reader.number("MEM_MAX_MB", 0, 0..=1_000_000_000);
    if megabytes > 0 && word == Word::Weaviate {
        let remedy = "is for memory in the database only; remove it, or set MEM_RETENTION_DAYS";
        reader.fault("MEM_MAX_MB", reader.text("MEM_MAX_MB"), remedy);
    }
    (megabytes > 0).then_some(megabytes * 1_000_000)
}

fn redact(reader: &Reader<'_>) -> Vec<String> {
    let patterns = reader.text("MEM_REDACT").unwrap_or_default();
    let patterns: Vec<String> = patterns.split_whitespace().map(str::to_owned).collect();
    if let Err(e) = crate::domain::redact::Redactor::new(&patterns) {
        reader.fault("MEM_REDACT", reader.text("MEM_REDACT"), &e);
    }
    patterns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Vars;

    fn read_of(pairs: &[(&str, &str)]) -> Result<MemoryConfig, Vec<String>> {
        let vars = pairs
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        let vars: Vars = vars.collect();
        let reader = Reader::new(&vars);
        let place = reader.text("DATABASE_URL").unwrap_or("sqlite:attach.db");
        let config = read(&reader, &place.parse().unwrap());
        let told = |faults: crate::config::Faults| {
            faults.0.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        reader.end(config).map_err(told)
    }

    #[test]
    fn weaviate_has_two_names_and_a_place_of_its_own() {
        for name in ["weaviate", "sakana", "Weaviate"] {
            let config = read_of(&[("MEM_BACKEND", name)]).unwrap();
            let MemoryBackend::Weaviate(weaviate) = config.backend else {
                panic!("{name}: {:?}", config.backend);
            };
            assert_eq!(weaviate.url.as_str(), "http://localhost:6666/");
            assert_eq!(weaviate.api_key, None);
        }
    }

    #[test]
    fn the_database_remembers_unless_something_else_is_said() {
        let server = ("DATABASE_URL", "postgres://h/d");
        for vars in [
            &[][..],
            &[("MEM_BACKEND", "sqlite")],
            &[server],
            &[server, ("MEM_BACKEND", "postgres")],
        ] {
            assert_eq!(read_of(vars).unwrap().backend, MemoryBackend::Database);
        }
        let faults = read_of(&[server, ("MEM_BACKEND", "sqlite")]).unwrap_err();
        assert!(faults.concat().contains("write postgres"), "{faults:?}");
        let faults = read_of(&[("MEM_BACKEND", "postgres")]).unwrap_err();
        assert!(faults.concat().contains("write sqlite"), "{faults:?}");
    }

    #[test]
    fn nothing_leaves_weaviate_unless_days_are_set() {
        let days = |pairs| {
            read_of(pairs)
                .unwrap()
                .retention
                .map(|span| span.as_secs() / 86_400)
        };
        assert_eq!(days(&[]), Some(30));
        assert_eq!(days(&[("MEM_BACKEND", "weaviate")]), None);
        let set = [("MEM_BACKEND", "weaviate"), ("MEM_RETENTION_DAYS", "30")];
        assert_eq!(days(&set), Some(30));
    }

    #[test]
    fn a_bound_by_size_is_for_sqlite_only() {
        let faults = read_of(&[("MEM_BACKEND", "sakana"), ("MEM_MAX_MB", "5")]).unwrap_err();
        assert_eq!(faults.len(), 1);
        assert!(faults[0].contains("in the database only"), "{faults:?}");
        let bound = read_of(&[("MEM_MAX_MB", "5")]).unwrap().max_bytes;
        assert_eq!(bound, Some(5_000_000));
        let none = [("MEM_BACKEND", "weaviate"), ("MEM_MAX_MB", "0")];
        assert_eq!(read_of(&none).unwrap().max_bytes, None);
    }

    #[test]
    fn a_key_never_shows() {
        let config = read_of(&[("MEM_BACKEND", "weaviate"), ("WEAVIATE_API_KEY", "hunter2")]);
        assert!(!format!("{config:?}").contains("hunter2"));
        let faults = read_of(&[("WEAVIATE_API_KEY", "hunter 2")]).unwrap_err();
        assert!(!faults.concat().contains("hunter"), "{faults:?}");
        let faults = read_of(&[("WEAVIATE_URL", "http://u:hunter2@h/")]).unwrap_err();
        assert!(!faults.concat().contains("hunter2"), "{faults:?}");
    }
}
