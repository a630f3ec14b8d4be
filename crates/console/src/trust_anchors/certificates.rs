//! CA certificates as people look at them before they trust them: what each says, and all that speaks against it.

use anyrole_x509::{Certificate, Reason, anchor_refusals, is_issued_by};
use jiff::Timestamp;

use crate::resources::Ending;

/// How much a fault matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// No anchor is made with it.
    Refused,
    /// It is taken, and trusts nobody at present.
    Useless,
    /// It is taken, and may be another than was meant.
    Suspicious,
}

impl Weight {
    /// The kind of badge.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Refused | Self::Useless => "bad",
            Self::Suspicious => "warn",
        }
    }

    /// What the badge says.
    pub fn word(self) -> &'static str {
        match self {
            Self::Refused => "Refused",
            Self::Useless => "Useless now",
            Self::Suspicious => "Look again",
        }
    }
}

/// Something that speaks against a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// How much it matters.
    pub weight: Weight,
    /// What it is, a sentence.
    pub text: String,
}

/// A certificate as it is shown.
#[derive(Debug, Clone)]
pub(crate) struct CertificateView {
    /// The subject.
    pub subject: String,
    /// The issuer.
    pub issuer: String,
    /// The serial number in hex.
    pub serial: String,
    /// Start of its validity.
    pub not_before: Timestamp,
    /// End of its validity.
    pub ending: Ending,
    /// SHA-256 of the DER as openssl prints it.
    pub fingerprint: String,
    /// The kind of key.
    pub key: String,
    /// How it was signed.
    pub signature: String,
    /// What speaks against it.
    pub faults: Vec<Fault>,
}

impl CertificateView {
    /// One as a certificate of an anchor.
    pub fn of_anchor(certificate: &Certificate, now: Timestamp) -> Self {
        let faults = faults(certificate, now);
        Self::with(certificate, now, faults)
    }

    /// One of which nothing is judged but its validity.
    pub fn of_any(certificate: &Certificate, now: Timestamp) -> Self {
        Self::with(certificate, now, Vec::new())
    }

    fn with(certificate: &Certificate, now: Timestamp, faults: Vec<Fault>) -> Self {
        let said = certificate.summary();
        Self {
            subject: said.subject.to_string(),
            issuer: said.issuer.to_string(),
            serial: said.serial_hex.clone(),
            not_before: said.not_before,
            ending: Ending::of(said.not_after, now),
            fingerprint: fingerprint(certificate),
            key: said.key.clone(),
            signature: said.signature_algorithm.clone(),
            faults,
        }
    }
}

/// SHA-256 of the DER as openssl prints it.
pub(crate) fn fingerprint(certificate: &Certificate) -> String {
    let octets = certificate.summary().sha256_fingerprint.iter();
    let octets: Vec<String> = octets.map(|octet| format!("{octet:02X}")).collect();
    octets.join(":")
}

/// The certificates of a bundle, each with its faults; one that stands there twice says so.
pub(super) fn views(certificates: &[Certificate], now: Timestamp) -> Vec<CertificateView> {
    let views = certificates.iter().enumerate();
    views
        .map(|(place, certificate)| {
            let mut view = CertificateView::of_anchor(certificate, now);
            let earlier = certificates.iter().take(place);
            if earlier
                .into_iter()
                .any(|other| other.der() == certificate.der())
            {
                view.faults.push(Fault {
                    weight: Weight::Suspicious,
                    text: "The same certificate stands above already.".to_owned(),
                });
            }
            view
        })
        .collect()
}

/// First what the rules of anchors say, in their order, then what they let pass.
fn faults(certificate: &Certificate, now: Timestamp) -> Vec<Fault> {
    let refusals = anchor_refusals(certificate, now).into_iter();
    let mut faults: Vec<Fault> = refusals
        .map(|refusal| Fault {
            weight: match refusal.reason {
                Reason::AnchorExpired | Reason::AnchorNotYetValid => Weight::Useless,
                _ => Weight::Refused,
            },
            text: sentence(&refusal.detail),
        })
        .collect();
    let suspicions = [
        ends_soon(certificate, now),
        origin(certificate),
        no_lists(certificate),
    ];
    faults.extend(suspicions.into_iter().flatten().map(|text| Fault {
        weight: Weight::Suspicious,
        text,
    }));
    faults
}

