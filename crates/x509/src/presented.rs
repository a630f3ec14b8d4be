//! The two certificate headers (or DER from a file) in, a bounded `PresentedChain` out: still
//! unverified, only `verify_chain.rs` judges it.

use std::sync::Arc;

use rustls_pki_types::CertificateDer;

use crate::fingerprint::sha256_fingerprint;
use crate::inspect::{Certificate, CertificateSummary};
use crate::reason::{Reason, Refusal};

/// Most certificates that may accompany the leaf (AWS: the chain header holds at most five).
pub const MAX_CHAIN_CERTIFICATES: usize = 5;

/// Most that the chain header may hold as it is sent: some clients repeat the leaf, and each certificate twice.
const MAX_PRESENTED: usize = 2 * MAX_CHAIN_CERTIFICATES + 2;

/// Most bytes of one DER certificate; an ML-DSA-87 leaf is about 7.5 KB.
pub const MAX_CERTIFICATE_BYTES: usize = 16 * 1024;

/// A leaf and the certificates that came with it, as presented: nothing is verified yet.
#[derive(Clone, Debug)]
pub struct PresentedChain {
    leaf: Arc<Vec<u8>>,
    leaf_fingerprint: [u8; 32],
    intermediates: Vec<CertificateDer<'static>>,
}

impl PresentedChain {
    /// Decodes `X-Amz-X509` (base64 DER) and `X-Amz-X509-Chain` (comma-joined base64 DER, any
    /// order, leaf not needed; AWS user guide, "Signing process").
    ///
    /// # Errors
    /// Reasons `certificate-not-base64`, `certificate-malformed`, `certificate-too-large` and
    /// `too-many-certificates`.
    pub fn from_headers(x509: &[u8], chain: Option<&[u8]>) -> Result<Self, Refusal> {
        let leaf = decode(x509, "X-Amz-X509")?;
        let chain = chain
            .map(<[u8]>::trim_ascii)
            .filter(|chain| !chain.is_empty());
        let Some(chain) = chain else {
            return Self::from_der(leaf, Vec::new());
        };
        // Counted before anything is decoded: the work for an absurd header stays small.
        let count = chain.iter().filter(|octet| **octet == b',').count() + 1;
        check_count(count, MAX_PRESENTED)?;
        let intermediates = chain
            .split(|octet| *octet == b',')
            .map(|part| decode(part, "X-Amz-X509-Chain"))
            .collect::<Result<Vec<_>, _>>()?;
        Self::from_der(leaf, intermediates)
    }

    /// Takes certificates that are DER already.
    ///
    /// # Errors
    /// As [`PresentedChain::from_headers`], without the base64.
    pub fn from_der(leaf: Vec<u8>, intermediates: Vec<Vec<u8>>) -> Result<Self, Refusal> {
        check_count(intermediates.len(), MAX_PRESENTED)?;
        for (position, der) in std::iter::once(&leaf).chain(&intermediates).enumerate() {
            check_frame(der, position)?;
        }
        // Duplicates and the leaf itself add nothing to a path, but work to the search.
        let mut distinct: Vec<CertificateDer<'static>> = Vec::with_capacity(intermediates.len());
        for der in intermediates.into_iter().map(CertificateDer::from) {
            if *der != *leaf && !distinct.contains(&der) {
                distinct.push(der);
            }
        }
        check_count(distinct.len(), MAX_CHAIN_CERTIFICATES)?;
        Ok(Self {
            leaf_fingerprint: sha256_fingerprint(&leaf),
            leaf: Arc::new(leaf),
            intermediates: distinct,
        })
    }

    /// The leaf's DER.
    #[must_use]
    pub fn leaf_der(&self) -> &[u8] {
        &self.leaf
    }

    /// The leaf's DER for who keeps it.
    #[must_use]
    pub fn shared_leaf_der(&self) -> Arc<Vec<u8>> {
        self.leaf.clone()
    }

    /// The DER of each certificate that came with the leaf, as presented, without duplicates.
    pub fn other_certificates(&self) -> impl Iterator<Item = &[u8]> {
        self.intermediates.iter().map(|der| &**der)
    }

    /// SHA-256 of the leaf's whole DER, made once: the part of a cache key that the client sends.
    #[must_use]
    pub fn leaf_fingerprint(&self) -> &[u8; 32] {
        &self.leaf_fingerprint
    }

    /// What the leaf says of itself, for the audit record of a refusal; `None` where it cannot be
    /// read. Nothing of it is verified.
    #[must_use]
    pub fn unverified_leaf(&self) -> Option<CertificateSummary> {
        Certificate::parse_der(self.leaf.to_vec())
            .ok()
            .map(|leaf| leaf.summary().clone())
    }

    pub(crate) fn intermediates(&self) -> &[CertificateDer<'static>] {
        &self.intermediates
    }
}

fn check_count(count: usize, most: usize) -> Result<(), Refusal> {
    if count > most {
        return Err(Refusal::new(
            Reason::TooManyCertificates,
            format!("{count} certificates in the chain, at most {most}"),
        ));
    }
    Ok(())
}

fn decode(text: &[u8], header: &str) -> Result<Vec<u8>, Refusal> {
    let text = text.trim_ascii();
    if text.len() > MAX_CERTIFICATE_BYTES.div_ceil(3) * 4 {
        return Err(too_large(header));
    }
    base64_simd::STANDARD.decode_to_vec(text).map_err(|_| {
        Refusal::new(
            Reason::CertificateNotBase64,
            format!("{header} is not base64"),
        )
    })
}

fn too_large(what: &str) -> Refusal {
    Refusal::new(
        Reason::CertificateTooLarge,
        format!("{what} holds a certificate over {MAX_CERTIFICATE_BYTES} bytes"),
    )
}

/// One SEQUENCE that ends with the bytes: cheap, and enough to tell a certificate from rubbish
/// before the chain is searched. What is inside is read when it is needed.
fn check_frame(der: &[u8], position: usize) -> Result<(), Refusal> {
    let what = match position {
        0 => "the leaf".to_owned(),
        position => format!("chain certificate {position}"),
    };
    if der.len() > MAX_CERTIFICATE_BYTES {
        return Err(too_large(&what));
    }
    let framed = match der {
        [0x30, 0x82, high, low, rest @ ..] => {
            usize::from(u16::from_be_bytes([*high, *low])) == rest.len()
        }
        [0x30, 0x81, length, rest @ ..] | [0x30, length @ 0..=0x7f, rest @ ..] => {
            usize::from(*length) == rest.len()
        }
        _ => false,
    };
    if framed {
        Ok(())
    } else {
        Err(Refusal::new(
            Reason::CertificateMalformed,
            format!("{what} is not one DER sequence"),
        ))
    }
}
