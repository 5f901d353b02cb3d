//! How many webhooks are served at once, and whose.

use std::collections::{HashMap, HashSet};

use crate::adapters::push::{Due, Key};

/// Places, all in all and for each host.
#[derive(Clone, Debug)]
pub(super) struct Places {
    all: usize,
    per_host: usize,
    under_way: HashSet<Key>,
    hosts: HashMap<String, usize>,
}

impl Places {
    pub(super) fn new(all: usize, per_host: usize) -> Self {
        Self {
            all,
            per_host,
            under_way: HashSet::new(),
            hosts: HashMap::new(),
        }
    }

    pub(super) fn taken(&self) -> usize {
        self.under_way.len()
    }

    pub(super) fn free(&self) -> usize {
        self.all.saturating_sub(self.taken())
    }

    /// Takes a place for `due`: `false` if there is none, or it has one.
    pub(super) fn take(&mut self, due: &Due) -> bool {
        self.enter(&due.key, &due.host)
    }

    fn enter(&mut self, key: &Key, host: &str) -> bool {
        let of_host = self.hosts.get(host).copied().unwrap_or(0);
        if self.free() == 0 || of_host >= self.per_host || !self.under_way.insert(key.clone()) {
            return false;
        }
        self.hosts.insert(host.to_owned(), of_host + 1);
        true
    }

    pub(super) fn give_back(&mut self, key: &Key, host: &str) {
        if !self.under_way.remove(key) {
            return;
        }
        if let Some(count) = self.hosts.get_mut(host) {
            *count -= 1;
            if *count == 0 {
                self.hosts.remove(host);
            }
        }
    }

    /// Hosts that have all the places they may.
    pub(super) fn busy_hosts(&self) -> Vec<String> {
        let full =
            |(host, count): (&String, &usize)| (*count >= self.per_host).then(|| host.clone());
        self.hosts.iter().filter_map(full).collect()
    }

    pub(super) fn under_way(&self) -> Vec<Key> {
        self.under_way.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::TaskId;

    #[test]
    fn one_host_gets_its_share_and_no_webhook_two_places() {
        let mut places = Places::new(3, 2);
        let keys: Vec<Key> = (0..4).map(|_| (TaskId::fresh(), "a".to_owned())).collect();
        assert!(places.enter(&keys[0], "slow:443"));
        assert!(!places.enter(&keys[0], "slow:443"), "it has one");
        assert!(places.enter(&keys[1], "slow:443"));
        assert!(!places.enter(&keys[2], "slow:443"), "its host has two");
        assert_eq!(places.busy_hosts(), ["slow:443"]);
        assert!(places.enter(&keys[2], "quick:443"));
        assert!(!places.enter(&keys[3], "quick:443"), "three in all");
        places.give_back(&keys[0], "slow:443");
        places.give_back(&keys[0], "slow:443");
        assert_eq!((places.taken(), places.free()), (2, 1));
        assert!(places.busy_hosts().is_empty() && places.enter(&keys[3], "slow:443"));
        for key in &keys {
            places.give_back(key, "slow:443");
        }
        assert_eq!(places.taken(), 0);
    }
}
