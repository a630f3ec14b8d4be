//! Rows of OpenID Connect providers.

use anyrole_domain::AccountId;
use anyrole_domain::oidc_providers::OidcProvider;
use sqlx::PgConnection;

use super::resources;
use super::selection::{Key, rows_of};
use crate::columns::{json, micros};
use crate::failure::Failure;
use crate::sqlite::oidc_providers::Row;

pub(super) async fn put(connection: &mut PgConnection, row: &OidcProvider) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO oidc_providers (account, arn, url, client_ids, thumbprints, tags, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (account, arn) DO UPDATE SET
             url = excluded.url, client_ids = excluded.client_ids, thumbprints = excluded.thumbprints,
             tags = excluded.tags, created_at = excluded.created_at",
    )
    .bind(row.account.as_str())
    .bind(&row.arn)
    .bind(&row.url)
    .bind(json(&row.client_ids)?)
    .bind(json(&row.thumbprints)?)
    .bind(json(&row.tags)?)
    .bind(micros(row.created_at))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete(connection: &mut PgConnection, arn: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM oidc_providers WHERE account = $1 AND arn = $2";
    resources::delete(connection, sql, arn).await
}

pub(super) async fn load(
    connection: &mut PgConnection,
    account: &AccountId,
    keys: Option<&[String]>,
) -> Result<Vec<OidcProvider>, Failure> {
    let rows: Vec<Row> = rows_of(
        "SELECT arn, url, client_ids, thumbprints, tags, created_at FROM oidc_providers",
        Key::Text("arn"),
        account,
        keys,
    )
    .build_query_as()
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}
