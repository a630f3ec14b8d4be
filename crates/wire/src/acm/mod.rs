//! The members of Certificate Manager's messages (model of 2015-12-08).

pub mod inputs;

/// Members of answers that are timestamps.
pub const TIMESTAMPS: &[&str] = &[
    "CreatedAt",
    "IssuedAt",
    "ImportedAt",
    "NotBefore",
    "NotAfter",
    "RevokedAt",
    "UpdatedAt",
];
/// The prefix of the target header.
pub const TARGET_PREFIX: &str = "CertificateManager";
