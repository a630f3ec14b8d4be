//! The whole route table of the control plane (Roles Anywhere API reference): method and path in, operation out.

use anyrole_domain::{Call, Refusal, ResourceId, Site};
use bytes::Bytes;
use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{profiles, trust_anchors};

/// A successful answer: status and JSON.
pub struct Answer {
    /// 200 or 201.
    pub status: StatusCode,
    /// The body.
    pub json: Vec<u8>,
}

impl Answer {
    /// 200 with one member.
    pub fn ok(member: &'static str, value: impl Serialize) -> Result<Self, Refusal> {
        Self::with(StatusCode::OK, member, value)
    }

    /// 201 with one member.
    pub fn created(member: &'static str, value: impl Serialize) -> Result<Self, Refusal> {
        Self::with(StatusCode::CREATED, member, value)
    }

    fn with(
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

/// One operation with what its path says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Operation {
    CreateTrustAnchor,
    ListTrustAnchors,
    GetTrustAnchor(ResourceId),
    UpdateTrustAnchor(ResourceId),
    DeleteTrustAnchor(ResourceId),
    SetTrustAnchorEnabled(ResourceId, bool),
    CreateProfile,
    ListProfiles,
    GetProfile(ResourceId),
    UpdateProfile(ResourceId),
    DeleteProfile(ResourceId),
    SetProfileEnabled(ResourceId, bool),
}

impl Operation {
    fn name(&self) -> &'static str {
        match self {
            Self::CreateTrustAnchor => "rolesanywhere:CreateTrustAnchor",
            Self::ListTrustAnchors => "rolesanywhere:ListTrustAnchors",
            Self::GetTrustAnchor(_) => "rolesanywhere:GetTrustAnchor",
            Self::UpdateTrustAnchor(_) => "rolesanywhere:UpdateTrustAnchor",
            Self::DeleteTrustAnchor(_) => "rolesanywhere:DeleteTrustAnchor",
            Self::SetTrustAnchorEnabled(_, true) => "rolesanywhere:EnableTrustAnchor",
            Self::SetTrustAnchorEnabled(_, false) => "rolesanywhere:DisableTrustAnchor",
            Self::CreateProfile => "rolesanywhere:CreateProfile",
            Self::ListProfiles => "rolesanywhere:ListProfiles",
            Self::GetProfile(_) => "rolesanywhere:GetProfile",
            Self::UpdateProfile(_) => "rolesanywhere:UpdateProfile",
            Self::DeleteProfile(_) => "rolesanywhere:DeleteProfile",
            Self::SetProfileEnabled(_, true) => "rolesanywhere:EnableProfile",
            Self::SetProfileEnabled(_, false) => "rolesanywhere:DisableProfile",
        }
    }
}

/// Finds the operation. The path is split before it is decoded: an ARN in it holds escaped slashes.
fn find(method: &Method, path: &str) -> Result<Operation, Refusal> {
    let mut segments = path.trim_matches('/').split('/');
    let found = (
        segments.next(),
        segments.next(),
        segments.next(),
        segments.next(),
    );
    let anchor = |id| resource_id("trustAnchorId", id);
    let profile = |id| resource_id("profileId", id);
    let operation = match (method.as_str(), found) {
        ("POST", (Some("trustanchors"), None, None, None)) => Operation::CreateTrustAnchor,
        ("GET", (Some("trustanchors"), None, None, None)) => Operation::ListTrustAnchors,
        ("GET", (Some("trustanchor"), Some(id), None, None)) => {
            Operation::GetTrustAnchor(anchor(id)?)
        }
        ("PATCH", (Some("trustanchor"), Some(id), None, None)) => {
            Operation::UpdateTrustAnchor(anchor(id)?)
        }
        ("DELETE", (Some("trustanchor"), Some(id), None, None)) => {
            Operation::DeleteTrustAnchor(anchor(id)?)
        }
        ("POST", (Some("trustanchor"), Some(id), Some(state @ ("enable" | "disable")), None)) => {
            Operation::SetTrustAnchorEnabled(anchor(id)?, state == "enable")
        }
        ("POST", (Some("profiles"), None, None, None)) => Operation::CreateProfile,
        ("GET", (Some("profiles"), None, None, None)) => Operation::ListProfiles,
        ("GET", (Some("profile"), Some(id), None, None)) => Operation::GetProfile(profile(id)?),
        ("PATCH", (Some("profile"), Some(id), None, None)) => {
            Operation::UpdateProfile(profile(id)?)
        }
        ("DELETE", (Some("profile"), Some(id), None, None)) => {
            Operation::DeleteProfile(profile(id)?)
        }
        ("POST", (Some("profile"), Some(id), Some(state @ ("enable" | "disable")), None)) => {
            Operation::SetProfileEnabled(profile(id)?, state == "enable")
        }
        _ => return Err(Refusal::not_implemented(&format!("{method} {path}"))),
    };
    Ok(operation)
}

fn resource_id(member: &str, segment: &str) -> Result<ResourceId, Refusal> {
    let decoded = percent_decode_str(segment)
        .decode_utf8()
        .map_err(|_| Refusal::validation(format!("The path's {member} is not UTF-8.")))?;
    ResourceId::parse(member, &decoded)
}

/// The operation's name for the log and the audit trail.
pub fn operation_name(method: &Method, path: &str) -> &'static str {
    find(method, path).map_or("rolesanywhere:Unknown", |operation| operation.name())
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
    match find(method, path)? {
        Operation::CreateTrustAnchor => trust_anchors::create(site, call, decode(body)?).await,
        Operation::ListTrustAnchors => trust_anchors::list(site, call, query),
        Operation::GetTrustAnchor(id) => trust_anchors::read(site, call, &id),
        Operation::UpdateTrustAnchor(id) => {
            trust_anchors::update(site, call, &id, decode(body)?).await
        }
        Operation::DeleteTrustAnchor(id) => trust_anchors::delete(site, call, &id).await,
        Operation::SetTrustAnchorEnabled(id, enabled) => {
            trust_anchors::set_enabled(site, call, &id, enabled).await
        }
        Operation::CreateProfile => profiles::create(site, call, decode(body)?).await,
        Operation::ListProfiles => profiles::list(site, call, query),
        Operation::GetProfile(id) => profiles::read(site, call, &id),
        Operation::UpdateProfile(id) => profiles::update(site, call, &id, decode(body)?).await,
        Operation::DeleteProfile(id) => profiles::delete(site, call, &id).await,
        Operation::SetProfileEnabled(id, enabled) => {
            profiles::set_enabled(site, call, &id, enabled).await
        }
    }
}

fn decode<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        Refusal::validation(format!(
            "The request's body is not what this operation takes: {error}"
        ))
    })
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
            ("GET", "/crls".to_owned(), "rolesanywhere:Unknown"),
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

    #[test]
    fn what_is_no_id_is_a_validation_error() {
        let refusal = find(&Method::GET, "/profile/nonsense").unwrap_err();
        assert_eq!(refusal.kind, anyrole_domain::Kind::Validation);
    }
}
