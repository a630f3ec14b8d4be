//! `anyrole-policy` beside engines that others made, on policies and questions by chance. What they say differently is
//! settled from AWS's documentation: docs/aws-divergences.md, "Policies: other engines". Each such difference is an
//! exception with a name, a rewriting that keeps what AWS says a policy means and leaves out what the other engine
//! does otherwise; a disagreement that no rewriting settles is a failure.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "tests"
)]

mod aspen;
mod aspen_exceptions;
mod coverage;
mod moto;
mod reduce;

use anyrole_policy::Decision;

/// What engines agree on or don't.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Allowed.
    Allow,
    /// A statement denies.
    ExplicitDeny,
    /// No statement allows.
    ImplicitDeny,
}

impl From<Decision> for Outcome {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Allow => Self::Allow,
            Decision::ExplicitDeny { .. } => Self::ExplicitDeny,
            Decision::ImplicitDeny { .. } => Self::ImplicitDeny,
        }
    }
}
