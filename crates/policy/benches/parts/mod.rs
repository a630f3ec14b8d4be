//! What both benchmarks of decisions share: the questions, and how they are timed.

pub mod questions;
pub mod rounds;
