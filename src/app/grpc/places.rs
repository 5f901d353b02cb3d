//! Places of connections: so many, and not all for one peer.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections at once; more wait to be accepted. Well below the 1024 files that
/// a process may often have open.
pub(super) const PLACES: usize = 512;
/// Of them for one address.
pub(super) const A_PEER: usize = 128;

/// All places. A clone shares them.
#[derive(Clone)]
pub(super) struct Places {
    free: Arc<Semaphore>,
    taken: Taken,
}

/// Places taken, by who has them.
type Taken = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// A place that is free, for whoever connects next.
pub(super) struct Free {
    permit: OwnedSemaphorePermit,
    taken: Taken,
}

/// A connection's place, free again when it is dropped.
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
    taken: Taken,
    whose: Option<IpAddr>,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            free: Arc::new(Semaphore::new(PLACES)),
            taken: Taken::default(),
        }
    }
}

impl Places {
    /// Waits for a free place; `None` only if there are none any more.
    pub(super) async fn free(&self) -> Option<Free> {
        Some(Free {
            permit: self.free.clone().acquire_owned().await.ok()?,
            taken: self.taken.clone(),
        })
    }
}

impl Free {
    /// The place for `peer`.
    ///
    /// # Errors
    ///
    /// The place itself: the peer has enough of them.
    pub(super) fn take(self, peer: Option<IpAddr>) -> Result<Place, Self> {
        let whose = peer.map(network);
        if let Some(whose) = whose {
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            let count = taken.entry(whose).or_default();
            if *count >= A_PEER {
                drop(taken);
                return Err(self);
            }
            *count += 1;
        }
        Ok(Place {
            _permit: self.permit,
            taken: self.taken,
            whose,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(whose) = self.whose else { return };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&whose) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&whose);
            }
        }
    }
}

/// What counts as one peer: of IPv6 a network of 64 bits, which is one's own to
/// fill.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        ip => ip,
    }
}

#[cfg(test)]
impl Place {
    /// A place without limits.
    pub(super) fn any() -> Self {
        let free = Arc::new(Semaphore::new(1));
        Self {
            _permit: free.try_acquire_owned().unwrap(),
            taken: Taken::default(),
            whose: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn take(places: &Places, peer: &str) -> Option<Place> {
        let free = places.free().await.unwrap();
        free.take(Some(peer.parse().unwrap())).ok()
    }

    #[tokio::test]
    async fn one_peer_cannot_take_the_places_of_others() {
        let places = Places::default();
        let mut held = Vec::new();
        for _ in 0..A_PEER {
            held.push(take(&places, "192.0.2.1").await.unwrap());
        }
        assert!(take(&places, "192.0.2.1").await.is_none());
        assert!(take(&places, "::ffff:192.0.2.1").await.is_none());
        assert!(take(&places, "192.0.2.2").await.is_some());
        held.pop();
        assert!(take(&places, "192.0.2.1").await.is_some());
        held.clear();
        assert!(places.taken.lock().unwrap().is_empty(), "nobody is kept");
        assert_eq!(places.free.available_permits(), PLACES);
    }

    #[test]
    fn a_network_of_ipv6_is_one_peer() {
        let of = |peer: &str| network(peer.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
    }
}
