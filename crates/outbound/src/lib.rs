//! The only HTTP that leaves a server: a URL comes in, is held against a list of hosts, and an answer of bounded size leaves
//! in bounded time, with no redirect followed and no proxy asked. Nothing here knows what is fetched or sent.
//!
//! ACME's proofs (RFC 8555, 8) are asked for by [`ChallengeClient`], which goes by networks instead of hosts, since who wants a
//! certificate chooses the name; [`Resolver`] looks it up.
//!
//! A caller has a [`Client`] of its own, with the [`AllowList`] and [`Limits`] of its purpose; the app's wiring makes them.

mod allow_list;
mod challenge_client;
mod client;
mod dns;
mod error;
mod networks;
mod url;

pub use self::allow_list::{AllowList, Plain};
pub use self::challenge_client::{ChallengeClient, ChallengeError, ChallengeSettings};
pub use self::client::{Client, ClientSettings, Limits};
pub use self::dns::{DnsError, Random, Resolver};
pub use self::error::{ListError, NetworkError, OutboundError};
pub use self::networks::Networks;
pub use self::url::Url;
