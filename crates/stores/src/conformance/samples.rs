//! Rows with something in every field, chosen to be hard to keep: line breaks, quotes, NUL-free Unicode, long texts.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyrole_domain::bucket_policies::BucketPolicy;
use anyrole_domain::crls::Crl;
use anyrole_domain::instance_profiles::InstanceProfile;
use anyrole_domain::managed_policies::{ManagedPolicy, PolicyVersion};
use anyrole_domain::oidc_providers::OidcProvider;
use anyrole_domain::profiles::{AttributeMapping, CertificateField, Profile};
use anyrole_domain::resources::Resource;
use anyrole_domain::roles::Role;
use anyrole_domain::subjects::{SeenProperties, Sighting, SubjectTags};
use anyrole_domain::trust_anchors::{AnchorSource, NotificationSetting, TrustAnchor};
use anyrole_domain::users::{Group, User};
use anyrole_domain::{AccessKey, Account, AccountId, Change, SealKey, SessionPolicyText, Tag};
use jiff::Timestamp;

use super::Failure;

pub(super) const ACCOUNT: &str = "123456789012";

pub(super) fn account_id(text: &str) -> Result<AccountId, Failure> {
    AccountId::parse(text).map_err(|error| Failure(error.to_string()))
}

/// Microseconds after a day in 2023.
pub(super) fn at(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(1_700_000_000_000_001 + micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(super) fn tags() -> Vec<Tag> {
    [
        ("team", "payments"),
        ("ключ", "значение = 1"),
        ("empty", ""),
    ]
    .into_iter()
    .map(|(key, value)| Tag {
        key: key.to_owned().into(),
        value: value.to_owned(),
    })
    .collect()
}

pub(super) fn account(text: &str) -> Result<Change, Failure> {
    Ok(Change::PutAccount(Account {
        id: account_id(text)?,
        region: "eu-north-1".to_owned(),
        partition: "aws-cn".to_owned(),
        created_at: at(0),
    }))
}

pub(super) fn access_key(account: &str) -> Result<AccessKey, Failure> {
    Ok(AccessKey {
        account: account_id(account)?,
        id: "AKIAABCDEFGHIJKLMNOP".to_owned(),
        user_id: None,
        sealed_secret: (0..=255).collect(),
        active: true,
        created_at: at(1),
    })
}

/// A key of the user of this name.
pub(super) fn user_key(name: &str) -> Result<AccessKey, Failure> {
    Ok(AccessKey {
        id: format!("AKIAUSER{name}"),
        user_id: Some(user(name)?.id),
        ..access_key(ACCOUNT)?
    })
}

pub(super) fn account_alias() -> Result<Change, Failure> {
    Ok(Change::PutAccountAlias {
        account: account_id(ACCOUNT)?,
        alias: "an-alias".to_owned(),
    })
}

pub(super) fn user(name: &str) -> Result<User, Failure> {
    Ok(User {
        account: account_id(ACCOUNT)?,
        id: format!("AIDA{name}"),
        arn: format!("arn:aws:iam::{ACCOUNT}:user/a/{name}"),
        name: name.to_owned(),
        path: "/a/".to_owned(),
        inline_policies: inline_policies(),
        attached_policies: vec!["Z".to_owned(), "A".to_owned()],
        boundary: Some("arn:aws:iam::aws:policy/B".to_owned()),
        group_ids: vec!["AGPAz".to_owned(), "AGPAa".to_owned()],
        tags: tags(),
        created_at: at(9),
    })
}

pub(super) fn group(name: &str) -> Result<Group, Failure> {
    Ok(Group {
        account: account_id(ACCOUNT)?,
        id: format!("AGPA{name}"),
        arn: format!("arn:aws:iam::{ACCOUNT}:group/{name}"),
        name: name.to_owned(),
        path: "/".to_owned(),
        inline_policies: inline_policies(),
        attached_policies: vec!["Z".to_owned(), "A".to_owned()],
        created_at: at(10),
    })
}

/// What deletes the user, the group and the key of this name, and the account's alias.
pub(super) fn users_deleted(name: &str) -> Result<Vec<Change>, Failure> {
    let account = account_id(ACCOUNT)?;
    Ok(vec![
        Change::DeleteAccessKey {
            account: account.clone(),
            id: user_key(name)?.id,
        },
        Change::DeleteUser {
            account: account.clone(),
            id: user(name)?.id,
        },
        Change::DeleteGroup {
            account: account.clone(),
            id: group(name)?.id,
        },
        Change::DeleteAccountAlias(account),
    ])
}

fn inline_policies() -> BTreeMap<String, String> {
    let policy = "{\r\n\t\"Statement\" : { \"Sid\": \"\u{e9}\" } }\n";
    BTreeMap::from([
        ("first".to_owned(), policy.to_owned()),
        ("Second".to_owned(), "{}".to_owned()),
    ])
}

pub(super) fn seal_key() -> Result<SealKey, Failure> {
    Ok(SealKey {
        account: account_id(ACCOUNT)?,
        id: 0x000F_FFFF,
        sealed_secret: vec![0, 255, 1],
        created_at: at(2),
        usable_from: at(8),
    })
}

fn resource(kind: &str, id: &str, enabled: bool) -> Result<Resource, Failure> {
    Ok(Resource {
        account: account_id(ACCOUNT)?,
        id: id.to_owned(),
        arn: format!("arn:aws:rolesanywhere:eu-north-1:{ACCOUNT}:{kind}/{id}"),
        name: format!("a {kind}"),
        alias: enabled.then(|| format!("Alias/of_{id}")),
        enabled,
        tags: tags(),
        revision: 7,
        created_at: at(3),
        updated_at: at(4),
    })
}

pub(super) fn trust_anchor(number: u32) -> Result<TrustAnchor, Failure> {
    let id = format!("{number:08x}-0000-4000-8000-000000000000");
    Ok(TrustAnchor {
        resource: resource("trust-anchor", &id, true)?,
        source: AnchorSource::CertificateBundle(format!(
            "\r\n text before \u{2713}\n-----BEGIN CERTIFICATE-----\r\n{}\n-----END CERTIFICATE-----  ",
            "QUJD\n".repeat(20_000)
        )),
        notification_settings: vec![NotificationSetting {
            enabled: false,
            event: "CA_CERTIFICATE_EXPIRY".to_owned(),
            threshold: 360,
            channel: "ALL".to_owned(),
            configured_by: ACCOUNT.to_owned(),
        }],
        crl_dp_revocation_enabled: number == 1,
    })
}

pub(super) fn crl(number: u32) -> Result<Crl, Failure> {
    let id = format!("{number:08x}-2222-4000-8000-000000000000");
    Ok(Crl {
        resource: resource("crl", &id, true)?,
        data: (0..=255).cycle().take(3000).collect(),
        trust_anchor_arn: trust_anchor(number)?.resource.arn,
    })
}

pub(super) fn subject_tags(number: u32) -> Result<SubjectTags, Failure> {
    let id = format!("{number:08x}-3333-5000-8000-000000000000");
    Ok(SubjectTags {
        account: account_id(ACCOUNT)?,
        arn: format!("arn:aws:rolesanywhere:eu-north-1:{ACCOUNT}:subject/{id}"),
        tags: tags(),
    })
}

pub(super) fn profile(number: u32) -> Result<Profile, Failure> {
    let id = format!("{number:08x}-1111-4000-8000-000000000000");
    let mapping = |certificate_field, specifiers: &[&str]| AttributeMapping {
        certificate_field,
        specifiers: specifiers.iter().map(|&text| text.to_owned()).collect(),
    };
    Ok(Profile {
        resource: resource("profile", &id, false)?,
        created_by: format!("arn:aws:iam::{ACCOUNT}:root"),
        role_arns: vec![role_arn("/", "B"), role_arn("/path/", "a")],
        session_policy: Some("{ \"Version\":\"2012-10-17\",\r\n\t\"Statement\":[] }\n".to_owned()),
        managed_policy_arns: vec!["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess".to_owned()],
        duration_seconds: 43_200,
        accept_role_session_name: true,
        require_instance_properties: true,
        attribute_mappings: vec![
            mapping(CertificateField::X509Issuer, &["*"]),
            mapping(CertificateField::X509San, &["DNS", "Name/*"]),
            mapping(CertificateField::X509Subject, &[]),
        ],
    })
}

fn role_arn(path: &str, name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role{path}{name}")
}

pub(super) fn role(name: &str) -> Result<Role, Failure> {
    let inline = [
        ("second", "{\n \"Statement\": [\"'\"] }"),
        ("First", "{}"),
        ("first", "\u{1f511}"),
    ];
    Ok(Role {
        account: account_id(ACCOUNT)?,
        id: format!("AROA{name}"),
        arn: role_arn("/path/", name),
        name: name.to_owned(),
        path: "/path/".to_owned(),
        assume_role_policy: "{\"Statement\" : { } }\n\n".to_owned(),
        description: Some("what it is for; -- '); DROP TABLE roles".to_owned()),
        max_session_duration: 3600,
        inline_policies: inline
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .collect(),
        attached_policies: ["Z", "A", "M"]
            .into_iter()
            .map(|name| format!("arn:aws:iam::aws:policy/{name}"))
            .collect(),
        boundary: Some(format!("arn:aws:iam::{ACCOUNT}:policy/a/boundary")),
        tags: tags(),
        created_at: at(7),
    })
}

/// A policy of a bucket of this name that was made then.
pub(super) fn bucket_policy(bucket: &str, created: i64) -> Result<BucketPolicy, Failure> {
    Ok(BucketPolicy {
        account: account_id(ACCOUNT)?,
        bucket: bucket.to_owned(),
        bucket_created_at: at(created),
        text: format!("{{ \"Id\":\"{bucket} \u{f8}\",\r\n\t\"Statement\" : [] }} \n"),
    })
}

pub(super) fn managed_policy(name: &str) -> ManagedPolicy {
    let version = |micros, document: &str| PolicyVersion {
        document: document.into(),
        created_at: at(micros),
    };
    ManagedPolicy {
        id: format!("ANPA{name}"),
        arn: format!("arn:aws:iam::{ACCOUNT}:policy/path/{name}"),
        name: name.to_owned(),
        path: "/path/".to_owned(),
        description: Some("what it's for; \u{2713}".to_owned()),
        versions: BTreeMap::from([
            (2, version(9, "{\n \"Statement\": [\"'\"] }\r\n")),
            (10, version(10, "\u{1f511}")),
        ]),
        default_version: 2,
        last_version: 11,
        tags: tags(),
        created_at: at(8),
        updated_at: at(10),
    }
}

pub(super) fn instance_profile(name: &str) -> Result<InstanceProfile, Failure> {
    Ok(InstanceProfile {
        account: account_id(ACCOUNT)?,
        id: format!("AIPA{name}"),
        arn: format!("arn:aws:iam::{ACCOUNT}:instance-profile/path/{name}"),
        name: name.to_owned(),
        path: "/path/".to_owned(),
        role_id: Some("AROAone".to_owned()),
        tags: tags(),
        created_at: at(11),
    })
}

pub(super) fn session_policy(byte: u8) -> Result<SessionPolicyText, Failure> {
    Ok(SessionPolicyText {
        account: account_id(ACCOUNT)?,
        sha256: [byte; 32],
        text: format!("{{ \"Sid\": \"{byte}\" }}\r\n").into(),
    })
}

pub(super) fn oidc_provider(number: u32) -> Result<OidcProvider, Failure> {
    let host = format!("issuer-{number}.example/path");
    Ok(OidcProvider {
        account: account_id(ACCOUNT)?,
        arn: format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{host}"),
        url: format!("https://{host}"),
        client_ids: vec!["sts.amazonaws.com".to_owned(), "\"é\"".to_owned()],
        thumbprints: vec!["0123456789abcdef0123456789abcdef01234567".to_owned()],
        tags: tags(),
        created_at: at(7),
    })
}

/// A row of each kind.
pub(super) fn rows() -> Result<Vec<Change>, Failure> {
    Ok(vec![
        account(ACCOUNT)?,
        Change::PutAccessKey(access_key(ACCOUNT)?),
        Change::PutSealKey(seal_key()?),
        Change::PutSessionPolicy(session_policy(0)?),
        Change::PutSessionPolicy(session_policy(255)?),
        Change::PutCertificateAuthority(Arc::new(super::authority_samples::root()?)),
        Change::PutCertificateAuthority(Arc::new(super::authority_samples::subordinate()?)),
        Change::PutRevocation(Arc::new(super::authority_samples::revocation(1)?)),
        Change::PutRevocation(Arc::new(super::authority_samples::revocation(2)?)),
        Change::PutManagedCertificate(Arc::new(super::authority_samples::managed_certificate(1)?)),
        Change::PutManagedCertificate(Arc::new(super::authority_samples::managed_certificate(2)?)),
        Change::PutTrustAnchor(Arc::new(trust_anchor(1)?)),
        Change::PutTrustAnchor(Arc::new(super::authority_samples::trust_anchor()?)),
        Change::PutCrl(Arc::new(crl(1)?)),
        Change::PutCrl(Arc::new(crl(2)?)),
        Change::PutSubjectTags(Arc::new(subject_tags(1)?)),
        Change::PutSubjectTags(Arc::new(subject_tags(2)?)),
        Change::PutProfile(Arc::new(profile(1)?)),
        Change::PutProfile(Arc::new(profile(2)?)),
        Change::PutManagedPolicy(Arc::new(managed_policy("one"))),
        Change::PutManagedPolicy(Arc::new(managed_policy("two"))),
        Change::PutInstanceProfile(Arc::new(instance_profile("one")?)),
        Change::PutInstanceProfile(Arc::new(instance_profile("two")?)),
        Change::PutRole(Arc::new(role("one")?)),
        Change::PutRole(Arc::new(role("two")?)),
        account_alias()?,
        Change::PutGroup(Arc::new(group("one")?)),
        Change::PutGroup(Arc::new(group("two")?)),
        Change::PutOidcProvider(Arc::new(oidc_provider(1)?)),
        Change::PutOidcProvider(Arc::new(oidc_provider(2)?)),
        Change::PutUser(Arc::new(user("one")?)),
        Change::PutUser(Arc::new(user("two")?)),
        Change::PutAccessKey(user_key("one")?),
        Change::PutAccessKey(user_key("two")?),
    ])
}

/// A certificate's sighting; it is valid for a day after it was seen.
pub(super) fn sighting(subject: u8, certificate: u8, seen_at: i64) -> Result<Sighting, Failure> {
    Ok(Sighting {
        account: account_id(ACCOUNT)?,
        subject_id: subject_id(subject),
        x509_subject: format!("CN=subject {subject}"),
        issuer: "CN=issuer".to_owned(),
        serial: format!("{certificate:02x}"),
        certificate: vec![certificate; 700],
        certificate_sha256: [certificate; 32],
        not_after: at(seen_at + 86_400_000_000),
        trust_anchor_arn: trust_anchor(1)?.resource.arn,
        seen_at: at(seen_at),
        failed: false,
        properties: Vec::new(),
    })
}

pub(super) fn subject_id(subject: u8) -> String {
    format!("{subject:08x}-2222-5000-8000-000000000000")
}

/// A hash of its own for each number, in their order.
pub(super) fn numbered(number: u32) -> [u8; 32] {
    let mut hash = [7; 32];
    for (to, from) in hash.iter_mut().zip(number.to_be_bytes()) {
        *to = from;
    }
    hash
}

/// A set of one property.
pub(super) fn properties(number: u16, seen_at: i64, failed: bool) -> SeenProperties {
    SeenProperties {
        sha256: numbered(number.into()),
        properties: Arc::new(property_map(number)),
        seen_at: at(seen_at),
        failed,
    }
}

/// What `properties` holds.
pub(super) fn property_map(number: u16) -> BTreeMap<String, String> {
    BTreeMap::from([(
        "\u{1f511} \"key\"\n".to_owned(),
        format!("'); -- {number} \u{2713}"),
    )])
}
