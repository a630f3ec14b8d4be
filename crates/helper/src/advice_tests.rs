//! Each text that is known of the service, with what is said to it.

use anyrole_sdk::{CreateSessionError, Refusal};

use super::*;

const CURES: Cures<'_> = Cures {
    trust_anchor_arn: "arn:aws:rolesanywhere:eu-west-1:000000000000:trust-anchor/ta-1",
    profile_arn: "arn:aws:rolesanywhere:eu-west-1:000000000000:profile/p-1",
    role_arn: "arn:aws:iam::000000000000:role/team/build",
    region: "eu-west-1",
    endpoint: None,
    duration: 7200,
    certificate: Some("/my files/client.crt"),
    intermediates: None,
};

fn refused(status: u16, code: &str, message: &str) -> CreateSessionError {
    CreateSessionError::Refused(Box::new(Refusal {
        status,
        code: code.to_owned(),
        message: message.to_owned(),
        request_id: Some("7f".to_owned()),
        attempts: 1,
        clock_difference: None,
    }))
}

/// The text, a part of what to look at, and the commands, where they are looked at.
const TEXTS: [(&str, &str, &[&str]); 18] = [
    (
        "Specified Trust Anchor wasn't found.",
        "check --trust-anchor-arn",
        &["aws rolesanywhere list-trust-anchors --region eu-west-1"],
    ),
    (
        "Specified Trust Anchor is disabled.",
        "enable",
        &["aws rolesanywhere enable-trust-anchor --trust-anchor-id ta-1 --region eu-west-1"],
    ),
    (
        "Invalid or empty profile provided.",
        "check --profile-arn",
        &[
            "aws rolesanywhere list-profiles --region eu-west-1",
            "aws rolesanywhere get-profile --profile-id p-1 --region eu-west-1",
        ],
    ),
    (
        "Specified Profile is disabled.",
        "enable",
        &["aws rolesanywhere enable-profile --profile-id p-1 --region eu-west-1"],
    ),
    (
        "Requested Role isn't one of those listed in the Profile.",
        "roleArns",
        &[
            "aws rolesanywhere get-profile --profile-id p-1 --query profile.roleArns --output text --region eu-west-1",
            "aws rolesanywhere update-profile --profile-id p-1 --role-arns arn:aws:iam::000000000000:role/team/build --region eu-west-1",
        ],
    ),
    (
        "Untrusted signing certificate",
        "--intermediates",
        &[
            "aws rolesanywhere get-trust-anchor --trust-anchor-id ta-1 --query trustAnchor.source.sourceData.x509CertificateData --output text --region eu-west-1 > anchor.pem",
            "anyrole certificate verify '/my files/client.crt' --roots anchor.pem",
        ],
    ),
    (
        "Untrusted certificate. Insufficient certificate",
        "digitalSignature",
        &["anyrole certificate inspect '/my files/client.crt'"],
    ),
    (
        "Certificate revoked",
        "new certificate",
        &[
            "anyrole certificate inspect '/my files/client.crt'",
            "aws rolesanywhere list-crls --region eu-west-1",
            "aws rolesanywhere update-crl --crl-id ID --crl-data fileb://list.crl --region eu-west-1",
        ],
    ),
    (
        "Certificate revocation list expired",
        "import the present one",
        &[],
    ),
    (
        "Certificate expired",
        "renew",
        &["anyrole certificate inspect '/my files/client.crt'"],
    ),
    ("Certificate not yet valid", "wait", &[]),
    ("Invalid certificate", "can't read", &[]),
    ("Too many certificates in chain", "at most 5", &[]),
    (
        "Invalid signature",
        "clock",
        &["date -u", "timedatectl set-ntp true"],
    ),
    (
        "Not authorized to set roleSessionName.",
        "acceptRoleSessionName",
        &[
            "aws rolesanywhere update-profile --profile-id p-1 --accept-role-session-name --region eu-west-1",
        ],
    ),
    (
        "Unable to assume role for arn:aws:iam::000000000000:role/team/build. The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        "--session-duration",
        &[
            "aws iam get-role --role-name build --query Role.MaxSessionDuration",
            "aws iam update-role --role-name build --max-session-duration 7200",
        ],
    ),
    (
        "Unable to assume role for arn:aws:iam::000000000000:role/team/build. Some attributes failed to be mapped into session tags. Issuer: [ CN ]; Subject: [  ]; SAN: [ DNS, URI ]",
        "session tag",
        &[
            "anyrole certificate inspect '/my files/client.crt'",
            "aws rolesanywhere delete-attribute-mapping --profile-id p-1 --certificate-field x509Issuer --specifiers CN --region eu-west-1",
            "aws rolesanywhere delete-attribute-mapping --profile-id p-1 --certificate-field x509SAN --specifiers DNS URI --region eu-west-1",
        ],
    ),
    (
        "Unable to assume role for arn:aws:iam::000000000000:role/team/build",
        "sts:SetSourceIdentity",
        &[
            "aws iam get-role --role-name build --query Role.AssumeRolePolicyDocument",
            r#"aws iam update-assume-role-policy --role-name build --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"rolesanywhere.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],"Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:rolesanywhere:eu-west-1:000000000000:trust-anchor/ta-1"}}}]}'"#,
        ],
    ),
];

#[test]
fn each_text_of_the_service_has_its_cure() {
    for (message, look, commands) in TEXTS {
        let error = refused(403, "AccessDeniedException", message);
        let advice = advise(&error, &CURES).unwrap();
        assert!(advice.look.contains(look), "{message}: {}", advice.look);
        if !commands.is_empty() {
            assert_eq!(advice.commands, commands, "{message}");
        }
        assert!(hint(&error).starts_with("\nhint: "), "{message}");
    }
    // Each row of the table is met by one of them, but for a policy in between.
    for cure in &super::CURES {
        let known = TEXTS
            .iter()
            .any(|(message, ..)| message.contains(cure.said));
        assert!(known || cure.said == "Access Denied", "{}", cure.said);
    }
}

#[test]
fn what_has_no_text_is_told_by_its_status() {
    for (status, code, look) in [
        (429, "UnknownError", "too often"),
        (400, "ThrottlingException", "too often"),
        (400, "ValidationException", "form"),
        (404, "ResourceNotFoundException", "--endpoint"),
        (500, "InternalFailure", "try again"),
        (503, "ServiceUnavailableException", "try again"),
    ] {
        let advice = advise(&refused(status, code, "x"), &CURES).unwrap();
        assert!(
            advice.look.contains(look),
            "{status} {code}: {}",
            advice.look
        );
    }
    assert!(advise(&refused(403, "AccessDeniedException", "x"), &CURES).is_none());
}

#[test]
fn against_an_own_server_the_commands_name_it_and_ask_it_why() {
    let cures = Cures {
        endpoint: Some("http://127.0.0.1:9910"),
        ..CURES
    };
    let error = refused(
        403,
        "AccessDeniedException",
        "Specified Profile is disabled.",
    );
    assert_eq!(
        advise(&error, &cures).unwrap().commands,
        [
            "aws rolesanywhere enable-profile --profile-id p-1 --region eu-west-1 --endpoint-url http://127.0.0.1:9910",
            "anyrole explain 7f --endpoint-url http://127.0.0.1:9910"
        ]
    );
    let of_aws = Cures {
        endpoint: Some("https://vpce-1.rolesanywhere.eu-west-1.vpce.amazonaws.com"),
        ..CURES
    };
    assert_eq!(advise(&error, &of_aws).unwrap().commands.len(), 1);
}
