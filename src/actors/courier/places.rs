//! How many webhooks are served at once, and whose.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

use crate::{
    adapters::push::{Busy, Due, Key},
    domain::id::Owner,
};

/// Places, all in all, for each host and for each owner. The last of them are for
/// owners who have none: however many are greedy, whoever comes is served.
#[derive(Clone, Debug)]
pub(super) struct Places {
    all: usize,
    last: usize,
    under_way: HashSet<Key>,
    hosts: Shares<String>,
    owners: Shares<Owner>,
}

/// One place that is taken.
#[derive(Clone, Debug)]
pub(super) struct Place {
    key: Key,
    host: String,
    owner: Owner,
}

/// What each of many has of something.
#[derive(Clone, Debug)]
struct Shares<K> {
    most: usize,
    taken: HashMap<K, usize>,
}

impl Places {
    pub(super) fn new(all: usize, per_host: usize, per_owner: usize) -> Self {
        Self {
            all,
            last: all / 4,
            under_way: HashSet::new(),
            hosts: Shares::new(per_host),
            owners: Shares::new(per_owner),
        }
    }

    pub(super) fn taken(&self) -> usize {
        self.under_way.len()
    }

    pub(super) fn free(&self) -> usize {
        self.all.saturating_sub(self.taken())
    }

    /// Takes a place for `due`: `None` if there is none, or it has one.
    pub(super) fn take(&mut self, due: &Due) -> Option<Place> {
        let place = Place {
            key: due.key.clone(),
            host: due.host.clone(),
            owner: due.owner.clone(),
        };
        self.enter(&place).then_some(place)
    }

    fn enter(&mut self, place: &Place) -> bool {
        let is_free = self.free() > 0
            && self.hosts.is_free(&place.host)
            && self.may(&place.owner)
            && self.under_way.insert(place.key.clone());
        if is_free {
            self.hosts.take(&place.host);
            self.owners.take(&place.owner);
        }
        is_free
    }

    fn may(&self, owner: &Owner) -> bool {
        let has_one = self.owners.taken.contains_key(owner);
        self.owners.is_free(owner) && (self.free() > self.last || !has_one)
    }

    pub(super) fn give_back(&mut self, place: &Place) {
        if self.under_way.remove(&place.key) {
            self.hosts.give_back(&place.host);
            self.owners.give_back(&place.owner);
        }
    }

    /// Those who have all they may, and what the others have.
    pub(super) fn busy(&self) -> Busy {
        let served = self.owners.taken.keys().cloned();
        Busy {
            hosts: self.hosts.full(),
            owners: served.clone().filter(|who| !self.may(who)).collect(),
            under_way: self.under_way.iter().cloned().collect(),
            served: self.owners.taken.clone().into_iter().collect(),
            begun: self.hosts.taken.clone().into_iter().collect(),
            per_host: u32::try_from(self.hosts.most).unwrap_or(u32::MAX),
            per_owner: u32::try_from(self.owners.most).unwrap_or(u32::MAX),
        }
    }
}

impl<K: Clone + Eq + Hash> Shares<K> {
    fn new(most: usize) -> Self {
        let taken = HashMap::new();
        Self { most, taken }
    }

    fn is_free(&self, who: &K) -> bool {
        self.taken.get(who).is_none_or(|count| *count < self.most)
    }

    fn take(&mut self, who: &K) {
        *self.taken.entry(who.clone()).or_default() += 1;
    }

    fn give_back(&mut self, who: &K) {
        if let Some(count) = self.taken.get_mut(who) {
            *count -= 1;
            if *count == 0 {
                self.taken.remove(who);
            }
        }
    }

    fn full(&self) -> Vec<K> {
        let all = self.taken.keys();
        all.filter(|who| !self.is_free(who)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::TaskId;

    fn place(host: &str, user: &str) -> Place {
        Place {
            key: (TaskId::fresh(), "a".to_owned()),
            host: host.to_owned(),
            owner: Owner::new("i", user),
        }
    }

    #[test]
    fn a_host_and_an_owner_get_their_share_and_no_webhook_two_places() {
        let mut places = Places::new(4, 2, 3);
        let slow = [(); 3].map(|()| place("slow:443", "ada"));
        assert!(places.enter(&slow[0]));
        assert!(!places.enter(&slow[0]), "it has one");
        assert!(places.enter(&slow[1]) && places.busy().owners.is_empty());
        assert!(!places.enter(&slow[2]), "its host has two");
        assert_eq!(places.busy().hosts, ["slow:443"]);
        assert!(places.enter(&place("other:443", "ada")));
        assert!(!places.enter(&place("third:443", "ada")), "ada has three");
        assert_eq!(places.busy().owners, [Owner::new("i", "ada")]);
        let last = place("other:443", "eve");
        assert!(places.enter(&last));
        assert!(!places.enter(&place("third:443", "bob")), "four in all");
        // The first one twice: it counts once.
        for place in [&slow[0], &slow[0], &slow[1]] {
            places.give_back(place);
        }
        assert_eq!((places.taken(), places.free()), (2, 2));
        assert!(places.busy().hosts.contains(&last.host) && places.busy().owners.is_empty());
        assert!(places.enter(&slow[2]));
    }

    #[test]
    fn the_last_places_are_for_owners_who_have_none() {
        let mut places = Places::new(8, 8, 4);
        let mut nth = 0;
        let mut enter = |places: &mut Places, user: &str| {
            nth += 1;
            places.enter(&place(&format!("host {nth}"), user))
        };
        let got = |places: &mut Places, enter: &mut dyn FnMut(&mut Places, &str) -> bool, user| {
            (0..8).filter(|_| enter(places, user)).count()
        };
        assert_eq!(got(&mut places, &mut enter, "ada"), 4);
        assert_eq!(got(&mut places, &mut enter, "eve"), 2, "two are left");
        let busy = places.busy();
        assert_eq!(busy.owners.len(), 2, "{busy:?}");
        assert_eq!(got(&mut places, &mut enter, "bob"), 1);
        assert_eq!(got(&mut places, &mut enter, "cleo"), 1);
        assert_eq!(places.free(), 0);
    }
}
