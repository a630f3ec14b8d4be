//! The helper's commands as functions, with a service on loopback.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod clock;
mod credential_process;
mod doctor;
mod doctor_online;
mod faults;
mod pki;
mod renewal;
mod serve;
mod served;
mod update;
