//! What was acknowledged stays: the built server is killed, stopped, traced and started on a damaged folder.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod audit;
mod buckets;
mod certificates;
mod client;
mod control_plane;
mod first_start;
mod kill;
mod objects;
mod random;
mod roles;
mod start;
mod stop;
mod sync_trace;
mod trace;
mod unsynced;
mod uploads;
mod writer;
