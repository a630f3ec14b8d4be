//! A certificate's extensions in DER (RFC 5280 section 4.2): a shape enters, the list of extensions leaves, in the order
//! in which Go's programs write them, so that certificates compare well.

use der::asn1::ObjectIdentifier;

use crate::der_writer::{Writer, tag};
use crate::public_key::key_identifier;
use crate::shape::KeyIdentifierMethod;
use crate::{CaError, CertificateOrder, CertificateShape};

const SUBJECT_KEY_IDENTIFIER: [u8; 3] = [0x55, 0x1d, 14];
const KEY_USAGE: [u8; 3] = [0x55, 0x1d, 15];
const SUBJECT_ALT_NAME: [u8; 3] = [0x55, 0x1d, 17];
const BASIC_CONSTRAINTS: [u8; 3] = [0x55, 0x1d, 19];
pub(crate) const ISSUING_DISTRIBUTION_POINT: [u8; 3] = [0x55, 0x1d, 28];
const CRL_DISTRIBUTION_POINTS: [u8; 3] = [0x55, 0x1d, 31];
const CERTIFICATE_POLICIES: [u8; 3] = [0x55, 0x1d, 32];
pub(crate) const AUTHORITY_KEY_IDENTIFIER: [u8; 3] = [0x55, 0x1d, 35];
const EXTENDED_KEY_USAGE: [u8; 3] = [0x55, 0x1d, 37];
/// 1.3.6.1.5.5.7.1.1
const AUTHORITY_INFORMATION_ACCESS: [u8; 8] = [0x2b, 6, 1, 5, 5, 7, 1, 1];
const ACCESS_OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");
const ACCESS_ISSUERS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.2");
const PRACTICE_STATEMENT: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.2.1");

/// One extension: its identifier's content, whether it is critical, and what writes its value.
pub(crate) fn extension(
    der: &mut Writer,
    oid: &[u8],
    critical: bool,
    write: impl FnOnce(&mut Writer),
) {
    der.nest(tag::SEQUENCE, |der| {
        der.put(tag::OBJECT_IDENTIFIER, oid);
        if critical {
            der.boolean_true();
        }
        der.nest(tag::OCTET_STRING, write);
    });
}

/// The issuer's key identifier as an extension of what it signs.
pub(crate) fn authority_key_identifier(der: &mut Writer, identifier: &[u8]) {
    extension(der, &AUTHORITY_KEY_IDENTIFIER, false, |der| {
        der.nest(tag::SEQUENCE, |der| {
            der.put(tag::primitive(0), identifier);
        });
    });
}

/// A URL as a GeneralName, after a check that it can be one.
pub(crate) fn url(der: &mut Writer, url: &str) {
    der.put(tag::primitive(6), url.as_bytes());
}

/// URLs are IA5Strings of visible characters.
pub(crate) fn check_urls<'a>(urls: impl IntoIterator<Item = &'a String>) -> Result<(), CaError> {
    let is_fine = |url: &str| !url.is_empty() && url.bytes().all(|octet| octet.is_ascii_graphic());
    match urls.into_iter().find(|url| !is_fine(url)) {
        Some(url) => Err(CaError::Url(url.clone())),
        None => Ok(()),
    }
}

/// All extensions of an order, as content of a SEQUENCE.
pub(crate) fn extensions(
    order: &CertificateOrder,
    issuer_key_identifier: &[u8],
) -> Result<Vec<u8>, CaError> {
    let shape = &order.shape;
    check(shape)?;
    let identifier = key_identifier(&order.public_key_der, shape.subject_key_identifier)?;
    let mut der = Writer::with_capacity(512);
    rights(&mut der, shape);
    if shape.subject_key_identifier != KeyIdentifierMethod::Absent {
        extension(&mut der, &SUBJECT_KEY_IDENTIFIER, false, |der| {
            der.put(tag::OCTET_STRING, &identifier);
        });
    }
    if shape.authority_key_identifier {
        authority_key_identifier(&mut der, issuer_key_identifier);
    }
    information_access(&mut der, shape);
    if !shape.alternative_names.is_empty() {
        // Critical where the subject is empty (RFC 5280 section 4.2.1.6): an empty SEQUENCE has two octets.
        let critical = order.subject.is_empty();
        extension(&mut der, &SUBJECT_ALT_NAME, critical, |der| {
            der.nest(tag::SEQUENCE, |der| {
                for name in &shape.alternative_names {
                    name.write(der);
                }
            });
        });
    }
    policies(&mut der, shape);
    distribution_points(&mut der, shape);
    for custom in &shape.extensions {
        extension(&mut der, custom.oid.as_bytes(), custom.critical, |der| {
            der.raw(&custom.value_der);
        });
    }
    Ok(der.into_bytes())
}

