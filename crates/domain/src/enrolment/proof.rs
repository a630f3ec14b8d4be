//! That a key is at hand: a signing request, and a fresh signature of its key over the whole wish, enter; the key leaves. A
//! signing request alone proves nothing: it may be somebody else's, from any time.

use anyrole_ca::SigningRequest;
use anyrole_x509::{sha256_fingerprint, verify_request_signature};
use jiff::{SignedDuration, Timestamp};

use crate::refusal::{Kind, Refusal};

/// How far a client's clock may be away.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// What a client shows for its new key.
#[derive(Debug)]
pub struct UnverifiedProof {
    /// PKCS#10, PEM or DER.
    pub csr: Vec<u8>,
    /// When the proof was made.
    pub signed_at: Timestamp,
    /// What the key should have signed (`anyrole_wire::enrolment::Proof`).
    pub text: Vec<u8>,
    /// What it has.
    pub signature: Vec<u8>,
}

/// A key whose holder asks.
pub(super) struct ProvedKey {
    /// DER `SubjectPublicKeyInfo`.
    pub(super) public_key_der: Vec<u8>,
    /// Its SHA-256.
    pub(super) sha256: [u8; 32],
    /// When it was proved.
    pub(super) at: Timestamp,
}

impl UnverifiedProof {
    /// Verifies it.
    pub(super) fn verify(&self, now: Timestamp) -> Result<ProvedKey, Refusal> {
        let request = SigningRequest::parse(&self.csr)
            .map_err(|error| Refusal::new(Kind::Validation, "malformed-csr", error.to_string()))?;
        if now.duration_since(self.signed_at).abs() > SKEW {
            return Err(Refusal::new(
                Kind::AccessDenied,
                "proof-out-of-time",
                "The request was signed more than 5 minutes before or after now: set the clock of the machine right.",
            )
            .with_private(format!("signed at {}", self.signed_at)));
        }
        let public_key_der = request.public_key_der().to_vec();
        verify_request_signature(&public_key_der, None, &self.text, &self.signature).map_err(
            |refusal| {
                Refusal::new(
                    Kind::AccessDenied,
                    "proof-invalid",
                    "The proof is not the signature of the signing request's key over this request.",
                )
                .with_private(refusal.detail)
            },
        )?;
        Ok(ProvedKey {
            sha256: sha256_fingerprint(&public_key_der),
            public_key_der,
            // As the stores have it, so that the same proof is never a later one.
            at: Timestamp::from_microsecond(self.signed_at.as_microsecond())
                .unwrap_or(self.signed_at),
        })
    }
}
