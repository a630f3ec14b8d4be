//! What proves a name (RFC 8555, 8.3 and 8.4; RFC 8737): the account's key, a challenge and the answers of the client's servers
//! enter; nothing, or why it is no proof, leaves. What may pass (DNS, connections) is asked for again, a few times.

use std::time::Duration;

use super::authorizations::{Expected, ProbeError, Probes};
use super::identifier::Identifier;
use super::model::{AcmeAccount, Authorization, ChallengeKind, Fault};
use crate::refusal::AcmeKind;
use crate::site::Site;

/// How long is waited before the second and each further try.
const PAUSES: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(5)];

/// Proves an authorization's name by one challenge.
pub(super) async fn validate(
    site: &Site,
    account: &AcmeAccount,
    authorization: &Authorization,
    kind: ChallengeKind,
) -> Result<(), Fault> {
    let fault = |kind, detail: &str| Fault {
        kind,
        detail: detail.to_owned(),
    };
    let probes = site
        .acme
        .probes
        .as_deref()
        .ok_or_else(|| fault(AcmeKind::ServerInternal, "This server proves no names."))?;
    let challenge = authorization
        .challenges
        .iter()
        .find(|known| known.kind == kind)
        .ok_or_else(|| fault(AcmeKind::Malformed, "There is no such challenge."))?;
    let expected = Expected::of(account, &challenge.token)?;
    let name = &authorization.identifier;
    let mut pauses = PAUSES.iter();
    loop {
        let outcome = match kind {
            ChallengeKind::Http => http(probes, name, &challenge.token, &expected).await,
            ChallengeKind::Dns => dns(probes, name, &expected).await,
            ChallengeKind::TlsAlpn => tls_alpn(probes, name, &expected).await,
        };
        let Err(error) = outcome else {
            return Ok(());
        };
        // What a server says on purpose is not asked again; a record may not have got everywhere yet.
        let passes = match &error {
            ProbeError::Dns(_) | ProbeError::Connection(_) => true,
            ProbeError::Response(_) => kind == ChallengeKind::Dns,
            ProbeError::Tls(_) | ProbeError::NotAllowed(_) => false,
        };
        match pauses.next().filter(|_| passes) {
            Some(pause) => tokio::time::sleep(*pause).await,
            None => return Err(fault_of(error)),
        }
    }
}

fn fault_of(error: ProbeError) -> Fault {
    let (kind, detail) = match error {
        ProbeError::Dns(detail) => (AcmeKind::Dns, detail),
        ProbeError::Connection(detail) => (AcmeKind::Connection, detail),
        ProbeError::Tls(detail) => (AcmeKind::Tls, detail),
        ProbeError::Response(detail) => (AcmeKind::IncorrectResponse, detail),
        ProbeError::NotAllowed(detail) => (AcmeKind::RejectedIdentifier, detail),
    };
    Fault { kind, detail }
}

async fn http(
    probes: &dyn Probes,
    name: &Identifier,
    token: &str,
    expected: &Expected,
) -> Result<(), ProbeError> {
    let body = probes.http(name, token).await?;
    // White space at the end is let pass (RFC 8555, 8.3).
    let body = body.trim_ascii_end();
    if body == expected.key_authorization.as_bytes() {
        return Ok(());
    }
    Err(ProbeError::Response(
        "The file holds something other than the key authorization.".to_owned(),
    ))
}

async fn dns(
    probes: &dyn Probes,
    name: &Identifier,
    expected: &Expected,
) -> Result<(), ProbeError> {
    let record = format!("_acme-challenge.{name}");
    let texts = probes.txt(&record).await?;
    let wanted = expected.record();
    if texts.iter().any(|text| text == wanted.as_bytes()) {
        return Ok(());
    }
    Err(ProbeError::Response(format!(
        "{record} has {} TXT records, and none with the key authorization's digest.",
        texts.len()
    )))
}

async fn tls_alpn(
    probes: &dyn Probes,
    name: &Identifier,
    expected: &Expected,
) -> Result<(), ProbeError> {
    let certificate = probes.tls_alpn(name).await?;
    match name_proof::check(&certificate, name, &expected.digest) {
        Ok(()) => Ok(()),
        Err(what) => Err(ProbeError::Response(format!(
            "The certificate shown {what}."
        ))),
    }
}

