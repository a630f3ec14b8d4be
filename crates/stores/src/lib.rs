//! Stores: rows and audit records enter through the domain's ports and are on disk when the call returns.
//!
//! An engine is a folder with one file per noun ([`sqlite`], [`postgres`]) and its migrations; each engine passes
//! [`conformance`].
//! To add a noun: in each engine a migration, a file of its name and a line in `changes.rs`; its row's key in `row_key.rs`,
//! a case in `conformance/samples.rs`.

pub mod audit_log;
mod columns;
pub mod conformance;
mod enrolment_columns;
mod failure;
mod issued_columns;
pub mod postgres;
mod row_key;
pub mod sqlite;

use anyrole_domain::SealKey;
use anyrole_domain::ports::SecretBoxError;

pub use self::audit_log::JsonLines;
pub use self::postgres::{AddressError, DatabaseAddress, PostgresOpenError, PostgresStore};
pub use self::sqlite::{OpenError, SqliteStore};

/// Tries the master key on a seal key of the database, before anything in it is changed.
pub type TryMasterKey<'a> = &'a (dyn Fn(&SealKey) -> Result<(), SecretBoxError> + Send + Sync);
