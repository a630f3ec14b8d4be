//! Certificate templates by name (Private CA user guide, template definitions): what a template says itself, and what it lets through of
//! the request's words and of the signing request. Of each extension the template has the first say, the API the second, the CSR the last.

use anyrole_ca::{
    AlternativeName, BasicConstraints, CertificateShape, KeyUsage, Oid, SigningRequest, Subject,
    purpose,
};

use super::PcaKind;
use super::passthrough::{ApiPassthrough, ExtendedKeyUsage, Extensions, GeneralName};
use crate::refusal::Refusal;

/// The template where a request names none.
pub const DEFAULT: &str = "EndEntityCertificate/V1";

/// What a template says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Template {
    /// What is issued.
    pub kind: TemplateKind,
    /// Whether basic constraints of an end entity are critical.
    critical_constraints: bool,
    /// Whether it says nothing of usages.
    blank: bool,
    api: bool,
    csr: bool,
}

/// The kinds of certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TemplateKind {
    /// A root's own.
    Root(Option<u8>),
    /// Of an authority below, with at most so many below itself.
    Subordinate(u8),
    /// TLS client and server.
    EndEntity,
    /// TLS client.
    ClientAuth,
    /// TLS server.
    ServerAuth,
    /// Code.
    CodeSigning,
    /// Answers of an OCSP responder.
    OcspSigning,
}

/// The template of a name such as `EndEntityClientAuthCertificate_APIPassthrough/V1`.
pub(super) fn find(name: &str) -> Option<Template> {
    let name = name.strip_suffix("/V1")?;
    let (rest, api, csr) = [
        ("_APICSRPassthrough", true, true),
        ("_APIPassthrough", true, false),
        ("_CSRPassthrough", false, true),
    ]
    .into_iter()
    .find_map(|(suffix, api, csr)| Some((name.strip_suffix(suffix)?, api, csr)))
    .unwrap_or((name, false, false));
    let (rest, blank) = match rest.strip_prefix("Blank") {
        // A blank template without passthrough would say nothing at all; AWS has none either.
        Some(rest) if api || csr => (rest, true),
        Some(_) => return None,
        None => (rest, false),
    };
    let (rest, critical_constraints) = match rest.strip_suffix("_CriticalBasicConstraints") {
        Some(rest) if blank && rest == "EndEntityCertificate" => (rest, true),
        Some(_) => return None,
        None => (rest, false),
    };
    let kind = kind(rest, blank)?;
    // Nobody else asks for a root's certificate: there is no signing request to pass on.
    let is_root = matches!(kind, TemplateKind::Root(_));
    (!(is_root && csr)).then_some(Template {
        kind,
        critical_constraints,
        blank,
        api,
        csr,
    })
}

fn kind(name: &str, blank: bool) -> Option<TemplateKind> {
    let path_length = |text: &str| match text {
        "0" => Some(0),
        "1" => Some(1),
        "2" => Some(2),
        "3" => Some(3),
        _ => None,
    };
    if let Some(length) = name.strip_prefix("SubordinateCACertificate_PathLen") {
        return path_length(length).map(TemplateKind::Subordinate);
    }
    if let Some(length) = name.strip_prefix("RootCACertificate_PathLen") {
        let length = path_length(length).filter(|_| blank)?;
        return Some(TemplateKind::Root(Some(length)));
    }
    Some(match name {
        "RootCACertificate" => TemplateKind::Root(None),
        "EndEntityCertificate" => TemplateKind::EndEntity,
        _ if blank => return None,
        "EndEntityClientAuthCertificate" => TemplateKind::ClientAuth,
        "EndEntityServerAuthCertificate" => TemplateKind::ServerAuth,
        "CodeSigningCertificate" => TemplateKind::CodeSigning,
        "OCSPSigningCertificate" => TemplateKind::OcspSigning,
        _ => return None,
    })
}

impl TemplateKind {
    fn is_authority(self) -> bool {
        matches!(self, Self::Root(_) | Self::Subordinate(_))
    }

