//! Certificate, chain and key: whether they belong together, what the service's rules hold against them, how long they last,
//! and where the chain leads. The rules are those of `anyrole_x509`, by which `anyrole server` and `certificate verify` judge.

use anyrole_sdk::{IdentityProblem, Origin};
use anyrole_x509::{
    Certificate, Reason, Refusal, intermediate_refusals, is_issued_by, leaf_refusals,
};
use jiff::{SignedDuration, Timestamp};

use super::Doctor;
use super::finding::{Finding, Group, Of};
use crate::HelperError;
use crate::span::span;

const OF: Of = Of(Group::Certificate);

/// What is known of the identity, for the checks behind.
pub(super) struct Known {
    /// Whether requests can be signed.
    pub(super) is_usable: bool,
}

pub(super) fn examine(doctor: &Doctor<'_>) -> (Vec<Finding>, Known) {
    let mut findings = Vec::new();
    let (leaf, others, is_usable) = match doctor.settings.identity.identity() {
        Ok(identity) => {
            let leaf = identity.leaf().clone();
            let said = format!(
                "the private key belongs to the certificate {}",
                named(&leaf)
            );
            findings.push(OF.ok("key-pair", said));
            let others = identity.intermediates_der().iter();
            let others = others.filter_map(|der| Certificate::parse_der(der.clone()).ok());
            (Some(leaf), others.collect::<Vec<_>>(), true)
        }
        Err(error) => {
            findings.push(no_identity(doctor, error));
            let certificates = doctor.identity.certificates().unwrap_or_default();
            let mut certificates = certificates.into_iter().map(|(certificate, _)| certificate);
            (certificates.next(), certificates.collect(), false)
        }
    };
    let Some(leaf) = leaf else {
        for check in ["certificate-rules", "validity", "chain"] {
            findings.push(OF.skipped(check, "there is no certificate to look at"));
        }
        return (findings, Known { is_usable });
    };
    let now = doctor.surroundings.now();
    let refusals = leaf_refusals(&leaf, now);
    let is_alive = !refusals.iter().any(|refusal| is_of_time(refusal.reason));
    findings.extend(rules(doctor, &leaf, &refusals));
    findings.push(validity(doctor, &leaf, now));
    findings.extend(chain(&leaf, &others, now));
    (
        findings,
        Known {
            is_usable: is_usable && is_alive,
        },
    )
}

fn named(certificate: &Certificate) -> String {
    let summary = certificate.summary();
    let subject = summary.subject.to_string();
    format!("`{}` (serial {})", printable(&subject), summary.serial_hex)
}

