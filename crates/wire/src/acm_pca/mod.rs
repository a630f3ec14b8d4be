//! The members of Private CA's messages (model of 2017-08-22).

pub mod inputs;

/// Members of answers that are timestamps.
pub const TIMESTAMPS: &[&str] = &[
    "CreatedAt",
    "LastStateChangeAt",
    "NotBefore",
    "NotAfter",
    "RestorableUntil",
];
/// The prefix of the target header.
pub const TARGET_PREFIX: &str = "ACMPrivateCA";
