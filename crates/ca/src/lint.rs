//! The last look before a key signs: a certificate with a placeholder for its signature enters, and is read by another
//! parser than the one that built it. The rules are those of RFC 5280 and what Roles Anywhere asks of an end entity:
//! <https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html>

use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::{FromDer, ParsedExtension, X509Version};

use crate::CertificateProfile;

/// The rule that a certificate breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it would break the rule `{rule}`")]
pub struct LintFailure {
    /// The rule's name.
    pub rule: &'static str,
}

/// What may sign: RSA and ECDSA over SHA-256, SHA-384 and SHA-512, and ML-DSA.
const SIGNATURE_ALGORITHMS: [&str; 9] = [
    "1.2.840.113549.1.1.11",
    "1.2.840.113549.1.1.12",
    "1.2.840.113549.1.1.13",
    "1.2.840.10045.4.3.2",
    "1.2.840.10045.4.3.3",
    "1.2.840.10045.4.3.4",
    "2.16.840.1.101.3.4.3.17",
    "2.16.840.1.101.3.4.3.18",
    "2.16.840.1.101.3.4.3.19",
];

pub(crate) fn lint(der: &[u8], profile: CertificateProfile) -> Result<(), LintFailure> {
    let check = |rule: &'static str, holds: bool| match holds {
        true => Ok(()),
        false => Err(LintFailure { rule }),
    };
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
    let algorithm = certificate.signature_algorithm.algorithm.to_id_string();
    check(
        "signature-hash-sha-2",
        SIGNATURE_ALGORITHMS.contains(&algorithm.as_str()),
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
    check("no-extension-twice", certificate.extensions_map().is_ok())?;
    check("issuer-not-empty", certificate.issuer().iter().count() > 0)?;
    let has = |wanted: fn(&ParsedExtension<'_>) -> bool| {
        certificate
            .iter_extensions()
            .any(|extension| wanted(extension.parsed_extension()))
    };
    check(
        "subject-key-identifier",
        has(|extension| matches!(extension, ParsedExtension::SubjectKeyIdentifier(_))),
    )?;
    check(
        "authority-key-identifier",
        has(|extension| matches!(extension, ParsedExtension::AuthorityKeyIdentifier(_))),
    )?;
    check(
        "every-extension-readable",
        !has(|extension| matches!(extension, ParsedExtension::ParseError { .. })),
    )?;
    lint_rights(&certificate, profile)
}

/// What the holder may do with the certificate.
fn lint_rights(
    certificate: &X509Certificate<'_>,
    profile: CertificateProfile,
) -> Result<(), LintFailure> {
    let fail = |rule| Err(LintFailure { rule });
    let Ok(Some(constraints)) = certificate.basic_constraints() else {
        return fail("basic-constraints");
    };
    let Ok(Some(usage)) = certificate.key_usage() else {
        return fail("key-usage");
    };
    if !constraints.critical || !usage.critical {
        return fail("constraints-and-usage-critical");
    }
    if profile.is_authority() {
        return match (
            constraints.value.ca,
            usage.value.key_cert_sign(),
            usage.value.crl_sign(),
        ) {
            (true, true, true) if certificate.subject().iter().count() > 0 => Ok(()),
            (true, true, true) => fail("authority-has-a-subject"),
            (false, ..) => fail("authority-is-ca"),
            (true, ..) => fail("authority-signs-certificates-and-crls"),
        };
    }
    let Ok(Some(purposes)) = certificate.extended_key_usage() else {
        return fail("extended-key-usage");
    };
    let named = certificate.subject().iter().count() > 0
        || matches!(certificate.subject_alternative_name(), Ok(Some(names)) if names.critical);
    match () {
        () if constraints.value.ca => fail("end-entity-is-no-ca"),
        () if !usage.value.digital_signature() => fail("end-entity-signs-digitally"),
        () if usage.value.key_cert_sign() || usage.value.crl_sign() => {
            fail("end-entity-signs-no-certificates")
        }
        () if !purposes.value.client_auth => fail("end-entity-client-auth"),
        () if !named => fail("end-entity-has-a-name"),
        () => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::lint;
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
            (Leaf, good_root.clone(), Some("extended-key-usage")),
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
                Some("authority-signs-certificates-and-crls"),
            ),
            (
                Leaf,
                good_leaf.replace("/CN=x", "/"),
                Some("issuer-not-empty"),
            ),
        ];
        for (profile, arguments, expected) in table {
            let broken = lint(&made(&arguments), profile)
                .err()
                .map(|failure| failure.rule);
            assert_eq!(broken, expected, "{profile}: {arguments}");
        }
        let mut longer = made(&good_leaf);
        longer.push(0);
        assert_eq!(
            lint(&longer, Leaf).unwrap_err().rule,
            "nothing-after-the-end"
        );
        assert_eq!(lint(b"no DER", Leaf).unwrap_err().rule, "well-formed");
    }
}
