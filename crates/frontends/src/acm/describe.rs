//! DescribeCertificate's answer, and the rows of ListCertificates (API reference, CertificateDetail and CertificateSummary).

use anyrole_domain::Call;
use anyrole_domain::Snapshot;
use anyrole_domain::acm::{CertificateState, ManagedEntry};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::names;

/// Names that a summary shows at most.
const SUMMARY_NAMES: usize = 100;

/// A time as JSON 1.1 has it: seconds since 1970 with fractions.
fn time(at: Timestamp) -> Value {
    // A millisecond is what AWS shows, too.
    let milliseconds = at.as_millisecond();
    match milliseconds % 1000 {
        0 => json!(milliseconds / 1000),
        _ => json!(
            format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
                .parse::<f64>()
                .unwrap_or_default()
        ),
    }
}

fn set(map: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    map.insert(name.to_owned(), value.into());
}

/// What both have.
fn common(snapshot: &Snapshot, call: &Call, entry: &ManagedEntry) -> Map<String, Value> {
    let (row, summary) = (&entry.row, entry.certificate.summary());
    let is_private = row.origin.authority().is_some();
    let state = entry.state(snapshot, call.origin.now);
    let mut map = Map::new();
    set(&mut map, "CertificateArn", row.arn.as_str());
    set(&mut map, "DomainName", row.domain_name.as_str());
    set(&mut map, "Status", state.as_str());
    set(&mut map, "Type", row.origin.as_str());
    set(&mut map, "KeyAlgorithm", row.key_algorithm.as_str());
    set(&mut map, "NotBefore", time(summary.not_before));
    set(&mut map, "NotAfter", time(summary.not_after));
    set(&mut map, "CreatedAt", time(row.created_at));
    let issued = if is_private { "IssuedAt" } else { "ImportedAt" };
    set(&mut map, issued, time(row.issued_at));
    let is_renewable = is_private && matches!(state, CertificateState::Issued);
    let eligible = if is_renewable {
        "ELIGIBLE"
    } else {
        "INELIGIBLE"
    };
    set(&mut map, "RenewalEligibility", eligible);
    if let CertificateState::Revoked(revoked) = &state {
        set(&mut map, "RevokedAt", time(revoked.revoked_at));
    }
    let origin = if is_private {
        "AWS_MANAGED"
    } else {
        "CUSTOMER_PROVIDED"
    };
    set(&mut map, "CertificateKeyPairOrigin", origin);
    map
}

/// A row of ListCertificates.
pub(super) fn summary(snapshot: &Snapshot, call: &Call, entry: &ManagedEntry) -> Value {
    let (row, summary) = (&entry.row, entry.certificate.summary());
    let mut map = common(snapshot, call, entry);
    let shown: Vec<&String> = row.names.iter().take(SUMMARY_NAMES).collect();
    set(&mut map, "SubjectAlternativeNameSummaries", json!(shown));
    let more = row.names.len() > SUMMARY_NAMES;
    set(&mut map, "HasAdditionalSubjectAlternativeNames", more);
    let usages = summary.key_usage.iter().flatten();
    let usages: Vec<&str> = usages.map(|name| names::key_usage(name)).collect();
    set(&mut map, "KeyUsages", json!(usages));
    let purposes = summary.extended_key_usage.iter().flatten();
    let purposes: Vec<&str> = purposes.map(|name| names::purpose(name).0).collect();
    set(&mut map, "ExtendedKeyUsages", json!(purposes));
    let is_private = row.origin.authority().is_some();
    set(
        &mut map,
        "ExportOption",
        if is_private { "ENABLED" } else { "DISABLED" },
    );
    set(&mut map, "Exported", row.is_exported);
    set(&mut map, "InUse", false);
    Value::Object(map)
}

/// DescribeCertificate's answer.
pub(super) fn detail(snapshot: &Snapshot, call: &Call, entry: &ManagedEntry) -> Value {
    let (row, summary) = (&entry.row, entry.certificate.summary());
    let mut map = common(snapshot, call, entry);
    set(&mut map, "SubjectAlternativeNames", json!(row.names));
    set(&mut map, "Serial", colons(&summary.serial_hex));
    set(&mut map, "Subject", summary.subject.to_string());
    let issuer = &summary.issuer;
    let called = issuer.first("O").or_else(|| issuer.first("CN"));
    set(
        &mut map,
        "Issuer",
        called.map_or_else(|| issuer.to_string(), std::borrow::Cow::into_owned),
    );
    set(
        &mut map,
        "SignatureAlgorithm",
        signature(&summary.signature_algorithm),
    );
    set(&mut map, "InUseBy", json!([]));
    let usages = summary.key_usage.iter().flatten();
    let usages: Vec<Value> = usages
        .map(|name| json!({"Name": names::key_usage(name)}))
        .collect();
    set(&mut map, "KeyUsages", usages);
    let purposes = summary.extended_key_usage.iter().flatten().map(|name| {
        let (name, oid) = names::purpose(name);
        json!({"Name": name, "OID": oid})
    });
    set(&mut map, "ExtendedKeyUsages", purposes.collect::<Vec<_>>());
    if let Some(authority) = row.origin.authority() {
        set(&mut map, "CertificateAuthorityArn", authority);
        set(
            &mut map,
            "Options",
            json!({"CertificateTransparencyLoggingPreference": "DISABLED", "Export": "ENABLED"}),
        );
    }
    if let Some(renewed) = row.renewed_at {
        let renewal = json!({
            "RenewalStatus": "SUCCESS",
            "DomainValidationOptions": [],
            "UpdatedAt": time(renewed),
        });
        set(&mut map, "RenewalSummary", renewal);
    }
    if let CertificateState::Revoked(revoked) = entry.state(snapshot, call.origin.now) {
        set(&mut map, "RevocationReason", revoked.reason.as_str());
    }
    json!({"Certificate": map})
}

/// `0a:1b`
fn colons(hex: &str) -> String {
    let mut text = String::with_capacity(hex.len() * 3 / 2);
    for (index, digit) in hex.chars().enumerate() {
        if index > 0 && index % 2 == 0 {
            text.push(':');
        }
        text.push(digit);
    }
    text
}

/// As the API shows it: `SHA256WITHRSA`.
fn signature(name: &str) -> String {
    if let Some(hash) = name.strip_suffix("WithRSAEncryption") {
        return format!("{}WITHRSA", hash.to_ascii_uppercase());
    }
    match name.strip_prefix("ecdsa-with-") {
        Some(hash) => format!("{}WITHECDSA", hash.to_ascii_uppercase()),
        None => name.to_ascii_uppercase().replace('-', "_"),
    }
}

#[cfg(test)]
mod tests {
    use super::{colons, signature, time};

    #[test]
    fn times_serials_and_algorithms_are_the_apis() {
        assert_eq!(
            time("2026-03-01T12:00:00Z".parse().unwrap()).to_string(),
            "1772366400"
        );
        assert_eq!(
            time("2026-03-01T12:00:00.25Z".parse().unwrap()).to_string(),
            "1772366400.25"
        );
        assert_eq!(colons("0a1b2c"), "0a:1b:2c");
        for (name, shown) in [
            ("sha256WithRSAEncryption", "SHA256WITHRSA"),
            ("ecdsa-with-SHA384", "SHA384WITHECDSA"),
            ("ML-DSA-65", "ML_DSA_65"),
        ] {
            assert_eq!(signature(name), shown);
        }
    }
}
