//! The last look before a key signs: the twin of a certificate, signed by a throwaway key, enters, and is read by another
//! parser than the one that built it. The rules are those of RFC 5280 and what Roles Anywhere asks of an end entity:
//! <https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html>

use anyrole_keys::KeyAlgorithm;
use x509_parser::certificate::X509Certificate;
use x509_parser::oid_registry;
use x509_parser::prelude::{FromDer, ParsedExtension, X509Version};
use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::x509::AlgorithmIdentifier;

use crate::{CertificateShape, KeyUsage};

/// The rule that a certificate breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it would break the rule `{rule}`")]
pub struct LintFailure {
    /// The rule's name.
    pub rule: &'static str,
}

/// Reads a certificate that a throwaway key has signed; `holder` is the kind of the key that it certifies.
pub(crate) fn lint(
    der: &[u8],
    shape: &CertificateShape,
    holder: KeyAlgorithm,
) -> Result<(), LintFailure> {
    let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| LintFailure {
        rule: "well-formed",
    })?;
    check("nothing-after-the-end", rest.is_empty())?;
    check("version-3", certificate.version() == X509Version::V3)?;
    let serial = certificate.raw_serial();
    check("serial-at-most-20-octets", serial.len() <= 20)?;
    check(
        "serial-positive",
        serial.first().is_some_and(|first| *first < 0x80) && serial.iter().any(|octet| *octet != 0),
    )?;
    check(
        "signature-hash-sha-2",
        is_signed_well(&certificate.signature_algorithm),
    )?;
    check(
        "same-signature-algorithm-inside",
        certificate.signature_algorithm == certificate.tbs_certificate.signature,
    )?;
    let validity = certificate.validity();
    check(
        "ends-after-start",
        validity.not_before.timestamp() < validity.not_after.timestamp(),
    )?;
    check("issuer-not-empty", certificate.issuer().iter().count() > 0)?;
    lint_extensions(&certificate)?;
    match shape.is_authority() {
        true => lint_authority(&certificate),
        false => lint_end_entity(&certificate),
    }?;
    if shape.opens_sessions {
        lint_session(&certificate)?;
    }
    lint_usage(&certificate, shape, holder)
}

fn check(rule: &'static str, holds: bool) -> Result<(), LintFailure> {
    match holds {
        true => Ok(()),
        false => Err(LintFailure { rule }),
    }
}

/// RSA and ECDSA over SHA-256, SHA-384 and SHA-512, and ML-DSA.
fn is_signed_well(algorithm: &AlgorithmIdentifier<'_>) -> bool {
    let pss = oid_registry::OID_PKCS1_RSASSAPSS;
    if algorithm.algorithm == pss {
        let parameters = algorithm.parameters.as_ref().map(RsaSsaPssParams::try_from);
        let Some(Ok(parameters)) = parameters else {
            return false;
        };
        let hash = parameters.hash_algorithm_oid();
        return [
            oid_registry::OID_NIST_HASH_SHA256,
            oid_registry::OID_NIST_HASH_SHA384,
            oid_registry::OID_NIST_HASH_SHA512,
        ]
        .contains(hash);
    }
    SIGNATURE_ALGORITHMS.contains(&algorithm.algorithm.as_bytes())
}

/// The content of their identifiers: sha256 to sha512WithRSAEncryption, ecdsa-with-SHA256 to SHA512, ML-DSA.
const SIGNATURE_ALGORITHMS: [&[u8]; 9] = [
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13],
    &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2],
    &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3],
    &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4],
    &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 17],
    &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 18],
    &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 19],
];

