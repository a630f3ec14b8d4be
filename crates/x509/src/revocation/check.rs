//! The serial numbers of a verified path and the lists in, a verdict out. Each request asks it again,
//! for remembered chains too, so that a list takes effect at once.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::issuer::IssuerId;
use super::list::RevokedCertificate;
use super::verify::VerifiedRevocationList;
use crate::reason::{Reason, Refusal};
use crate::serial;

/// What a list means whose nextUpdate has passed. What it revokes is revoked either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpiredListRule {
    /// Certificates of its issuer are refused until there is a newer one.
    #[default]
    Refuse,
    /// It still counts; the caller is told, for the log.
    Warn,
}

/// Authorities that tell what they have revoked without a list.
pub trait RevokedByIssuer: fmt::Debug + Sync {
    /// What the authority says of the certificate with this serial number, given as the octets of the INTEGER.
    fn find(&self, issuer: &IssuerId, serial: &[u8]) -> Option<RevokedCertificate>;
}

/// The lists that apply to a trust anchor, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Revocation<'a> {
    /// The lists, in any order; each speaks only for its own issuer's certificates.
    pub lists: &'a [Arc<VerifiedRevocationList>],
    /// What an expired one means.
    pub expired: ExpiredListRule,
    /// The authorities that are known beside; each speaks for its own certificates, whatever the anchor is.
    pub issuers: Option<&'a dyn RevokedByIssuer>,
}

impl Revocation<'_> {
    /// No lists.
    pub const NONE: Revocation<'static> = Revocation {
        lists: &[],
        expired: ExpiredListRule::Refuse,
        issuers: None,
    };
}

/// A certificate for which there are only expired lists, under [`ExpiredListRule::Warn`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleList {
    /// What is to be logged.
    pub detail: String,
}

/// What revocation asks of a path: for each certificate, leaf first and anchor left out, its serial
/// number and who issued it.
#[derive(Clone, Debug, Default)]
pub(crate) struct PathSerials(Vec<Issued>);

/// The rules let no serial number be longer (RFC 5280 section 4.1.2.2).
const MAX_SERIAL_OCTETS: usize = 20;

#[derive(Clone, Copy, Debug)]
struct Issued {
    issuer: IssuerId,
    serial: SerialNumber,
}

/// The content of a serial number's INTEGER.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SerialNumber {
    octets: [u8; MAX_SERIAL_OCTETS],
    length: u8,
}

impl SerialNumber {
    /// Takes the octets as they are.
    ///
    /// # Errors
    /// More than 20 octets, which the rules for certificates have refused before.
    pub(crate) fn of(content: &[u8]) -> Result<Self, Refusal> {
        let mut octets = [0; MAX_SERIAL_OCTETS];
        match (octets.get_mut(..content.len()), u8::try_from(content.len())) {
            (Some(room), Ok(length)) => {
                room.copy_from_slice(content);
                Ok(Self { octets, length })
            }
            _ => Err(Refusal::new(
                Reason::CertificateMalformed,
                "a serial number over 20 octets",
            )),
        }
    }

    fn octets(&self) -> &[u8] {
        let length = usize::from(self.length);
        self.octets.get(..length).unwrap_or_default()
    }
}

impl PathSerials {
    /// `count` certificates will follow.
    pub(crate) fn with_capacity(count: usize) -> Self {
        Self(Vec::with_capacity(count))
    }

    /// Adds the next certificate up.
    pub(crate) fn push(&mut self, serial: SerialNumber, issuer: IssuerId) {
        self.0.push(Issued { issuer, serial });
    }

    /// Asks the lists about each certificate.
    ///
    /// # Errors
    /// `leaf-revoked`, `intermediate-revoked`, `revocation-list-expired`.
    pub(crate) fn check(
        &self,
        revocation: &Revocation<'_>,
        at: Timestamp,
    ) -> Result<Vec<StaleList>, Refusal> {
        let mut stale = Vec::new();
        for (depth, issued) in self.0.iter().enumerate() {
            let serial = issued.serial.octets();
            let issuers = revocation.issuers;
            if let Some(revoked) = issuers.and_then(|all| all.find(&issued.issuer, serial)) {
                return Err(refusal(depth, serial, revoked, "its issuer"));
            }
            let mut expired = None;
            let mut is_current = false;
            for list in revocation.lists {
                if list.issuer() != issued.issuer {
                    continue;
                }
                refuse_revoked(list, issued.serial.octets(), depth)?;
                if list.list().is_expired(at) {
                    expired = Some(list);
                } else {
                    is_current = true;
                }
            }
            let Some(expired) = expired.filter(|_| !is_current) else {
                continue;
            };
            let detail = format!("{} has expired", describe(expired));
            match revocation.expired {
                ExpiredListRule::Refuse => {
                    return Err(Refusal::new(Reason::RevocationListExpired, detail));
                }
                ExpiredListRule::Warn => stale.push(StaleList { detail }),
            }
        }
        Ok(stale)
    }
}

fn refuse_revoked(
    list: &VerifiedRevocationList,
    serial: &[u8],
    depth: usize,
) -> Result<(), Refusal> {
    match list.list().find(serial) {
        None => Ok(()),
        Some(revoked) => Err(refusal(depth, serial, revoked, &describe(list))),
    }
}

fn refusal(depth: usize, serial: &[u8], revoked: RevokedCertificate, by: &str) -> Refusal {
    let (reason, who) = match depth {
        0 => (Reason::LeafRevoked, "the leaf"),
        _ => (Reason::IntermediateRevoked, "an intermediate certificate"),
    };
    let detail = format!(
        "{who} with the serial number {} was revoked at {} ({}) by {by}",
        serial::hex(serial),
        revoked.revoked_at,
        revoked.reason_name(),
    );
    Refusal::new(reason, detail)
}

fn describe(list: &VerifiedRevocationList) -> String {
    let list = list.list();
    format!(
        "the CRL of `{}` with the number {}, of {} until {}",
        list.issuer(),
        list.number_hex(),
        list.this_update(),
        list.next_update()
    )
}
