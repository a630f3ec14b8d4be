//! Trust anchor, role and profile, by the wire API as the root user: found by name, made where they are not there.

use anyhow::Context as _;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::super::walk::Walk;
use super::single_quoted;
use crate::signed_client::{Call, CallError};
use crate::xml;

const ANCHOR: &str = "quickstart-ca";
const ROLE: &str = "quickstart-role";
const PROFILE: &str = "quickstart-profile";
const S3_FULL_ACCESS: &str = "AmazonS3FullAccess";

/// `--source` of the AWS CLI, in its short notation.
const SOURCE: &str =
    r#"--source "sourceType=CERTIFICATE_BUNDLE,sourceData={x509CertificateData=$(cat root.crt)}""#;

/// Roles Anywhere may assume the role, for certificates of this trust anchor.
const TRUST_POLICY: &str = r#"{
      "Version": "2012-10-17",
      "Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": "rolesanywhere.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        "Condition": {"ArnEquals": {"aws:SourceArn": "$TRUST_ANCHOR_ARN"}}
      }]
    }"#;

/// What sessions of the profile may do at most, whatever the role may.
const SESSION_POLICY: &str = r#"{
      "Version": "2012-10-17",
      "Statement": [{
        "Effect": "Allow",
        "Action": ["s3:CreateBucket", "s3:List*", "s3:Get*", "s3:PutObject"],
        "Resource": "*"
      }]
    }"#;

pub fn trust_anchor(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    let pem = std::fs::read_to_string(walk.place.file("root.crt"));
    let pem = pem.context("not tried: there is no root.crt");
    let list = format!(
        "TRUST_ANCHOR_ARN=$(aws rolesanywhere list-trust-anchors --output text \\\n    \
         --query \"trustAnchors[?name=='{ANCHOR}'] | [0].trustAnchorArn\")"
    );
    let found = find_by_name(walk, "/trustanchors", "trustAnchors", ANCHOR);
    let Some(found) = found.inspect_err(|_| commands.push(list.clone()))? else {
        commands.push(format!(
            "TRUST_ANCHOR_ARN=$(aws rolesanywhere create-trust-anchor --name {ANCHOR} --enabled \\\n    {SOURCE} \\\n    \
             --query trustAnchor.trustAnchorArn --output text)"
        ));
        let body = json!({"name": ANCHOR, "enabled": true, "source": source(&pem?)});
        let answer = rest(walk, "POST", "/trustanchors", "", Some(&body))?;
        let arn = member(&answer, "/trustAnchor/trustAnchorArn")?;
        walk.trust_anchor_arn = Some(arn.clone());
        return Ok(arn);
    };
    commands.push(list);
    let arn = member(&found, "/trustAnchorArn")?;
    walk.trust_anchor_arn = Some(arn.clone());
    let pem = pem?;
    // A shell's `$(cat …)` drops the last newline; others may have been added to the bundle since.
    if member(&found, "/source/sourceData/x509CertificateData")?.contains(pem.trim()) {
        return Ok(format!("already there: {arn}"));
    }
    commands.push(format!(
        "aws rolesanywhere update-trust-anchor --trust-anchor-id \"${{TRUST_ANCHOR_ARN##*/}}\" \\\n    {SOURCE}"
    ));
    let path = format!("/trustanchor/{}", member(&found, "/trustAnchorId")?);
    rest(
        walk,
        "PATCH",
        &path,
        "",
        Some(&json!({"source": source(&pem)})),
    )?;
    Ok(format!(
        "already there, updated with the new root.crt: {arn}"
    ))
}

pub fn role(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    let found = iam(walk, "GetRole", &[("RoleName", ROLE)]);
    if !found.as_ref().is_err_and(CallError::is_not_found) {
        commands.push(format!(
            "ROLE_ARN=$(aws iam get-role --role-name {ROLE} --query Role.Arn --output text)"
        ));
        let arn = xml::text(&found?, "Arn").context("the answer names no role")?;
        walk.role_arn = Some(arn.clone());
        return Ok(format!("already there: {arn}"));
    }
    commands.push(format!(
        "ROLE_ARN=$(aws iam create-role --role-name {ROLE} --query Role.Arn --output text \\\n    \
         --assume-role-policy-document {})",
        single_quoted(TRUST_POLICY, "$TRUST_ANCHOR_ARN")
    ));
    let anchor = walk.trust_anchor_arn.as_deref();
    let anchor = anchor.context("not tried: there is no trust anchor")?;
    let trust_policy = TRUST_POLICY.replace("$TRUST_ANCHOR_ARN", anchor);
    let answer = iam(
        walk,
        "CreateRole",
        &[
            ("RoleName", ROLE),
            ("AssumeRolePolicyDocument", &trust_policy),
        ],
    )?;
    let arn = xml::text(&answer, "Arn").context("the answer names no role")?;
    walk.role_arn = Some(arn.clone());
    Ok(arn)
}