fn lint_extensions(certificate: &X509Certificate<'_>) -> Result<(), LintFailure> {
    check("no-extension-twice", certificate.extensions_map().is_ok())?;
    let has = |wanted: fn(&ParsedExtension<'_>) -> bool| {
        certificate
            .iter_extensions()
            .any(|extension| wanted(extension.parsed_extension()))
    };
    check(
        "every-extension-readable",
        !has(|extension| matches!(extension, ParsedExtension::ParseError { .. })),
    )?;
    let is_self_issued = certificate.issuer().as_raw() == certificate.subject().as_raw();
    check(
        "authority-key-identifier",
        is_self_issued
            || has(|extension| matches!(extension, ParsedExtension::AuthorityKeyIdentifier(_))),
    )?;
    // Without names there is nobody whom the certificate is of (section 4.1.2.6).
    let is_named = certificate.subject().iter().count() > 0
        || matches!(certificate.subject_alternative_name(), Ok(Some(names)) if names.critical);
    check("subject-or-critical-names", is_named)
}

/// Sections 4.2.1.2, 4.2.1.3 and 4.2.1.9.
fn lint_authority(certificate: &X509Certificate<'_>) -> Result<(), LintFailure> {
    let constraints = certificate.basic_constraints().ok().flatten();
    let constraints = constraints.ok_or(LintFailure {
        rule: "basic-constraints",
    })?;
    let usage = certificate.key_usage().ok().flatten();
    let usage = usage.ok_or(LintFailure { rule: "key-usage" })?;
    check(
        "constraints-and-usage-critical",
        constraints.critical && usage.critical,
    )?;
    check("authority-is-ca", constraints.value.ca)?;
    check("authority-signs-certificates", usage.value.key_cert_sign())?;
    check(
        "authority-has-a-subject",
        certificate.subject().iter().count() > 0,
    )?;
    let identified = certificate.iter_extensions().any(|extension| {
        matches!(
            extension.parsed_extension(),
            ParsedExtension::SubjectKeyIdentifier(_)
        )
    });
    check("subject-key-identifier", identified)
}

fn lint_end_entity(certificate: &X509Certificate<'_>) -> Result<(), LintFailure> {
    if let Ok(Some(constraints)) = certificate.basic_constraints() {
        check("end-entity-is-no-ca", !constraints.value.ca)?;
        check(
            "path-length-is-for-authorities",
            constraints.value.path_len_constraint.is_none(),
        )?;
    }
    let usage = certificate.key_usage().ok().flatten();
    check(
        "end-entity-signs-no-certificates",
        usage.is_none_or(|usage| !usage.value.key_cert_sign() && !usage.value.crl_sign()),
    )
}

/// Whether the usage is what was ordered, something at all, and possible with the holder's kind of key (RFC 8813
/// section 3, RFC 9881 section 5).
fn lint_usage(
    certificate: &X509Certificate<'_>,
    shape: &CertificateShape,
    holder: KeyAlgorithm,
) -> Result<(), LintFailure> {
    let Ok(found) = certificate.key_usage() else {
        return check("no-extension-twice", false);
    };
    let read = found
        .as_ref()
        .map(|usage| KeyUsage::from_reversed(usage.value.flags));
    check("usage-as-ordered", read == shape.key_usage)?;
    let (Some(usage), Some(extension)) = (read, found) else {
        return Ok(());
    };
    check("constraints-and-usage-critical", extension.critical)?;
    check("usage-not-empty", !usage.is_empty())?;
    check("usage-fits-the-key", usage.fitting(holder) == usage)?;
    // Section 4.2.1.3: these two say how keys are agreed upon.
    let only = KeyUsage::ENCIPHER_ONLY | KeyUsage::DECIPHER_ONLY;
    check(
        "only-with-key-agreement",
        !usage.intersects(only) || usage.contains(KeyUsage::KEY_AGREEMENT),
    )
}

