//! Roles on the wire: parameters decoded into the domain's input, its rows encoded.

use anyrole_domain::roles::{self as domain, Role};
use anyrole_domain::{Call, Refusal, Site, Tag};
use anyrole_wire::aws_query::{Parameters, Xml, encode_document};
use jiff::Timestamp;

use super::routes::{Result, number, page, page_end, required};

/// As IAM writes times: whole seconds, UTC.
fn whole_seconds(at: Timestamp) -> String {
    format!("{at:.0}")
}

fn role(xml: &mut Xml, row: &Role, with_tags: bool) {
    xml.text("Path", &row.path)
        .text("RoleName", &row.name)
        .text("RoleId", &row.id)
        .text("Arn", &row.arn)
        .text("CreateDate", &whole_seconds(row.created_at))
        .text(
            "AssumeRolePolicyDocument",
            &encode_document(&row.assume_role_policy),
        )
        .optional("Description", row.description.as_deref())
        .text("MaxSessionDuration", &row.max_session_duration.to_string());
    if with_tags && !row.tags.is_empty() {
        xml.element("Tags", |xml| {
            for tag in &row.tags {
                xml.element("member", |xml| {
                    xml.text("Key", &tag.key).text("Value", &tag.value);
                });
            }
        });
    }
}

pub(super) async fn create(site: &Site, call: &Call, parameters: &Parameters) -> Result {
    let text = |name: &str| parameters.text(name).map(str::to_owned);
    if parameters.text("PermissionsBoundary").is_some() {
        // A role without the boundary that was asked for would be allowed too much.
        return Err(Refusal::not_implemented("iam:PutRolePermissionsBoundary"));
    }
    let input = domain::CreateRole {
        name: required(parameters, "RoleName")?.to_owned(),
        path: text("Path"),
        assume_role_policy: required(parameters, "AssumeRolePolicyDocument")?.to_owned(),
        description: text("Description"),
        max_session_duration: number(parameters, "MaxSessionDuration")?,
        tags: parameters
            .members("Tags")
            .iter()
            .map(|member| Tag {
                key: member.text("Key").unwrap_or_default().to_owned(),
                value: member.text("Value").unwrap_or_default().to_owned(),
            })
            .collect(),
    };
    let row = domain::create_role(site, call, input).await?;
    Ok(Some(Box::new(move |xml| {
        xml.element("Role", |xml| role(xml, &row, true));
    })))
}

pub(super) fn read(site: &Site, call: &Call, parameters: &Parameters) -> Result {
    let row = domain::read_role(site, call, required(parameters, "RoleName")?)?;
    Ok(Some(Box::new(move |xml| {
        xml.element("Role", |xml| role(xml, &row, true));
    })))
}

pub(super) fn list(site: &Site, call: &Call, parameters: &Parameters) -> Result {
    let request = domain::RolePageRequest {
        page: page(parameters)?,
        path_prefix: parameters.text("PathPrefix").unwrap_or("/").to_owned(),
    };
    let rows = domain::list_roles(site, call, &request)?;
    Ok(Some(Box::new(move |xml| {
        xml.element("Roles", |xml| {
            for row in &rows.items {
                xml.element("member", |xml| role(xml, row, false));
            }
        });
        page_end(xml, rows.next.as_ref());
    })))
}

pub(super) async fn delete(site: &Site, call: &Call, parameters: &Parameters) -> Result {
    domain::delete_role(site, call, required(parameters, "RoleName")?).await?;
    Ok(None)
}

pub(super) async fn update_assume_role_policy(
    site: &Site,
    call: &Call,
    parameters: &Parameters,
) -> Result {
    let document = required(parameters, "PolicyDocument")?.to_owned();
    domain::update_assume_role_policy(site, call, required(parameters, "RoleName")?, document)
        .await?;
    Ok(None)
}

/// None, in the shape of a whole answer.
pub(super) fn list_instance_profiles(site: &Site, call: &Call, parameters: &Parameters) -> Result {
    domain::list_instance_profiles_for_role(site, call, required(parameters, "RoleName")?)?;
    page(parameters)?;
    Ok(Some(Box::new(move |xml| {
        xml.element("InstanceProfiles", |_| {});
        page_end(xml, None);
    })))
}
