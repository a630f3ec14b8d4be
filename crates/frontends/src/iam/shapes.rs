//! What IAM's answers have in common: times, tags, attached policies and boundaries.

use anyrole_domain::identities::AttachedPolicy;
use anyrole_domain::{LastUse, Tag};
use anyrole_wire::aws_query::Xml;
use jiff::Timestamp;

/// As IAM writes times: whole seconds, UTC.
pub fn whole_seconds(at: Timestamp) -> String {
    format!("{at:.0}")
}

/// The element `Tags`.
pub fn tags(xml: &mut Xml, tags: &[Tag]) {
    xml.element("Tags", |xml| {
        for tag in tags {
            xml.element("member", |xml| {
                xml.text("Key", &tag.key).text("Value", &tag.value);
            });
        }
    });
}

/// The element `Tags`, where there are some.
pub fn some_tags(xml: &mut Xml, of: &[Tag]) {
    if !of.is_empty() {
        tags(xml, of);
    }
}

/// A list of attached managed policies.
pub fn attached_policies(xml: &mut Xml, element: &str, policies: &[AttachedPolicy]) {
    xml.element(element, |xml| {
        for policy in policies {
            xml.element("member", |xml| {
                xml.text("PolicyName", &policy.name)
                    .text("PolicyArn", &policy.arn);
            });
        }
    });
}

/// The element `RoleLastUsed`; empty where no session of the role was used.
pub fn role_last_used(xml: &mut Xml, last: Option<&LastUse>) {
    xml.element("RoleLastUsed", |xml| {
        if let Some(last) = last {
            xml.text("LastUsedDate", &whole_seconds(last.used_at))
                .text("Region", &last.region);
        }
    });
}

/// The element `PermissionsBoundary`, where there is one.
pub fn permissions_boundary(xml: &mut Xml, arn: Option<&str>) {
    if let Some(arn) = arn {
        xml.element("PermissionsBoundary", |xml| {
            xml.text("PermissionsBoundaryType", "Policy")
                .text("PermissionsBoundaryArn", arn);
        });
    }
}
