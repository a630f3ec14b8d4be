//! The signed part of a certificate in DER (RFC 5280 section 4.1). The issuer's name is taken octet by octet from the
//! issuer's certificate, so that chains match bytewise.

use crate::der_writer::{Writer, tag};
use crate::extensions::extensions;
use crate::signature::Signing;
use crate::{CaError, CertificateOrder};

const X509_VERSION_3: u8 = 2;

/// Who signs, as far as the certificate shows it.
pub(crate) struct IssuerFields<'a> {
    pub name_der: &'a [u8],
    pub key_identifier: &'a [u8],
    pub signing: Signing,
}

/// The part of a certificate that is signed.
pub(crate) fn build_tbs(
    order: &CertificateOrder,
    issuer: &IssuerFields<'_>,
) -> Result<Vec<u8>, CaError> {
    let extensions = extensions(order, issuer.key_identifier)?;
    let mut der = Writer::with_capacity(extensions.len() + order.public_key_der.len() + 512);
    der.nest(tag::SEQUENCE, |der| {
        der.nest(tag::constructed(0), |der| der.integer(&[X509_VERSION_3]));
        der.integer(order.serial.as_bytes());
        issuer.signing.write(der);
        der.raw(issuer.name_der);
        der.nest(tag::SEQUENCE, |der| {
            der.time(order.validity.not_before());
            der.time(order.validity.not_after());
        });
        der.raw(order.subject.as_der());
        der.raw(&order.public_key_der);
        if !extensions.is_empty() {
            der.nest(tag::constructed(3), |der| {
                der.put(tag::SEQUENCE, &extensions);
            });
        }
    });
    Ok(der.into_bytes())
}
