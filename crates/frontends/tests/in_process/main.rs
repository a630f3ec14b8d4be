//! The door with a real store, a real issuer and real certificates, in one process, so that the tests can move the
//! clock and give any caller.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests; certificates are made for the real time, so the movable clock starts there"
)]

mod acme;
mod aliases;
mod attribute_mappings;
mod authority_row;
mod authorization;
mod bucket_policies;
mod changed_bits;
mod console;
mod enrolment;
mod expiry;
mod forgotten_authorities;
mod managed_policies;
mod matrix;
mod offered_roles;
mod pass_role;
mod presigned;
mod revocation_lists;
mod s3_conditions;
mod session_end;
mod site;
mod stories;
mod subjects;
mod transcripts;
mod virtual_hosts;
