//! The log of changed rows: each write adds the rows that it has put or deleted, and forgets what is old, so that
//! another server reads the changed rows alone, however much is stored.

use std::collections::BTreeMap;

use anyrole_domain::{AccountId, Change};
use sqlx::PgConnection;

use crate::columns::{Table, integer};
use crate::failure::Failure;
use crate::row_key::{Kind, RowKey};

const TABLE: Table = Table("changes");

/// How many writes the log holds; who is further behind reads everything.
const KEPT_VERSIONS: u64 = 10_000;

/// The changed rows of one kind and account.
pub(super) struct Changed {
    pub(super) account: AccountId,
    pub(super) kind: Kind,
    pub(super) keys: Vec<String>,
}

/// Logs the rows of `changes` as those of `version`, inside of its transaction.
pub(super) async fn add(
    connection: &mut PgConnection,
    version: u64,
    changes: &[Change],
) -> Result<(), Failure> {
    let (mut accounts, mut kinds, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    for change in changes {
        let row = RowKey::of(change)?;
        accounts.push(row.account);
        kinds.push(row.kind.as_str());
        keys.push(row.key);
    }
    sqlx::query(
        "WITH forgotten AS (DELETE FROM changes WHERE version <= $2)
         INSERT INTO changes (version, account, kind, row_key)
         SELECT $1, changed.* FROM unnest($3::text[], $4::text[], $5::text[]) AS changed
         ON CONFLICT DO NOTHING",
    )
    .bind(integer(version)?)
    .bind(integer(version.saturating_sub(KEPT_VERSIONS))?)
    .bind(accounts)
    .bind(kinds)
    .bind(keys)
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether the log holds all that was written after `base`, in a store that is at `current`.
pub(super) fn reaches(base: u64, current: u64) -> bool {
    current
        .checked_sub(base)
        .is_some_and(|behind| behind <= KEPT_VERSIONS)
}

/// The rows that were changed after `base`.
pub(super) async fn since(
    connection: &mut PgConnection,
    base: u64,
) -> Result<Vec<Changed>, Failure> {
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("SELECT DISTINCT account, kind, row_key FROM changes WHERE version > $1")
            .bind(integer(base)?)
            .fetch_all(connection)
            .await?;
    let mut groups: BTreeMap<(String, Kind), Vec<String>> = BTreeMap::new();
    for (account, kind, key) in rows {
        let kind = Kind::parse(&kind)?;
        groups.entry((account, kind)).or_default().push(key);
    }
    groups
        .into_iter()
        .map(|((account, kind), keys)| {
            Ok(Changed {
                account: TABLE.account(&account)?,
                kind,
                keys,
            })
        })
        .collect()
}
