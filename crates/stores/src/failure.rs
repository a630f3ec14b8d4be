//! What can go wrong in one statement or row, on its way to the port's `StoreError`.

use std::time::Duration;

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
    #[error("no answer to `{what}` in {time:?}")]
    Silent { what: &'static str, time: Duration },
}

impl Failure {
    /// Whether the database can't be reached: no connection, none left, or one that is going down or coming up
    /// (PostgreSQL manual, appendix A: classes 08 and 57P, 53300).
    fn is_away(&self) -> bool {
        match self {
            Self::Silent { .. } => true,
            Self::Sql(sqlx::Error::Database(error)) => error.code().is_some_and(|code| {
                code.starts_with("08") || code.starts_with("57P") || code == "53300"
            }),
            Self::Sql(error) => matches!(
                error,
                sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed
            ),
            _ => false,
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        if failure.is_away() {
            StoreError::Away(failure.to_string())
        } else {
            StoreError::Failed(failure.to_string())
        }
    }
}
