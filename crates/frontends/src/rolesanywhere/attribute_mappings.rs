//! Attribute mappings on the wire: a certificate field with its specifiers in, the profile out.

use anyrole_domain::attribute_mappings::{delete_attribute_mapping, put_attribute_mapping};
use anyrole_domain::profiles::{CertificateField, Profile};
use anyrole_domain::{Call, Refusal, Site};
use anyrole_wire::rolesanywhere as wire;

use super::given::Given;
use super::resources::{OnWire as _, ok};
use super::routes::Answer;

/// The model's constraints were checked: another name does not come so far.
fn field(name: &str) -> Result<CertificateField, Refusal> {
    CertificateField::parse(name)
        .ok_or_else(|| Refusal::internal(format!("`{name}` is no certificate field")))
}

pub(super) async fn put(site: &Site, call: &Call, given: Given) -> Result<Answer, Refusal> {
    let id = given.id(Profile::ID);
    let request: wire::PutAttributeMappingRequest = given.decode()?;
    let field = field(&request.certificate_field)?;
    let rules = request.mapping_rules.into_iter();
    let specifiers = rules.map(|rule| rule.specifier).collect();
    ok(&*put_attribute_mapping(site, call, &id, field, specifiers).await?)
}

pub(super) async fn delete(site: &Site, call: &Call, given: Given) -> Result<Answer, Refusal> {
    let id = given.id(Profile::ID);
    let request: wire::DeleteAttributeMappingRequest = given.decode()?;
    let field = field(&request.certificate_field)?;
    ok(&*delete_attribute_mapping(site, call, &id, field, request.specifiers).await?)
}
