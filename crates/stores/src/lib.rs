//! Stores: rows and audit records enter through the domain's ports and are on disk when the call returns.
//!
//! An engine is a folder with one file per noun ([`sqlite`]) and its migrations; each engine passes [`conformance`].
//! To add a noun: a migration, a file of its name in each engine, a line in the engine's `changes.rs`, a case in
//! `conformance/samples.rs`.

pub mod audit_log;
pub mod conformance;
pub mod sqlite;

pub use self::audit_log::JsonLines;
pub use self::sqlite::{OpenError, SqliteStore};
