//! `attach-gateway memory erase`.

mod tasks;

use std::{
    io::{IsTerminal, stdin},
    pin::pin,
    time::Duration,
};

use clap::Args;

use super::{
    Failed, Place,
    person::{self, Person},
};
use crate::{
    adapters::{memory::Memory, store::Store},
    domain::id::Owner,
};

/// How often it is told how many are left.
const TELL: Duration = Duration::from_secs(2);

/// Who is erased.
#[derive(Args, Debug)]
pub(in crate::cli) struct Wanted {
    /// Whose events: the user as the issuer names them, whole
    #[arg(long)]
    user: String,
    /// Who vouches for them; needed where several issuers have such a user
    #[arg(long)]
    issuer: Option<String>,
    /// Erase their tasks too: unfinished ones are canceled, then all go with
    /// histories, messages, artifacts and webhooks
    #[arg(long)]
    tasks: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(place: &Place, wanted: Wanted) -> Result<(), Failed> {
    let store = match wanted.tasks {
        true => Some(Store::open(place.database.clone()).await?),
        false => None,
    };
    let who = (&*wanted.user, wanted.issuer.as_deref());
    let person = person::one(place, who, store.as_ref()).await?;
    if !wanted.yes {
        confirm(&person)?;
    }
    // Tasks first: what they still write into memory goes with the rest of it.
    let mut also = String::new();
    if let Some(store) = &store {
        also = format!(", tasks {}", tasks::erase(store, &person.owner).await?);
    }
    let events = events(&place.memory, &person.owner).await?;
    say!("erased of {}: events {events}{also}", person.name());
    Ok(())
}

/// Says what goes and asks whether it may.
fn confirm(person: &Person) -> Result<(), Failed> {
    let nothing = |why: &str| Err(Failed::Told(format!("nothing is erased{why}")));
    eprintln!("erases {} of {}", person.what(), person.name());
    if !stdin().is_terminal() {
        return nothing(": there is no terminal to ask on; add --yes to erase it unasked");
    }
    eprint!("erase it for good? [y/N] ");
    let mut answer = String::new();
    match stdin().read_line(&mut answer) {
        Ok(_) if is_yes(&answer) => Ok(()),
        _ => nothing(""),
    }
}

fn is_yes(answer: &str) -> bool {
    matches!(&*answer.trim().to_lowercase(), "y" | "yes")
}

/// Erases the events; how many. Says how many are left while it takes long.
async fn events(memory: &Memory, owner: &Owner) -> Result<u64, Failed> {
    let mut erased = pin!(memory.erase_all(owner));
    loop {
        tokio::select! {
            done = &mut erased => return Ok(done?),
            () = tokio::time::sleep(TELL) => tell(memory, owner).await?,
        }
    }
}

async fn tell(memory: &Memory, owner: &Owner) -> Result<(), Failed> {
    let held = memory.holdings(Some(&owner.user), u32::MAX).await?;
    let own = held.iter().find(|held| held.owner == *owner);
    if let Some(own) = own {
        eprintln!("{} events are left", own.events);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_yes;

    #[test]
    fn only_a_yes_is_a_yes() {
        for (answer, is) in [
            ("y\n", true),
            (" Yes \r\n", true),
            ("", false),
            ("\n", false),
            ("n\n", false),
            ("yesterday\n", false),
        ] {
            assert_eq!(is_yes(answer), is, "{answer:?}");
        }
    }
}
