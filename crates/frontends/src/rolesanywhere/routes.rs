//! The whole route table of the control plane (Roles Anywhere API reference): method and path in, operation out.

use anyrole_domain::crls::Crl;
use anyrole_domain::profiles::Profile;
use anyrole_domain::trust_anchors::TrustAnchor;
use anyrole_domain::{Call, Refusal, Site};
use anyrole_wire::rolesanywhere::inputs::{self, Input};
use bytes::Bytes;
use http::{Method, StatusCode};
use serde::Serialize;

use super::given::Given;
use super::{
    attribute_mappings, crls, notification_settings, profiles, resources, subjects, tags,
    trust_anchors,
};

/// A successful answer: status and JSON.
pub struct Answer {
    /// 200 or 201.
    pub status: StatusCode,
    /// The body.
    pub json: Vec<u8>,
}

impl Answer {
    /// A body of one member.
    pub(super) fn with(
        status: StatusCode,
        member: &'static str,
        value: impl Serialize,
    ) -> Result<Self, Refusal> {
        Self::whole(status, &std::collections::BTreeMap::from([(member, value)]))
    }

    /// A whole body.
    pub fn whole(status: StatusCode, body: &impl Serialize) -> Result<Self, Refusal> {
        let json =
            serde_json::to_vec(body).map_err(|error| Refusal::internal(error.to_string()))?;
        Ok(Self { status, json })
    }
}

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    CreateTrustAnchor,
    ListTrustAnchors,
    GetTrustAnchor,
    UpdateTrustAnchor,
    DeleteTrustAnchor,
    EnableTrustAnchor,
    DisableTrustAnchor,
    CreateProfile,
    ListProfiles,
    GetProfile,
    UpdateProfile,
    DeleteProfile,
    EnableProfile,
    DisableProfile,
    PutAttributeMapping,
    DeleteAttributeMapping,
    PutNotificationSettings,
    ResetNotificationSettings,
    GetSubject,
    ListSubjects,
    ImportCrl,
    ListCrls,
    GetCrl,
    UpdateCrl,
    DeleteCrl,
    EnableCrl,
    DisableCrl,
    TagResource,
    UntagResource,
    ListTagsForResource,
}

/// A row of the table. A segment in braces is an identifier, and is called so in errors.
struct Route {
    method: &'static str,
    path: &'static str,
    operation: Operation,
    name: &'static str,
    input: Input,
}

const fn row(
    method: &'static str,
    path: &'static str,
    operation: Operation,
    name: &'static str,
    input: Input,
) -> Route {
    Route {
        method,
        path,
        operation,
        name,
        input,
    }
}