fn check(shape: &CertificateShape) -> Result<(), CaError> {
    for name in &shape.alternative_names {
        name.check()?;
    }
    check_urls(&shape.crl_urls)?;
    check_urls(&shape.ocsp_urls)?;
    check_urls(&shape.issuer_urls)?;
    let statements = shape.policies.iter();
    check_urls(statements.flat_map(|policy| &policy.practice_statements))
}

fn rights(der: &mut Writer, shape: &CertificateShape) {
    if let Some(usage) = shape.key_usage {
        extension(der, &KEY_USAGE, true, |der| {
            der.named_bits(tag::BIT_STRING, usage.bits());
        });
    }
    if !shape.purposes.is_empty() {
        extension(der, &EXTENDED_KEY_USAGE, shape.purposes_critical, |der| {
            der.nest(tag::SEQUENCE, |der| {
                for purpose in &shape.purposes {
                    der.oid(purpose);
                }
            });
        });
    }
    if let Some(constraints) = shape.basic_constraints {
        extension(der, &BASIC_CONSTRAINTS, constraints.critical, |der| {
            der.nest(tag::SEQUENCE, |der| {
                if constraints.is_authority {
                    der.boolean_true();
                    if let Some(length) = constraints.path_length {
                        der.integer(&[length]);
                    }
                }
            });
        });
    }
}

fn information_access(der: &mut Writer, shape: &CertificateShape) {
    if shape.ocsp_urls.is_empty() && shape.issuer_urls.is_empty() {
        return;
    }
    let ocsp = shape.ocsp_urls.iter().map(|at| (&ACCESS_OCSP, at));
    let issuers = shape.issuer_urls.iter().map(|at| (&ACCESS_ISSUERS, at));
    extension(der, &AUTHORITY_INFORMATION_ACCESS, false, |der| {
        der.nest(tag::SEQUENCE, |der| {
            for (method, at) in ocsp.chain(issuers) {
                der.nest(tag::SEQUENCE, |der| {
                    der.oid(method);
                    url(der, at);
                });
            }
        });
    });
}

fn policies(der: &mut Writer, shape: &CertificateShape) {
    if shape.policies.is_empty() {
        return;
    }
    extension(der, &CERTIFICATE_POLICIES, false, |der| {
        der.nest(tag::SEQUENCE, |der| {
            for policy in &shape.policies {
                der.nest(tag::SEQUENCE, |der| {
                    der.oid(&policy.oid);
                    if policy.practice_statements.is_empty() {
                        return;
                    }
                    der.nest(tag::SEQUENCE, |der| {
                        for statement in &policy.practice_statements {
                            der.nest(tag::SEQUENCE, |der| {
                                der.oid(&PRACTICE_STATEMENT);
                                der.put(tag::IA5_STRING, statement.as_bytes());
                            });
                        }
                    });
                });
            }
        });
    });
}

fn distribution_points(der: &mut Writer, shape: &CertificateShape) {
    if shape.crl_urls.is_empty() {
        return;
    }
    extension(der, &CRL_DISTRIBUTION_POINTS, false, |der| {
        der.nest(tag::SEQUENCE, |der| {
            for at in &shape.crl_urls {
                der.nest(tag::SEQUENCE, |der| {
                    distribution_point_name(der, std::slice::from_ref(at));
                });
            }
        });
    });
}

/// `[0] { fullName [0] { … } }` (RFC 5280 section 4.2.1.13).
pub(crate) fn distribution_point_name(der: &mut Writer, urls: &[String]) {
    der.nest(tag::constructed(0), |der| {
        der.nest(tag::constructed(0), |der| {
            for at in urls {
                url(der, at);
            }
        });
    });
}
