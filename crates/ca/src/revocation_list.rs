//! Revocation lists (RFC 5280 section 5): an authority, times, a number and the revoked certificates enter, a signed list
//! leaves. Entries come from an iterator and are written as they come: a list of 100,000 is one buffer.

use anyrole_keys::SignatureScheme;
use jiff::Timestamp;

use crate::der_writer::{Writer, tag};
use crate::extensions::{
    ISSUING_DISTRIBUTION_POINT, authority_key_identifier, check_urls, distribution_point_name,
    extension,
};
use crate::validity::whole_second;
use crate::{Authority, CaError};

/// What a revocation list says of itself.
#[derive(Clone, Debug)]
pub struct RevocationListOrder {
    /// Its number; each list's is higher than the one's before (section 5.2.3).
    pub number: u64,
    /// When it is made.
    pub this_update: Timestamp,
    /// By when the next one will be there.
    pub next_update: Timestamp,
    /// What it is for, where it is not for all that the authority has issued.
    pub scope: Option<ListScope>,
    /// How it is signed; `None` takes what goes with the authority's key.
    pub signature: Option<SignatureScheme>,
}

/// The issuingDistributionPoint (section 5.2.5), critical: who does not know it refuses the list. Roles Anywhere and our
/// own ImportCrl take lists without one only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListScope {
    /// Where the list is: the URLs that the certificates name.
    pub urls: Vec<String>,
    /// Whether it is for end entities only, or for authorities only; not both.
    pub only: Option<OnlyFor>,
}

/// The holders that a list is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnlyFor {
    /// End entities.
    Users,
    /// Authorities.
    Authorities,
}

/// A revoked certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevokedEntry<'a> {
    /// Its serial number, big-endian, 1 to 20 octets.
    pub serial: &'a [u8],
    /// When it was revoked.
    pub revoked_at: Timestamp,
    /// Why; `None` and [`RevocationReason::Unspecified`] are left out (section 5.3.1).
    pub reason: Option<RevocationReason>,
    /// Since when its key is suspected to be known to others.
    pub invalid_since: Option<Timestamp>,
}

/// Why a certificate was revoked (section 5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RevocationReason {
    /// Nothing is said.
    Unspecified = 0,
    /// Its key is known to others.
    KeyCompromise = 1,
    /// Its issuer's key is.
    CaCompromise = 2,
    /// The holder belongs to another organisation, or has another name.
    AffiliationChanged = 3,
    /// Another one has taken its place.
    Superseded = 4,
    /// What it was for is no more.
    CessationOfOperation = 5,
    /// The holder has lost a right that it says.
    PrivilegeWithdrawn = 9,
    /// The key of an attribute authority is known to others.
    AaCompromise = 10,
}

impl RevocationReason {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::PrivilegeWithdrawn,
        Self::AaCompromise,
    ];

    /// The number of the reason, as lists and ACME have it (RFC 8555 section 7.6). Holding a certificate (6) and taking it
    /// off the list again (8) are not supported: what is revoked stays so.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// Its number.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Its name in RFC 5280.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
            Self::AaCompromise => "aACompromise",
        }
    }
}

/// A signed revocation list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedRevocationList {
    der: Vec<u8>,
}

impl IssuedRevocationList {
    /// The list in DER.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The list's DER, owned.
    pub fn into_der(self) -> Vec<u8> {
        self.der
    }

    /// The list as PEM.
    ///
    /// # Errors
    /// [`CaError::Encode`] when the encoder refuses it, which no list of sane size brings about.
    pub fn to_pem(&self) -> Result<String, CaError> {
        der::pem::encode_string("X509 CRL", der::pem::LineEnding::LF, &self.der)
            .map_err(|error| CaError::Encode(error.into()))
    }
}

