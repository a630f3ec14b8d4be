//! Usages and purposes: as certificates name them on one side, as the API does on the other (API reference, KeyUsageName and
//! ExtendedKeyUsageName).

use anyrole_domain::Refusal;

const KEY_USAGES: [(&str, &str); 9] = [
    ("digitalSignature", "DIGITAL_SIGNATURE"),
    ("nonRepudiation", "NON_REPUDIATION"),
    ("keyEncipherment", "KEY_ENCIPHERMENT"),
    ("dataEncipherment", "DATA_ENCIPHERMENT"),
    ("keyAgreement", "KEY_AGREEMENT"),
    ("keyCertSign", "CERTIFICATE_SIGNING"),
    ("cRLSign", "CRL_SIGNING"),
    ("encipherOnly", "ENCIPHER_ONLY"),
    ("decipherOnly", "DECIPHER_ONLY"),
];

/// With the object identifier.
const PURPOSES: [(&str, &str, &str); 10] = [
    (
        "serverAuth",
        "TLS_WEB_SERVER_AUTHENTICATION",
        "1.3.6.1.5.5.7.3.1",
    ),
    (
        "clientAuth",
        "TLS_WEB_CLIENT_AUTHENTICATION",
        "1.3.6.1.5.5.7.3.2",
    ),
    ("codeSigning", "CODE_SIGNING", "1.3.6.1.5.5.7.3.3"),
    ("emailProtection", "EMAIL_PROTECTION", "1.3.6.1.5.5.7.3.4"),
    ("timeStamping", "TIME_STAMPING", "1.3.6.1.5.5.7.3.8"),
    ("OCSPSigning", "OCSP_SIGNING", "1.3.6.1.5.5.7.3.9"),
    ("1.3.6.1.5.5.7.3.5", "IPSEC_END_SYSTEM", "1.3.6.1.5.5.7.3.5"),
    ("1.3.6.1.5.5.7.3.6", "IPSEC_TUNNEL", "1.3.6.1.5.5.7.3.6"),
    ("1.3.6.1.5.5.7.3.7", "IPSEC_USER", "1.3.6.1.5.5.7.3.7"),
    ("anyExtendedKeyUsage", "ANY", "2.5.29.37.0"),
];

/// A key usage as the API names it.
pub(super) fn key_usage(name: &str) -> &'static str {
    let known = KEY_USAGES.iter().find(|(known, _)| *known == name);
    known.map_or("CUSTOM", |(_, shown)| shown)
}

/// A purpose as the API names it, and its object identifier.
pub(super) fn purpose(name: &str) -> (&'static str, String) {
    let known = PURPOSES.iter().find(|(known, ..)| *known == name);
    known.map_or_else(
        || ("CUSTOM", name.to_owned()),
        |(_, shown, oid)| (*shown, (*oid).to_owned()),
    )
}

/// The key usages of a filter as certificates name them; `ANY` lets all through.
pub(super) fn asked_key_usages(names: &[String]) -> Result<Vec<String>, Refusal> {
    asked(names, |name| {
        let known = KEY_USAGES.iter().find(|(_, shown)| *shown == name);
        known.map(|(known, _)| *known)
    })
}

/// The purposes of a filter as certificates name them; `ANY` lets all through.
pub(super) fn asked_purposes(names: &[String]) -> Result<Vec<String>, Refusal> {
    asked(names, |name| {
        let known = PURPOSES.iter().find(|(_, shown, _)| *shown == name);
        known.map(|(known, ..)| *known)
    })
}

fn asked(
    names: &[String],
    find: impl Fn(&str) -> Option<&'static str>,
) -> Result<Vec<String>, Refusal> {
    let wanted = names.iter().filter(|name| *name != "ANY");
    wanted
        .map(|name| {
            find(name).map(str::to_owned).ok_or_else(|| {
                Refusal::validation(format!(
                    "The filter value {} is not served.",
                    anyrole_domain::printable(name)
                ))
            })
        })
        .collect()
}
