//! Pages of a list of webhooks.

use crate::domain::a2a::push::{BadField, MOST};

/// How many go on a page; all of them, if nobody says.
pub(super) fn size(page_size: Option<i32>) -> Result<u32, BadField> {
    match page_size {
        None | Some(0) => Ok(MOST),
        Some(size @ 1..=100) => Ok(size.unsigned_abs()),
        Some(_) => Err(BadField {
            field: "pageSize",
            why: "write a number from 1 to 100".to_owned(),
        }),
    }
}

/// The row after which a page begins, from [`Row::token`](super::table::Row::token).
pub(super) fn after(page_token: Option<&str>) -> Result<Option<(i64, String)>, BadField> {
    let Some(token) = page_token.filter(|token| !token.is_empty()) else {
        return Ok(None);
    };
    let parts = token.split_once('.');
    let after = parts.and_then(|(at, id)| Some((at.parse().ok()?, id.to_owned())));
    after.map(Some).ok_or_else(|| BadField {
        field: "pageToken",
        why: "write the nextPageToken of the page before".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_page_goes_on_after_the_row_its_token_names(at in any::<i64>(), id in ".*") {
            prop_assert_eq!(after(Some(&format!("{at}.{id}"))), Ok(Some((at, id))));
        }

        #[test]
        fn no_token_panics(token in ".*") {
            let read = after(Some(&token));
            prop_assert_eq!(read.is_ok(), token.is_empty() || read.is_ok_and(|r| r.is_some()));
        }
    }
}
