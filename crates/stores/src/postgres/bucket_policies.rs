//! Rows of bucket policies.

use anyrole_domain::AccountId;
use anyrole_domain::bucket_policies::BucketPolicy;
use jiff::Timestamp;
use sqlx::PgConnection;

use super::selection::{Key, rows_of};
use crate::columns::Table;
use crate::failure::Failure;
use crate::row_key::{bucket_key, parse_bucket_key};

const TABLE: Table = Table("bucket_policies");

pub(super) async fn put(connection: &mut PgConnection, row: &BucketPolicy) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO bucket_policies (account, bucket_key, document) VALUES ($1, $2, $3)
         ON CONFLICT (account, bucket_key) DO UPDATE SET document = excluded.document",
    )
    .bind(row.account.as_str())
    .bind(bucket_key(&row.bucket, row.bucket_created_at))
    .bind(&row.text)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete(
    connection: &mut PgConnection,
    account: &AccountId,
    bucket: &str,
    created_at: Timestamp,
) -> Result<(), Failure> {
    sqlx::query("DELETE FROM bucket_policies WHERE account = $1 AND bucket_key = $2")
        .bind(account.as_str())
        .bind(bucket_key(bucket, created_at))
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn load(
    connection: &mut PgConnection,
    account: &AccountId,
    keys: Option<&[String]>,
) -> Result<Vec<BucketPolicy>, Failure> {
    let rows: Vec<(String, String)> = rows_of(
        "SELECT bucket_key, document FROM bucket_policies",
        Key::Text("bucket_key"),
        account,
        keys,
    )
    .build_query_as()
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|(key, text)| {
            let (bucket, bucket_created_at) =
                parse_bucket_key(&key).ok_or_else(|| TABLE.unknown("bucket_key", &key))?;
            Ok(BucketPolicy {
                account: account.clone(),
                bucket: bucket.to_owned(),
                bucket_created_at,
                text,
            })
        })
        .collect()
}
