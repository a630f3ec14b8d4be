//! Rows of subjects' tags.

use anyrole_domain::AccountId;
use anyrole_domain::subjects::SubjectTags;
use sqlx::PgConnection;

use super::resources;
use super::selection::{Key, rows_of};
use crate::columns::{Table, json};
use crate::failure::Failure;

const TABLE: Table = Table("subject_tags");

pub(super) async fn put(connection: &mut PgConnection, row: &SubjectTags) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO subject_tags (account, arn, tags) VALUES ($1, $2, $3)
         ON CONFLICT (account, arn) DO UPDATE SET tags = excluded.tags",
    )
    .bind(row.account.as_str())
    .bind(&row.arn)
    .bind(json(&row.tags)?)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete(connection: &mut PgConnection, arn: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM subject_tags WHERE account = $1 AND arn = $2";
    resources::delete(connection, sql, arn).await
}

pub(super) async fn load(
    connection: &mut PgConnection,
    account: &AccountId,
    keys: Option<&[String]>,
) -> Result<Vec<SubjectTags>, Failure> {
    let rows: Vec<(String, String)> = rows_of(
        "SELECT arn, tags FROM subject_tags",
        Key::Text("arn"),
        account,
        keys,
    )
    .build_query_as()
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|(arn, tags)| {
            Ok(SubjectTags {
                account: account.clone(),
                arn,
                tags: TABLE.list("tags", &tags)?,
            })
        })
        .collect()
}
