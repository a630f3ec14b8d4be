//! The commands, one file each: flags in, a function of some room called, its answer printed. No rules here.

#[cfg(feature = "server")]
mod acme;
#[cfg(feature = "server")]
mod certificate;
#[cfg(feature = "server")]
pub mod cfssl;
pub mod configure;
pub mod credential_process;
pub mod crypto;
pub mod doctor;
pub mod enroll;
pub mod env;
pub mod exec;
#[cfg(feature = "server")]
mod explain;
mod given_words;
mod identity_flags;
#[cfg(feature = "server")]
mod join_token;
mod key_type;
pub mod link;
#[cfg(feature = "server")]
mod master_key;
mod metadata_service;
#[cfg(feature = "server")]
mod operator_flags;
mod output_format;
#[cfg(feature = "server")]
mod policy;
#[cfg(feature = "server")]
mod quickstart;
pub mod read_certificate_data;
pub mod renew;
mod roles_file;
#[cfg(feature = "server")]
mod seal_key;
pub mod serve;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "server")]
mod service_command;
mod service_flags;
pub mod session_flags;
pub mod sign_string;
#[cfg(feature = "server")]
pub mod step;
pub mod update;

#[cfg(feature = "server")]
pub use service_command::{ServiceCommand, run as run_service};
