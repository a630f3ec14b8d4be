//! The whole route table of the control plane (Roles Anywhere API reference): method and path in, operation out.

use anyrole_domain::profiles::Profile;
use anyrole_domain::trust_anchors::TrustAnchor;
use anyrole_domain::{Call, Refusal, ResourceId, Site};
use bytes::Bytes;
use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{profiles, resources, trust_anchors};

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
}

/// A row of the table. A segment in braces is an identifier, and is called so in errors.
struct Route {
    method: &'static str,
    path: &'static str,
    operation: Operation,
    name: &'static str,
}

const fn row(
    method: &'static str,
    path: &'static str,
    operation: Operation,
    name: &'static str,
) -> Route {
    Route {
        method,
        path,
        operation,
        name,
    }
}

#[rustfmt::skip]
const ROUTES: &[Route] = &[
    row("POST", "trustanchors", Operation::CreateTrustAnchor, "rolesanywhere:CreateTrustAnchor"),
    row("GET", "trustanchors", Operation::ListTrustAnchors, "rolesanywhere:ListTrustAnchors"),
    row("GET", "trustanchor/{trustAnchorId}", Operation::GetTrustAnchor, "rolesanywhere:GetTrustAnchor"),
    row("PATCH", "trustanchor/{trustAnchorId}", Operation::UpdateTrustAnchor, "rolesanywhere:UpdateTrustAnchor"),
    row("DELETE", "trustanchor/{trustAnchorId}", Operation::DeleteTrustAnchor, "rolesanywhere:DeleteTrustAnchor"),
    row("POST", "trustanchor/{trustAnchorId}/enable", Operation::EnableTrustAnchor, "rolesanywhere:EnableTrustAnchor"),
    row("POST", "trustanchor/{trustAnchorId}/disable", Operation::DisableTrustAnchor, "rolesanywhere:DisableTrustAnchor"),
    row("POST", "profiles", Operation::CreateProfile, "rolesanywhere:CreateProfile"),
    row("GET", "profiles", Operation::ListProfiles, "rolesanywhere:ListProfiles"),
    row("GET", "profile/{profileId}", Operation::GetProfile, "rolesanywhere:GetProfile"),
    row("PATCH", "profile/{profileId}", Operation::UpdateProfile, "rolesanywhere:UpdateProfile"),
    row("DELETE", "profile/{profileId}", Operation::DeleteProfile, "rolesanywhere:DeleteProfile"),
    row("POST", "profile/{profileId}/enable", Operation::EnableProfile, "rolesanywhere:EnableProfile"),
    row("POST", "profile/{profileId}/disable", Operation::DisableProfile, "rolesanywhere:DisableProfile"),
];

/// A row that fits, with the identifier as it stands in the path.
struct Found<'a> {
    route: &'static Route,
    member: &'static str,
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
    let mut found = Found {
        route,
        member: "",
        segment: "",
    };
    let mut segments = path.trim_matches('/').split('/');
    for expected in route.path.split('/') {
        let segment = segments.next()?;
        match expected
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        {
            Some(member) => (found.member, found.segment) = (member, segment),
            None if expected == segment => {}
            None => return None,
        }
    }
    segments.next().is_none().then_some(found)
}

impl Found<'_> {
    fn id(&self) -> Result<ResourceId, Refusal> {
        let decoded = percent_decode_str(self.segment)
            .decode_utf8()
            .map_err(|_| {
                Refusal::validation(format!("The path's {} is not UTF-8.", self.member))
            })?;
        ResourceId::parse(self.member, &decoded)
    }
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
    let id = || found.id();
    match found.route.operation {
        Operation::CreateTrustAnchor => trust_anchors::create(site, call, decode(body)?).await,
        Operation::ListTrustAnchors => resources::list::<TrustAnchor>(site, call, query),
        Operation::GetTrustAnchor => resources::read::<TrustAnchor>(site, call, &id()?),
        Operation::UpdateTrustAnchor => {
            trust_anchors::update(site, call, &id()?, decode(body)?).await
        }
        Operation::DeleteTrustAnchor => resources::delete::<TrustAnchor>(site, call, &id()?).await,
        Operation::EnableTrustAnchor => {
            resources::set_enabled::<TrustAnchor>(site, call, &id()?, true).await
        }
        Operation::DisableTrustAnchor => {
            resources::set_enabled::<TrustAnchor>(site, call, &id()?, false).await
        }
        Operation::CreateProfile => profiles::create(site, call, decode(body)?).await,
        Operation::ListProfiles => resources::list::<Profile>(site, call, query),
        Operation::GetProfile => resources::read::<Profile>(site, call, &id()?),
        Operation::UpdateProfile => profiles::update(site, call, &id()?, decode(body)?).await,
        Operation::DeleteProfile => resources::delete::<Profile>(site, call, &id()?).await,
        Operation::EnableProfile => {
            resources::set_enabled::<Profile>(site, call, &id()?, true).await
        }
        Operation::DisableProfile => {
            resources::set_enabled::<Profile>(site, call, &id()?, false).await
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
        let found = find(&Method::GET, "/profile/nonsense").ok().unwrap();
        let refusal = found.id().unwrap_err();
        assert_eq!(refusal.kind, anyrole_domain::Kind::Validation);
    }
}
