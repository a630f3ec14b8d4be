//! The operation × principal matrix, `testdata/wire/matrix.txt`: for every row of the table of operations and every kind of
//! caller, what the door decides under a fixed set of policies. A row without a request here is a failure.

mod authority_requests;

use std::fmt::Write;
use std::path::Path;

use anyrole_domain::operations::OPERATIONS;
use anyrole_signing::{PayloadHash, sign_request};
use anyrole_testkit::SessionCredentials;
use http::{HeaderMap, HeaderValue};
use jiff::SignedDuration;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use self::authority_requests::{acm_members, pca_members};
use crate::site::Answer;
use crate::transcripts::message::Message;
use crate::transcripts::stage::Stage;

const HOST: &str = "localhost";
/// Of the user and of the role: reads of every service, three of them denied, and all of STS.
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":["acm:Describe*","acm:Get*","acm:List*","acm-pca:Describe*","acm-pca:Get*","acm-pca:List*","iam:Get*","iam:List*","rolesanywhere:Get*","rolesanywhere:List*",
        "s3:Get*","s3:List*","sts:*"],"Resource":"*"},
    {"Effect":"Deny","Action":["iam:ListUsers","rolesanywhere:ListCrls","s3:GetObjectTagging"],"Resource":"*"}]}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Principal":{"Service":"rolesanywhere.amazonaws.com"},
        "Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]},
    {"Effect":"Allow","Principal":{"AWS":"000000000000"},
        "Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}]}"#;
const ROLE: &str = "arn:aws:iam::000000000000:role/nobody";

/// The parameters of every operation of the Query protocol together; each takes its own.
#[rustfmt::skip]
const PARAMETERS: &[(&str, &str)] = &[
    ("RoleName", "probe"),
    ("UserName", "probe"),
    ("GroupName", "probe"),
    ("PolicyName", "probe"),
    ("InstanceProfileName", "probe"),
    ("PolicyArn", "arn:aws:iam::000000000000:policy/probe"),
    ("PolicyDocument", POLICY),
    ("AssumeRolePolicyDocument", TRUST),
    ("PermissionsBoundary", "arn:aws:iam::000000000000:policy/probe"),
    ("VersionId", "v1"),
    ("AccessKeyId", "AKIAAAAAAAAAAAAAAAAA"),
    ("Status", "Inactive"),
    ("AccountAlias", "probe-alias"),
    ("AWSServiceName", "rolesanywhere.amazonaws.com"),
    ("DeletionTaskId", "task/aws-service-role/rolesanywhere.amazonaws.com/AWSServiceRoleForRolesAnywhere/00000000-0000-4000-8000-000000000000"),
    ("Tags.member.1.Key", "team"),
    ("Tags.member.1.Value", "a"),
    ("TagKeys.member.1", "team"),
    ("Url", "https://probe.example.com"),
    ("ClientID", "probe"),
    ("OpenIDConnectProviderArn", "arn:aws:iam::000000000000:oidc-provider/probe.example.com"),
    ("ThumbprintList.member.1", "0123456789012345678901234567890123456789"),
    ("PolicySourceArn", "arn:aws:iam::000000000000:user/ann"),
    ("PolicyInputList.member.1", POLICY),
    ("ActionNames.member.1", "s3:GetObject"),
    ("Description", "probe"),
    ("NewUserName", "probe2"),
    ("NewGroupName", "probe2"),
    ("RoleArn", ROLE),
    ("RoleSessionName", "probe"),
    ("SourceIdentity", "probe"),
    ("WebIdentityToken", "a.b.c"),
    ("EncodedMessage", "probe"),
    ("Name", "probe"),
];

/// The operator's calls about ACME, and their members besides the authority's ARN.
#[rustfmt::skip]
const ACME: &[(&str, &str, &str)] = &[
    ("anyrole:CloseAcme", "close", r#""#),
    ("anyrole:CreateAcmeKey", "create-key", r#""#),
    ("anyrole:DeleteAcmeKey", "delete-key", r#", "id": "probe""#),
    ("anyrole:ListAcmeAccounts", "list-accounts", r#""#),
    ("anyrole:ListAcmeKeys", "list-keys", r#""#),
    ("anyrole:OpenAcme", "open", r#", "names": ["a.example"], "lifetime_seconds": 3600"#),
    ("anyrole:RevokeAcmeAccount", "revoke-account", r#", "id": "probe""#),
];

/// The requests of S3 and of our own pages, by action; the probes aren't there. What isn't served is decided all the same.
#[rustfmt::skip]
const REQUESTS: &[(&str, &str, &str)] = &[
    ("anyrole:CloseAcme", "POST", "/-/acme"),
    ("anyrole:CreateAcmeKey", "POST", "/-/acme"),
    ("anyrole:CreateJoinToken", "POST", "/-/join-tokens"),
    ("anyrole:DeleteAcmeKey", "POST", "/-/acme"),
    ("anyrole:DeleteJoinToken", "DELETE", "/-/join-tokens/0000000000000000"),
    ("anyrole:Explain", "POST", "/-/explain"),
    ("anyrole:ListAcme", "POST", "/-/acme"),
    ("anyrole:ListAcmeAccounts", "POST", "/-/acme"),
    ("anyrole:ListAcmeKeys", "POST", "/-/acme"),
    ("anyrole:ListJoinTokens", "GET", "/-/join-tokens"),
    ("anyrole:OpenAcme", "POST", "/-/acme"),
    ("anyrole:RevokeAcmeAccount", "POST", "/-/acme"),
    ("s3:AbortMultipartUpload", "DELETE", "/bucket/key?uploadId=none"),
    ("s3:CreateBucket", "PUT", "/probe-bucket"),
    ("s3:DeleteBucket", "DELETE", "/probe-bucket"),
    ("s3:DeleteBucketPolicy", "DELETE", "/bucket?policy="),
    ("s3:DeleteObject", "DELETE", "/bucket/probe"),
    ("s3:DeleteObjectTagging", "DELETE", "/bucket/key?tagging="),
    ("s3:DeleteObjectVersion", "DELETE", "/bucket/probe?versionId=null"),
    ("s3:DeleteObjectVersionTagging", "DELETE", "/bucket/key?tagging=&versionId=null"),
    ("s3:GetBucketLocation", "GET", "/bucket?location="),
    ("s3:GetBucketPolicy", "GET", "/bucket?policy="),
    ("s3:GetBucketPolicyStatus", "GET", "/bucket?policyStatus="),
    ("s3:GetObject", "GET", "/bucket/key"),
    ("s3:GetObjectAttributes", "GET", "/bucket/key?attributes="),
    ("s3:GetObjectTagging", "GET", "/bucket/key?tagging="),
    ("s3:GetObjectVersion", "GET", "/bucket/key?versionId=null"),
    ("s3:GetObjectVersionAttributes", "GET", "/bucket/key?attributes=&versionId=null"),
    ("s3:GetObjectVersionTagging", "GET", "/bucket/key?tagging=&versionId=null"),
    ("s3:ListAllMyBuckets", "GET", "/"),
    ("s3:ListBucket", "GET", "/bucket?list-type=2"),
    ("s3:ListBucketMultipartUploads", "GET", "/bucket?uploads="),
    ("s3:ListBucketVersions", "GET", "/bucket?versions="),
    ("s3:ListMultipartUploadParts", "GET", "/bucket/key?uploadId=none"),
    ("s3:PutBucketPolicy", "PUT", "/bucket?policy="),
    ("s3:PutObject", "PUT", "/bucket/probe"),
    ("s3:PutObjectTagging", "PUT", "/bucket/key?tagging="),
    ("s3:PutObjectVersionTagging", "PUT", "/bucket/key?tagging=&versionId=null"),
    ("s3:GetAccelerateConfiguration", "GET", "/bucket?accelerate="),
    ("s3:PutAccelerateConfiguration", "PUT", "/bucket?accelerate="),
    ("s3:GetAnalyticsConfiguration", "GET", "/bucket?analytics=&id=x"),
    ("s3:PutAnalyticsConfiguration", "PUT", "/bucket?analytics=&id=x"),
    ("s3:GetBucketAcl", "GET", "/bucket?acl="),
    ("s3:PutBucketAcl", "PUT", "/bucket?acl="),
    ("s3:GetBucketCORS", "GET", "/bucket?cors="),
    ("s3:PutBucketCORS", "PUT", "/bucket?cors="),
    ("s3:GetBucketLogging", "GET", "/bucket?logging="),
    ("s3:PutBucketLogging", "PUT", "/bucket?logging="),
    ("s3:GetBucketNotification", "GET", "/bucket?notification="),
    ("s3:PutBucketNotification", "PUT", "/bucket?notification="),
    ("s3:GetBucketObjectLockConfiguration", "GET", "/bucket?object-lock="),
    ("s3:PutBucketObjectLockConfiguration", "PUT", "/bucket?object-lock="),
    ("s3:GetBucketOwnershipControls", "GET", "/bucket?ownershipControls="),
    ("s3:PutBucketOwnershipControls", "PUT", "/bucket?ownershipControls="),
    ("s3:GetBucketPublicAccessBlock", "GET", "/bucket?publicAccessBlock="),
    ("s3:PutBucketPublicAccessBlock", "PUT", "/bucket?publicAccessBlock="),
    ("s3:GetBucketRequestPayment", "GET", "/bucket?requestPayment="),
    ("s3:PutBucketRequestPayment", "PUT", "/bucket?requestPayment="),
    ("s3:GetBucketTagging", "GET", "/bucket?tagging="),
    ("s3:PutBucketTagging", "PUT", "/bucket?tagging="),
    ("s3:GetBucketVersioning", "GET", "/bucket?versioning="),
    ("s3:PutBucketVersioning", "PUT", "/bucket?versioning="),
    ("s3:GetBucketWebsite", "GET", "/bucket?website="),
    ("s3:PutBucketWebsite", "PUT", "/bucket?website="),
    ("s3:GetEncryptionConfiguration", "GET", "/bucket?encryption="),
    ("s3:PutEncryptionConfiguration", "PUT", "/bucket?encryption="),
    ("s3:GetIntelligentTieringConfiguration", "GET", "/bucket?intelligent-tiering=&id=x"),
    ("s3:PutIntelligentTieringConfiguration", "PUT", "/bucket?intelligent-tiering=&id=x"),
    ("s3:GetInventoryConfiguration", "GET", "/bucket?inventory=&id=x"),
    ("s3:PutInventoryConfiguration", "PUT", "/bucket?inventory=&id=x"),
    ("s3:GetLifecycleConfiguration", "GET", "/bucket?lifecycle="),
    ("s3:PutLifecycleConfiguration", "PUT", "/bucket?lifecycle="),
    ("s3:GetMetricsConfiguration", "GET", "/bucket?metrics=&id=x"),
    ("s3:PutMetricsConfiguration", "PUT", "/bucket?metrics=&id=x"),
    ("s3:GetReplicationConfiguration", "GET", "/bucket?replication="),
    ("s3:PutReplicationConfiguration", "PUT", "/bucket?replication="),
    ("s3:DeleteBucketWebsite", "DELETE", "/bucket?website="),
    ("s3:CreateBucketMetadataTableConfiguration", "POST", "/bucket?metadataTable="),
    ("s3:GetBucketMetadataTableConfiguration", "GET", "/bucket?metadataTable="),
    ("s3:DeleteBucketMetadataTableConfiguration", "DELETE", "/bucket?metadataTable="),
    ("s3:GetObjectAcl", "GET", "/bucket/key?acl="),
    ("s3:GetObjectLegalHold", "GET", "/bucket/key?legal-hold="),
    ("s3:GetObjectRetention", "GET", "/bucket/key?retention="),
    ("s3:GetObjectTorrent", "GET", "/bucket/key?torrent="),
    ("s3:GetObjectVersionAcl", "GET", "/bucket/key?acl=&versionId=null"),
    ("s3:GetObjectVersionTorrent", "GET", "/bucket/key?torrent=&versionId=null"),
    ("s3:PutObjectVersionAcl", "PUT", "/bucket/key?acl=&versionId=null"),
    ("s3:RestoreObject", "POST", "/bucket/key?restore="),
];

/// Actions that no operation is called by; they are asked for beside another, for what its request has.
const BESIDE: &[(&str, &str)] = &[
    ("anyrole:ListAuditRecords", "the console"),
    ("iam:PassRole", "rolesanywhere:CreateProfile"),
    (
        "iam:TagInstanceProfile",
        "iam:CreateInstanceProfile with tags",
    ),
    ("s3:PutObjectAcl", "s3:PutObject with an ACL"),
    ("s3:PutObjectLegalHold", "s3:PutObject with a legal hold"),
    ("s3:PutObjectRetention", "s3:PutObject with a retention"),
    (
        "sts:SetSourceIdentity",
        "sts:AssumeRole with a source identity",
    ),
    ("sts:TagSession", "sts:AssumeRole with tags"),
];

struct Request {
    service: &'static str,
    method: String,
    target: String,
    body: String,
}

fn form(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
    pairs.collect::<Vec<_>>().join("&")
}

fn query_request(service: &str, operation: &str, parameters: &[(&str, &str)]) -> Request {
    let version = match service {
        "sts" => "2011-06-15",
        _ => "2010-05-08",
    };
    let first = [("Action", operation), ("Version", version)];
    let service = if service == "sts" { "sts" } else { "iam" };
    Request {
        service,
        method: "POST".to_owned(),
        target: "/".to_owned(),
        body: form(&[first.as_slice(), parameters].concat()),
    }
}

/// What asks for an action; `None` if nobody has written it down.
async fn request(action: &str, stage: &Stage, user: &SessionCredentials) -> Option<Request> {
    let (service, operation) = action.split_once(':').unwrap();
    match service {
        service @ ("iam" | "sts") => {
            // The user is asked, who changes nothing by that.
            if operation == "GetAccessKeyInfo" {
                // It knows no key that nobody has.
                let id = stage.bench().root_credentials().access_key_id;
                return Some(query_request(service, operation, &[("AccessKeyId", &id)]));
            }
            let own = own_parameters(stage, user, service, operation).await;
            Some(query_request(service, operation, &own))
        }
        "acm-pca" => Some(Request {
            service: "acm-pca",
            method: "POST".to_owned(),
            target: format!("/?{operation}"),
            body: pca_members(operation).to_string(),
        }),
        "acm" => Some(Request {
            service: "acm",
            method: "POST".to_owned(),
            target: format!("/?{operation}"),
            body: acm_members(operation).to_string(),
        }),
        "rolesanywhere" => {
            let file =
                format!("../../testdata/wire/rolesanywhere/{operation}/success/request.http");
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            let message = Message::parse(&std::fs::read_to_string(file).ok()?);
            let (method, path, query) = message.target();
            let target = match query {
                "" => path.to_owned(),
                query => format!("{path}?{query}"),
            };
            Some(Request {
                service: "rolesanywhere",
                method: method.to_owned(),
                target: stage.filled(&target),
                body: stage.filled(&message.body),
            })
        }
        _ => {
            let (_, method, target) = REQUESTS.iter().find(|(known, ..)| *known == action)?;
            let of_acme = ACME.iter().find(|(known, ..)| *known == action);
            let body = match action {
                "s3:PutBucketPolicy" => {
                    r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":{"AWS":"111111111111"},"Action":"s3:*","Resource":"arn:aws:s3:::bucket/*"}}"#
                }
                "s3:PutObjectTagging" | "s3:PutObjectVersionTagging" => {
                    "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>"
                }
                "anyrole:CreateJoinToken" => {
                    r#"{"certificate_authority_arn": "arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/probe", "subject": "CN=probe", "certificate_seconds": 3600, "token_seconds": 3600, "uses": 1}"#
                }
                "anyrole:ListAcme" => r#"{"action": "list"}"#,
                "anyrole:Explain" => r#"{"request_id": "00000000-0000-4000-8000-000000000000"}"#,
                _ => "",
            };
            Some(Request {
                service: if service == "s3" { "s3" } else { "anyrole" },
                method: (*method).to_owned(),
                target: (*target).to_owned(),
                body: of_acme.map_or_else(|| body.to_owned(), |(_, name, more)| acme(name, more)),
            })
        }
    }
}

/// A call of the operator about ACME.
fn acme(name: &str, more: &str) -> String {
    let ca = "arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/11111111-2222-4333-8444-555555555555";
    format!(r#"{{"action": "{name}", "ca_arn": "{ca}"{more}}}"#)
}

async fn ask(stage: &Stage, request: &Request, by: Option<&SessionCredentials>) -> Answer {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((&request.target, ""));
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static(HOST));
    let content_type = match request.service {
        "iam" | "sts" => "application/x-www-form-urlencoded",
        "rolesanywhere" => "application/json",
        "acm" | "acm-pca" => "application/x-amz-json-1.1",
        _ => "application/octet-stream",
    };
    headers.insert("content-type", HeaderValue::from_static(content_type));
    if request.target.contains("attributes=") {
        headers.insert("x-amz-object-attributes", HeaderValue::from_static("ETag"));
    }
    let prefix = match request.service {
        "acm" => Some("CertificateManager"),
        "acm-pca" => Some("ACMPrivateCA"),
        _ => None,
    };
    if let Some(prefix) = prefix {
        let target = format!("{prefix}.{query}");
        headers.insert("x-amz-target", HeaderValue::from_str(&target).unwrap());
    }
    let payload = PayloadHash::of(request.body.as_bytes());
    if let Some(credentials) = by {
        let signer = stage.bench().signer(credentials, request.service);
        sign_request(&request.method, path, query, &mut headers, payload, &signer).unwrap();
    }
    let body = request.body.clone();
    stage
        .bench()
        .serve(&request.method, &request.target, headers, body)
        .await
}

async fn query(
    stage: &Stage,
    by: &SessionCredentials,
    service: &'static str,
    pairs: &[(&str, &str)],
) -> Answer {
    let (_, operation) = pairs[0];
    let answer = ask(
        stage,
        &query_request(service, operation, &pairs[1..]),
        Some(by),
    )
    .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

fn credentials(answer: &Answer) -> SessionCredentials {
    let element = |name: &str| {
        let (_, rest) = answer.body.split_once(&format!("<{name}>"))?;
        rest.split_once('<').map(|(text, _)| text.to_owned())
    };
    SessionCredentials {
        access_key_id: element("AccessKeyId").unwrap(),
        secret_access_key: element("SecretAccessKey").unwrap(),
        session_token: element("SessionToken").unwrap_or_default(),
    }
}

/// The callers, in the order of the columns; the last one's time is over.
async fn callers(stage: &Stage) -> Vec<(&'static str, Option<SessionCredentials>)> {
    let root = stage.root();
    let ann = ("UserName", "ann");
    let policy = [("PolicyName", "matrix"), ("PolicyDocument", POLICY)];
    query(stage, root, "iam", &[("Action", "CreateUser"), ann]).await;
    query(
        stage,
        root,
        "iam",
        &[("Action", "PutUserPolicy"), ann, policy[0], policy[1]],
    )
    .await;
    let key = query(stage, root, "iam", &[("Action", "CreateAccessKey"), ann]).await;
    let user = credentials(&key);
    let role = ("RoleName", "nobody");
    query(
        stage,
        root,
        "iam",
        &[("Action", "PutRolePolicy"), role, policy[0], policy[1]],
    )
    .await;
    let trust = ("PolicyDocument", TRUST);
    query(
        stage,
        root,
        "iam",
        &[("Action", "UpdateAssumeRolePolicy"), role, trust],
    )
    .await;
    let bucket = Request {
        service: "s3",
        method: "PUT".to_owned(),
        target: "/bucket".to_owned(),
        body: String::new(),
    };
    assert_eq!(ask(stage, &bucket, Some(root)).await.status, 200);
    let key = Request {
        target: "/bucket/key".to_owned(),
        ..bucket
    };
    assert_eq!(ask(stage, &key, Some(root)).await.status, 200);
    let of_role = [
        ("Action", "AssumeRole"),
        ("RoleArn", ROLE),
        ("RoleSessionName", "matrix"),
    ];
    let session = credentials(&query(stage, &user, "sts", &of_role).await);
    let anywhere = stage.nobody().clone();
    vec![
        ("root", Some(root.clone())),
        ("user", Some(user)),
        ("role-session", Some(session.clone())),
        ("anywhere-session", Some(anywhere)),
        ("anonymous", None),
        ("expired", Some(session)),
    ]
}

/// Codes of what comes after a decision that allows.
const AFTER: &[&str] = &[
    "NoSuchEntity",
    "EntityAlreadyExists",
    "DeleteConflict",
    "UnmodifiableEntity",
    "ResourceNotFoundException",
    "NoSuchBucketPolicy",
    "NoSuchTagSet",
    "NoSuchUpload",
    "NoSuchVersion",
    "NoSuchKey",
    "BucketAlreadyExists",
    "BucketAlreadyOwnedByYou",
    "InvalidAuthorizationMessageException",
    "InvalidIdentityToken",
    "NotImplemented",
];

/// What the door decided; what falls to something else before it is decided has a question mark.
fn decision(answer: &Answer, is_signed: bool) -> String {
    let code = answer.code();
    let reason = answer.record["reason"].as_str().unwrap_or("-");
    let refused = [
        "ExpiredToken",
        "InvalidClientTokenId",
        "MissingAuthenticationToken",
        "UnrecognizedClient",
    ];
    match code.as_str() {
        code if code.starts_with("AccessDenied") => format!("deny:{reason}"),
        code if refused.iter().any(|refused| code.starts_with(refused)) => format!("refuse:{code}"),
        // Without a signature it is S3's, which does not know it.
        "NotImplemented" | "InvalidBucketName" | "MissingContentLength" if !is_signed => {
            format!("refuse:{code}")
        }
        _ if answer.status < 400 || AFTER.contains(&code.as_str()) => "allow".to_owned(),
        code => format!("?{} {code}", answer.status),
    }
}

/// The parameters that an operation takes, of all: it says which it doesn't.
async fn own_parameters(
    stage: &Stage,
    by: &SessionCredentials,
    service: &str,
    operation: &str,
) -> Vec<(&'static str, &'static str)> {
    let mut parameters = PARAMETERS.to_vec();
    loop {
        let answer = ask(
            stage,
            &query_request(service, operation, &parameters),
            Some(by),
        )
        .await;
        let before = parameters.len();
        if answer.code() == "ValidationError" {
            parameters.retain(|(name, _)| {
                !answer.body.contains(&format!("`{name}`"))
                    && !answer.record.to_string().contains(&format!("`{name}`"))
            });
        }
        if parameters.len() == before {
            return parameters;
        }
    }
}

#[tokio::test]
async fn matrix() {
    let stage = Stage::new().await;
    let callers = callers(&stage).await;
    let mut columns = vec![Vec::new(); callers.len()];
    let mut missing = Vec::new();
    let mut requests = Vec::new();
    let user = callers[1].1.as_ref().unwrap();
    for operation in OPERATIONS {
        requests.push(request(operation.action, &stage, user).await);
    }
    for (column, (name, credentials)) in callers.iter().enumerate() {
        if *name == "expired" {
            stage.bench().wait(SignedDuration::from_hours(2));
        }
        for (operation, request) in OPERATIONS.iter().zip(&requests) {
            let cell =
                if let Some((_, beside)) = BESIDE.iter().find(|(a, _)| *a == operation.action) {
                    format!("(beside {beside})")
                } else if let Some(request) = request {
                    decision(
                        &ask(&stage, request, credentials.as_ref()).await,
                        credentials.is_some(),
                    )
                } else {
                    missing.push(operation.action);
                    String::new()
                };
            columns[column].push(cell);
        }
    }
    assert!(missing.is_empty(), "no request here asks for {missing:?}");
    let mut text = String::from("operation");
    for (name, _) in &callers {
        write!(text, " | {name}").unwrap();
    }
    text.push('\n');
    for (row, operation) in OPERATIONS.iter().enumerate() {
        text.push_str(operation.action);
        let cells: Vec<_> = columns.iter().map(|cells| cells[row].as_str()).collect();
        let cells = if cells[0].starts_with('(') {
            &cells[..1]
        } else {
            &cells
        };
        for cell in cells {
            write!(text, " | {cell}").unwrap();
        }
        text.push('\n');
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/wire/matrix.txt");
    if crate::transcripts::writes() {
        std::fs::write(&file, &text).unwrap();
    }
    let wanted = std::fs::read_to_string(&file).unwrap_or_default();
    let wrong: Vec<_> = text
        .lines()
        .filter(|line| !wanted.lines().any(|w| w == *line))
        .collect();
    assert!(
        wanted == text,
        "differs from testdata/wire/matrix.txt:\n{}",
        wrong.join("\n")
    );
}
