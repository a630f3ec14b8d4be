//! Where a new anchor's certificates come from, as a form says it, and the look at them before they are trusted.

use anyrole_domain::Refusal;
use anyrole_domain::certificate_authorities::describe_authority;
use anyrole_domain::trust_anchors::{AnchorSource, review_source};
use anyrole_x509::{Certificate, sha256_fingerprint};
use serde_json::{Value, json};

use super::certificates::{CertificateView, views};
use crate::choices::Pick;
use crate::resources::Shown;
use crate::{Fields, Visit};

/// The source as it was typed.
#[derive(Debug, Clone, Default)]
pub(super) struct TypedSource {
    /// A private CA, not a bundle.
    pub is_authority: bool,
    /// The bundle.
    pub pem: String,
    /// The private CA.
    pub authority: Pick,
    /// There was a private key in the bundle: it is not sent back.
    pub held_key: bool,
}

impl TypedSource {
    pub fn read(form: &Fields) -> Self {
        let pem = form.text("pem");
        let held_key = pem.contains("PRIVATE KEY-----");
        let authority = Pick::read(form, "authority");
        let is_picked = form.text("source") == "authority";
        Self {
            // Who filled in only one of the two means that one, whichever is marked.
            is_authority: match (pem.trim().is_empty(), authority.arn.is_empty()) {
                (true, false) => true,
                (false, true) => false,
                _ => is_picked,
            },
            pem: if held_key {
                String::new()
            } else {
                pem.to_owned()
            },
            authority,
            held_key,
        }
    }

    pub fn of(source: &AnchorSource) -> Self {
        match source {
            AnchorSource::CertificateBundle(pem) => Self {
                pem: pem.clone(),
                ..Self::default()
            },
            AnchorSource::PrivateCa(arn) => Self {
                is_authority: true,
                authority: Pick::of(arn),
                ..Self::default()
            },
        }
    }

    pub fn source(&self) -> AnchorSource {
        match self.is_authority {
            true => AnchorSource::PrivateCa(self.authority.arn.clone()),
            false => AnchorSource::CertificateBundle(self.pem.clone()),
        }
    }

    /// As the API has it.
    pub fn members(&self) -> Value {
        match self.is_authority {
            true => json!({
                "sourceType": "AWS_ACM_PCA",
                "sourceData": { "acmPcaArn": self.authority.arn },
            }),
            false => json!({
                "sourceType": "CERTIFICATE_BUNDLE",
                "sourceData": { "x509CertificateData": self.pem },
            }),
        }
    }

    /// As a command has it; a bundle comes from a file.
    pub fn shorthand(&self) -> String {
        match (self.is_authority, self.authority.arn.as_str()) {
            (false, _) => {
                "sourceType=CERTIFICATE_BUNDLE,sourceData={x509CertificateData@=file://ca.pem}"
                    .to_owned()
            }
            (true, "") => "sourceType=AWS_ACM_PCA,sourceData={acmPcaArn=ARN}".to_owned(),
            (true, arn) => format!("sourceType=AWS_ACM_PCA,sourceData={{acmPcaArn={arn}}}"),
        }
    }

    /// Tells whether what is saved is what was looked at.
    pub fn mark(&self) -> String {
        let text = self.members().to_string();
        let digest = sha256_fingerprint(text.as_bytes());
        digest.iter().map(|octet| format!("{octet:02x}")).collect()
    }
}

/// What there is to see of a source before it is saved.
#[derive(Debug)]
pub(super) struct Review {
    /// Its certificates, as far as they can be read.
    pub certificates: Shown<Vec<CertificateView>>,
    /// What the API refuses it for.
    pub refusal: Option<Refusal>,
    /// Which source was looked at.
    pub mark: String,
}

impl Review {
    pub fn of(visit: &Visit<'_>, typed: &TypedSource) -> Self {
        let refusal = review_source(visit.site, visit.call, &typed.source()).err();
        Self {
            certificates: certificates(visit, typed),
            refusal: refusal.or_else(|| typed.held_key.then(held_key)),
            mark: typed.mark(),
        }
    }
}

fn held_key() -> Refusal {
    Refusal::validation(
        "What you pasted holds a private key. It was not kept and is not shown again; paste certificates only.",
    )
}

fn certificates(visit: &Visit<'_>, typed: &TypedSource) -> Shown<Vec<CertificateView>> {
    let parsed = if typed.is_authority {
        let entry = describe_authority(visit.site, visit.call, &typed.authority.arn)?;
        let pem = entry.row.certificate.clone().unwrap_or_default();
        Certificate::parse_pem_bundle(&pem)
    } else {
        Certificate::parse_pem_bundle(&typed.pem)
    };
    match parsed {
        Ok(certificates) => Ok(views(&certificates, visit.now())),
        Err(error) => Err(Refusal::validation(format!(
            "There is nothing to show: {error}."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_that_was_filled_in_is_meant() {
        for (form, is_authority, pem, authority) in [
            ("source=bundle&pem=x", false, "x", ""),
            ("source=authority&pem=x", false, "x", ""),
            ("source=bundle&pem=+&authority=arn", true, " ", "arn"),
            (
                "source=authority&pem=x&authority=picked&authority-arn=typed",
                true,
                "x",
                "typed",
            ),
            ("source=bundle&pem=x&authority=picked", false, "x", "picked"),
        ] {
            let typed = TypedSource::read(&Fields::parse(form));
            assert_eq!(
                (
                    typed.is_authority,
                    typed.pem.as_str(),
                    typed.authority.arn.as_str()
                ),
                (is_authority, pem, authority),
                "{form}"
            );
        }
    }

    #[test]
    fn a_private_key_is_not_sent_back_and_another_source_has_another_mark() {
        let read = |pem| TypedSource::read(&Fields::parse(&format!("source=bundle&pem={pem}")));
        let key = read("-----BEGIN+EC+PRIVATE+KEY-----");
        assert!(key.held_key && key.pem.is_empty());
        assert_eq!(read("a").mark(), read("a").mark());
        assert_ne!(read("a").mark(), read("b").mark());
    }
}
