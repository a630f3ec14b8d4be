//! What an OCSP responder says (RFC 6960 section 4.2): answers enter, a response leaves.

use anyrole_keys::SignatureScheme;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use jiff::Timestamp;

use super::request::AskedCertificate;
use crate::der_writer::{Writer, tag};
use crate::extensions::extension;
use crate::public_key::key_bits;
use crate::validity::whole_second;
use crate::{Authority, CaError, RevocationReason};

/// What is known of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateStatus {
    /// Issued and not revoked.
    Good,
    /// Revoked.
    Revoked {
        /// When.
        at: Timestamp,
        /// Why, where it is said.
        reason: Option<RevocationReason>,
    },
    /// Not one of this authority's, as far as it knows.
    Unknown,
}

/// The answer for one certificate.
#[derive(Clone, Copy, Debug)]
pub struct OcspAnswer<'a> {
    /// The certificate, as the request names it.
    pub asked: &'a AskedCertificate,
    /// What is known of it.
    pub status: CertificateStatus,
}

/// The answers to a request.
#[derive(Clone, Debug)]
pub struct OcspResponse<'a> {
    /// When it is made, and up to when what it says was known.
    pub produced_at: Timestamp,
    /// By when there is newer information.
    pub next_update: Timestamp,
    /// In the order of the request.
    pub answers: Vec<OcspAnswer<'a>>,
    /// The request's nonce.
    pub nonce: Option<&'a [u8]>,
    /// How it is signed; `None` takes what goes with the authority's key.
    pub signature: Option<SignatureScheme>,
}

/// Why there is no answer; such responses are not signed (section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum UnsuccessfulResponse {
    /// The request can't be read.
    MalformedRequest = 1,
    /// Something failed here.
    InternalError = 2,
    /// Not now.
    TryLater = 3,
    /// The responder does not speak for that issuer.
    Unauthorized = 6,
}

/// id-pkix-ocsp-basic
const BASIC_RESPONSE: [u8; 9] = [0x2b, 6, 1, 5, 5, 7, 48, 1, 1];
/// id-pkix-ocsp-nonce
const NONCE: [u8; 9] = [0x2b, 6, 1, 5, 5, 7, 48, 1, 2];
const SUCCESSFUL: u8 = 0;

/// Signs a response, DER. The responder is named by the SHA-1 of its key.
///
/// # Errors
/// [`CaError::EmptyUpdate`], [`CaError::TimeOutOfRange`], and where the key fails.
pub fn respond(authority: &Authority, response: &OcspResponse<'_>) -> Result<Vec<u8>, CaError> {
    let produced_at = whole_second(response.produced_at)?;
    let next_update = whole_second(response.next_update)?;
    if next_update <= produced_at {
        return Err(CaError::EmptyUpdate {
            this_update: produced_at,
            next_update,
        });
    }
    let signing = authority.fields(response.signature)?.signing;
    let key_hash = digest(
        &SHA1_FOR_LEGACY_USE_ONLY,
        key_bits(authority.public_key_der())?,
    );
    let tbs = Writer::element(tag::SEQUENCE, |der| {
        der.nest(tag::constructed(2), |der| {
            der.put(tag::OCTET_STRING, key_hash.as_ref());
        });
        der.generalized_time(produced_at);
        der.nest(tag::SEQUENCE, |der| {
            for answer in &response.answers {
                write_answer(der, answer, produced_at, next_update);
            }
        });
        if let Some(nonce) = response.nonce {
            der.nest(tag::constructed(1), |der| {
                der.nest(tag::SEQUENCE, |der| {
                    extension(der, &NONCE, false, |der| der.put(tag::OCTET_STRING, nonce));
                });
            });
        }
    });
    let signature = authority.sign(signing, &tbs)?;
    let basic = signing.assemble(&tbs, &signature);
    Ok(Writer::element(tag::SEQUENCE, |der| {
        der.put(tag::ENUMERATED, &[SUCCESSFUL]);
        der.nest(tag::constructed(0), |der| {
            der.nest(tag::SEQUENCE, |der| {
                der.put(tag::OBJECT_IDENTIFIER, &BASIC_RESPONSE);
                der.put(tag::OCTET_STRING, &basic);
            });
        });
    }))
}

/// A response without answers, DER.
pub fn unsuccessful_response(why: UnsuccessfulResponse) -> Vec<u8> {
    Writer::element(tag::SEQUENCE, |der| der.put(tag::ENUMERATED, &[why as u8]))
}

fn write_answer(
    der: &mut Writer,
    answer: &OcspAnswer<'_>,
    this_update: Timestamp,
    next_update: Timestamp,
) {
    der.nest(tag::SEQUENCE, |der| {
        der.raw(&answer.asked.certificate_id);
        match answer.status {
            CertificateStatus::Good => der.put(tag::primitive(0), &[]),
            CertificateStatus::Unknown => der.put(tag::primitive(2), &[]),
            CertificateStatus::Revoked { at, reason } => der.nest(tag::constructed(1), |der| {
                der.generalized_time(at);
                let said = reason.filter(|reason| *reason != RevocationReason::Unspecified);
                if let Some(reason) = said {
                    der.nest(tag::constructed(0), |der| {
                        der.put(tag::ENUMERATED, &[reason.code()]);
                    });
                }
            }),
        }
        der.generalized_time(this_update);
        der.nest(tag::constructed(0), |der| der.generalized_time(next_update));
    });
}