    fn purposes(self) -> (&'static [Oid], bool) {
        const BOTH: &[Oid] = &[purpose::SERVER_AUTH, purpose::CLIENT_AUTH];
        match self {
            Self::Root(_) | Self::Subordinate(_) => (&[], false),
            Self::EndEntity => (BOTH, false),
            Self::ClientAuth => (&[purpose::CLIENT_AUTH], false),
            Self::ServerAuth => (&[purpose::SERVER_AUTH], false),
            Self::CodeSigning => (&[purpose::CODE_SIGNING], true),
            Self::OcspSigning => (&[purpose::OCSP_SIGNING], true),
        }
    }

    fn key_usage(self) -> KeyUsage {
        match self {
            Self::Root(_) | Self::Subordinate(_) => {
                KeyUsage::DIGITAL_SIGNATURE | KeyUsage::CERT_SIGN | KeyUsage::CRL_SIGN
            }
            Self::EndEntity | Self::ServerAuth => {
                KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT
            }
            // RFC 5280 section 4.2.1.12: with clientAuth alone no keyEncipherment, which AWS's template has.
            Self::ClientAuth | Self::CodeSigning | Self::OcspSigning => KeyUsage::DIGITAL_SIGNATURE,
        }
    }
}

/// What a template makes of a request.
#[derive(Debug)]
pub(super) struct Filled {
    pub subject: Subject,
    pub shape: CertificateShape,
}

impl Template {
    /// Whether the authority's own key makes a root's certificate.
    pub(super) fn is_root(self) -> bool {
        matches!(self.kind, TemplateKind::Root(_))
    }

    /// Fills the template in. What the API gives and the template doesn't let through is refused.
    pub(super) fn fill(
        self,
        request: &SigningRequest,
        given: Option<&ApiPassthrough>,
    ) -> Result<Filled, Refusal> {
        if given.is_some() && !self.api {
            return Err(PcaKind::InvalidArgs.refusal(
                "template-without-passthrough",
                "ApiPassthrough needs a template of the APIPassthrough or APICSRPassthrough kind.",
            ));
        }
        let nothing = ApiPassthrough::default();
        let given = given.unwrap_or(&nothing);
        let subject = match &given.subject {
            Some(subject) => subject.to_subject()?,
            None => request.subject().clone(),
        };
        let none = Extensions::default();
        let wanted = given.extensions.as_ref().unwrap_or(&none);
        let mut shape = CertificateShape {
            basic_constraints: Some(self.basic_constraints()),
            alternative_names: names(wanted, request)?,
            ..CertificateShape::default()
        };
        self.put_usages(&mut shape, wanted, request)?;
        let policies = wanted.certificate_policies.iter().flatten();
        shape.policies = policies
            .map(super::passthrough::PolicyInformation::to_policy)
            .collect::<Result<_, _>>()?;
        self.put_others(&mut shape, wanted, request)?;
        Ok(Filled { subject, shape })
    }

    fn basic_constraints(self) -> BasicConstraints {
        match self.kind {
            TemplateKind::Root(length) => BasicConstraints::authority(length),
            TemplateKind::Subordinate(length) => BasicConstraints::authority(Some(length)),
            _ => BasicConstraints {
                critical: self.critical_constraints,
                ..BasicConstraints::END_ENTITY
            },
        }
    }

    fn put_usages(
        self,
        shape: &mut CertificateShape,
        wanted: &Extensions,
        request: &SigningRequest,
    ) -> Result<(), Refusal> {
        if !self.blank {
            let (purposes, critical) = self.kind.purposes();
            shape.purposes = purposes.to_vec();
            shape.purposes_critical = critical;
            // What does not fit the key is left out (docs/aws-divergences.md).
            let holder = request.key_algorithm().map_err(super::issue::refused)?;
            shape.key_usage = Some(self.kind.key_usage().fitting(holder));
        }
        let asked = request.requested();
        if shape.key_usage.is_none() {
            let given = wanted
                .key_usage
                .map(super::passthrough::KeyUsageFlags::to_usage);
            let asked = asked.key_usage.filter(|_| self.csr);
            shape.key_usage = given.or(asked).filter(|usage| !usage.is_empty());
        }
        if self.blank && !self.kind.is_authority() || shape.purposes.is_empty() {
            let given = wanted.extended_key_usage.iter().flatten();
            let given: Vec<Oid> = given
                .map(ExtendedKeyUsage::to_purpose)
                .collect::<Result<_, _>>()?;
            if !given.is_empty() {
                shape.purposes = given;
            } else if self.csr {
                shape.purposes.clone_from(&asked.purposes);
                shape.purposes_critical = asked.purposes_critical;
            }
        }
        Ok(())
    }