/// The certificate of `acme-tls/1` (RFC 8737, 3).
mod name_proof {
    use std::net::IpAddr;

    use super::Identifier;

    const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
    /// `id-pe-acmeIdentifier`, 1.3.6.1.5.5.7.1.31.
    const ACME_IDENTIFIER: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x1f];

    /// Its one alternative name is the name, and the critical extension has the digest.
    pub(super) fn check(
        der: &[u8],
        name: &Identifier,
        digest: &[u8; 32],
    ) -> Result<(), &'static str> {
        let extensions = extensions(der).ok_or("can't be read")?;
        let mut names = None;
        let mut proof = None;
        for (oid, critical, value) in extensions {
            if oid == SUBJECT_ALT_NAME && names.replace(value).is_some() {
                return Err("has its alternative names twice");
            }
            if oid == ACME_IDENTIFIER && proof.replace((critical, value)).is_some() {
                return Err("has its proof twice");
            }
        }
        let names = names.ok_or("has no alternative name")?;
        if !is_only(names, name).unwrap_or(false) {
            return Err("is not of this name alone");
        }
        let (critical, proof) = proof.ok_or("has no acmeIdentifier extension")?;
        if !critical {
            return Err("has an acmeIdentifier extension that is not critical");
        }
        let proved = proof
            .strip_prefix(&[0x04, 0x20])
            .is_some_and(|proof| proof == digest);
        if proved {
            Ok(())
        } else {
            Err("has another digest in its acmeIdentifier extension")
        }
    }

    fn is_only(names: &[u8], name: &Identifier) -> Option<bool> {
        let (tag, names, rest) = element(names)?;
        let (kind, only, others) = element(names)?;
        if tag != 0x30 || !rest.is_empty() || !others.is_empty() {
            return Some(false);
        }
        Some(match name {
            Identifier::Dns(name) => kind == 0x82 && only.eq_ignore_ascii_case(name.as_bytes()),
            Identifier::Ip(IpAddr::V4(address)) => kind == 0x87 && only == address.octets(),
            Identifier::Ip(IpAddr::V6(address)) => kind == 0x87 && only == address.octets(),
        })
    }

    type Extension<'a> = (&'a [u8], bool, &'a [u8]);

    /// The extensions of a certificate (RFC 5280, 4.1), the last part of what is signed.
    fn extensions(der: &[u8]) -> Option<Vec<Extension<'_>>> {
        let (_, certificate, _) =
            element(der).filter(|(tag, _, rest)| *tag == 0x30 && rest.is_empty())?;
        let (_, mut fields, _) = element(certificate).filter(|(tag, ..)| *tag == 0x30)?;
        let mut wrapped = None;
        while !fields.is_empty() {
            let (tag, value, rest) = element(fields)?;
            if tag == 0xa3 {
                wrapped = Some(value);
            }
            fields = rest;
        }
        let (_, mut list, _) = element(wrapped?).filter(|(tag, ..)| *tag == 0x30)?;
        let mut extensions = Vec::new();
        while !list.is_empty() {
            let (_, extension, rest) = element(list).filter(|(tag, ..)| *tag == 0x30)?;
            let (_, oid, after) = element(extension).filter(|(tag, ..)| *tag == 0x06)?;
            let (critical, after) = match element(after)? {
                (0x01, value, rest) => (value == [0xff], rest),
                _ => (false, after),
            };
            let (_, value, end) = element(after).filter(|(tag, ..)| *tag == 0x04)?;
            if !end.is_empty() {
                return None;
            }
            extensions.push((oid, critical, value));
            list = rest;
        }
        Some(extensions)
    }

    /// Tag, value, and what follows. Tags of one octet, lengths of up to three.
    fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
        let (&tag, rest) = der.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x83 => {
                let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let length = octets
                    .iter()
                    .fold(0, |sum, octet| sum << 8 | usize::from(*octet));
                (length, rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        Some((tag, value, rest))
    }
}
