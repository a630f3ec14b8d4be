//! Members of the rolesanywhere API of 2018-05-10, and of CreateSession, which no model has
//! (Roles Anywhere API reference; user guide, CreateSession). Names are those on the wire.

pub mod inputs;

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::rest_json::serialize_timestamp;

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// Where a trust anchor's certificates come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// `CERTIFICATE_BUNDLE`, `AWS_ACM_PCA` or `SELF_SIGNED_REPOSITORY`.
    pub source_type: String,
    /// The certificates.
    pub source_data: SourceData,
}

/// A union: exactly one member is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceData {
    /// A PEM bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x509_certificate_data: Option<String>,
    /// The ARN of a private CA.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acm_pca_arn: Option<String>,
}

/// A notification setting as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationSetting {
    /// Whether it is on.
    pub enabled: bool,
    /// The event.
    pub event: String,
    /// Days before expiry.
    #[serde(default)]
    pub threshold: Option<u16>,
    /// The channel.
    #[serde(default)]
    pub channel: Option<String>,
}

/// PutNotificationSettings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PutNotificationSettingsRequest {
    /// The settings; others stay.
    pub notification_settings: Vec<NotificationSetting>,
}

/// Which setting is meant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NotificationSettingKey {
    /// The event.
    pub event: String,
    /// The channel.
    #[serde(default)]
    pub channel: Option<String>,
}

/// ResetNotificationSettings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResetNotificationSettingsRequest {
    /// The settings that become the default ones.
    pub notification_setting_keys: Vec<NotificationSettingKey>,
}

/// A rule as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GivenMappingRule {
    /// Which attribute; `*` is all.
    pub specifier: String,
}

/// PutAttributeMapping.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PutAttributeMappingRequest {
    /// `x509Subject`, `x509Issuer` or `x509SAN`.
    pub certificate_field: String,
    /// The rules, in place of those that the field had.
    pub mapping_rules: Vec<GivenMappingRule>,
}

/// DeleteAttributeMapping.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteAttributeMappingRequest {
    /// `x509Subject`, `x509Issuer` or `x509SAN`.
    pub certificate_field: String,
    /// The rules; without them all that the field has.
    #[serde(default)]
    pub specifiers: Option<Vec<String>>,
}

/// CreateTrustAnchor.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateTrustAnchorRequest {
    /// The name.
    pub name: String,
    /// The certificates.
    pub source: Source,
    /// On from the start.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// Tags.
    #[serde(default)]
    pub tags: Option<Vec<Tag>>,
    /// Expiry warnings.
    #[serde(default)]
    pub notification_settings: Option<Vec<NotificationSetting>>,
    /// Revocation by the lists that certificates name.
    #[serde(default)]
    pub crl_dp_revocation_enabled: Option<bool>,
    /// An alias.
    #[serde(default)]
    pub alias_name: Option<String>,
}

/// UpdateTrustAnchor.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateTrustAnchorRequest {
    /// A new name.
    #[serde(default)]
    pub name: Option<String>,
    /// New certificates.
    #[serde(default)]
    pub source: Option<Source>,
    /// Revocation by the lists that certificates name.
    #[serde(default)]
    pub crl_dp_revocation_enabled: Option<bool>,
    /// An alias.
    #[serde(default)]
    pub alias_name: Option<String>,
}

/// CreateProfile.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateProfileRequest {
    /// The name.
    pub name: String,
    /// The roles.
    pub role_arns: Vec<String>,
    /// Reserved.
    #[serde(default)]
    pub require_instance_properties: Option<bool>,
    /// The inline session policy.
    #[serde(default)]
    pub session_policy: Option<String>,
    /// Managed policies.
    #[serde(default)]
    pub managed_policy_arns: Option<Vec<String>>,
    /// Seconds.
    #[serde(default)]
    pub duration_seconds: Option<i64>,
    /// On from the start.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// Tags.
    #[serde(default)]
    pub tags: Option<Vec<Tag>>,
    /// Whether a caller may name the session.
    #[serde(default)]
    pub accept_role_session_name: Option<bool>,
    /// An alias.
    #[serde(default)]
    pub alias_name: Option<String>,
}

/// UpdateProfile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UpdateProfileRequest {
    /// A new name.
    pub name: Option<String>,
    /// The roles.
    pub role_arns: Option<Vec<String>>,
    /// The inline session policy.
    pub session_policy: Option<String>,
    /// Managed policies.
    pub managed_policy_arns: Option<Vec<String>>,
    /// Seconds.
    pub duration_seconds: Option<i64>,
    /// Whether a caller may name the session.
    pub accept_role_session_name: Option<bool>,
    /// An alias.
    #[serde(default)]
    pub alias_name: Option<String>,
}

