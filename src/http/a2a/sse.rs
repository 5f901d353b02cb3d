//! Streams of both HTTP bindings: server-sent events, numbered, so that a
//! watcher who lost the line goes on where it broke.

use std::{convert::Infallible, fmt::Write as _};

use a2a::A2AError;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, http::header, web::Bytes};
use futures_util::stream;

use super::{
    Call, Following, Told,
    asked::{LAST_EVENT_ID, event_id},
};

/// The answer that tells `following`; `frame` writes what is told into the words
/// of its binding, `None` for what it has no words for. It also hears whether the
/// stream closes after it.
pub(super) fn answer(
    call: &Call,
    following: Following,
    frame: impl Fn(&Told, bool) -> Option<String> + 'static,
) -> HttpResponse {
    let events = stream::unfold((following, frame), |(mut following, frame)| async move {
        loop {
            let told = following.next().await?;
            let frame_one = |told: &Told| frame(told, following.is_over());
            if let Some(event) = event(&told, frame_one) {
                return Some((Ok::<_, Infallible>(event), (following, frame)));
            }
        }
    });
    let mut answer: HttpResponseBuilder = HttpResponse::Ok();
    call.tell_extensions(&mut answer);
    answer
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(events)
}

/// A stream of one event, which has no number: there is nothing to resume.
pub(super) fn single(json: &str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(format!("data: {json}\n\n"))
}

fn event(told: &Told, frame: impl Fn(&Told) -> Option<String>) -> Option<Bytes> {
    if let Told::Silence = told {
        return Some(Bytes::from_static(b": still here\n\n"));
    }
    let data = frame(told)?;
    let mut text = String::with_capacity(data.len() + 32);
    if let Some(seq) = told.seq() {
        let _ = writeln!(text, "id: {seq}");
    }
    // JSON has no line breaks of its own.
    text.extend(["data: ", &data, "\n\n"]);
    Some(Bytes::from(text))
}

/// Where a lost stream broke: `Last-Event-ID`.
///
/// # Errors
///
/// It is none of our numbers.
pub(super) fn last_event_id(request: &HttpRequest) -> Result<Option<i64>, A2AError> {
    let value = request.headers().get(LAST_EVENT_ID);
    value.map(|value| event_id(value.to_str().ok())).transpose()
}