pub fn attach_policy(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    let arn = format!(
        "arn:{}:iam::aws:policy/{S3_FULL_ACCESS}",
        walk.place.partition
    );
    let attached = iam(walk, "ListAttachedRolePolicies", &[("RoleName", ROLE)]);
    if attached.is_ok_and(|attached| xml::texts(&attached, "PolicyArn").contains(&arn)) {
        commands.push(format!(
            "aws iam list-attached-role-policies --role-name {ROLE}"
        ));
        return Ok(format!("already there: {arn}"));
    }
    commands.push(format!(
        "aws iam attach-role-policy --role-name {ROLE} \\\n    --policy-arn {arn}"
    ));
    iam(
        walk,
        "AttachRolePolicy",
        &[("RoleName", ROLE), ("PolicyArn", &arn)],
    )?;
    Ok(format!("attached {arn}"))
}

pub fn profile(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    let list = format!(
        "PROFILE_ARN=$(aws rolesanywhere list-profiles --output text \\\n    \
         --query \"profiles[?name=='{PROFILE}'] | [0].profileArn\")"
    );
    let found = find_by_name(walk, "/profiles", "profiles", PROFILE);
    if let Some(found) = found.inspect_err(|_| commands.push(list.clone()))? {
        commands.push(list);
        let arn = member(&found, "/profileArn")?;
        walk.profile_arn = Some(arn.clone());
        return Ok(format!("already there: {arn}"));
    }
    commands.push(format!(
        "PROFILE_ARN=$(aws rolesanywhere create-profile --name {PROFILE} --enabled --role-arns \"$ROLE_ARN\" \\\n    \
         --query profile.profileArn --output text --session-policy '{SESSION_POLICY}')"
    ));
    let role = walk.role_arn.as_deref();
    let role = role.context("not tried: there is no role")?;
    let body = json!({"name": PROFILE, "enabled": true, "roleArns": [role], "sessionPolicy": SESSION_POLICY});
    let answer = rest(walk, "POST", "/profiles", "", Some(&body))?;
    let arn = member(&answer, "/profile/profileArn")?;
    walk.profile_arn = Some(arn.clone());
    Ok(arn)
}

/// A trust anchor's certificates.
fn source(pem: &str) -> Value {
    json!({"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": pem}})
}

/// The first item of that name, on whichever page it is.
fn find_by_name(walk: &Walk, path: &str, list: &str, name: &str) -> anyhow::Result<Option<Value>> {
    let mut query = String::new();
    loop {
        let mut page = rest(walk, "GET", path, &query, None)?;
        let items = page
            .get_mut(list)
            .and_then(Value::as_array_mut)
            .map(std::mem::take);
        let found = items
            .unwrap_or_default()
            .into_iter()
            .find(|item| item.get("name").and_then(Value::as_str) == Some(name));
        match page.get("nextToken").and_then(Value::as_str) {
            Some(token) if found.is_none() => {
                query = format!("nextToken={}", utf8_percent_encode(token, NON_ALPHANUMERIC));
            }
            _ => return Ok(found),
        }
    }
}

fn rest(
    walk: &Walk,
    method: &'static str,
    path: &str,
    query: &str,
    body: Option<&Value>,
) -> anyhow::Result<Value> {
    let answer = walk.as_root(&Call {
        service: "rolesanywhere",
        method,
        path,
        query,
        content_type: "application/json",
        body: body.map(Value::to_string).unwrap_or_default().as_bytes(),
    })?;
    serde_json::from_str(&answer)
        .with_context(|| format!("the answer of {method} {path} is not JSON"))
}

fn iam(walk: &Walk, action: &str, parameters: &[(&str, &str)]) -> Result<String, CallError> {
    let mut form = format!("Action={action}&Version=2010-05-08");
    for (name, value) in parameters {
        form.push_str(&format!(
            "&{name}={}",
            utf8_percent_encode(value, NON_ALPHANUMERIC)
        ));
    }
    walk.as_root(&Call {
        service: "iam",
        method: "POST",
        path: "/",
        query: "",
        content_type: "application/x-www-form-urlencoded",
        body: form.as_bytes(),
    })
}

fn member(json: &Value, pointer: &str) -> anyhow::Result<String> {
    let text = json.pointer(pointer).and_then(Value::as_str);
    text.map(str::to_owned)
        .with_context(|| format!("the answer has no `{pointer}`"))
}
