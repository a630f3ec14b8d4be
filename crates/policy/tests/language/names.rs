//! Names of principals in documents: which ones there are, and texts with other names.

use crate::keys::{ACCOUNT, ROLE, ROLE_ID, USER, USER_ID, policy};
use anyrole_policy::{NamedKind, PolicyKind, rewrite_principals};

fn text(first: &str, second: &str) -> String {
    format!(
        r#"{{ "Version":"2012-10-17",
  "Statement" : [
    {{"Sid": "{ROLE}", "Effect":"Allow", "Principal": {{"AWS": [ "{first}" , "{ACCOUNT}", "*"], "Service": "ec2.amazonaws.com"}},
     "Action": "s3:*", "Resource": "*", "Condition": {{"ArnLike": {{"aws:PrincipalArn": "{ROLE}"}}}}}},
    {{"Effect":"Deny", "NotPrincipal": {{"AWS":"{second}"}}, "Action": "s3:*", "Resource": "arn:aws:s3:::\u0061*"}},
    {{"Effect":"Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}}
  ]}}
"#
    )
}

#[test]
fn only_principals_are_rewritten_and_back() {
    let written = text(ROLE, USER);
    let stored = rewrite_principals(&written, |named| match named.kind {
        NamedKind::Role => Some(ROLE_ID.to_owned()),
        NamedKind::User => Some(USER_ID.to_owned()),
        _ => None,
    })
    .unwrap();
    assert_eq!(stored, text(ROLE_ID, USER_ID));
    let shown = rewrite_principals(&stored, |named| match named.text {
        ROLE_ID => Some(ROLE.to_owned()),
        USER_ID => Some(USER.to_owned()),
        _ => None,
    });
    assert_eq!(shown.unwrap(), written);
    assert_eq!(rewrite_principals(&written, |_| None).unwrap(), written);
    assert!(rewrite_principals("{", |_| None).is_err());
}

#[test]
fn names_are_listed_with_their_kinds() {
    let session = "arn:aws:sts::000000000000:assumed-role/app/s";
    let policy = policy(
        &text(session, USER_ID).replace(&format!("\"{ROLE}\", \"Effect"), "\"x\", \"Effect"),
        PolicyKind::Resource,
    );
    let named: Vec<_> = policy
        .named_principals()
        .map(|named| (named.kind, named.text))
        .collect();
    assert_eq!(
        named,
        [
            (NamedKind::RoleSession, session),
            (NamedKind::UniqueId, USER_ID)
        ]
    );
}
