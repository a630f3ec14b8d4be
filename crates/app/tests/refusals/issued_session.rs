//! After issue: what becomes of a session whose credentials are mixed up, or whose role changes. (Its end is shown in
//! the front ends' own tests, which move the clock.)

use super::exchange::{Request, Row, check};
use super::session_request::{Leaf, SessionRequest};
use super::signed::{Key, Signature};
use super::stage::{S3_FULL_ACCESS, Stage};

const UNKNOWN_KEY: &str = "The AWS Access Key Id you provided does not exist in our records.";
const UNKNOWN_TOKEN: &str = "The security token included in the request is invalid.";
const BAD_TOKEN: &str = "The provided token is malformed or otherwise invalid.";
const S3_MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/// ListBuckets.
fn list(stage: &Stage) -> Request {
    Request::new(&stage.server, "GET", "/")
}

fn who(stage: &Stage) -> Request {
    stage.query_request(&[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")])
}

fn anchors(stage: &Stage) -> Request {
    Request::new(&stage.server, "GET", "/trustanchors")
}

/// What S3, STS and Roles Anywhere say to the same key.
fn rows(
    stage: &Stage,
    name: &'static str,
    key: &Key,
    s3: (u16, &'static str, &str),
    others: (&'static str, &'static str, &str),
    reason: &'static str,
) -> Vec<Row> {
    let (query_code, json_code, text) = others;
    let signed = |service, request| Signature::new(key, service).sign(request);
    [
        (signed("s3", list(stage)), s3),
        (Signature::s3(key).presign(list(stage), 60), s3),
        (signed("sts", who(stage)), (403, query_code, text)),
        (
            signed("rolesanywhere", anchors(stage)),
            (403, json_code, text),
        ),
    ]
    .into_iter()
    .map(|(request, (status, code, text))| Row {
        name,
        request,
        status,
        code,
        text: text.to_owned(),
        reason,
    })
    .collect()
}

fn unknown(stage: &Stage, name: &'static str, key: &Key, reason: &'static str) -> Vec<Row> {
    let s3 = (403, "InvalidAccessKeyId", UNKNOWN_KEY);
    let others = (
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        UNKNOWN_TOKEN,
    );
    rows(stage, name, key, s3, others, reason)
}

fn bad_token(stage: &Stage, name: &'static str, key: &Key) -> Vec<Row> {
    let s3 = (400, "InvalidToken", BAD_TOKEN);
    let others = (
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        UNKNOWN_TOKEN,
    );
    rows(stage, name, key, s3, others, "invalid-session-token")
}

fn mismatch(stage: &Stage, name: &'static str, key: &Key) -> Vec<Row> {
    let s3 = (403, "SignatureDoesNotMatch", S3_MISMATCH);
    let others = (
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        MISMATCH,
    );
    rows(stage, name, key, s3, others, "signature-mismatch")
}

/// The token with its lowest bit changed at one place, still letters that tokens have.
fn flipped(token: &str, at: usize) -> String {
    let mut bytes = token.as_bytes().to_vec();
    bytes[at] = match bytes[at] {
        b'A' => b'B',
        b'Z' => b'Y',
        b'a' => b'b',
        b'z' => b'y',
        b'9' => b'8',
        byte @ (b'B'..=b'Y' | b'b'..=b'y' | b'0'..=b'8') => byte ^ 1,
        _ => b'A',
    };
    String::from_utf8(bytes).unwrap()
}

#[test]
fn credentials_that_do_not_belong_together_are_refused() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let asked = SessionRequest::new(&stage, &leaf);
    let (one, two) = (Key::from(&asked.grant()), Key::from(&asked.grant()));
    assert!(
        Signature::s3(&one)
            .sign(list(&stage))
            .send(&stage.server)
            .is_granted()
    );
    let with_token = |token: Option<String>| Key {
        token,
        ..one.clone()
    };
    let token = one.token.clone().unwrap();
    let mut table = Vec::new();
    for at in [0, 1, token.len() / 2, token.len() - 2, token.len() - 1] {
        let changed = with_token(Some(flipped(&token, at)));
        table.extend(bad_token(&stage, "a token with one bit changed", &changed));
    }
    for (name, token) in [
        ("the token of another session", two.token.clone().unwrap()),
        ("half a token", token[..token.len() / 2].to_owned()),
        ("a token with a letter more", format!("{token}A")),
        ("a token of nothing", "x".to_owned()),
    ] {
        table.extend(bad_token(&stage, name, &with_token(Some(token))));
    }
    let with_secret = Key {
        secret: two.secret.clone(),
        ..one.clone()
    };
    table.extend(mismatch(
        &stage,
        "the secret of another session",
        &with_secret,
    ));
    let with_id = Key {
        id: two.id.clone(),
        ..one.clone()
    };
    table.extend(mismatch(&stage, "the id of another session", &with_id));
    table.extend(unknown(
        &stage,
        "no token",
        &with_token(None),
        "missing-session-token",
    ));
    let root = Key {
        token: Some(token.clone()),
        ..stage.root.clone()
    };
    table.extend(bad_token(&stage, "root with a token", &root));
    let of_root = Key {
        secret: one.secret.clone(),
        ..stage.root.clone()
    };
    table.extend(mismatch(&stage, "root with another secret", &of_root));
    for id in [
        "ASIAAAAAAAAAAAAAAAAA",
        "AKIAAAAAAAAAAAAAAAAA",
        "ASIA",
        "key",
    ] {
        let stranger = Key {
            id: id.to_owned(),
            ..one.clone()
        };
        table.extend(unknown(
            &stage,
            "an unknown access key",
            &stranger,
            "unknown-access-key",
        ));
    }
    check(&stage.server, &table);
}

#[test]
fn a_token_that_was_changed_after_signing_is_refused() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let key = Key::from(&SessionRequest::new(&stage, &leaf).grant());
    let token = key.token.clone().unwrap();
    let changed = flipped(&token, token.len() / 2);
    let in_header = Signature::s3(&key)
        .sign(list(&stage))
        .header("x-amz-security-token", &changed);
    let mut in_query = Signature::s3(&key).presign(list(&stage), 60);
    let encoded = super::stage::encode(&token[..20]);
    let replaced = super::stage::encode(&flipped(&token[..20], 7));
    let before = in_query.query.clone();
    in_query.query = before.replace(&encoded, &replaced);
    assert_ne!(in_query.query, before);
    let mut taken_away = Signature::s3(&key).sign(list(&stage));
    taken_away.headers.remove("x-amz-security-token");
    let row = |name, request, status, code, text: &str, reason| Row {
        name,
        request,
        status,
        code,
        text: text.to_owned(),
        reason,
    };
    let absent = "The authorization header is malformed; the signed header `x-amz-security-token` is not in the request";
    let table = [
        row(
            "header",
            in_header,
            403,
            "SignatureDoesNotMatch",
            S3_MISMATCH,
            "signature-mismatch",
        ),
        row(
            "query",
            in_query,
            403,
            "SignatureDoesNotMatch",
            S3_MISMATCH,
            "signature-mismatch",
        ),
        row(
            "taken away",
            taken_away,
            400,
            "AuthorizationHeaderMalformed",
            absent,
            "signed-header-absent",
        ),
    ];
    check(&stage.server, &table);
}

#[test]
fn a_policy_that_is_removed_ends_at_once() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let key = Key::from(&SessionRequest::new(&stage, &leaf).grant());
    let listing = || Signature::s3(&key).sign(list(&stage));
    let presigned = Signature::s3(&key).presign(list(&stage), 3600);
    assert!(listing().send(&stage.server).is_granted());
    assert!(presigned.send(&stage.server).is_granted());
    let app = ("RoleName", "app");
    let attached = ("PolicyArn", S3_FULL_ACCESS);
    stage.iam(&[("Action", "DetachRolePolicy"), app, attached]);
    let user = "User: arn:aws:sts::000000000000:assumed-role/app/1001 is not authorized to perform: s3:ListAllMyBuckets";
    let denied = |name, request, because: &str, reason| Row {
        name,
        request,
        status: 403,
        code: "AccessDenied",
        text: format!("{user} {because}"),
        reason,
    };
    let nothing = "because no identity-based policy allows the s3:ListAllMyBuckets action";
    let reason = "policy-does-not-allow";
    check(
        &stage.server,
        &[
            denied("detached", listing(), nothing, reason),
            denied(
                "detached, presigned before",
                presigned.clone(),
                nothing,
                reason,
            ),
        ],
    );
    stage.iam(&[("Action", "AttachRolePolicy"), app, attached]);
    assert!(listing().send(&stage.server).is_granted());
    let deny = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:List*","Resource":"*"}}"#;
    let policy = [("PolicyName", "deny"), ("PolicyDocument", deny)];
    stage.iam(&[("Action", "PutRolePolicy"), app, policy[0], policy[1]]);
    let explicit = "with an explicit deny in an identity-based policy";
    check(
        &stage.server,
        &[denied("denied", listing(), explicit, "explicit-deny")],
    );
    stage.iam(&[("Action", "DeleteRolePolicy"), app, policy[0]]);
    assert!(presigned.send(&stage.server).is_granted());
}

