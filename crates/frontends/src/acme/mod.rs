//! ACME (RFC 8555): paths under `/-/acme/{UUID of the authority}/` and signed bodies come in, JSON and certificates leave. Which
//! path is which request is `routes.rs`, what leaves is `answers.rs`; `operator.rs` has the operator's own signed calls.

mod answers;
mod operator;
mod routes;

pub use self::operator::{OPERATOR, serve as serve_operator};
pub use self::routes::{Asked, PREFIX, body_less, serve};

/// Whether a path is one of ACME's, or the operator's.
pub fn is_at(path: &str) -> bool {
    path == OPERATOR || path.starts_with(PREFIX)
}
