//! The commands, one file each: flags in, a function of some room called, its answer printed. No rules here.

pub mod certificate;
pub mod credential_process;
pub mod crypto;
pub mod env;
pub mod exec;
pub mod explain;
mod identity_flags;
pub mod master_key;
mod metadata_service;
pub mod policy;
pub mod quickstart;
pub mod read_certificate_data;
pub mod seal_key;
pub mod serve;
pub mod server;
pub mod session_flags;
pub mod sign_string;
pub mod update;
