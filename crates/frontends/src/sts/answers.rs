//! What STS's answers have in common: credentials, and what the audit trail is told of them.

use anyrole_domain::IssuedSession;
use anyrole_domain::sessions::Credentials;
use anyrole_wire::aws_query::Xml;
use serde::Deserialize;

use crate::iam::whole_seconds;

/// One of `PolicyArns`.
#[derive(Debug, Deserialize)]
pub(super) struct PolicyDescriptor {
    #[serde(default)]
    arn: String,
}

/// The ARNs of managed session policies.
pub(super) fn arns(descriptors: Vec<PolicyDescriptor>) -> Vec<String> {
    descriptors
        .into_iter()
        .map(|descriptor| descriptor.arn)
        .collect()
}

/// The element `Credentials`.
pub(super) fn credentials(xml: &mut Xml, of: &Credentials) {
    xml.element("Credentials", |xml| {
        xml.text("AccessKeyId", &of.access_key_id)
            .text("SecretAccessKey", of.secret_access_key.expose())
            .text("SessionToken", &of.session_token)
            .text("Expiration", &whole_seconds(of.expires_at));
    });
}

/// What the audit trail is told of a session.
pub(super) fn issued(of: &Credentials, arn: &str, source_identity: &str) -> Option<IssuedSession> {
    Some(IssuedSession {
        access_key_id: of.access_key_id.clone(),
        arn: arn.to_owned(),
        source_identity: source_identity.to_owned(),
        expires_at: of.expires_at,
    })
}