    /// Extensions that nothing above has a name for: the API's, then the signing request's where it is silent.
    fn put_others(
        self,
        shape: &mut CertificateShape,
        wanted: &Extensions,
        request: &SigningRequest,
    ) -> Result<(), Refusal> {
        for given in wanted.custom_extensions.iter().flatten() {
            shape.extensions.push(given.to_extension()?);
        }
        if !self.csr {
            return Ok(());
        }
        for asked in &request.requested().others {
            let is_there = shape.extensions.iter().any(|given| given.oid == asked.oid);
            let is_ours = OURS.contains(&asked.oid.to_string().as_str())
                || asked.oid == POLICIES && !shape.policies.is_empty();
            if !is_there && !is_ours {
                shape.extensions.push(asked.clone());
            }
        }
        Ok(())
    }
}

/// What the authority's own configuration says: cRLDistributionPoints and authorityInfoAccess.
const OURS: [&str; 2] = ["2.5.29.31", "1.3.6.1.5.5.7.1.1"];
const POLICIES: Oid = Oid::new_unwrap("2.5.29.32");

/// The API's names, or else the signing request's.
fn names(wanted: &Extensions, request: &SigningRequest) -> Result<Vec<AlternativeName>, Refusal> {
    match &wanted.subject_alternative_names {
        Some(names) => names.iter().map(GeneralName::to_name).collect(),
        None => Ok(request.alternative_names().to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_user_guide() {
        for (name, kind) in [
            ("EndEntityCertificate/V1", TemplateKind::EndEntity),
            (
                "EndEntityClientAuthCertificate_APICSRPassthrough/V1",
                TemplateKind::ClientAuth,
            ),
            (
                "EndEntityServerAuthCertificate_CSRPassthrough/V1",
                TemplateKind::ServerAuth,
            ),
            (
                "CodeSigningCertificate_APIPassthrough/V1",
                TemplateKind::CodeSigning,
            ),
            ("OCSPSigningCertificate/V1", TemplateKind::OcspSigning),
            ("RootCACertificate/V1", TemplateKind::Root(None)),
            (
                "RootCACertificate_APIPassthrough/V1",
                TemplateKind::Root(None),
            ),
            (
                "BlankRootCACertificate_PathLen1_APIPassthrough/V1",
                TemplateKind::Root(Some(1)),
            ),
            (
                "SubordinateCACertificate_PathLen3/V1",
                TemplateKind::Subordinate(3),
            ),
            (
                "BlankSubordinateCACertificate_PathLen0_APICSRPassthrough/V1",
                TemplateKind::Subordinate(0),
            ),
            (
                "BlankEndEntityCertificate_CriticalBasicConstraints_CSRPassthrough/V1",
                TemplateKind::EndEntity,
            ),
        ] {
            assert_eq!(
                find(name).map(|template| template.kind),
                Some(kind),
                "{name}"
            );
        }
        for name in [
            "",
            "EndEntityCertificate",
            "EndEntityCertificate/V2",
            "endEntityCertificate/V1",
            "BlankEndEntityCertificate/V1",
            "BlankCodeSigningCertificate_APIPassthrough/V1",
            "EndEntityCertificate_CriticalBasicConstraints/V1",
            "SubordinateCACertificate_PathLen4/V1",
            "SubordinateCACertificate/V1",
            "RootCACertificate_PathLen1/V1",
            "RootCACertificate_CSRPassthrough/V1",
        ] {
            assert_eq!(find(name), None, "{name}");
        }
    }
}
