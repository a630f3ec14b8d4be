//! The console's pages: a visit by someone who has signed in comes in, HTML leaves. Everything that a page reads or does goes through
//! the domain functions that the API's front ends call, and is authorised there. Called by `frontends/console`, which knows HTTP,
//! cookies and tokens.

pub mod assets;
mod choices;
mod command;
mod confirm;
mod fields;
mod layout;
mod limits;
mod pictures;
mod policy_problems;
mod reasons;
mod refused;
mod reply;
mod resources;
mod routes;
mod tags;
mod visit;

pub mod activity;
pub mod authorities;
pub mod certificates;
pub mod connect;
pub mod crls;
pub mod home;
pub mod join_tokens;
pub mod policies;
pub mod profiles;
pub mod roles;
pub mod sign_in;
pub mod simulate;
pub mod subjects;
pub mod trust_anchors;

pub use self::command::Command;
pub use self::fields::Fields;
pub use self::layout::{Crumb, Layout, Section};
pub use self::reasons::sentences;
pub use self::refused::{bare_refusal, status};
pub use self::reply::{Audited, Content, Done, Outcome, Reply};
pub use self::routes::{read_of, serve};
pub use self::visit::{Pager, Visit};

/// Where the console is, with the slash that ends it.
pub const PREFIX: &str = "/-/console/";
