//! The IAM API of 2010-05-08: what its operations take.

pub mod inputs;
mod patterns;
pub mod user_inputs;
