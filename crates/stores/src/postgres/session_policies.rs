//! Rows of session policies, kept by the SHA-256 of their text.

use anyrole_domain::{AccountId, SessionPolicyText};
use sqlx::PgConnection;

use super::selection::{Key, rows_of};
use crate::columns::Table;
use crate::failure::Failure;

const TABLE: Table = Table("session_policies");

/// Keeps a text; one of the same hash is the same text.
pub(super) async fn put(
    connection: &mut PgConnection,
    row: &SessionPolicyText,
) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO session_policies (account, sha256, text) VALUES ($1, $2, $3)
         ON CONFLICT (account, sha256) DO NOTHING",
    )
    .bind(row.account.as_str())
    .bind(row.sha256.as_slice())
    .bind(&*row.text)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn load(
    connection: &mut PgConnection,
    account: &AccountId,
    keys: Option<&[String]>,
) -> Result<Vec<SessionPolicyText>, Failure> {
    let rows: Vec<(Vec<u8>, String)> = rows_of(
        "SELECT sha256, text FROM session_policies",
        Key::Hex("sha256"),
        account,
        keys,
    )
    .build_query_as()
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|(sha256, text)| {
            Ok(SessionPolicyText {
                account: account.clone(),
                sha256: TABLE.sha256("sha256", sha256)?,
                text: text.into(),
            })
        })
        .collect()
}