fn sentence(detail: &str) -> String {
    let mut letters = detail.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

fn ends_soon(certificate: &Certificate, now: Timestamp) -> Option<String> {
    let ending = Ending::of(certificate.summary().not_after, now);
    (ending.kind == "warn").then(|| format!("It ends soon: {}.", ending.text.to_lowercase()))
}

fn origin(certificate: &Certificate) -> Option<String> {
    let said = certificate.summary();
    if said.subject != said.issuer {
        return Some(format!(
            "It is an intermediate CA, issued by {}. Only certificates below this CA get in, and no one asks its issuer whether it is revoked.",
            said.issuer
        ));
    }
    (!is_issued_by(certificate, certificate))
        .then(|| "It names itself as its issuer, but its own key did not sign it.".to_owned())
}

fn no_lists(certificate: &Certificate) -> Option<String> {
    let usage = certificate.summary().key_usage.as_ref()?;
    let signs = usage.contains(&"cRLSign") || !usage.contains(&"keyCertSign");
    (!signs).then(|| {
        "Its key usage is without cRLSign: revocation lists of this CA are not taken.".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
        date_time_ymd,
    };

    use super::*;

    fn params(name: &str) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.not_before = date_time_ymd(2030, 1, 1);
        params.not_after = date_time_ymd(2031, 1, 1);
        params
    }

    fn told(der: &[u8], at: &str) -> Vec<(Weight, String)> {
        let certificate = Certificate::parse_der(der.to_vec()).unwrap();
        let faults = faults(&certificate, at.parse().unwrap()).into_iter();
        faults.map(|fault| (fault.weight, fault.text)).collect()
    }

    const NOON: &str = "2030-06-15T12:00:00Z";

    #[test]
    fn a_sound_root_has_no_fault_until_it_ends() {
        let root = params("Root")
            .self_signed(&KeyPair::generate().unwrap())
            .unwrap();
        assert_eq!(told(root.der(), NOON), []);
        for (at, weight, text) in [
            ("2029-06-15T12:00:00Z", Weight::Useless, "not valid before"),
            ("2032-06-15T12:00:00Z", Weight::Useless, "expired"),
            (
                "2030-12-30T12:00:00Z",
                Weight::Suspicious,
                "It ends soon: 1 day left.",
            ),
        ] {
            let told = told(root.der(), at);
            let [(found, said)] = told.as_slice() else {
                panic!("{told:?}");
            };
            assert!(*found == weight && said.contains(text), "{told:?}");
        }
    }

    #[test]
    fn what_is_no_root_of_its_own_is_told() {
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::new(params("Root"), KeyPair::generate().unwrap());
        let mut below = params("Issuing");
        below.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let told_of =
            |params: &CertificateParams| told(params.signed_by(&key, &issuer).unwrap().der(), NOON);
        let found = told_of(&below);
        assert!(
            found
                .iter()
                .all(|(weight, _)| *weight == Weight::Suspicious),
            "{found:?}"
        );
        let texts: Vec<_> = found.iter().map(|(_, text)| text.as_str()).collect();
        assert!(
            texts
                .first()
                .unwrap()
                .starts_with("It is an intermediate CA, issued by CN=Root"),
            "{texts:?}"
        );
        assert!(texts.last().unwrap().contains("cRLSign"), "{texts:?}");
        let found = told_of(&params("Root"));
        assert!(
            found
                .iter()
                .any(|(_, text)| text.contains("its own key did not sign it")),
            "{found:?}"
        );
        below.is_ca = IsCa::NoCa;
        let found = told_of(&below);
        let (weight, text) = found.first().unwrap();
        assert_eq!(*weight, Weight::Refused);
        assert_eq!(
            text,
            "The anchor certificate has no basic constraints with CA true."
        );
    }
}
