//! What can go wrong in one statement or row, on its way to the port's `StoreError`.

use anyrole_domain::ports::StoreError;

/// A statement failed, or a row holds what no row of ours holds.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    #[error("a row of `{table}` has a bad `{column}`: {detail}")]
    Row {
        table: &'static str,
        column: &'static str,
        detail: String,
    },
    #[error("`{0}` is not an ARN with an account")]
    Arn(String),
    #[error("`{0}` is too large a number to store")]
    Number(u64),
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        StoreError::Failed(failure.to_string())
    }
}
