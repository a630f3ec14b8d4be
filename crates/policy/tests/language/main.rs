//! The policy language from the outside: tables of policies, requests and decisions.
#![expect(clippy::panic, clippy::unwrap_used, reason = "tests")]

mod accounts;
mod allocation;
mod conditions;
mod decisions;
mod elements;
mod explain;
mod keys;
mod layers;
mod lint;
mod names;
mod parse;
mod set;
mod trust;
