//! Rows of CRLs. The list is kept byte for byte.

use anyrole_domain::AccountId;
use anyrole_domain::crls::Crl;
use sqlx::PgConnection;

use super::resources;
use super::selection::{Key, rows_of};
use crate::failure::Failure;
use crate::sqlite::crls::Row;

pub(super) async fn put(connection: &mut PgConnection, row: &Crl) -> Result<(), Failure> {
    resources::statement(
        "INSERT INTO crls (account, arn, id, name, enabled, tags, revision, created_at, updated_at, alias,
             crl_data, trust_anchor_arn)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (account, arn) DO UPDATE SET
             id = excluded.id, name = excluded.name, enabled = excluded.enabled, tags = excluded.tags,
             revision = excluded.revision, created_at = excluded.created_at, updated_at = excluded.updated_at,
             alias = excluded.alias, crl_data = excluded.crl_data, trust_anchor_arn = excluded.trust_anchor_arn",
        &row.resource,
    )?
    .bind(row.data.as_ref())
    .bind(&row.trust_anchor_arn)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete(connection: &mut PgConnection, arn: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM crls WHERE account = $1 AND arn = $2";
    resources::delete(connection, sql, arn).await
}

pub(super) async fn load(
    connection: &mut PgConnection,
    account: &AccountId,
    keys: Option<&[String]>,
) -> Result<Vec<Crl>, Failure> {
    let rows: Vec<Row> = rows_of(
        "SELECT arn, id, name, enabled, tags, revision, created_at, updated_at, alias, crl_data, trust_anchor_arn
         FROM crls",
        Key::Text("arn"),
        account,
        keys,
    )
    .build_query_as()
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}
