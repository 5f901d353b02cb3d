//! Every variable there is: what the README's table, `check` and the reader of
//! the environment agree on.

mod table;

pub use table::all;

/// One environment variable.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What holds when it is not set, as shown to people.
    pub default: &'static str,
    /// What it means, with its unit.
    pub meaning: &'static str,
}

/// The variable called `name`.
pub fn find(name: &str) -> Option<&'static Variable> {
    all().find(|variable| variable.name == name)
}
