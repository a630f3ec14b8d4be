//! Several servers on one PostgreSQL: who makes the account, what one changes counts on all, none answers from what it
//! read too long ago, and what becomes of them while the database is away.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests, which have the clock of the servers that they ask"
)]

mod away;
mod call;
mod cluster;
mod console;
mod first_start;
mod seen_by_all;
mod under_load;
