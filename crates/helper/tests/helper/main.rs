//! The helper's commands as functions, with a service on loopback.
#![expect(clippy::unwrap_used, reason = "tests")]

mod credential_process;
mod pki;
mod serve;
mod update;