fn printable(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

fn no_identity(doctor: &Doctor<'_>, error: anyrole_sdk::IdentityError) -> Finding {
    let certificate = path_of(doctor);
    let origin = match &error.origin {
        Origin::File(path) => Some(path.display().to_string()),
        Origin::Memory | Origin::Named(_) => None,
    };
    let is_mismatch = matches!(
        error.problem,
        IdentityProblem::KeyOfAnotherCertificate { .. }
    );
    let is_locked = matches!(error.problem, IdentityProblem::PasswordNeeded);
    let said = match doctor.password_problem {
        Some(problem) => problem.to_owned(),
        None => HelperError::from(error).to_string(),
    };
    let finding = OF.failure("key-pair", said);
    match (origin, certificate) {
        (Some(key), Some(certificate)) if is_mismatch => finding
            .look("the two lines that these print must be the same")
            .command(["openssl", "pkey", "-in", &key, "-pubout"])
            .command(["openssl", "x509", "-in", &certificate, "-noout", "-pubkey"]),
        (Some(key), _) if is_locked => finding.command([
            "anyrole",
            "crypto",
            "change-pass",
            &key,
            "--no-password",
            "--insecure",
        ]),
        _ => finding,
    }
}

fn path_of(doctor: &Doctor<'_>) -> Option<String> {
    let path = doctor.identity.certificate.as_deref()?;
    Some(anyrole_keys::KeyUri::shown(path))
}

fn is_of_time(reason: Reason) -> bool {
    matches!(reason, Reason::LeafExpired | Reason::LeafNotYetValid)
}

fn rules(doctor: &Doctor<'_>, leaf: &Certificate, refusals: &[Refusal]) -> Vec<Finding> {
    const CHECK: &str = "certificate-rules";
    let path = path_of(doctor);
    let findings: Vec<Finding> = refusals
        .iter()
        .filter(|refusal| !is_of_time(refusal.reason))
        .map(|refusal| {
            let said = format!("{} ({})", printable(&refusal.detail), refusal.reason);
            let finding = OF.failure(CHECK, said).look(
                "the service asks for X.509 v3, CA:FALSE, key usage digitalSignature, clientAuth where there is an extended key usage, \
                 SHA-256 or better, RSA of 2048 bits and up, EC or ML-DSA: have the certificate issued anew",
            );
            let finding = match &path {
                Some(path) => finding.command(["anyrole", "certificate", "inspect", path]),
                None => finding,
            };
            let subject = printable(&leaf.summary().subject.to_string());
            let subject = if subject.is_empty() { "NAME" } else { &subject };
            finding.command([
                "anyrole", "certificate", "create", subject, "new.crt", "new.key", "--ca", "CA.crt", "--ca-key", "CA.key",
            ])
        })
        .collect();
    if !findings.is_empty() {
        return findings;
    }
    let summary = leaf.summary();
    let usage = summary.extended_key_usage.as_ref();
    let usage = usage.map_or("none".to_owned(), |usage| usage.join(", "));
    let said = format!(
        "X.509 v{}, no CA's, key usage {}, extended key usage {}, key {}, signed by {}",
        summary.version,
        summary.key_usage.as_deref().unwrap_or_default().join(", "),
        usage,
        summary.key,
        summary.signature_algorithm
    );
    vec![OF.ok(CHECK, said)]
}

/// A tenth of a life, or of a session's, is left for the renewal.
fn validity(doctor: &Doctor<'_>, leaf: &Certificate, now: Timestamp) -> Finding {
    const CHECK: &str = "validity";
    let (from, until) = (leaf.summary().not_before, leaf.summary().not_after);
    let life = until.duration_since(from);
    let left = until.duration_since(now);
    let session = SignedDuration::from_secs(doctor.settings.session_duration.clamp(0, 43_200));
    let renew = "renew it, and let it be renewed by itself: files that change are read anew with each session";
    if now < from {
        let wait = span(from.duration_since(now));
        return OF
            .failure(
                CHECK,
                format!("the certificate is valid from {from} on, in {wait} (now {now:.0})"),
            )
            .look("wait, or set this machine's clock right")
            .command(["timedatectl", "set-ntp", "true"]);
    }
    if left.is_negative() {
        let ago = span(-left);
        return OF
            .failure(
                CHECK,
                format!("the certificate ended at {until}, {ago} ago (now {now:.0})"),
            )
            .look(renew);
    }
    let said = format!(
        "the certificate is valid until {until}, for another {}",
        span(left)
    );
    if left < life / 10 || left < session {
        return OF.warning(CHECK, said).look(renew);
    }
    OF.ok(CHECK, said)
}

/// Up from the leaf, as far as the certificates at hand go; the rest must be in the trust anchor.
fn chain(leaf: &Certificate, others: &[Certificate], now: Timestamp) -> Vec<Finding> {
    const CHECK: &str = "chain";
    let mut findings = Vec::new();
    let mut way: Vec<&Certificate> = vec![leaf];
    let top = loop {
        let Some(below) = way.last().copied() else {
            return findings;
        };
        let mut issuers = others
            .iter()
            .filter(|other| !way.iter().any(|seen| seen.der() == other.der()));
        match issuers.find(|other| is_issued_by(below, other)) {
            Some(issuer) => {
                for refusal in intermediate_refusals(issuer, now) {
                    let said = format!(
                        "{}: {} ({})",
                        named(issuer),
                        printable(&refusal.detail),
                        refusal.reason
                    );
                    findings.push(OF.failure(CHECK, said).look("have the authority above it issue it anew, and give the new one with --intermediates"));
                }
                way.push(issuer);
            }
            None => break below,
        }
    };
    let issuer = printable(&top.summary().issuer.to_string());
    let same_name = others
        .iter()
        .any(|other| other.summary().subject == top.summary().issuer);
    if is_issued_by(leaf, leaf) {
        let said = "the certificate is self-signed: no trust anchor leads to it";
        findings.push(
            OF.failure(CHECK, said).look(
                "have it issued by an authority, whose certificate goes into the trust anchor",
            ),
        );
    } else if same_name && !is_issued_by(top, top) {
        let said = format!(
            "the certificate at hand for `{issuer}` has not signed {}: it has another key",
            named(top)
        );
        findings.push(OF.failure(CHECK, said).look("give the certificate of the key that signed it with --intermediates; an authority may have several of one name"));
    } else if findings.is_empty() {
        let count = way.len() - 1;
        let said = format!(
            "the chain goes over {count} intermediate(s) up to `{issuer}`, which the trust anchor must hold"
        );
        let finding = OF.ok(CHECK, said);
        findings.push(match count {
            0 => finding.look("if the trust anchor holds an authority further up, give those in between with --intermediates"),
            _ => finding,
        });
    }
    findings
}