/// Signs a revocation list.
///
/// # Errors
/// [`CaError::NoCrlSign`] where the authority's certificate forbids it, [`CaError::EmptyUpdate`],
/// [`CaError::SerialLength`], [`CaError::TimeOutOfRange`], and where the key fails.
pub fn issue_revocation_list<'a>(
    authority: &Authority,
    order: &RevocationListOrder,
    entries: impl IntoIterator<Item = RevokedEntry<'a>>,
) -> Result<IssuedRevocationList, CaError> {
    authority.check_signs_lists()?;
    let this_update = whole_second(order.this_update)?;
    let next_update = whole_second(order.next_update)?;
    if next_update <= this_update {
        return Err(CaError::EmptyUpdate {
            this_update,
            next_update,
        });
    }
    if let Some(scope) = &order.scope {
        check_urls(&scope.urls)?;
    }
    let issuer = authority.fields(order.signature)?;
    let mut der = Writer::default();
    let mut written = Ok(());
    der.nest(tag::SEQUENCE, |der| {
        // v2
        der.integer(&[1]);
        issuer.signing.write(der);
        der.raw(issuer.name_der);
        der.time(this_update);
        der.time(next_update);
        let mut entries = entries.into_iter().peekable();
        // The list itself is left out where it is empty (section 5.1.2.6).
        if entries.peek().is_some() {
            der.nest(tag::SEQUENCE, |der| {
                written = entries.try_for_each(|entry| write_entry(der, &entry));
            });
        }
        der.nest(tag::constructed(0), |der| {
            der.nest(tag::SEQUENCE, |der| {
                authority_key_identifier(der, issuer.key_identifier);
                extension(der, &CRL_NUMBER, false, |der| {
                    der.integer(&order.number.to_be_bytes());
                });
                if let Some(scope) = &order.scope {
                    write_scope(der, scope);
                }
            });
        });
    });
    written?;
    let tbs = der.into_bytes();
    let signature = authority.sign(issuer.signing, &tbs)?;
    Ok(IssuedRevocationList {
        der: issuer.signing.assemble(&tbs, &signature),
    })
}

const CRL_NUMBER: [u8; 3] = [0x55, 0x1d, 20];
const REASON_CODE: [u8; 3] = [0x55, 0x1d, 21];
const INVALIDITY_DATE: [u8; 3] = [0x55, 0x1d, 24];

fn write_entry(der: &mut Writer, entry: &RevokedEntry<'_>) -> Result<(), CaError> {
    if !(1..=20).contains(&entry.serial.len()) {
        return Err(CaError::SerialLength(entry.serial.len()));
    }
    let revoked_at = whole_second(entry.revoked_at)?;
    let invalid_since = entry.invalid_since.map(whole_second).transpose()?;
    let reason = entry
        .reason
        .filter(|reason| *reason != RevocationReason::Unspecified);
    der.nest(tag::SEQUENCE, |der| {
        der.integer(entry.serial);
        der.time(revoked_at);
        if reason.is_none() && invalid_since.is_none() {
            return;
        }
        der.nest(tag::SEQUENCE, |der| {
            if let Some(reason) = reason {
                extension(der, &REASON_CODE, false, |der| {
                    der.put(tag::ENUMERATED, &[reason.code()]);
                });
            }
            if let Some(since) = invalid_since {
                extension(der, &INVALIDITY_DATE, false, |der| {
                    der.generalized_time(since);
                });
            }
        });
    });
    Ok(())
}

fn write_scope(der: &mut Writer, scope: &ListScope) {
    extension(der, &ISSUING_DISTRIBUTION_POINT, true, |der| {
        der.nest(tag::SEQUENCE, |der| {
            if !scope.urls.is_empty() {
                distribution_point_name(der, &scope.urls);
            }
            match scope.only {
                Some(OnlyFor::Users) => der.put(tag::primitive(1), &[0xff]),
                Some(OnlyFor::Authorities) => der.put(tag::primitive(2), &[0xff]),
                None => {}
            }
        });
    });
}
