//! Rows of one statement.

use super::{Bind, Query};

/// The values of one row, as they are added.
pub struct Values<'q, 'c> {
    query: &'q mut Query<'c>,
    is_first: bool,
}

impl Values<'_, '_> {
    /// Adds the next value.
    pub fn push_bind(&mut self, value: impl Bind) -> &mut Self {
        if !std::mem::take(&mut self.is_first) {
            self.query.push(", ");
        }
        self.query.push_bind(value);
        self
    }
}

impl<'c> Query<'c> {
    /// Adds `values (…), (…)` to the text, a row for each of `items`. Each number of rows
    /// is a statement of its own, which a connection prepares once and keeps, as long as
    /// it has room for it: so 32 at most where they are written all the time.
    pub fn push_rows<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut each: impl FnMut(Values<'_, 'c>, T),
    ) -> &mut Self {
        for (at, item) in items.into_iter().enumerate() {
            self.push(if at == 0 { "values (" } else { "), (" });
            let values = Values {
                query: self,
                is_first: true,
            };
            each(values, item);
        }
        self.push(")")
    }
}
