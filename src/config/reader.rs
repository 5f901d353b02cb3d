//! Reads values by name and keeps every fault, so that all are told at once.

use std::{cell::RefCell, collections::BTreeMap, fmt, str::FromStr, time::Duration};

use crate::config::variable;

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The variable or table.
    pub name: String,
    /// What was found; `None` when nothing was. Never shown for secrets.
    pub value: Option<String>,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}={value:?}: {}", self.name, self.remedy),
            None => write!(f, "{} is not set: {}", self.name, self.remedy),
        }
    }
}

/// Everything that is wrong, in the order it was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(|fault| format!("  {fault}")).collect();
        write!(f, "the configuration is wrong:\n{}", lines.join("\n"))
    }
}

/// What programs read that call a gateway: `dev` prints them, to be exported in a
/// shell that may start a gateway next.
const OF_CLIENTS: [&str; 2] = ["ATTACH_URL", "ATTACH_TOKEN"];

/// The variables, as the process was given them.
pub type Vars = BTreeMap<String, String>;

/// A look at the variables that remembers what was wrong with them.
pub(super) struct Reader<'a> {
    vars: &'a Vars,
    faults: RefCell<Vec<Fault>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(vars: &'a Vars) -> Self {
        let reader = Self {
            vars,
            faults: RefCell::default(),
        };
        reader.refuse_unknown();
        reader
    }

    fn refuse_unknown(&self) {
        for name in self.vars.keys() {
            let is_ours = name.starts_with("ATTACH_") && !OF_CLIENTS.contains(&&**name);
            if is_ours && variable::find(name).is_none() {
                let remedy = "nothing has this name; remove it or mend its spelling";
                self.fault(name, None, remedy);
            }
        }
    }

    /// Remembers a fault of `name`.
    pub(super) fn fault(&self, name: &str, value: Option<&str>, remedy: &str) {
        let value = match value {
            Some(value) => Some(without_login(value)),
            // What was found is not shown, only that something was.
            None if self.is_set(name) => Some("…".to_owned()),
            None => None,
        };
        let fault = Fault {
            name: name.to_owned(),
            value,
            remedy: remedy.to_owned(),
        };
        // A value may be read in two places; it is wrong once.
        if !self.faults.borrow().contains(&fault) {
            self.faults.borrow_mut().push(fault);
        }
    }

    /// Whether anything was wrong so far.
    pub(super) fn has_faults(&self) -> bool {
        !self.faults.borrow().is_empty()
    }

    fn is_set(&self, name: &str) -> bool {
        let value = self.vars.get(name);
        value.is_some_and(|value| !value.trim().is_empty())
    }

    /// The value of `name`; an empty one counts as unset.
    pub(super) fn text(&self, name: &'static str) -> Option<&'a str> {
        debug_assert!(variable::find(name).is_some(), "{name} is in the table");
        let value = self.vars.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    pub(super) fn owned(&self, name: &'static str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// What `parse` makes of `name`, or a fault with `remedy`.
    pub(super) fn parsed<T>(
        &self,
        name: &'static str,
        remedy: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.text(name)?;
        let parsed = parse(value);
        if parsed.is_none() {
            self.fault(name, Some(value), remedy);
        }
        parsed
    }

    /// A number in `range`.
    pub(super) fn number<T>(
        &self,
        name: &'static str,
        default: T,
        range: std::ops::RangeInclusive<T>,
    ) -> T
    where
        T: FromStr + PartialOrd + fmt::Display,
    {
        let remedy = format!(
            "write a whole number from {} to {}",
            range.start(),
            range.end()
        );
        let parse = |text: &str| text.parse().ok().filter(|n| range.contains(n));
        self.parsed(name, &remedy, parse).unwrap_or(default)
    }

    pub(super) fn secs(&self, name: &'static str, default: u64) -> Duration {
        Duration::from_secs(self.number(name, default, 1..=86_400))
    }

    pub(super) fn flag(&self, name: &'static str) -> bool {
        let parse = |text: &str| match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        };
        self.parsed(name, "write true or false", parse)
            .unwrap_or(false)
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&self, name: &'static str, words: &[(&str, T)], default: T) -> T {
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let remedy = format!("write {}", known.join(", "));
        let parse = |text: &str| {
            let lower = text.to_ascii_lowercase();
            words.iter().find(|(word, _)| *word == lower).map(|w| w.1)
        };
        self.parsed(name, &remedy, parse).unwrap_or(default)
    }

    /// The parts of a comma-separated list.
    pub(super) fn list(&self, name: &'static str) -> impl Iterator<Item = &'a str> + use<'a> {
        let parts = self.text(name).unwrap_or_default().split(',');
        parts.map(str::trim).filter(|part| !part.is_empty())
    }

    /// `value`, unless something was wrong.
    pub(super) fn end<T>(self, value: T) -> Result<T, Faults> {
        let faults = self.faults.into_inner();
        if faults.is_empty() {
            Ok(value)
        } else {
            Err(Faults(faults))
        }
    }
}

/// `value` without the user and password of the URLs in it.
fn without_login(value: &str) -> String {
    let mut shown = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("://") {
        let host = after.find(['/', ',', ' ']).unwrap_or(after.len());
        let login = after[..host].rfind('@').map_or(0, |at| at + 1);
        shown += before;
        shown += if login > 0 { "://…@" } else { "://" };
        rest = &after[login..];
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_url_is_not_shown() {
        for (value, shown) in [
            ("postgres://u:p@ss@h/d", "postgres://…@h/d"),
            (
                "a=http://h/x@y,b=http://u:p@h",
                "a=http://h/x@y,b=http://…@h",
            ),
            ("eighty", "eighty"),
        ] {
            assert_eq!(without_login(value), shown);
        }
    }
}