/// ImportCrl.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportCrlRequest {
    /// The name.
    pub name: String,
    /// The list, base64.
    pub crl_data: String,
    /// The trust anchor.
    pub trust_anchor_arn: String,
    /// On from the start.
    #[serde(default)]
    pub enabled: Option<bool>,
    /// Tags.
    #[serde(default)]
    pub tags: Option<Vec<Tag>>,
    /// An alias.
    #[serde(default)]
    pub alias_name: Option<String>,
}

/// UpdateCrl.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UpdateCrlRequest {
    /// A new name.
    pub name: Option<String>,
    /// A new list, base64.
    pub crl_data: Option<String>,
    /// An alias.
    pub alias_name: Option<String>,
}

/// TagResource.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TagResourceRequest {
    /// The tags.
    pub tags: Vec<Tag>,
}

/// UntagResource.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UntagResourceRequest {
    /// The keys.
    pub tag_keys: Vec<String>,
}

/// The List calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListRequest {
    /// Where the last page ended.
    pub next_token: Option<String>,
    /// The most items wanted.
    pub page_size: Option<i64>,
}

/// A notification setting as it is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationSettingDetail<'a> {
    /// Whether it is on.
    pub enabled: bool,
    /// The event.
    pub event: &'a str,
    /// Days before expiry.
    pub threshold: u16,
    /// The channel.
    pub channel: &'a str,
    /// Who set it.
    pub configured_by: &'a str,
}

/// The names that an alias has in answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AliasDetail<'a> {
    /// The alias.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias_name: Option<&'a str>,
    /// Its ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias_arn: Option<String>,
    /// The alias that this very call took away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_alias_name: Option<&'a str>,
}

/// A CRL as it is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CrlDetail<'a> {
    /// A UUID.
    pub crl_id: &'a str,
    /// The ARN.
    pub crl_arn: &'a str,
    /// The name.
    pub name: &'a str,
    /// Whether it counts.
    pub enabled: bool,
    /// The list as it was given, base64.
    pub crl_data: String,
    /// The trust anchor.
    pub trust_anchor_arn: &'a str,
    /// When it was made.
    #[serde(serialize_with = "serialize_timestamp")]
    pub created_at: Timestamp,
    /// When it was changed.
    #[serde(serialize_with = "serialize_timestamp")]
    pub updated_at: Timestamp,
    /// The alias.
    #[serde(flatten)]
    pub alias: AliasDetail<'a>,
}

/// A trust anchor as it is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrustAnchorDetail<'a> {
    /// A UUID.
    pub trust_anchor_id: &'a str,
    /// The ARN.
    pub trust_anchor_arn: &'a str,
    /// The name.
    pub name: &'a str,
    /// The certificates, as they were given.
    pub source: Source,
    /// Whether CreateSession accepts it.
    pub enabled: bool,
    /// When it was made.
    #[serde(serialize_with = "serialize_timestamp")]
    pub created_at: Timestamp,
    /// When it was changed.
    #[serde(serialize_with = "serialize_timestamp")]
    pub updated_at: Timestamp,
    /// Expiry warnings.
    pub notification_settings: Vec<NotificationSettingDetail<'a>>,
    /// Revocation by the lists that certificates name.
    pub crl_dp_revocation_enabled: bool,
    /// The alias.
    #[serde(flatten)]
    pub alias: AliasDetail<'a>,
}

/// The rules of one certificate field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttributeMapping<'a> {
    /// `x509Subject`, `x509Issuer` or `x509SAN`.
    pub certificate_field: &'a str,
    /// The rules.
    pub mapping_rules: Vec<MappingRule<'a>>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MappingRule<'a> {
    /// Which attribute; `*` is all.
    pub specifier: &'a str,
}

