//! Records of issued certificates: written in groups, read one at a time.

use anyrole_domain::AccountId;
use anyrole_domain::certificate_authorities::{
    IssuedCertificate, IssuedPlace, Kept, NewCertificate, Repeat,
};
use anyrole_domain::ports::{IssuedStore, StoreError};
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{Connection as _, PgConnection};

use super::link::in_time;
use super::{BEGIN_WRITING, PostgresStore, READ_TIME, WRITE_TIME};
use crate::columns::micros;
use crate::failure::Failure;
use crate::issued_columns::{
    ListedRow, Row, UNLESS_TAKEN, are_in, behind, goes_at_once, inserting, kept_before,
};

#[async_trait]
impl IssuedStore for PostgresStore {
    async fn record_issued(&self, group: &[NewCertificate]) -> Result<Vec<Kept>, StoreError> {
        let mut connection = self.writer.lend().await?;
        let kept = in_time(WRITE_TIME, "write", record_all(&mut connection, group)).await?;
        connection.give_back();
        Ok(kept)
    }

    async fn forget_issuing_tokens(&self, before: Timestamp) -> Result<(), StoreError> {
        let mut connection = self.writer.lend().await?;
        in_time(WRITE_TIME, "write", async {
            sqlx::query("DELETE FROM issuing_tokens WHERE used_at < $1")
                .bind(micros(before))
                .execute(&mut *connection)
                .await?;
            Ok(())
        })
        .await?;
        connection.give_back();
        Ok(())
    }

    async fn read_issued(
        &self,
        account: &AccountId,
        authority_id: &str,
        serial: &[u8; 16],
    ) -> Result<Option<IssuedCertificate>, StoreError> {
        let mut connection = self.pages.lend().await?;
        let row = in_time(READ_TIME, "read", async {
            let row: Option<Row> = sqlx::query_as(
                "SELECT certificate, not_after, template, requested_by, issued_at FROM issued_certificates
                 WHERE account = $1 AND authority_id = $2 AND serial = $3",
            )
            .bind(account.as_str())
            .bind(authority_id)
            .bind(serial.as_slice())
            .fetch_optional(&mut *connection)
            .await?;
            Ok(row)
        })
        .await?;
        connection.give_back();
        let row = row.map(|row| row.parse(account, authority_id, serial));
        Ok(row.transpose()?)
    }

    async fn list_issued(
        &self,
        account: &AccountId,
        authority_id: &str,
        last: Option<IssuedPlace>,
        limit: usize,
    ) -> Result<Vec<IssuedCertificate>, StoreError> {
        let mut connection = self.pages.lend().await?;
        let (micros, serial) = behind(last);
        let rows = in_time(READ_TIME, "read", async {
            let rows: Vec<ListedRow> = sqlx::query_as(
                "SELECT serial, certificate, not_after, template, requested_by, issued_at FROM issued_certificates
                 WHERE account = $1 AND authority_id = $2 AND (issued_at, serial) < ($3, $4)
                 ORDER BY issued_at DESC, serial DESC LIMIT $5",
            )
            .bind(account.as_str())
            .bind(authority_id)
            .bind(micros)
            .bind(serial)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&mut *connection)
            .await?;
            Ok(rows)
        })
        .await?;
        connection.give_back();
        let rows = rows.into_iter();
        Ok(rows
            .map(|row| row.parse(account, authority_id))
            .collect::<Result<_, _>>()?)
    }
}

/// Tokens first, in one order on every server, so that no two wait for each other.
async fn record_all(
    connection: &mut PgConnection,
    group: &[NewCertificate],
) -> Result<Vec<Kept>, Failure> {
    let mut kept = vec![Kept::New; group.len()];
    if goes_at_once(group) {
        let mut all = inserting(group.iter().map(|new| &new.row), "");
        if are_in(all.build().execute(&mut *connection).await)? {
            return Ok(kept);
        }
    }
    let mut transaction = connection.begin_with(BEGIN_WRITING).await?;
    let mut with_token: Vec<(usize, &NewCertificate, &Repeat)> = group
        .iter()
        .enumerate()
        .filter_map(|(place, new)| Some((place, new, new.token.as_ref()?)))
        .collect();
    with_token.sort_by_key(|(_, new, repeat)| (&new.row.authority_id, repeat.token_sha256));
    for (place, new, repeat) in with_token {
        if let Some(before) = take_token(&mut transaction, &new.row, repeat).await?
            && let Some(kept) = kept.get_mut(place)
        {
            *kept = before;
        }
    }
    for (new, kept) in group.iter().zip(&mut kept) {
        if *kept == Kept::New && !insert(&mut transaction, &new.row).await? {
            *kept = Kept::SerialTaken;
            forget_token(&mut transaction, new).await?;
        }
    }
    transaction.commit().await?;
    Ok(kept)
}

async fn insert(connection: &mut PgConnection, row: &IssuedCertificate) -> Result<bool, Failure> {
    let mut inserting = inserting([row], UNLESS_TAKEN);
    let inserted = inserting.build().execute(connection).await?;
    Ok(inserted.rows_affected() == 1)
}

/// Takes the token for this certificate, unless another one has it.
async fn take_token(
    connection: &mut PgConnection,
    row: &IssuedCertificate,
    repeat: &Repeat,
) -> Result<Option<Kept>, Failure> {
    let taken = sqlx::query(
        "INSERT INTO issuing_tokens (authority_id, token_sha256, request_sha256, serial, used_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (authority_id, token_sha256) DO UPDATE SET
             request_sha256 = excluded.request_sha256, serial = excluded.serial, used_at = excluded.used_at
         WHERE issuing_tokens.used_at < $6",
    )
    .bind(&row.authority_id)
    .bind(repeat.token_sha256.as_slice())
    .bind(repeat.request_sha256.as_slice())
    .bind(row.serial.as_slice())
    .bind(micros(row.issued_at))
    .bind(micros(repeat.forget_before))
    .execute(&mut *connection)
    .await?;
    if taken.rows_affected() == 1 {
        return Ok(None);
    }
    let (serial, request): (Vec<u8>, Vec<u8>) = sqlx::query_as(
        "SELECT serial, request_sha256 FROM issuing_tokens WHERE authority_id = $1 AND token_sha256 = $2",
    )
    .bind(&row.authority_id)
    .bind(repeat.token_sha256.as_slice())
    .fetch_one(connection)
    .await?;
    kept_before(&serial, &request, repeat).map(Some)
}

async fn forget_token(connection: &mut PgConnection, new: &NewCertificate) -> Result<(), Failure> {
    let Some(repeat) = &new.token else {
        return Ok(());
    };
    sqlx::query("DELETE FROM issuing_tokens WHERE authority_id = $1 AND token_sha256 = $2")
        .bind(&new.row.authority_id)
        .bind(repeat.token_sha256.as_slice())
        .execute(connection)
        .await?;
    Ok(())
}
