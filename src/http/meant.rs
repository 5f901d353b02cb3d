//! What an answer means, where the status that it travels with does not say it:
//! errors of JSON-RPC come with 200.

use actix_web::{HttpResponse, dev::ServiceResponse};

#[derive(Clone, Copy)]
struct Meant(u16);

/// Notes that `answer` means `status`, for those who count, log and trace.
pub(super) fn note(mut answer: HttpResponse, status: u16) -> HttpResponse {
    answer.extensions_mut().insert(Meant(status));
    answer
}

/// The status that `response` means.
pub(super) fn status_of<B>(response: &ServiceResponse<B>) -> u16 {
    let extensions = response.response().extensions();
    let meant = extensions.get::<Meant>().map(|meant| meant.0);
    meant.unwrap_or_else(|| response.status().as_u16())
}
