//! The STS API of 2011-06-15: what its operations take.

pub mod inputs;
