//! The one person that is meant.

use super::{Failed, Place};
use crate::{
    adapters::{memory::Holding, store::Store},
    cli::table::short,
    domain::id::Owner,
};

/// Issuers of one name that are looked at.
const ISSUERS: u32 = 1000;

/// Whose things are meant.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) owner: Owner,
    /// What memory holds of them.
    pub(super) events: Option<Holding>,
    /// How many tasks they have, where that was asked.
    pub(super) tasks: u64,
}

impl Person {
    fn new(owner: Owner) -> Self {
        Self {
            owner,
            events: None,
            tasks: 0,
        }
    }

    /// Who it is, in words that steer no terminal.
    pub(super) fn name(&self) -> String {
        let (user, issuer) = (&self.owner.user, &self.owner.issuer);
        format!("{} of {}", short(user, 80), short(issuer, 120))
    }

    /// What they have, in words.
    pub(super) fn what(&self) -> String {
        let events = match &self.events {
            Some(events) => of_events(events),
            None => "no events".to_owned(),
        };
        match self.tasks {
            0 => events,
            1 => format!("{events} and 1 task"),
            tasks => format!("{events} and {tasks} tasks"),
        }
    }
}

fn of_events(held: &Holding) -> String {
    let plural = if held.events == 1 { "" } else { "s" };
    let (from, to) = (held.oldest.rfc3339_millis(), held.newest.rfc3339_millis());
    format!("{} event{plural} from {from} to {to}", held.events)
}

/// The person called `user` whom `issuer` vouches for, or who is the only one of
/// that name. With a `store`, tasks count as well.
///
/// # Errors
///
/// Nobody, or several, who are told then.
pub(super) async fn one(
    place: &Place,
    (user, issuer): (&str, Option<&str>),
    store: Option<&Store>,
) -> Result<Person, Failed> {
    let mut people = all(place, user, store).await?;
    people.retain(|person| issuer.is_none_or(|issuer| *person.owner.issuer == *issuer));
    match (people.pop(), people.is_empty()) {
        (Some(person), true) => Ok(person),
        (Some(last), false) => Err(several(user, people.iter().chain([&last]))),
        (None, _) => Err(nobody(user, issuer)),
    }
}

async fn all(place: &Place, user: &str, store: Option<&Store>) -> Result<Vec<Person>, Failed> {
    let held = place.memory.holdings(Some(user), ISSUERS).await?;
    let mut people: Vec<_> = held
        .into_iter()
        .map(|held| Person {
            events: Some(held.clone()),
            ..Person::new(held.owner)
        })
        .collect();
    let Some(store) = store else {
        return Ok(people);
    };
    for (owner, tasks) in store.holders(user).await? {
        match people.iter_mut().find(|person| person.owner == owner) {
            Some(person) => person.tasks = tasks,
            None => people.push(Person {
                tasks,
                ..Person::new(owner)
            }),
        }
    }
    Ok(people)
}

fn nobody(user: &str, issuer: Option<&str>) -> Failed {
    let user = short(user, 80);
    let of = issuer.map_or(String::new(), |issuer| {
        format!(" of {}", short(issuer, 120))
    });
    Failed::Told(format!(
        "{user}{of} has nothing here; attach-gateway memory stats shows who has"
    ))
}

fn several<'a>(user: &str, people: impl Iterator<Item = &'a Person>) -> Failed {
    let lines = people.map(|person| {
        let issuer = short(&person.owner.issuer, 120);
        format!("\n  --issuer {issuer}  {}", person.what())
    });
    let user = short(user, 80);
    let lines: String = lines.collect();
    Failed::Told(format!(
        "several people are called {user}; add one of{lines}"
    ))
}