#[rustfmt::skip]
const ROUTES: &[Route] = &[
    row("POST", "trustanchors", Operation::CreateTrustAnchor, "rolesanywhere:CreateTrustAnchor", inputs::CREATE_TRUST_ANCHOR),
    row("GET", "trustanchors", Operation::ListTrustAnchors, "rolesanywhere:ListTrustAnchors", inputs::LIST),
    row("GET", "trustanchor/{trustAnchorId}", Operation::GetTrustAnchor, "rolesanywhere:GetTrustAnchor", inputs::SCALAR_TRUST_ANCHOR),
    row("PATCH", "trustanchor/{trustAnchorId}", Operation::UpdateTrustAnchor, "rolesanywhere:UpdateTrustAnchor", inputs::UPDATE_TRUST_ANCHOR),
    row("DELETE", "trustanchor/{trustAnchorId}", Operation::DeleteTrustAnchor, "rolesanywhere:DeleteTrustAnchor", inputs::SCALAR_TRUST_ANCHOR),
    row("POST", "trustanchor/{trustAnchorId}/enable", Operation::EnableTrustAnchor, "rolesanywhere:EnableTrustAnchor", inputs::SCALAR_TRUST_ANCHOR),
    row("POST", "trustanchor/{trustAnchorId}/disable", Operation::DisableTrustAnchor, "rolesanywhere:DisableTrustAnchor", inputs::SCALAR_TRUST_ANCHOR),
    row("POST", "profiles", Operation::CreateProfile, "rolesanywhere:CreateProfile", inputs::CREATE_PROFILE),
    row("GET", "profiles", Operation::ListProfiles, "rolesanywhere:ListProfiles", inputs::LIST),
    row("GET", "profile/{profileId}", Operation::GetProfile, "rolesanywhere:GetProfile", inputs::SCALAR_PROFILE),
    row("PATCH", "profile/{profileId}", Operation::UpdateProfile, "rolesanywhere:UpdateProfile", inputs::UPDATE_PROFILE),
    row("DELETE", "profile/{profileId}", Operation::DeleteProfile, "rolesanywhere:DeleteProfile", inputs::SCALAR_PROFILE),
    row("POST", "profile/{profileId}/enable", Operation::EnableProfile, "rolesanywhere:EnableProfile", inputs::SCALAR_PROFILE),
    row("POST", "profile/{profileId}/disable", Operation::DisableProfile, "rolesanywhere:DisableProfile", inputs::SCALAR_PROFILE),
    row("PUT", "profiles/{profileId}/mappings", Operation::PutAttributeMapping, "rolesanywhere:PutAttributeMapping", inputs::PUT_ATTRIBUTE_MAPPING),
    row("DELETE", "profiles/{profileId}/mappings", Operation::DeleteAttributeMapping, "rolesanywhere:DeleteAttributeMapping", inputs::DELETE_ATTRIBUTE_MAPPING),
    row("PATCH", "put-notifications-settings", Operation::PutNotificationSettings, "rolesanywhere:PutNotificationSettings", inputs::PUT_NOTIFICATION_SETTINGS),
    row("PATCH", "reset-notifications-settings", Operation::ResetNotificationSettings, "rolesanywhere:ResetNotificationSettings", inputs::RESET_NOTIFICATION_SETTINGS),
    row("GET", "subject/{subjectId}", Operation::GetSubject, "rolesanywhere:GetSubject", inputs::SCALAR_SUBJECT),
    row("GET", "subjects", Operation::ListSubjects, "rolesanywhere:ListSubjects", inputs::LIST),
    row("POST", "crls", Operation::ImportCrl, "rolesanywhere:ImportCrl", inputs::IMPORT_CRL),
    row("GET", "crls", Operation::ListCrls, "rolesanywhere:ListCrls", inputs::LIST),
    row("GET", "crl/{crlId}", Operation::GetCrl, "rolesanywhere:GetCrl", inputs::SCALAR_CRL),
    row("PATCH", "crl/{crlId}", Operation::UpdateCrl, "rolesanywhere:UpdateCrl", inputs::UPDATE_CRL),
    row("DELETE", "crl/{crlId}", Operation::DeleteCrl, "rolesanywhere:DeleteCrl", inputs::SCALAR_CRL),
    row("POST", "crl/{crlId}/enable", Operation::EnableCrl, "rolesanywhere:EnableCrl", inputs::SCALAR_CRL),
    row("POST", "crl/{crlId}/disable", Operation::DisableCrl, "rolesanywhere:DisableCrl", inputs::SCALAR_CRL),
    row("POST", "TagResource", Operation::TagResource, "rolesanywhere:TagResource", inputs::TAG_RESOURCE),
    row("POST", "UntagResource", Operation::UntagResource, "rolesanywhere:UntagResource", inputs::UNTAG_RESOURCE),
    row("GET", "ListTagsForResource", Operation::ListTagsForResource, "rolesanywhere:ListTagsForResource", inputs::LIST_TAGS_FOR_RESOURCE),
];

/// A row that fits, with the identifier as it stands in the path.
struct Found<'a> {
    route: &'static Route,
    segment: &'a str,
}

/// Finds the operation. The path is split before it is decoded: an ARN in it holds escaped slashes.
fn find<'a>(method: &Method, path: &'a str) -> Result<Found<'a>, Refusal> {
    ROUTES
        .iter()
        .filter(|route| route.method == method.as_str())
        .find_map(|route| fits(route, path))
        .ok_or_else(|| Refusal::not_implemented(&format!("{method} {path}")))
}

fn fits<'a>(route: &'static Route, path: &'a str) -> Option<Found<'a>> {
    let mut found = Found { route, segment: "" };
    let mut segments = path.trim_matches('/').split('/');
    for expected in route.path.split('/') {
        let segment = segments.next()?;
        if expected.starts_with('{') {
            found.segment = segment;
        } else if expected != segment {
            return None;
        }
    }
    segments.next().is_none().then_some(found)
}

/// The operation's name for the log and the audit trail.
pub fn operation_name(method: &Method, path: &str) -> &'static str {
    find(method, path).map_or("rolesanywhere:Unknown", |found| found.route.name)
}

