//! Profiles on the wire: members decoded into the domain's input, its rows encoded.

use anyrole_domain::profiles::{self as domain, Profile};
use anyrole_domain::{Call, Refusal, ResourceId, Site};
use anyrole_wire::rolesanywhere as wire;
use serde::Serialize;

use super::page;
use super::routes::Answer;
use super::trust_anchors::{refuse_unserved, tags};

fn detail(row: &Profile) -> wire::ProfileDetail<'_> {
    wire::ProfileDetail {
        profile_id: &row.id,
        profile_arn: &row.arn,
        name: &row.name,
        require_instance_properties: row.require_instance_properties,
        enabled: row.enabled,
        created_by: &row.created_by,
        session_policy: row.session_policy.as_deref(),
        role_arns: &row.role_arns,
        managed_policy_arns: &row.managed_policy_arns,
        created_at: row.created_at,
        updated_at: row.updated_at,
        duration_seconds: row.duration_seconds,
        accept_role_session_name: row.accept_role_session_name,
        attribute_mappings: row
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
    }
}

pub(super) async fn create(
    site: &Site,
    call: &Call,
    request: wire::CreateProfileRequest,
) -> Result<Answer, Refusal> {
    refuse_unserved(&request.unserved)?;
    let input = domain::CreateProfile {
        name: request.name,
        role_arns: request.role_arns,
        session_policy: request.session_policy,
        managed_policy_arns: request.managed_policy_arns.unwrap_or_default(),
        duration_seconds: request.duration_seconds,
        enabled: request.enabled,
        accept_role_session_name: request.accept_role_session_name,
        require_instance_properties: request.require_instance_properties,
        tags: tags(request.tags),
    };
    let row = domain::create_profile(site, call, input).await?;
    Answer::created("profile", detail(&row))
}

pub(super) fn list(site: &Site, call: &Call, query: &str) -> Result<Answer, Refusal> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct List<'a> {
        profiles: Vec<wire::ProfileDetail<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }
    let page = domain::list_profiles(site, call, &page::parse(query)?)?;
    let list = List {
        profiles: page.items.iter().map(|row| detail(row)).collect(),
        next_token: page::token(page.next.as_ref()),
    };
    Answer::whole(http::StatusCode::OK, &list)
}

pub(super) fn read(site: &Site, call: &Call, id: &ResourceId) -> Result<Answer, Refusal> {
    Answer::ok("profile", detail(&*domain::read_profile(site, call, id)?))
}

pub(super) async fn update(
    site: &Site,
    call: &Call,
    id: &ResourceId,
    request: wire::UpdateProfileRequest,
) -> Result<Answer, Refusal> {
    refuse_unserved(&request.unserved)?;
    let input = domain::UpdateProfile {
        name: request.name,
        role_arns: request.role_arns,
        session_policy: request.session_policy,
        managed_policy_arns: request.managed_policy_arns,
        duration_seconds: request.duration_seconds,
        accept_role_session_name: request.accept_role_session_name,
    };
    let row = domain::update_profile(site, call, id, input).await?;
    Answer::ok("profile", detail(&row))
}

pub(super) async fn delete(site: &Site, call: &Call, id: &ResourceId) -> Result<Answer, Refusal> {
    let row = domain::delete_profile(site, call, id).await?;
    Answer::ok("profile", detail(&row))
}

pub(super) async fn set_enabled(
    site: &Site,
    call: &Call,
    id: &ResourceId,
    enabled: bool,
) -> Result<Answer, Refusal> {
    let row = domain::set_profile_enabled(site, call, id, enabled).await?;
    Answer::ok("profile", detail(&row))
}
