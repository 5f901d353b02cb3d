//! Places for proxied requests: bounded at the door, never queued behind it.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::{State, error::ApiError};

/// `MAX_IN_FLIGHT` places. A clone shares them.
#[derive(Clone)]
pub struct Door {
    free: Arc<Semaphore>,
    places: usize,
}

/// One place, free again when dropped.
pub struct Place(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl Door {
    /// A door with `places`.
    pub fn new(places: usize) -> Self {
        let free = Arc::new(Semaphore::new(places));
        Self { free, places }
    }

    /// All places.
    pub fn places(&self) -> usize {
        self.places
    }

    /// Places that are free.
    pub fn free(&self) -> usize {
        self.free.available_permits()
    }

    fn enter(&self) -> Result<Place, ApiError> {
        let permit = self.free.clone().try_acquire_owned();
        permit.map(Place).map_err(|_| ApiError::Busy)
    }
}

impl FromRequest for Place {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = request.app_data::<web::Data<State>>();
        ready(match state {
            Some(state) if state.is_draining() => Err(ApiError::Draining),
            Some(state) => state.door.enter(),
            None => Err(ApiError::internal("the application has no state")),
        })
    }
}
