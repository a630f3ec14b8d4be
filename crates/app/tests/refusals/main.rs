//! The refusal tables: every refusal that AWS documents or is seen to make, each with its status, AWS's code, AWS's
//! text (or the one chosen in docs/aws-divergences.md) and our own reason code in the audit trail. The built server is
//! asked over HTTP; openssl makes the certificates and their signatures. `variants.rs` has what must not be refused.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "tests, which have the clock of the server that they ask"
)]

mod certificates;
mod create_session;
mod distribution_points;
mod exchange;
mod explained;
mod issued_session;
mod large_heads;
mod other_services;
mod replays;
mod revocation;
mod s3_door;
mod secrets;
mod session_request;
mod session_signature;
mod signed;
mod stage;
mod variants;
