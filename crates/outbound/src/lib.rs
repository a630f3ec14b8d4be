//! The only HTTP that leaves a server: a URL comes in, is held against a list of hosts, and an answer of bounded size leaves
//! in bounded time, with no redirect followed and no proxy asked. Nothing here knows what is fetched or sent.
//!
//! A caller has a [`Client`] of its own, with the [`AllowList`] and [`Limits`] of its purpose; the app's wiring makes them.

mod allow_list;
mod client;
mod error;
mod url;

pub use self::allow_list::{AllowList, Plain};
pub use self::client::{Client, ClientSettings, Limits};
pub use self::error::{ListError, OutboundError};
pub use self::url::Url;
