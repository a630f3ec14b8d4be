//! Profiles on the wire: members decoded into the domain's input, its rows encoded.

use anyrole_domain::profiles::{self as domain, Profile};
use anyrole_domain::{Call, Refusal, Site};
use anyrole_wire::rolesanywhere as wire;

use super::given::Given;
use super::resources::{OnWire, alias, created, updated};
use super::routes::Answer;
use super::tags::tags;

impl OnWire for Profile {
    const ONE: &'static str = "profile";
    const ID: &'static str = "profileId";
    const MANY: &'static str = "profiles";
    type Detail<'a> = wire::ProfileDetail<'a>;

    fn detail<'a>(&'a self, previous_alias: Option<&'a str>) -> wire::ProfileDetail<'a> {
        let row = &self.resource;
        wire::ProfileDetail {
            profile_id: &row.id,
            profile_arn: &row.arn,
            name: &row.name,
            require_instance_properties: self.require_instance_properties,
            enabled: row.enabled,
            created_by: &self.created_by,
            session_policy: self.session_policy.as_deref(),
            role_arns: &self.role_arns,
            managed_policy_arns: &self.managed_policy_arns,
            created_at: row.created_at,
            updated_at: row.updated_at,
            duration_seconds: self.duration_seconds,
            accept_role_session_name: self.accept_role_session_name,
            attribute_mappings: self
                .attribute_mappings
                .iter()
                .map(|mapping| wire::AttributeMapping {
                    certificate_field: mapping.certificate_field.as_str(),
                    mapping_rules: mapping
                        .specifiers
                        .iter()
                        .map(|specifier| wire::MappingRule { specifier })
                        .collect(),
                })
                .collect(),
            alias: alias(row, previous_alias),
        }
    }
}

pub(super) async fn create(site: &Site, call: &Call, given: Given) -> Result<Answer, Refusal> {
    let request: wire::CreateProfileRequest = given.decode()?;
    let input = domain::CreateProfile {
        name: request.name,
        role_arns: request.role_arns,
        session_policy: request.session_policy,
        managed_policy_arns: request.managed_policy_arns.unwrap_or_default(),
        duration_seconds: request.duration_seconds,
        enabled: request.enabled,
        accept_role_session_name: request.accept_role_session_name,
        require_instance_properties: request.require_instance_properties,
        alias: request.alias_name,
        tags: tags(request.tags),
    };
    let row = domain::create_profile(site, call, input).await?;
    created(&*row)
}

pub(super) async fn update(site: &Site, call: &Call, given: Given) -> Result<Answer, Refusal> {
    let id = given.id(Profile::ID);
    let request: wire::UpdateProfileRequest = given.decode()?;
    let input = domain::UpdateProfile {
        name: request.name,
        role_arns: request.role_arns,
        session_policy: request.session_policy,
        managed_policy_arns: request.managed_policy_arns,
        duration_seconds: request.duration_seconds,
        accept_role_session_name: request.accept_role_session_name,
        alias: request.alias_name,
    };
    let row = domain::update_profile(site, call, &id, input).await?;
    updated(&row)
}