#[test]
fn a_role_that_is_gone_ends_its_sessions_for_good() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let asked = SessionRequest::new(&stage, &leaf);
    let key = Key::from(&asked.grant());
    let listing = |key: &Key| Signature::s3(key).sign(list(&stage));
    assert!(listing(&key).send(&stage.server).is_granted());
    let app = ("RoleName", "app");
    stage.iam(&[
        ("Action", "DetachRolePolicy"),
        app,
        ("PolicyArn", S3_FULL_ACCESS),
    ]);
    stage.iam(&[("Action", "DeleteRole"), app]);
    let gone = |name| Row {
        name,
        request: listing(&key),
        status: 403,
        code: "InvalidAccessKeyId",
        text: UNKNOWN_KEY.to_owned(),
        reason: "role-gone",
    };
    check(&stage.server, &[gone("deleted")]);
    stage.make_app_again();
    check(&stage.server, &[gone("deleted and made again")]);
    let anew = Key::from(&asked.grant());
    assert!(listing(&anew).send(&stage.server).is_granted());
}

#[test]
fn a_session_is_cut_by_its_profile_even_where_its_role_may() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;
    let id = stage.profile.rsplit('/').next().unwrap();
    let body = serde_json::json!({"sessionPolicy": policy});
    stage.rolesanywhere("PATCH", &format!("/profile/{id}"), &body);
    let key = Key::from(&SessionRequest::new(&stage, &leaf).grant());
    let text = "User: arn:aws:sts::000000000000:assumed-role/app/1001 is not authorized to perform: s3:ListAllMyBuckets because no session policy allows the s3:ListAllMyBuckets action";
    let row = Row {
        name: "session policy",
        request: Signature::s3(&key).sign(list(&stage)),
        status: 403,
        code: "AccessDenied",
        text: text.to_owned(),
        reason: "session-policy-does-not-allow",
    };
    check(&stage.server, &[row]);
}
