//! What a request wants in a certificate besides its signing request (Private CA API reference, ApiPassthrough), and what a signing
//! request of an authority is to ask for (CsrExtensions), turned into what certificates carry.

use std::net::IpAddr;

use anyrole_ca::{AlternativeName, CertificatePolicy, CustomExtension, KeyUsage, Oid};
use base64_simd::STANDARD;
use serde::{Deserialize, Serialize};

use super::{DistinguishedName, PcaKind};
use crate::refusal::Refusal;

/// What goes into the certificate by the request's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ApiPassthrough {
    /// Extensions.
    pub extensions: Option<Extensions>,
    /// The subject in place of the signing request's.
    pub subject: Option<DistinguishedName>,
}

/// Extensions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Extensions {
    /// Policies.
    pub certificate_policies: Option<Vec<PolicyInformation>>,
    /// Purposes.
    pub extended_key_usage: Option<Vec<ExtendedKeyUsage>>,
    /// What the key is for.
    pub key_usage: Option<KeyUsageFlags>,
    /// Names.
    pub subject_alternative_names: Option<Vec<GeneralName>>,
    /// Any others.
    pub custom_extensions: Option<Vec<GivenExtension>>,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PolicyInformation {
    /// Its identifier.
    pub cert_policy_id: String,
    /// Where its statement is.
    pub policy_qualifiers: Option<Vec<PolicyQualifier>>,
}

/// Where a policy's statement is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PolicyQualifier {
    /// `CPS`.
    pub policy_qualifier_id: String,
    /// The statement.
    pub qualifier: Qualifier,
}

/// A policy's statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Qualifier {
    /// Its URL.
    pub cps_uri: String,
}

/// A purpose, by name or by object identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ExtendedKeyUsage {
    /// Its name.
    pub extended_key_usage_type: Option<String>,
    /// Its identifier.
    pub extended_key_usage_object_identifier: Option<String>,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the model's own members")]
pub struct KeyUsageFlags {
    pub digital_signature: bool,
    pub non_repudiation: bool,
    pub key_encipherment: bool,
    pub data_encipherment: bool,
    pub key_agreement: bool,
    pub key_cert_sign: bool,
    #[serde(rename = "CRLSign")]
    pub crl_sign: bool,
    pub encipher_only: bool,
    pub decipher_only: bool,
}

/// A name of one of eight kinds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase", deny_unknown_fields)]
pub struct GeneralName {
    /// A name of a kind of its own.
    pub other_name: Option<OtherName>,
    /// A mailbox.
    pub rfc822_name: Option<String>,
    /// A host.
    pub dns_name: Option<String>,
    /// A distinguished name.
    pub directory_name: Option<DistinguishedName>,
    /// Not served.
    pub edi_party_name: Option<serde_json::Value>,
    /// A URI.
    pub uniform_resource_identifier: Option<String>,
    /// An address.
    pub ip_address: Option<String>,
    /// An object identifier.
    pub registered_id: Option<String>,
}

/// A name of a kind of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct OtherName {
    /// The kind.
    pub type_id: String,
    /// The name, a text.
    pub value: String,
}

/// An extension as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GivenExtension {
    /// Its identifier.
    pub object_identifier: String,
    /// Its DER, base64.
    pub value: String,
    /// Whether who does not know it must refuse the certificate.
    #[serde(default)]
    pub critical: Option<bool>,
}

/// What a signing request of an authority is to ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CsrExtensions {
    /// What the key is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_usage: Option<KeyUsageFlags>,
    /// Not served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_information_access: Option<Vec<serde_json::Value>>,
}

fn refused(detail: impl Into<String>) -> Refusal {
    PcaKind::InvalidArgs.refusal("passthrough-refused", detail)
}

fn oid(text: &str) -> Result<Oid, Refusal> {
    Oid::new(text).map_err(|_| {
        refused(format!(
            "`{}` is not an object identifier.",
            crate::names::printable(text)
        ))
    })
}

impl KeyUsageFlags {
    /// The usages as a certificate has them.
    pub(super) fn to_usage(self) -> KeyUsage {
        [
            (self.digital_signature, KeyUsage::DIGITAL_SIGNATURE),
            (self.non_repudiation, KeyUsage::NON_REPUDIATION),
            (self.key_encipherment, KeyUsage::KEY_ENCIPHERMENT),
            (self.data_encipherment, KeyUsage::DATA_ENCIPHERMENT),
            (self.key_agreement, KeyUsage::KEY_AGREEMENT),
            (self.key_cert_sign, KeyUsage::CERT_SIGN),
            (self.crl_sign, KeyUsage::CRL_SIGN),
            (self.encipher_only, KeyUsage::ENCIPHER_ONLY),
            (self.decipher_only, KeyUsage::DECIPHER_ONLY),
        ]
        .into_iter()
        .filter(|(given, _)| *given)
        .fold(KeyUsage::default(), |all, (_, usage)| all | usage)
    }
}

impl KeyUsageFlags {
    /// The value of the extension: a BIT STRING without zeros at its end (RFC 5280 section 4.2.1.3, X.690 section 11.2.2).
    fn to_der(self) -> Vec<u8> {
        let first = [
            self.digital_signature,
            self.non_repudiation,
            self.key_encipherment,
            self.data_encipherment,
            self.key_agreement,
            self.key_cert_sign,
            self.crl_sign,
            self.encipher_only,
        ]
        .into_iter()
        .fold(0_u8, |bits, flag| bits << 1 | u8::from(flag));
        if self.decipher_only {
            return vec![0x03, 0x03, 7, first, 0x80];
        }
        let unused = first.trailing_zeros().min(7).to_le_bytes();
        vec![0x03, 0x02, unused.first().copied().unwrap_or(0), first]
    }
}

