//! GetAccountAuthorizationDetails on the wire.

use std::collections::BTreeMap;

use anyrole_domain::account_details::{Detail, DetailKind, read_account_authorization_details};
use anyrole_domain::identities::AttachedPolicy;
use anyrole_domain::instance_profiles::InstanceProfileView;
use anyrole_domain::managed_policies::PolicyView;
use anyrole_domain::roles::RoleView;
use anyrole_domain::users::{Group, User};
use anyrole_domain::{Call, Site};
use anyrole_wire::aws_query::{Xml, encode_document};

use super::shapes::{
    attached_policies, permissions_boundary, role_last_used, some_tags, whole_seconds,
};
use crate::given::Given;
use crate::query_route::{Answer, page, paged};

fn kind(name: &str) -> Option<DetailKind> {
    Some(match name {
        "User" => DetailKind::User,
        "Group" => DetailKind::Group,
        "Role" => DetailKind::Role,
        "AWSManagedPolicy" => DetailKind::AwsManagedPolicy,
        "LocalManagedPolicy" => DetailKind::LocalManagedPolicy,
        _ => return None,
    })
}

pub(super) async fn read(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:GetAccountAuthorizationDetails";
    let request = page(site, LIST, &given)?;
    let names = given.texts("filter")?;
    let kinds: Vec<DetailKind> = names.iter().filter_map(|name| kind(name)).collect();
    let details = read_account_authorization_details(site, call, &kinds, &request).await?;
    paged(site, LIST, details.next, move |xml| {
        for list in [
            "UserDetailList",
            "GroupDetailList",
            "RoleDetailList",
            "Policies",
        ] {
            xml.element(list, |xml| {
                let of_list = details
                    .items
                    .iter()
                    .filter(|detail| list_of(detail) == list);
                for detail in of_list {
                    xml.element("member", |xml| write(xml, detail));
                }
            });
        }
    })
}

fn list_of(detail: &Detail) -> &'static str {
    match detail {
        Detail::User(..) => "UserDetailList",
        Detail::Group(..) => "GroupDetailList",
        Detail::Role(..) => "RoleDetailList",
        Detail::Policy(_) => "Policies",
    }
}

fn write(xml: &mut Xml, detail: &Detail) {
    match detail {
        Detail::User(row, attached, groups) => user(xml, row, attached, groups),
        Detail::Group(row, attached) => group(xml, row, attached),
        Detail::Role(view, attached, profiles) => role(xml, view, attached, profiles),
        Detail::Policy(view) => policy(xml, view),
    }
}

fn inline_policies(xml: &mut Xml, element: &str, policies: &BTreeMap<String, String>) {
    xml.element(element, |xml| {
        for (name, document) in policies {
            xml.element("member", |xml| {
                xml.text("PolicyName", name)
                    .text("PolicyDocument", &encode_document(document));
            });
        }
    });
}

fn user(xml: &mut Xml, row: &User, attached: &[AttachedPolicy], groups: &[String]) {
    super::users::user(xml, row);
    inline_policies(xml, "UserPolicyList", &row.inline_policies);
    xml.element("GroupList", |xml| {
        for name in groups {
            xml.text("member", name);
        }
    });
    attached_policies(xml, "AttachedManagedPolicies", attached);
    permissions_boundary(xml, row.boundary.as_deref());
    some_tags(xml, &row.tags);
}

fn group(xml: &mut Xml, row: &Group, attached: &[AttachedPolicy]) {
    super::groups::group(xml, row);
    inline_policies(xml, "GroupPolicyList", &row.inline_policies);
    attached_policies(xml, "AttachedManagedPolicies", attached);
}

fn role(
    xml: &mut Xml,
    view: &RoleView,
    attached: &[AttachedPolicy],
    profiles: &[InstanceProfileView],
) {
    let row = &view.row;
    xml.text("Path", &row.path)
        .text("RoleName", &row.name)
        .text("RoleId", &row.id)
        .text("Arn", &row.arn)
        .text("CreateDate", &whole_seconds(row.created_at))
        .text(
            "AssumeRolePolicyDocument",
            &encode_document(&view.trust_policy),
        );
    xml.element("InstanceProfileList", |xml| {
        for profile in profiles {
            xml.element("member", |xml| {
                super::instance_profiles::listed_profile(xml, profile)
            });
        }
    });
    inline_policies(xml, "RolePolicyList", &row.inline_policies);
    attached_policies(xml, "AttachedManagedPolicies", attached);
    permissions_boundary(xml, row.boundary.as_deref());
    some_tags(xml, &row.tags);
    role_last_used(xml, view.last_use.as_ref());
}

fn policy(xml: &mut Xml, view: &PolicyView) {
    let row = &view.row;
    xml.text("PolicyName", &row.name)
        .text("PolicyId", &row.id)
        .text("Arn", &row.arn)
        .text("Path", &row.path)
        .text("DefaultVersionId", &format!("v{}", row.default_version))
        .text("AttachmentCount", &view.attachments.to_string())
        .text(
            "PermissionsBoundaryUsageCount",
            &view.boundaries.to_string(),
        )
        .text("IsAttachable", "true")
        .optional("Description", row.description.as_deref())
        .text("CreateDate", &whole_seconds(row.created_at))
        .text("UpdateDate", &whole_seconds(row.updated_at));
    xml.element("PolicyVersionList", |xml| {
        for (number, version) in row.versions.iter().rev() {
            let is_default = *number == row.default_version;
            xml.element("member", |xml| {
                xml.text("Document", &encode_document(&version.document))
                    .text("VersionId", &format!("v{number}"))
                    .text(
                        "IsDefaultVersion",
                        if is_default { "true" } else { "false" },
                    )
                    .text("CreateDate", &whole_seconds(version.created_at));
            });
        }
    });
}
