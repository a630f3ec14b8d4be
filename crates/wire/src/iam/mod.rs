//! The IAM API of 2010-05-08: what its operations take.

pub mod inputs;
pub mod oidc_providers;
pub(crate) mod patterns;
pub mod user_inputs;
