//! Rows of OpenID Connect providers.

use anyrole_domain::AccountId;
use anyrole_domain::oidc_providers::OidcProvider;
use sqlx::SqliteConnection;

use super::resources;
use crate::columns::{Table, json, micros};
use crate::failure::Failure;

const TABLE: Table = Table("oidc_providers");

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    arn: String,
    url: String,
    client_ids: String,
    thumbprints: String,
    tags: String,
    created_at: i64,
}

pub(super) async fn put(
    connection: &mut SqliteConnection,
    row: &OidcProvider,
) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO oidc_providers (account, arn, url, client_ids, thumbprints, tags, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
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

pub(super) async fn delete(connection: &mut SqliteConnection, arn: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM oidc_providers WHERE account = ?1 AND arn = ?2";
    resources::delete(connection, sql, arn).await
}

pub(super) async fn load(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<OidcProvider>, Failure> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT arn, url, client_ids, thumbprints, tags, created_at
         FROM oidc_providers WHERE account = ?1 ORDER BY arn",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| row.parse(account)).collect()
}

impl Row {
    pub(crate) fn parse(self, account: &AccountId) -> Result<OidcProvider, Failure> {
        Ok(OidcProvider {
            account: account.clone(),
            arn: self.arn,
            url: self.url,
            client_ids: TABLE.list("client_ids", &self.client_ids)?,
            thumbprints: TABLE.list("thumbprints", &self.thumbprints)?,
            tags: TABLE.list("tags", &self.tags)?,
            created_at: TABLE.timestamp("created_at", self.created_at)?,
        })
    }
}
