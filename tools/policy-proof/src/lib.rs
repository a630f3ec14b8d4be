//! Policies and questions by chance, for what proves `anyrole-policy` right: the comparison with other engines in
//! `tests/` and the fuzz targets in `fuzz/`. Choices come in, from a seed or from a fuzzer's bytes; a [`Scene`] comes out.

mod choices;
mod conditions;
mod document;
mod elements;
mod invariants;
mod operators;
mod question;
mod scene;
mod variables;

pub use choices::Choices;
pub use document::{Clause, Condition, Document, Named, Quantifier, Statement};
pub use elements::escape;
pub use invariants::check;
pub use operators::{Family, OPERATORS, Operator};
pub use question::{Asker, KeyValue, Keys, Question};
pub use scene::{Scene, Shape};
pub use variables::fill;
