//! Rows of join tokens and of what came of them.

use anyrole_domain::AccountId;
use anyrole_domain::enrolment::{
    Before, Claim, Decision, EnrolledCertificate, FinishedClaim, JoinToken, Right, Standing, decide,
};
use jiff::Timestamp;
use sqlx::{Connection as _, PgConnection};

use super::BEGIN_WRITING;
use crate::columns::{count, micros};
use crate::enrolment_columns::{
    BeforeColumns, TOKENS, TokenColumns, UNFINISHED_KEPT, before, enrolled, line_json, policy_json,
    token,
};
use crate::failure::Failure;

macro_rules! tokens_where {
    ($rest:literal) => {
        concat!(
            "SELECT id, secret_sha256, authority_arn, policy, certificate_seconds, created_at, created_by,
                 expires_at, max_uses, uses, description FROM join_tokens WHERE ",
            $rest
        )
    };
}

pub(super) async fn put_token(
    connection: &mut PgConnection,
    row: &JoinToken,
    forget_before: Timestamp,
) -> Result<(), Failure> {
    let mut transaction = connection.begin_with(BEGIN_WRITING).await?;
    put_token_within(&mut transaction, row, forget_before).await?;
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn claim(
    connection: &mut PgConnection,
    claim: &Claim,
) -> Result<Decision, Failure> {
    let mut transaction = connection.begin_with(BEGIN_WRITING).await?;
    let outcome = claim_within(&mut transaction, claim).await?;
    transaction.commit().await?;
    Ok(outcome)
}

pub(super) async fn finish(
    connection: &mut PgConnection,
    finished: &FinishedClaim,
) -> Result<(), Failure> {
    let mut transaction = connection.begin_with(BEGIN_WRITING).await?;
    finish_within(&mut transaction, finished).await?;
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn release(connection: &mut PgConnection, claim: &Claim) -> Result<(), Failure> {
    let mut transaction = connection.begin_with(BEGIN_WRITING).await?;
    release_within(&mut transaction, claim).await?;
    transaction.commit().await?;
    Ok(())
}

async fn put_token_within(
    connection: &mut PgConnection,
    row: &JoinToken,
    forget_before: Timestamp,
) -> Result<(), Failure> {
    sqlx::query("DELETE FROM join_tokens WHERE account = $1 AND expires_at < $2")
        .bind(row.account.as_str())
        .bind(micros(forget_before))
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO join_tokens (account, id, secret_sha256, authority_arn, policy, certificate_seconds, created_at,
             created_by, expires_at, max_uses, uses, description)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(row.account.as_str())
    .bind(&row.id)
    .bind(&row.secret_sha256[..])
    .bind(&row.authority_arn)
    .bind(policy_json(row)?)
    .bind(i64::from(row.certificate_seconds))
    .bind(micros(row.created_at))
    .bind(&row.created_by)
    .bind(micros(row.expires_at))
    .bind(i64::from(row.max_uses))
    .bind(i64::from(row.uses))
    .bind(&row.description)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn read_token(
    connection: &mut PgConnection,
    account: &AccountId,
    id: &str,
) -> Result<Option<JoinToken>, Failure> {
    let row: Option<TokenColumns> = sqlx::query_as(tokens_where!("account = $1 AND id = $2"))
        .bind(account.as_str())
        .bind(id)
        .fetch_optional(connection)
        .await?;
    row.map(|row| token(account, row)).transpose()
}

pub(super) async fn list_tokens(
    connection: &mut PgConnection,
    account: &AccountId,
    after: &str,
    limit: usize,
) -> Result<Vec<JoinToken>, Failure> {
    let rows: Vec<TokenColumns> = sqlx::query_as(tokens_where!(
        "account = $1 AND id > $2 ORDER BY id LIMIT $3"
    ))
    .bind(account.as_str())
    .bind(after)
    .bind(count(limit)?)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| token(account, row)).collect()
}

pub(super) async fn delete_token(
    connection: &mut PgConnection,
    account: &AccountId,
    id: &str,
) -> Result<bool, Failure> {
    let deleted = sqlx::query("DELETE FROM join_tokens WHERE account = $1 AND id = $2")
        .bind(account.as_str())
        .bind(id)
        .execute(connection)
        .await?;
    Ok(deleted.rows_affected() > 0)
}

/// The row of the right is locked first, so that claims of one right come after each other.
async fn claim_within(connection: &mut PgConnection, claim: &Claim) -> Result<Decision, Failure> {
    let key = claim.right.key();
    let (most, used) = uses(connection, claim, &key).await?;
    let row: Option<BeforeColumns> = sqlx::query_as(
        "SELECT proved_at, claimed_at, certificate, line FROM enrolments
         WHERE account = $1 AND right_key = $2 AND key_sha256 = $3",
    )
    .bind(claim.account.as_str())
    .bind(&key)
    .bind(&claim.key_sha256[..])
    .fetch_optional(&mut *connection)
    .await?;
    let before: Option<Before> = row.map(before).transpose()?;
    let decision = decide(claim, &Standing { most, used, before });
    match &decision {
        Decision::Begin => begin(connection, claim, &key).await?,
        Decision::Resume => keep_proof(connection, claim, &key, Some(claim.now)).await?,
        Decision::Again(_) => keep_proof(connection, claim, &key, None).await?,
        Decision::Replayed | Decision::Busy | Decision::UsedUp | Decision::Gone => {}
    }
    Ok(decision)
}

/// How many keys the right is good for, and how many have used it.
async fn uses(
    connection: &mut PgConnection,
    claim: &Claim,
    key: &str,
) -> Result<(Option<u32>, u32), Failure> {
    let row: Option<(i64, i64)> = match &claim.right {
        Right::Token(id) => {
            sqlx::query_as(
                "SELECT max_uses, uses FROM join_tokens WHERE account = $1 AND id = $2 FOR UPDATE",
            )
            .bind(claim.account.as_str())
            .bind(id)
            .fetch_optional(connection)
            .await?
        }
        Right::Certificate(sha256) => {
            let locked: Option<(i64,)> = sqlx::query_as(
                "SELECT 1::bigint FROM enrolments WHERE account = $1 AND certificate_sha256 = $2 FOR UPDATE",
            )
            .bind(claim.account.as_str())
            .bind(&sha256[..])
            .fetch_optional(&mut *connection)
            .await?;
            let Some((most,)) = locked else {
                return Ok((None, 0));
            };
            // Counted by a statement of its own, which sees what was committed before the lock was had.
            let (used,): (i64,) = sqlx::query_as(
                "SELECT count(*) FROM enrolments WHERE account = $1 AND right_key = $2",
            )
            .bind(claim.account.as_str())
            .bind(key)
            .fetch_one(connection)
            .await?;
            Some((most, used))
        }
    };
    let Some((most, used)) = row else {
        return Ok((None, 0));
    };
    Ok((
        Some(TOKENS.number("max_uses", most)?),
        TOKENS.number("uses", used)?,
    ))
}

async fn begin(connection: &mut PgConnection, claim: &Claim, key: &str) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO enrolments (account, right_key, key_sha256, proved_at, claimed_at, forget_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(claim.account.as_str())
    .bind(key)
    .bind(&claim.key_sha256[..])
    .bind(micros(claim.proved_at))
    .bind(micros(claim.now))
    .bind(micros(claim.now).saturating_add(UNFINISHED_KEPT))
    .execute(&mut *connection)
    .await?;
    add_use(connection, claim, 1).await
}

async fn add_use(connection: &mut PgConnection, claim: &Claim, by: i64) -> Result<(), Failure> {
    if let Right::Token(id) = &claim.right {
        sqlx::query("UPDATE join_tokens SET uses = uses + $3 WHERE account = $1 AND id = $2")
            .bind(claim.account.as_str())
            .bind(id)
            .bind(by)
            .execute(connection)
            .await?;
    }
    Ok(())
}

async fn keep_proof(
    connection: &mut PgConnection,
    claim: &Claim,
    key: &str,
    claimed_at: Option<Timestamp>,
) -> Result<(), Failure> {
    sqlx::query(
        "UPDATE enrolments SET proved_at = $4, claimed_at = coalesce($5::bigint, claimed_at)
         WHERE account = $1 AND right_key = $2 AND key_sha256 = $3",
    )
    .bind(claim.account.as_str())
    .bind(key)
    .bind(&claim.key_sha256[..])
    .bind(micros(claim.proved_at))
    .bind(claimed_at.map(micros))
    .execute(connection)
    .await?;
    Ok(())
}

async fn finish_within(
    connection: &mut PgConnection,
    finished: &FinishedClaim,
) -> Result<(), Failure> {
    let claim = &finished.claim;
    sqlx::query(
        "UPDATE enrolments SET certificate_sha256 = $5, certificate = $6, line = $7, forget_at = $8
         WHERE account = $1 AND right_key = $2 AND key_sha256 = $3 AND claimed_at = $4
             AND certificate IS NULL",
    )
    .bind(claim.account.as_str())
    .bind(claim.right.key())
    .bind(&claim.key_sha256[..])
    .bind(micros(claim.now))
    .bind(&finished.certificate_sha256[..])
    .bind(&finished.issued.der)
    .bind(line_json(&finished.issued)?)
    .bind(micros(finished.forget_at))
    .execute(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM enrolments WHERE account = $1 AND forget_at < $2")
        .bind(claim.account.as_str())
        .bind(micros(claim.now))
        .execute(connection)
        .await?;
    Ok(())
}

async fn release_within(connection: &mut PgConnection, claim: &Claim) -> Result<(), Failure> {
    let deleted = sqlx::query(
        "DELETE FROM enrolments WHERE account = $1 AND right_key = $2 AND key_sha256 = $3
             AND claimed_at = $4 AND certificate IS NULL",
    )
    .bind(claim.account.as_str())
    .bind(claim.right.key())
    .bind(&claim.key_sha256[..])
    .bind(micros(claim.now))
    .execute(&mut *connection)
    .await?;
    match deleted.rows_affected() {
        0 => Ok(()),
        _ => add_use(connection, claim, -1).await,
    }
}

pub(super) async fn read_enrolled(
    connection: &mut PgConnection,
    account: &AccountId,
    certificate_sha256: &[u8; 32],
) -> Result<Option<EnrolledCertificate>, Failure> {
    let row: Option<(Option<Vec<u8>>, Option<String>)> = sqlx::query_as(
        "SELECT certificate, line FROM enrolments WHERE account = $1 AND certificate_sha256 = $2",
    )
    .bind(account.as_str())
    .bind(&certificate_sha256[..])
    .fetch_optional(connection)
    .await?;
    match row {
        Some((certificate, line)) => enrolled(certificate, line),
        None => Ok(None),
    }
}
