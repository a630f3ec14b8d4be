//! The ACME server (RFC 8555; addresses RFC 8738, tls-alpn-01 RFC 8737, renewal information RFC 9773) for certificate authorities
//! that an operator has opened it for. Signed requests come in by `frontends/acme`, certificates leave by the authorities' one
//! function of issuing (`certificate_authorities`).
//!
//! No decision of another service reads its rows: they are in the store alone (`store.rs`), with revisions. A request is verified
//! by `signed.rs`; what an account may ask is `accounts::Policy`; `operator.rs` is what the operator does.

mod accounts;
mod authority;
mod authorizations;
mod certificates;
mod external_keys;
mod finalize;
mod hourly;
mod identifier;
mod model;
mod nonces;
mod operator;
mod orders;
mod problem;
mod queue;
mod renewal;
mod signed;
mod store;
mod validation;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;

pub use self::accounts::{AccountView, account, change_key, new_account};
pub use self::authorizations::{AuthorizationView, ProbeError, Probes, authorization, challenge};
pub use self::certificates::{certificate, revoke};
pub use self::finalize::finalize;
use self::hourly::Hourly;
pub use self::identifier::{Identifier, NamePattern};
pub use self::model::{
    AcmeAccount, AcmeCertificate, AcmeService, Authorization, Challenge, ChallengeKind,
    ExternalKey, Fault, Order, Status,
};
use self::nonces::Nonces;
pub use self::nonces::new_nonce;
pub use self::operator::{
    AccountRow, MadeKey, NewKey, OpenService, ServiceView, close, create_key, delete_key,
    list_accounts, list_keys, open, revoke_account, services,
};
pub use self::orders::{OrderView, new_order, order, orders};
pub use self::problem::{Problem, Subproblem};
use self::queue::WriteQueue;
pub use self::renewal::{RenewalWindow, renewal_info};
pub use self::signed::{Posted, Signed, verify};
pub use self::store::{AcmeKey, AcmeRow, AcmeStore, AcmeWrite};
use crate::ports::Entropy;
use crate::refusal::Refusal;
use crate::site::Site;

/// Names that are being proved at once; further ones are refused.
const MOST_VALIDATIONS: usize = 512;

/// What ACME keeps in memory.
pub(crate) struct Acme {
    nonces: Nonces,
    queue: WriteQueue,
    hourly: Hourly,
    /// None: no name can be proved here.
    pub(crate) probes: Option<Arc<dyn Probes>>,
    /// Authorizations that are being proved.
    validating: Mutex<HashMap<String, ChallengeKind>>,
    /// Orders whose certificate is being issued.
    finalizing: Arc<Mutex<HashSet<String>>>,
}

impl Acme {
    pub(crate) fn new(entropy: &dyn Entropy) -> Self {
        Self {
            nonces: Nonces::new(entropy),
            queue: WriteQueue::default(),
            hourly: Hourly::default(),
            probes: None,
            validating: Mutex::default(),
            finalizing: Arc::default(),
        }
    }

    fn validating(&self, authorization: &str) -> Option<ChallengeKind> {
        self.validating.lock().get(authorization).copied()
    }

    /// Whether the proof is to be started; none where too many are under way.
    fn start_validating(&self, authorization: &str, kind: ChallengeKind) -> Option<bool> {
        let mut validating = self.validating.lock();
        if validating.contains_key(authorization) {
            return Some(false);
        }
        if validating.len() >= MOST_VALIDATIONS {
            return None;
        }
        validating.insert(authorization.to_owned(), kind);
        Some(true)
    }

    fn end_validating(&self, authorization: &str) {
        self.validating.lock().remove(authorization);
    }

    fn is_finalizing(&self, order: &str) -> bool {
        self.finalizing.lock().contains(order)
    }

    fn start_finalizing(&self, order: &str) -> Option<Finalizing> {
        self.finalizing
            .lock()
            .insert(order.to_owned())
            .then(|| Finalizing {
                all: self.finalizing.clone(),
                order: order.to_owned(),
            })
    }
}

/// An order's place among those whose certificate is being issued.
struct Finalizing {
    all: Arc<Mutex<HashSet<String>>>,
    order: String,
}

impl Drop for Finalizing {
    fn drop(&mut self) {
        self.all.lock().remove(&self.order);
    }
}

/// The terms of service and whether accounts must be bound, for the directory (RFC 8555, 7.1.1).
pub async fn directory(site: &Site, service: &str) -> Result<AcmeService, Refusal> {
    Ok(signed::service_of(site, service).await?.value)
}

/// Deletes what nobody asks for any more; how many rows.
pub async fn tidy(site: &Site) -> Result<u64, Refusal> {
    let store = site.directory.store();
    Ok(store
        .forget_acme(&site.account().id, site.clock.now())
        .await?)
}