/// What Roles Anywhere asks of an end entity, beside what the path's rules look at.
fn lint_session(certificate: &X509Certificate<'_>) -> Result<(), LintFailure> {
    let usage = certificate.key_usage().ok().flatten();
    check(
        "end-entity-signs-digitally",
        usage.is_some_and(|usage| usage.value.digital_signature()),
    )?;
    let Ok(Some(purposes)) = certificate.extended_key_usage() else {
        return check("extended-key-usage", false);
    };
    check("end-entity-client-auth", purposes.value.client_auth)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::lint;
    use anyrole_keys::KeyAlgorithm;

    use crate::CertificateProfile::{self, Leaf, RootCa};

    /// A certificate that openssl makes from these arguments, as DER.
    fn made(arguments: &str) -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let line = format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -outform DER \
             -config none.cnf {arguments}"
        );
        std::fs::write(
            dir.path().join("none.cnf"),
            "[req]\ndistinguished_name=dn\n[dn]\n",
        )
        .unwrap();
        let output = Command::new("openssl")
            .args(line.split_whitespace())
            .current_dir(dir.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {stderr}");
        output.stdout
    }

    #[test]
    fn names_the_rule_that_is_broken() {
        const IDS: &str =
            "-addext subjectKeyIdentifier=hash -addext authorityKeyIdentifier=keyid:always";
        let leaf = |usage: &str, purpose: &str| {
            format!(
                "-subj /CN=x {IDS} -addext basicConstraints=critical,CA:FALSE -addext keyUsage={usage} \
                 -addext extendedKeyUsage={purpose}"
            )
        };
        let root = |usage: &str| {
            format!(
                "-subj /CN=x {IDS} -addext basicConstraints=critical,CA:TRUE -addext keyUsage={usage}"
            )
        };
        let good_leaf = leaf("critical,digitalSignature", "clientAuth");
        let good_root = root("critical,keyCertSign,cRLSign");
        let table: [(CertificateProfile, String, Option<&str>); 13] = [
            (Leaf, good_leaf.clone(), None),
            (RootCa, good_root.clone(), None),
            (Leaf, good_root.clone(), Some("end-entity-is-no-ca")),
            (RootCa, good_leaf.clone(), Some("authority-is-ca")),
            (
                Leaf,
                format!("{good_leaf} -sha1"),
                Some("signature-hash-sha-2"),
            ),
            (
                Leaf,
                format!("{good_leaf} -set_serial 0"),
                Some("serial-positive"),
            ),
            (
                Leaf,
                format!("{good_leaf} -set_serial -5"),
                Some("serial-positive"),
            ),
            (
                Leaf,
                leaf("digitalSignature", "clientAuth"),
                Some("constraints-and-usage-critical"),
            ),
            (
                Leaf,
                leaf("critical,keyAgreement", "clientAuth"),
                Some("end-entity-signs-digitally"),
            ),
            (
                Leaf,
                leaf("critical,digitalSignature,keyCertSign", "clientAuth"),
                Some("end-entity-signs-no-certificates"),
            ),
            (
                Leaf,
                leaf("critical,digitalSignature", "serverAuth"),
                Some("end-entity-client-auth"),
            ),
            (
                RootCa,
                root("critical,keyCertSign"),
                Some("usage-as-ordered"),
            ),
            (
                Leaf,
                good_leaf.replace("/CN=x", "/"),
                Some("issuer-not-empty"),
            ),
        ];
        for (profile, arguments, expected) in table {
            let shape = profile.shape(KeyAlgorithm::EcP256);
            let broken = lint(&made(&arguments), &shape, KeyAlgorithm::EcP256)
                .err()
                .map(|failure| failure.rule);
            assert_eq!(broken, expected, "{profile}: {arguments}");
        }
        let shape = Leaf.shape(KeyAlgorithm::EcP256);
        let mut longer = made(&good_leaf);
        longer.push(0);
        assert_eq!(
            lint(&longer, &shape, KeyAlgorithm::EcP256)
                .unwrap_err()
                .rule,
            "nothing-after-the-end"
        );
        assert_eq!(
            lint(b"no DER", &shape, KeyAlgorithm::EcP256)
                .unwrap_err()
                .rule,
            "well-formed"
        );
    }
}