/// Decodes, calls the domain, encodes.
pub async fn serve(
    site: &Site,
    call: &Call,
    method: &Method,
    path: &str,
    query: &str,
    body: &Bytes,
) -> Result<Answer, Refusal> {
    let found = find(method, path)?;
    site.admit(found.route.name, &call.origin)?;
    let given = Given::read(found.route.input, found.segment, query, body)?;
    match found.route.operation {
        Operation::CreateTrustAnchor => trust_anchors::create(site, call, given).await,
        Operation::ListTrustAnchors => resources::list::<TrustAnchor>(site, call, given),
        Operation::GetTrustAnchor => resources::read::<TrustAnchor>(site, call, &given),
        Operation::UpdateTrustAnchor => trust_anchors::update(site, call, given).await,
        Operation::DeleteTrustAnchor => resources::delete::<TrustAnchor>(site, call, &given).await,
        Operation::EnableTrustAnchor => {
            resources::set_enabled::<TrustAnchor>(site, call, &given, true).await
        }
        Operation::DisableTrustAnchor => {
            resources::set_enabled::<TrustAnchor>(site, call, &given, false).await
        }
        Operation::CreateProfile => profiles::create(site, call, given).await,
        Operation::ListProfiles => resources::list::<Profile>(site, call, given),
        Operation::GetProfile => resources::read::<Profile>(site, call, &given),
        Operation::UpdateProfile => profiles::update(site, call, given).await,
        Operation::DeleteProfile => resources::delete::<Profile>(site, call, &given).await,
        Operation::EnableProfile => {
            resources::set_enabled::<Profile>(site, call, &given, true).await
        }
        Operation::DisableProfile => {
            resources::set_enabled::<Profile>(site, call, &given, false).await
        }
        Operation::PutAttributeMapping => attribute_mappings::put(site, call, given).await,
        Operation::DeleteAttributeMapping => attribute_mappings::delete(site, call, given).await,
        Operation::PutNotificationSettings => notification_settings::put(site, call, given).await,
        Operation::ResetNotificationSettings => {
            notification_settings::reset(site, call, given).await
        }
        Operation::GetSubject => subjects::read(site, call, &given).await,
        Operation::ListSubjects => subjects::list(site, call, given).await,
        Operation::ImportCrl => crls::import(site, call, given).await,
        Operation::ListCrls => resources::list::<Crl>(site, call, given),
        Operation::GetCrl => resources::read::<Crl>(site, call, &given),
        Operation::UpdateCrl => crls::update(site, call, given).await,
        Operation::DeleteCrl => resources::delete::<Crl>(site, call, &given).await,
        Operation::EnableCrl => resources::set_enabled::<Crl>(site, call, &given, true).await,
        Operation::DisableCrl => resources::set_enabled::<Crl>(site, call, &given, false).await,
        Operation::TagResource => tags::tag(site, call, given).await,
        Operation::UntagResource => tags::untag(site, call, given).await,
        Operation::ListTagsForResource => tags::list(site, call, &given).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "6f1cd1f4-6d1d-4b5c-8f4b-7f3f5e1a0c11";

    fn name(method: &str, path: &str) -> &'static str {
        operation_name(&method.parse().unwrap(), path)
    }

    #[test]
    fn paths_lead_to_operations() {
        for (method, path, expected) in [
            (
                "POST",
                "/trustanchors".to_owned(),
                "rolesanywhere:CreateTrustAnchor",
            ),
            (
                "GET",
                "/trustanchors".to_owned(),
                "rolesanywhere:ListTrustAnchors",
            ),
            (
                "PATCH",
                format!("/trustanchor/{ID}"),
                "rolesanywhere:UpdateTrustAnchor",
            ),
            (
                "POST",
                format!("/trustanchor/{ID}/disable"),
                "rolesanywhere:DisableTrustAnchor",
            ),
            (
                "POST",
                format!("/profile/{ID}/enable"),
                "rolesanywhere:EnableProfile",
            ),
            (
                "DELETE",
                format!("/profile/{ID}"),
                "rolesanywhere:DeleteProfile",
            ),
            ("GET", format!("/subject/{ID}"), "rolesanywhere:GetSubject"),
            ("GET", "/subjects".to_owned(), "rolesanywhere:ListSubjects"),
            (
                "PUT",
                format!("/profiles/{ID}/mappings"),
                "rolesanywhere:PutAttributeMapping",
            ),
            (
                "DELETE",
                format!("/profiles/{ID}/mappings"),
                "rolesanywhere:DeleteAttributeMapping",
            ),
            (
                "PATCH",
                "/put-notifications-settings".to_owned(),
                "rolesanywhere:PutNotificationSettings",
            ),
            (
                "PATCH",
                "/reset-notifications-settings".to_owned(),
                "rolesanywhere:ResetNotificationSettings",
            ),
            ("GET", "/crl".to_owned(), "rolesanywhere:Unknown"),
            ("PUT", format!("/profile/{ID}"), "rolesanywhere:Unknown"),
            (
                "POST",
                format!("/profile/{ID}/enable/x"),
                "rolesanywhere:Unknown",
            ),
        ] {
            assert_eq!(name(method, &path), expected, "{method} {path}");
        }
    }

    #[test]
    fn an_arn_in_the_path_is_one_segment() {
        let arn = format!("arn%3Aaws%3Arolesanywhere%3Aus-east-1%3A000000000000%3Aprofile%2F{ID}");
        assert_eq!(
            name("GET", &format!("/profile/{arn}")),
            "rolesanywhere:GetProfile"
        );
    }
}
