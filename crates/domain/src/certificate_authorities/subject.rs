//! Distinguished names as the API has them (Private CA API reference, ASN1Subject): read from requests, kept in rows, and
//! turned into the names that certificates carry.

use serde::{Deserialize, Serialize};

/// A name by its attributes, or by custom attributes in an order of their own; members are the model's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DistinguishedName {
    /// Two letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// A legal name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// A part of the organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organizational_unit: Option<String>,
    /// Tells names apart that are alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinguished_name_qualifier: Option<String>,
    /// State or province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The common name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub common_name: Option<String>,
    /// A serial number of the holder, not of the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<String>,
    /// City.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    /// `Mr.`, say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surname: Option<String>,
    /// First name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Initials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initials: Option<String>,
    /// A shortened name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pseudonym: Option<String>,
    /// `Jr.`, say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation_qualifier: Option<String>,
    /// Attributes by object identifier; in place of all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_attributes: Option<Vec<CustomAttribute>>,
}

/// An attribute of a name by its object identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CustomAttribute {
    /// Dotted numbers.
    pub object_identifier: String,
    /// Its text.
    pub value: String,
}

impl DistinguishedName {
    /// Whether one of the members but custom attributes is given.
    pub(crate) fn has_standard_attributes(&self) -> bool {
        let standard = Self {
            custom_attributes: None,
            ..self.clone()
        };
        standard != Self::default()
    }

    /// Object identifiers with their values, in the order in which a certificate has them: from the general to the
    /// particular, as AWS writes them; custom attributes in their own order.
    pub fn attributes(&self) -> Vec<(&str, &str)> {
        if let Some(custom) = &self.custom_attributes {
            let pairs = custom.iter();
            return pairs
                .map(|one| (one.object_identifier.as_str(), one.value.as_str()))
                .collect();
        }
        [
            ("2.5.4.6", &self.country),
            ("2.5.4.10", &self.organization),
            ("2.5.4.11", &self.organizational_unit),
            ("2.5.4.46", &self.distinguished_name_qualifier),
            ("2.5.4.8", &self.state),
            ("2.5.4.3", &self.common_name),
            ("2.5.4.5", &self.serial_number),
            ("2.5.4.7", &self.locality),
            ("2.5.4.12", &self.title),
            ("2.5.4.4", &self.surname),
            ("2.5.4.42", &self.given_name),
            ("2.5.4.43", &self.initials),
            ("2.5.4.65", &self.pseudonym),
            ("2.5.4.44", &self.generation_qualifier),
        ]
        .into_iter()
        .filter_map(|(oid, value)| Some((oid, value.as_deref()?)))
        .filter(|(_, value)| !value.is_empty())
        .collect()
    }
}
