//! Which rows of an account are read: all at start, and those alone that another server has changed after that.

use anyrole_domain::AccountId;
use sqlx::{Postgres, QueryBuilder};

/// The column that tells an account's rows apart, and how the change log writes its values as text.
#[derive(Clone, Copy)]
pub(super) enum Key {
    Text(&'static str),
    Number(&'static str),
    Hex(&'static str),
}

/// `select` (up to its FROM) for the rows of `account`, or only those of `keys`.
pub(super) fn rows_of(
    select: &'static str,
    key: Key,
    account: &AccountId,
    keys: Option<&[String]>,
) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(select);
    query
        .push(" WHERE account = ")
        .push_bind(account.as_str().to_owned());
    if let Some(keys) = keys {
        // The texts are converted, not the column: its index is used.
        let (column, value) = match key {
            Key::Text(column) => (column, "k"),
            Key::Number(column) => (column, "k::bigint"),
            Key::Hex(column) => (column, "decode(k, 'hex')"),
        };
        query
            .push(format_args!(
                " AND {column} = ANY(ARRAY(SELECT {value} FROM unnest("
            ))
            .push_bind(keys.to_vec())
            .push(") AS k))");
    }
    query
}