/// Purposes by the API's names (API reference, ExtendedKeyUsage).
const PURPOSES: [(&str, &str); 9] = [
    ("SERVER_AUTH", "1.3.6.1.5.5.7.3.1"),
    ("CLIENT_AUTH", "1.3.6.1.5.5.7.3.2"),
    ("CODE_SIGNING", "1.3.6.1.5.5.7.3.3"),
    ("EMAIL_PROTECTION", "1.3.6.1.5.5.7.3.4"),
    ("TIME_STAMPING", "1.3.6.1.5.5.7.3.8"),
    ("OCSP_SIGNING", "1.3.6.1.5.5.7.3.9"),
    ("SMART_CARD_LOGIN", "1.3.6.1.4.1.311.20.2.2"),
    ("DOCUMENT_SIGNING", "1.3.6.1.4.1.311.10.3.12"),
    ("CERTIFICATE_TRANSPARENCY", "1.3.6.1.4.1.11129.2.4.4"),
];

impl ExtendedKeyUsage {
    pub(super) fn to_purpose(&self) -> Result<Oid, Refusal> {
        match (
            &self.extended_key_usage_type,
            &self.extended_key_usage_object_identifier,
        ) {
            (Some(name), None) => {
                let known = PURPOSES.iter().find(|(known, _)| known == name);
                let (_, text) = known.ok_or_else(|| {
                    refused(format!(
                        "The extended key usage `{}` is not known.",
                        crate::names::printable(name)
                    ))
                })?;
                oid(text)
            }
            (None, Some(text)) => oid(text),
            _ => Err(refused(
                "An extended key usage has either a type or an object identifier.",
            )),
        }
    }
}

impl PolicyInformation {
    pub(super) fn to_policy(&self) -> Result<CertificatePolicy, Refusal> {
        let qualifiers = self.policy_qualifiers.iter().flatten();
        Ok(CertificatePolicy {
            oid: oid(&self.cert_policy_id)?,
            practice_statements: qualifiers
                .map(|one| one.qualifier.cps_uri.clone())
                .collect(),
        })
    }
}

impl GivenExtension {
    pub(super) fn to_extension(&self) -> Result<CustomExtension, Refusal> {
        Ok(CustomExtension {
            oid: oid(&self.object_identifier)?,
            critical: self.critical.unwrap_or(false),
            value_der: STANDARD
                .decode_to_vec(&self.value)
                .map_err(|_| refused("The value of a custom extension is not base64."))?,
        })
    }
}

impl GeneralName {
    pub(super) fn to_name(&self) -> Result<AlternativeName, Refusal> {
        let mut found = Vec::new();
        if let Some(mailbox) = &self.rfc822_name {
            found.push(AlternativeName::Email(mailbox.clone()));
        }
        if let Some(host) = &self.dns_name {
            found.push(AlternativeName::Dns(host.clone()));
        }
        if let Some(uri) = &self.uniform_resource_identifier {
            found.push(AlternativeName::Uri(uri.clone()));
        }
        if let Some(address) = &self.ip_address {
            let address: IpAddr = address.parse().map_err(|_| {
                refused(format!(
                    "`{}` is not an IP address.",
                    crate::names::printable(address)
                ))
            })?;
            found.push(AlternativeName::Ip(address));
        }
        if let Some(name) = &self.directory_name {
            found.push(AlternativeName::Directory(name.to_subject()?));
        }
        if let Some(id) = &self.registered_id {
            found.push(AlternativeName::RegisteredId(oid(id)?));
        }
        if let Some(other) = &self.other_name {
            found.push(AlternativeName::Other {
                oid: oid(&other.type_id)?,
                value_der: utf8_string(&other.value)?,
            });
        }
        if self.edi_party_name.is_some() {
            return Err(refused("Names of the kind EdiPartyName are not served."));
        }
        match (found.pop(), found.is_empty()) {
            (Some(name), true) => Ok(name),
            _ => Err(refused("A GeneralName has exactly one of its members.")),
        }
    }
}

/// A UTF8String in DER; the model's texts have at most 256 characters.
fn utf8_string(text: &str) -> Result<Vec<u8>, Refusal> {
    let too_long = || refused("The value of an OtherName is too long.");
    let length = u16::try_from(text.len()).map_err(|_| too_long())?;
    let [high, low] = length.to_be_bytes();
    let mut der = vec![0x0c];
    match length {
        0..0x80 => der.push(low),
        0x80..0x100 => der.extend([0x81, low]),
        _ => der.extend([0x82, high, low]),
    }
    der.extend_from_slice(text.as_bytes());
    Ok(der)
}

/// What a signing request asks for, as extensions.
pub(super) fn csr_extensions(asked: &CsrExtensions) -> Result<Vec<CustomExtension>, Refusal> {
    if asked
        .subject_information_access
        .as_ref()
        .is_some_and(|list| !list.is_empty())
    {
        return Err(refused("SubjectInformationAccess is not served."));
    }
    let usage = asked
        .key_usage
        .filter(|usage| *usage != KeyUsageFlags::default());
    let extension = usage.map(|usage| -> Result<CustomExtension, Refusal> {
        Ok(CustomExtension {
            oid: oid("2.5.29.15")?,
            critical: true,
            value_der: usage.to_der(),
        })
    });
    extension.into_iter().collect()
}
