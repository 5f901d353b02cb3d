//! What is bound to the places of a statement.

use std::{borrow::Cow, sync::Arc};

use sqlx::{Arguments, error::BoxDynError, postgres::PgArguments, sqlite::SqliteArguments};

/// The values of one statement, as its database takes them.
pub enum Args<'a> {
    /// For the file.
    Sqlite(&'a mut SqliteArguments),
    /// For the server.
    Postgres(&'a mut PgArguments),
}

impl Args<'_> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Sqlite(args) => Arguments::len(&**args),
            Self::Postgres(args) => Arguments::len(&**args),
        }
    }
}

/// A value that both databases take. Whole numbers are 64 bits wide in every table.
pub trait Bind {
    /// Adds it to `args`.
    ///
    /// # Errors
    ///
    /// It cannot be written in the way of the database.
    fn bind(self, args: Args<'_>) -> Result<(), BoxDynError>;
}

macro_rules! as_it_is {
    ($($kind:ty),*) => {$(
        impl Bind for $kind {
            fn bind(self, args: Args<'_>) -> Result<(), BoxDynError> {
                match args {
                    Args::Sqlite(args) => args.add(self),
                    Args::Postgres(args) => args.add(self),
                }
            }
        }
    )*};
}

macro_rules! by_way_of {
    ($($kind:ty => $as:expr),*) => {$(
        impl Bind for $kind {
            fn bind(self, args: Args<'_>) -> Result<(), BoxDynError> {
                let convert: fn($kind) -> _ = $as;
                convert(self).bind(args)
            }
        }
    )*};
}

as_it_is!(
    i64,
    Option<i64>,
    f64,
    bool,
    Option<bool>,
    &[u8],
    Option<&[u8]>
);

/// A server's texts hold no NUL: it is read as U+FFFD there.
impl Bind for &str {
    fn bind(self, args: Args<'_>) -> Result<(), BoxDynError> {
        match args {
            Args::Sqlite(args) => args.add(self),
            Args::Postgres(args) => args.add(&*storable(self)),
        }
    }
}

impl Bind for Option<&str> {
    fn bind(self, args: Args<'_>) -> Result<(), BoxDynError> {
        match args {
            Args::Sqlite(args) => args.add(self),
            Args::Postgres(args) => args.add(self.map(storable).as_deref()),
        }
    }
}

fn storable(text: &str) -> Cow<'_, str> {
    match text.contains('\0') {
        true => Cow::Owned(text.replace('\0', "\u{fffd}")),
        false => Cow::Borrowed(text),
    }
}

by_way_of!(
    u16 => i64::from,
    i32 => i64::from,
    u32 => i64::from,
    Option<u32> => |n| n.map(i64::from)
);

macro_rules! by_reference {
    ($($kind:ty => $as:ty),*) => {$(
        impl Bind for $kind {
            fn bind(self, args: Args<'_>) -> Result<(), BoxDynError> {
                let bytes: &$as = &self;
                bytes.bind(args)
            }
        }

        impl Bind for &$kind {
            fn bind(self, args: Args<'_>) -> Result<(), BoxDynError> {
                let bytes: &$as = self;
                bytes.bind(args)
            }
        }

        impl Bind for Option<$kind> {
            fn bind(self, args: Args<'_>) -> Result<(), BoxDynError> {
                self.as_deref().bind(args)
            }
        }

        impl Bind for &Option<$kind> {
            fn bind(self, args: Args<'_>) -> Result<(), BoxDynError> {
                self.as_deref().bind(args)
            }
        }

        impl Bind for Option<&$kind> {
            fn bind(self, args: Args<'_>) -> Result<(), BoxDynError> {
                self.map(|value| &**value).bind(args)
            }
        }
    )*};
}

by_reference!(String => str, Arc<str> => str, Vec<u8> => [u8]);
