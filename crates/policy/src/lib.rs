//! The IAM policy language: JSON text goes in, a compiled [`Policy`] comes out; [`evaluate`] decides a request
//! against the policies that apply to it, and [`explain`] says why. In the server only the domain's
//! authorization calls it. No I/O, no clock: everything a condition may ask for comes through [`Context`].

mod action;
mod arn;
mod asker;
mod conditions;
mod document;
mod evaluate;
mod explain;
mod index;
mod json;
mod layers;
pub mod limits;
pub mod lint;
mod names;
mod parse;
mod principal;
mod refusal;
mod request;
mod set;
mod shut;
mod variables;
mod wildcard;
mod words;

pub use asker::{Asker, ContextMap, NoAsker};
pub use document::{Effect, Policy, PolicyKind, Version};
pub use evaluate::{evaluate, evaluate_trust};
pub use explain::{Explanation, NearMiss, Obstacle, StatementAt, explain, explain_trust};
pub use layers::{Decision, Layer, Layers, Policies};
pub use names::{NamedPrincipal, rewrite_principals};
pub use principal::NamedKind;
pub use refusal::ParseError;
pub use request::{AwsKind, AwsPrincipal, Context, ContextValue, Principal, Request};
pub use set::PolicySet;
pub use shut::{Shut, shut_to};
