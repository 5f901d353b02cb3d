//! What went wrong, for whoever looks at it in a browser.

use actix_web::{
    HttpRequest, HttpResponse,
    body::BoxBody,
    http::header::{self, HeaderValue},
};

use crate::http::{
    State,
    error::{ApiError, Dialect},
};

/// `error` as a page for browsers, and as everywhere for everyone else.
pub(super) fn failed(request: &HttpRequest, state: &State, error: &ApiError) -> HttpResponse {
    let mut answer = error.answer(Dialect::Plain, &state.realm, None);
    let to = answer.headers_mut();
    to.append(header::VARY, HeaderValue::from_static("accept"));
    if !wants_page(request) {
        return answer;
    }
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    to.insert(header::CONTENT_TYPE, html);
    let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    to.insert(header::CONTENT_SECURITY_POLICY, policy);
    let page = page(&escaped(&error.to_string()), state.sign_in.is_some());
    answer.set_body(BoxBody::new(page))
}

fn wants_page(request: &HttpRequest) -> bool {
    let mut accepted = request.headers().get_all(header::ACCEPT);
    accepted.any(|kinds| kinds.to_str().is_ok_and(|text| text.contains("text/html")))
}

fn page(text: &str, has_login: bool) -> String {
    let (there, words) = match has_login {
        true => ("/auth/login", "Sign in again"),
        false => ("/", "Other ways to sign in"),
    };
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Not signed in</title>\
         <h1>Not signed in</h1><p>{text}</p><p><a href=\"{there}\">{words}</a></p></html>"
    )
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('"', "&quot;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(
            escaped("<a href=\"x\">&lt;"),
            "&lt;a href=&quot;x&quot;&gt;&amp;lt;"
        );
    }
}
