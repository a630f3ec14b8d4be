//! What every engine must do: a fresh, empty store enters each case, a [`Failure`] leaves it where it does otherwise.
//! An engine's tests call [`run`].

mod acme;
mod authority_samples;
mod bucket_policies;
mod cases;
mod catching_up;
mod enrolment;
mod expiry;
mod issued;
mod last_uses;
mod samples;
mod subjects;

use anyrole_domain::Change;
use anyrole_domain::ports::{Store, StoreError};
use async_trait::async_trait;

/// A place where one store lives; each value of it is empty at first.
#[async_trait]
pub trait Engine: Send + Sync {
    /// The store.
    type Store: Store;

    /// Opens the store, or opens it again after it was dropped.
    async fn open(&self) -> Result<Self::Store, Failure>;
}

/// What an engine does not do as it must.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

/// Runs every case, each on a fresh engine.
pub async fn run<E: Engine>(fresh: impl Fn() -> E) -> Result<(), Failure> {
    named("empty", cases::starts_empty(&fresh()).await)?;
    named("round trip", cases::keeps_every_row(&fresh()).await)?;
    named("replace", cases::replaces_rows(&fresh()).await)?;
    named("delete", cases::deletes_rows(&fresh()).await)?;
    named("order", cases::applies_in_order(&fresh()).await)?;
    named("conflict", cases::refuses_an_old_base(&fresh()).await)?;
    named("race", cases::lets_one_of_two_writers_win(&fresh()).await)?;
    named("atomicity", cases::writes_all_or_nothing(&fresh()).await)?;
    named("dropped", cases::survives_a_dropped_call(&fresh()).await)?;
    named(
        "durability",
        cases::keeps_rows_when_opened_again(&fresh()).await,
    )?;
    named(
        "catching up",
        catching_up::reads_what_was_written_since(&fresh()).await,
    )?;
    named("key uses", last_uses::keeps_the_last_use(&fresh()).await)?;
    named("ACME rows", acme::keeps_rows_by_revision(&fresh()).await)?;
    named("ACME sets", acme::writes_sets_by_themselves(&fresh()).await)?;
    named("ACME nonces", acme::takes_nonces_once(&fresh()).await)?;
    named("role uses", last_uses::keeps_uses_of_roles(&fresh()).await)?;
    named(
        "bucket policies",
        bucket_policies::keeps_policies(&fresh()).await,
    )?;
    named("sightings", subjects::records_sightings(&fresh()).await)?;
    named("many sightings", subjects::records_many(&fresh()).await)?;
    named("properties", subjects::bounds_properties(&fresh()).await)?;
    named("subject pages", subjects::lists_pages(&fresh()).await)?;
    named("issued", issued::keeps_certificates(&fresh()).await)?;
    named(
        "issued pages",
        issued::lists_the_newest_first(&fresh()).await,
    )?;
    named("serials", issued::takes_no_serial_twice(&fresh()).await)?;
    named("tokens", issued::knows_a_token_again(&fresh()).await)?;
    named("join tokens", enrolment::keeps_tokens(&fresh()).await)?;
    named("uses", enrolment::counts_uses(&fresh()).await)?;
    named("renewals", enrolment::renews_once(&fresh()).await)?;
    named("races", enrolment::races(&fresh()).await)?;
    named("expiry", expiry::lists_what_expires(&fresh()).await)?;
    named("said events", expiry::says_an_event_once(&fresh()).await)
}

fn named(case: &str, outcome: Result<(), Failure>) -> Result<(), Failure> {
    outcome.map_err(|Failure(detail)| Failure(format!("{case}: {detail}")))
}

/// Every row as text, in an order that does not depend on the engine's.
fn described(changes: &[Change]) -> Vec<String> {
    let mut rows: Vec<String> = changes.iter().map(|change| format!("{change:?}")).collect();
    rows.sort_unstable();
    rows
}

fn same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    found: &T,
    expected: &T,
) -> Result<(), Failure> {
    if found == expected {
        Ok(())
    } else {
        Err(Failure(format!(
            "{what}: found {found:#?}, expected {expected:#?}"
        )))
    }
}
