//! Does a certificate's authority key identifier name its issuer's key? (RFC 5280 sections 4.2.1.1 and 4.2.1.2.) Where
//! either is absent there is nothing to compare: the signature decides, as it does in any case.

use crate::parse::ParsedCertificate;

/// `issuer` is the issuer's subject key identifier.
pub(crate) fn fit(certificate: &ParsedCertificate<'_>, issuer: Option<&[u8]>) -> bool {
    match (certificate.extensions.authority_key_id, issuer) {
        (Some(named), Some(own)) => named == own,
        _ => true,
    }
}
