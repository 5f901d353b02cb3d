//! The page, out of the binary.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ETag, EntityTag, Header, IfNoneMatch},
    web,
};
use rust_embed::RustEmbed;

use crate::{adapters::secret::hex, http::error::ApiError};

/// The pattern of those that are left out holds in every folder.
#[derive(RustEmbed)]
#[folder = "web/"]
#[exclude = "*.test.js"]
struct Files;

/// Nothing but the page's own files and the gateway itself, no text that becomes script,
/// and nobody may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

/// `GET /`.
///
/// # Errors
///
/// 404 in a build without the page.
pub async fn index(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    file(&request, "index.html")
}

/// `GET /assets/{path}`.
///
/// # Errors
///
/// 404.
pub async fn asset(
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    file(&request, &path)
}

/// 304 for whoever has it as it is.
fn file(request: &HttpRequest, path: &str) -> Result<HttpResponse, ApiError> {
    let file = Files::get(path).ok_or(ApiError::NotFound("no such file"))?;
    // Weak: what is sent may be compressed.
    let tag = EntityTag::new_weak(hex(&file.metadata.sha256_hash()));
    let is_known = is_known(request, &tag);
    let mut answer = match is_known {
        true => HttpResponse::NotModified(),
        false => HttpResponse::Ok(),
    };
    answer
        .insert_header(ETag(tag))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_FRAME_OPTIONS, "DENY"))
        .insert_header((header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::CACHE_CONTROL, "no-cache"));
    if is_known {
        return Ok(answer.finish());
    }
    let mime = mime_guess::from_path(path).first_or_octet_stream();
    answer.insert_header((header::CONTENT_TYPE, format!("{mime}; charset=utf-8")));
    Ok(answer.body(file.data.into_owned()))
}

/// Whether the client has what `tag` names. A header that is none names nothing.
fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => request.headers().contains_key(header::IF_NONE_MATCH),
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// Every file in `folder`, as the page calls it.
    fn files(folder: &Path, root: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let files = entries.flat_map(|entry| {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => files(&path, root),
                false => vec![
                    path.strip_prefix(root)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                ],
            }
        });
        files.collect()
    }

    #[test]
    fn every_file_is_served_but_those_that_test_others() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
        let (tests, page): (Vec<_>, Vec<_>) = files(&root, &root)
            .into_iter()
            .partition(|path| path.ends_with(".test.js"));
        assert!(tests.iter().any(|path| path.contains('/')), "{tests:?}");
        for path in &tests {
            assert!(Files::get(path).is_none(), "{path}");
        }
        for path in &page {
            assert!(Files::get(path).is_some(), "{path}");
        }
    }
}
