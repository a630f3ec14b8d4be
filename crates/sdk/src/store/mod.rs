//! Certificate stores: a selector enters, the certificates that it means or the one identity leave. What a system keeps
//! (the stores of Windows and macOS) goes behind [`CertificateStore`]; here there is a folder of files.

mod folder;
mod selector;

use std::fmt;
use std::sync::Arc;

use anyrole_keys::SigningKey;
use anyrole_x509::Certificate;

pub use self::folder::FolderStore;
pub use self::selector::{CertificateSelector, SelectorError};
use crate::identity::{
    Identity, IdentityError, IdentityPart, IdentityParts, IdentityProblem, IdentitySource, Origin,
};

/// A place that holds certificates of which some have a private key there.
pub trait CertificateStore: fmt::Debug + Send + Sync {
    /// The certificates of end entities, in the store's own order, with their keys or without.
    ///
    /// # Errors
    /// The store can't be read.
    fn certificates(&self) -> Result<Vec<Certificate>, IdentityError>;

    /// Certificates of authorities that may stand above them.
    ///
    /// # Errors
    /// The store can't be read.
    fn authorities(&self) -> Result<Vec<Certificate>, IdentityError>;

    /// The private key of a certificate.
    ///
    /// # Errors
    /// There is none, or it can't be used.
    fn key(&self, certificate: &Certificate) -> Result<Arc<dyn SigningKey>, IdentityError>;

    /// What the store is called in errors.
    fn origin(&self) -> Origin;
}

/// The one certificate of a store that a selector means, with its key; asked for anew each time.
#[derive(Clone, Debug)]
pub struct StoreSource {
    store: Arc<dyn CertificateStore>,
    selector: CertificateSelector,
    latest: bool,
}

impl StoreSource {
    /// With `latest`, of several certificates the one that ends last is meant; without, several are an error.
    pub fn new(
        store: Arc<dyn CertificateStore>,
        selector: CertificateSelector,
        latest: bool,
    ) -> Self {
        Self {
            store,
            selector,
            latest,
        }
    }

    /// All certificates that the selector means, in the store's order.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn matching(&self) -> Result<Vec<Certificate>, IdentityError> {
        let mut certificates = self.store.certificates()?;
        certificates.retain(|certificate| self.selector.matches(certificate));
        Ok(certificates)
    }
}

impl IdentitySource for StoreSource {
    fn identity(&self) -> Result<Identity, IdentityError> {
        let origin = self.store.origin();
        let refused = |problem: SelectionError| IdentityError {
            part: IdentityPart::Certificate,
            origin: origin.clone(),
            problem: IdentityProblem::Other(Box::new(problem)),
        };
        let mut matching = self.matching()?;
        let count = matching.len();
        if count > 1 && !self.latest {
            return Err(refused(SelectionError::Several { count }));
        }
        // Of two that end at the same moment the last one in the store: any will do.
        matching.sort_by_key(|certificate| certificate.summary().not_after);
        let leaf = matching
            .pop()
            .ok_or_else(|| refused(SelectionError::Nothing))?;
        let key = self.store.key(&leaf)?;
        Identity::new(IdentityParts {
            certificates: vec![leaf],
            certificate_origin: origin.clone(),
            key,
            key_origin: origin,
            intermediates: Some(self.store.authorities()?),
        })
    }
}

/// A selector that doesn't mean one certificate.
#[derive(Debug, thiserror::Error)]
enum SelectionError {
    #[error(
        "no certificate of the store matches the selector: `read-certificate-data` with the store alone lists them, with the text of each name"
    )]
    Nothing,
    #[error(
        "{count} certificates match the selector: add a criterion such as Key=x509Serial,Value=HEX, or take the one that ends last (--use-latest-expiring-certificate)"
    )]
    Several { count: usize },
}
