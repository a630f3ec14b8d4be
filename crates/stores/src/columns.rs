//! Values to columns and back: timestamps, numbers and lists. Every noun's file calls it.

use std::collections::BTreeMap;

use anyrole_domain::AccountId;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// A table, to name in failures.
#[derive(Clone, Copy)]
pub(super) struct Table(pub(super) &'static str);

impl Table {
    fn bad(self, column: &'static str, detail: impl std::fmt::Display) -> Failure {
        Failure::Row {
            table: self.0,
            column,
            detail: detail.to_string(),
        }
    }

    /// A timestamp of a column of microseconds.
    pub(super) fn timestamp(self, column: &'static str, value: i64) -> Result<Timestamp, Failure> {
        Timestamp::from_microsecond(value).map_err(|error| self.bad(column, error))
    }

    /// A number of a column of integers.
    pub(super) fn number<T: TryFrom<i64>>(
        self,
        column: &'static str,
        value: i64,
    ) -> Result<T, Failure> {
        T::try_from(value).map_err(|_| self.bad(column, format!("{value} is out of range")))
    }

    /// A list of a column of JSON.
    pub(super) fn list<T: DeserializeOwned>(
        self,
        column: &'static str,
        value: &str,
    ) -> Result<Vec<T>, Failure> {
        serde_json::from_str(value).map_err(|error| self.bad(column, error))
    }

    /// Any value of a column of JSON.
    pub(super) fn value<T: DeserializeOwned>(
        self,
        column: &'static str,
        value: &str,
    ) -> Result<T, Failure> {
        serde_json::from_str(value).map_err(|error| self.bad(column, error))
    }

    /// A map of a column of JSON.
    pub(super) fn object(
        self,
        column: &'static str,
        value: &str,
    ) -> Result<BTreeMap<String, String>, Failure> {
        serde_json::from_str(value).map_err(|error| self.bad(column, error))
    }

    /// A column of exactly 32 bytes.
    pub(super) fn sha256(self, column: &'static str, value: Vec<u8>) -> Result<[u8; 32], Failure> {
        <[u8; 32]>::try_from(value).map_err(|_| self.bad(column, "it does not have 32 bytes"))
    }

    /// A column with one of few texts.
    pub(super) fn unknown(self, column: &'static str, value: &str) -> Failure {
        self.bad(column, format!("`{value}` is not known"))
    }

    /// An account's id.
    pub(super) fn account(self, value: &str) -> Result<AccountId, Failure> {
        AccountId::parse(value).map_err(|error| self.bad("account", error))
    }
}

/// Microseconds since 1970; what is finer is dropped.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// A count as SQLite's signed integer.
pub(super) fn integer(value: u64) -> Result<i64, Failure> {
    i64::try_from(value).map_err(|_| Failure::Number(value))
}

/// A list as JSON.
pub(super) fn json<T: Serialize>(list: &[T]) -> Result<String, Failure> {
    serde_json::to_string(list).map_err(|error| Failure::Sql(sqlx::Error::Encode(error.into())))
}

/// Any value as JSON.
pub(super) fn json_value<T: Serialize>(value: &T) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::Sql(sqlx::Error::Encode(error.into())))
}

/// A map as JSON, in order of its keys.
pub(super) fn json_object(map: &BTreeMap<String, String>) -> Result<String, Failure> {
    serde_json::to_string(map).map_err(|error| Failure::Sql(sqlx::Error::Encode(error.into())))
}

/// A number of rows, for LIMIT.
pub(super) fn count(value: usize) -> Result<i64, Failure> {
    i64::try_from(value).map_err(|_| Failure::Number(u64::MAX))
}

/// The account that an ARN names, its fifth part.
pub(super) fn account_of(arn: &str) -> Result<&str, Failure> {
    arn.split(':')
        .nth(4)
        .filter(|account| !account.is_empty())
        .ok_or_else(|| Failure::Arn(arn.to_owned()))
}