/// A profile as it is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileDetail<'a> {
    /// A UUID.
    pub profile_id: &'a str,
    /// The ARN.
    pub profile_arn: &'a str,
    /// The name.
    pub name: &'a str,
    /// Reserved.
    pub require_instance_properties: bool,
    /// Whether CreateSession accepts it.
    pub enabled: bool,
    /// Who made it.
    pub created_by: &'a str,
    /// The inline session policy, as it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_policy: Option<&'a str>,
    /// The roles.
    pub role_arns: &'a [String],
    /// Managed policies.
    pub managed_policy_arns: &'a [String],
    /// When it was made.
    #[serde(serialize_with = "serialize_timestamp")]
    pub created_at: Timestamp,
    /// When it was changed.
    #[serde(serialize_with = "serialize_timestamp")]
    pub updated_at: Timestamp,
    /// Seconds.
    pub duration_seconds: u32,
    /// Whether a caller may name the session.
    pub accept_role_session_name: bool,
    /// Which attributes become session tags.
    pub attribute_mappings: Vec<AttributeMapping<'a>>,
    /// The alias.
    #[serde(flatten)]
    pub alias: AliasDetail<'a>,
}

/// A subject in a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubjectSummary {
    /// The ARN.
    pub subject_arn: String,
    /// A UUID.
    pub subject_id: String,
    /// Whether it may ask for sessions.
    pub enabled: bool,
    /// `CN=…,O=…`.
    pub x509_subject: String,
    /// When it asked last.
    #[serde(serialize_with = "serialize_timestamp")]
    pub last_seen_at: Timestamp,
    /// When it asked first.
    #[serde(serialize_with = "serialize_timestamp")]
    pub created_at: Timestamp,
    /// When the subject was changed.
    #[serde(serialize_with = "serialize_timestamp")]
    pub updated_at: Timestamp,
}

/// A subject with what was seen of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubjectDetail {
    /// What a listing says of it.
    #[serde(flatten)]
    pub summary: SubjectSummary,
    /// Certificates.
    pub credentials: Vec<CredentialSummary>,
    /// What it said of its machines.
    pub instance_properties: Vec<InstanceProperty>,
}

/// A certificate that was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialSummary {
    /// When it was used last.
    #[serde(serialize_with = "serialize_timestamp")]
    pub seen_at: Timestamp,
    /// The serial number, hex.
    pub serial_number: String,
    /// The issuer, `CN=…,O=…`.
    pub issuer: String,
    /// Whether it may be used.
    pub enabled: bool,
    /// The certificate, PEM.
    pub x509_certificate_data: String,
    /// Whether the last request with it was refused.
    pub failed: bool,
}

/// A set of properties that came with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceProperty {
    /// When it came last.
    #[serde(serialize_with = "serialize_timestamp")]
    pub seen_at: Timestamp,
    /// The set.
    pub properties: BTreeMap<String, String>,
    /// Whether the last request with it was refused.
    pub failed: bool,
}

/// The body of CreateSession. ARNs may stand here or in the query; clients send `null` for what they leave out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CreateSessionRequest<'a> {
    /// The profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_arn: Option<Cow<'a, str>>,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<Cow<'a, str>>,
    /// The trust anchor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust_anchor_arn: Option<Cow<'a, str>>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<i64>,
    /// A name for the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_session_name: Option<Cow<'a, str>>,
    /// What the client says of the machine that it runs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_properties: Option<BTreeMap<String, String>>,
}

/// What CreateSession answers, status 201.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateSessionResponse<'a> {
    /// One set.
    pub credential_set: Vec<CredentialSet<'a>>,
    /// `arn:…:subject/{uuid}`.
    #[serde(default)]
    pub subject_arn: Cow<'a, str>,
}

/// Credentials with what they stand for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialSet<'a> {
    /// The session.
    #[serde(default)]
    pub assumed_role_user: AssumedRoleUser<'a>,
    /// The credentials.
    pub credentials: SessionCredentials<'a>,
    /// Percent.
    #[serde(default)]
    pub packed_policy_size: u32,
    /// The role.
    #[serde(default)]
    pub role_arn: Cow<'a, str>,
    /// The source identity.
    #[serde(default)]
    pub source_identity: Cow<'a, str>,
}

/// The session's names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssumedRoleUser<'a> {
    /// `arn:…:assumed-role/{role}/{session}`.
    pub arn: Cow<'a, str>,
    /// `AROA…:{session}`.
    pub assumed_role_id: Cow<'a, str>,
}

/// The credentials; no `Debug` of the secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionCredentials<'a> {
    /// `ASIA…`.
    pub access_key_id: Cow<'a, str>,
    /// The secret access key.
    pub secret_access_key: Cow<'a, str>,
    /// The session token.
    pub session_token: Cow<'a, str>,
    /// ISO 8601, whole seconds.
    pub expiration: Cow<'a, str>,
}

impl std::fmt::Debug for SessionCredentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionCredentials")
            .field("access_key_id", &self.access_key_id)
            .field("expiration", &self.expiration)
            .finish_non_exhaustive()
    }
}
