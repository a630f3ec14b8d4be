//! Every action that is served, with its rate class: what has no row here is refused.
//! A new operation begins with a row (docs/adding/operation.md).

/// Which quota a call counts against (Roles Anywhere user guide, quotas).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RateClass {
    /// Changes to, and reads of, trust anchors.
    TrustAnchor,
    /// Changes to, and reads of, profiles.
    Profile,
    /// Reads of subjects.
    Subject,
    /// Changes to, and reads of, CRLs.
    Crl,
    /// Tagging calls.
    Tagging,
    /// CreateSession, which certificates sign and no policy of a caller's allows.
    CreateSession,
    /// IAM calls.
    Iam,
    /// STS calls.
    Sts,
    /// Changes to, and reads of, certificate authorities.
    Authority,
    /// Issuing, reading and revoking certificates.
    Issuing,
    /// The operator's own calls, which AWS does not have.
    Operator,
    /// First certificates of machines, which join tokens let in, and no policy.
    Enrolment,
    /// Next certificates of machines, once the present one's key has signed: who floods the others takes nothing from them.
    Renewal,
    /// Calls on S3 buckets and objects.
    S3,
    /// ACME's requests, which accounts sign and no policy of a caller's allows.
    Acme,
}

/// An action of the IAM policy language that is checked somewhere in this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// `service:Action`, as policies name it.
    pub action: &'static str,
    /// Which quota it counts against.
    pub rate_class: RateClass,
}

const fn row(action: &'static str, rate_class: RateClass) -> Operation {
    Operation { action, rate_class }
}

/// The table, in order of action, so that it can be searched.
pub const OPERATIONS: &[Operation] = &[
    row("acm-pca:CreateCertificateAuthority", RateClass::Authority),
    row("acm-pca:CreatePermission", RateClass::Authority),
    row("acm-pca:DeleteCertificateAuthority", RateClass::Authority),
    row("acm-pca:DeletePermission", RateClass::Authority),
    row("acm-pca:DeletePolicy", RateClass::Authority),
    row("acm-pca:DescribeCertificateAuthority", RateClass::Authority),
    row("acm-pca:GetCertificate", RateClass::Issuing),
    row(
        "acm-pca:GetCertificateAuthorityCertificate",
        RateClass::Authority,
    ),
    row("acm-pca:GetCertificateAuthorityCsr", RateClass::Authority),
    row("acm-pca:GetPolicy", RateClass::Authority),
    row(
        "acm-pca:ImportCertificateAuthorityCertificate",
        RateClass::Authority,
    ),
    row("acm-pca:IssueCertificate", RateClass::Issuing),
    row("acm-pca:ListCertificateAuthorities", RateClass::Authority),
    row("acm-pca:ListPermissions", RateClass::Authority),
    row("acm-pca:ListTags", RateClass::Authority),
    row("acm-pca:PutPolicy", RateClass::Authority),
    row("acm-pca:RestoreCertificateAuthority", RateClass::Authority),
    row("acm-pca:RevokeCertificate", RateClass::Issuing),
    row("acm-pca:TagCertificateAuthority", RateClass::Authority),
    row("acm-pca:UntagCertificateAuthority", RateClass::Authority),
    row("acm-pca:UpdateCertificateAuthority", RateClass::Authority),
    row("acm:AddTagsToCertificate", RateClass::Authority),
    row("acm:DeleteCertificate", RateClass::Authority),
    row("acm:DescribeCertificate", RateClass::Authority),
    row("acm:ExportCertificate", RateClass::Authority),
    row("acm:GetCertificate", RateClass::Authority),
    row("acm:ImportCertificate", RateClass::Authority),
    row("acm:ListCertificates", RateClass::Authority),
    row("acm:ListTagsForCertificate", RateClass::Authority),
    row("acm:RemoveTagsFromCertificate", RateClass::Authority),
    row("acm:RenewCertificate", RateClass::Authority),
    row("acm:RequestCertificate", RateClass::Authority),
    row("anyrole:CloseAcme", RateClass::Operator),
    row("anyrole:CreateAcmeKey", RateClass::Operator),
    row("anyrole:CreateJoinToken", RateClass::Operator),
    row("anyrole:DeleteAcmeKey", RateClass::Operator),
    row("anyrole:DeleteJoinToken", RateClass::Operator),
    row("anyrole:Explain", RateClass::Operator),
    row("anyrole:ListAcme", RateClass::Operator),
    row("anyrole:ListAcmeAccounts", RateClass::Operator),
    row("anyrole:ListAcmeKeys", RateClass::Operator),
    row("anyrole:ListAuditRecords", RateClass::Operator),
    row("anyrole:ListJoinTokens", RateClass::Operator),
    row("anyrole:OpenAcme", RateClass::Operator),
    row("anyrole:RevokeAcmeAccount", RateClass::Operator),
    row("iam:AddClientIDToOpenIDConnectProvider", RateClass::Iam),
    row("iam:AddRoleToInstanceProfile", RateClass::Iam),
    row("iam:AddUserToGroup", RateClass::Iam),
    row("iam:AttachGroupPolicy", RateClass::Iam),
    row("iam:AttachRolePolicy", RateClass::Iam),
    row("iam:AttachUserPolicy", RateClass::Iam),
    row("iam:CreateAccessKey", RateClass::Iam),
    row("iam:CreateAccountAlias", RateClass::Iam),
    row("iam:CreateGroup", RateClass::Iam),
    row("iam:CreateInstanceProfile", RateClass::Iam),
    row("iam:CreateOpenIDConnectProvider", RateClass::Iam),
    row("iam:CreatePolicy", RateClass::Iam),
    row("iam:CreatePolicyVersion", RateClass::Iam),
    row("iam:CreateRole", RateClass::Iam),
    row("iam:CreateServiceLinkedRole", RateClass::Iam),
    row("iam:CreateUser", RateClass::Iam),
    row("iam:DeleteAccessKey", RateClass::Iam),
    row("iam:DeleteAccountAlias", RateClass::Iam),
    row("iam:DeleteGroup", RateClass::Iam),
    row("iam:DeleteGroupPolicy", RateClass::Iam),
    row("iam:DeleteInstanceProfile", RateClass::Iam),
    row("iam:DeleteOpenIDConnectProvider", RateClass::Iam),
    row("iam:DeletePolicy", RateClass::Iam),
    row("iam:DeletePolicyVersion", RateClass::Iam),
    row("iam:DeleteRole", RateClass::Iam),
    row("iam:DeleteRolePermissionsBoundary", RateClass::Iam),
    row("iam:DeleteRolePolicy", RateClass::Iam),
    row("iam:DeleteServiceLinkedRole", RateClass::Iam),
    row("iam:DeleteUser", RateClass::Iam),
    row("iam:DeleteUserPermissionsBoundary", RateClass::Iam),
    row("iam:DeleteUserPolicy", RateClass::Iam),
    row("iam:DetachGroupPolicy", RateClass::Iam),
    row("iam:DetachRolePolicy", RateClass::Iam),
    row("iam:DetachUserPolicy", RateClass::Iam),
    row("iam:GetAccessKeyLastUsed", RateClass::Iam),
    row("iam:GetAccountAuthorizationDetails", RateClass::Iam),
    row("iam:GetAccountSummary", RateClass::Iam),
    row("iam:GetContextKeysForCustomPolicy", RateClass::Iam),
    row("iam:GetContextKeysForPrincipalPolicy", RateClass::Iam),
    row("iam:GetGroup", RateClass::Iam),
    row("iam:GetGroupPolicy", RateClass::Iam),
    row("iam:GetInstanceProfile", RateClass::Iam),
    row("iam:GetOpenIDConnectProvider", RateClass::Iam),
    row("iam:GetPolicy", RateClass::Iam),
    row("iam:GetPolicyVersion", RateClass::Iam),
    row("iam:GetRole", RateClass::Iam),
    row("iam:GetRolePolicy", RateClass::Iam),
    row("iam:GetServiceLinkedRoleDeletionStatus", RateClass::Iam),
    row("iam:GetUser", RateClass::Iam),
    row("iam:GetUserPolicy", RateClass::Iam),
    row("iam:ListAccessKeys", RateClass::Iam),
    row("iam:ListAccountAliases", RateClass::Iam),
    row("iam:ListAttachedGroupPolicies", RateClass::Iam),
    row("iam:ListAttachedRolePolicies", RateClass::Iam),
    row("iam:ListAttachedUserPolicies", RateClass::Iam),
    row("iam:ListEntitiesForPolicy", RateClass::Iam),
    row("iam:ListGroupPolicies", RateClass::Iam),
    row("iam:ListGroups", RateClass::Iam),
    row("iam:ListGroupsForUser", RateClass::Iam),
    row("iam:ListInstanceProfiles", RateClass::Iam),
    row("iam:ListInstanceProfilesForRole", RateClass::Iam),
    row("iam:ListOpenIDConnectProviderTags", RateClass::Iam),
    row("iam:ListOpenIDConnectProviders", RateClass::Iam),
    row("iam:ListPolicies", RateClass::Iam),
    row("iam:ListPolicyTags", RateClass::Iam),
    row("iam:ListPolicyVersions", RateClass::Iam),
    row("iam:ListRolePolicies", RateClass::Iam),
    row("iam:ListRoleTags", RateClass::Iam),
    row("iam:ListRoles", RateClass::Iam),
    row("iam:ListUserPolicies", RateClass::Iam),
    row("iam:ListUserTags", RateClass::Iam),
    row("iam:ListUsers", RateClass::Iam),
    row("iam:PassRole", RateClass::Iam),
    row("iam:PutGroupPolicy", RateClass::Iam),
    row("iam:PutRolePermissionsBoundary", RateClass::Iam),
    row("iam:PutRolePolicy", RateClass::Iam),
    row("iam:PutUserPermissionsBoundary", RateClass::Iam),
    row("iam:PutUserPolicy", RateClass::Iam),
    row(
        "iam:RemoveClientIDFromOpenIDConnectProvider",
        RateClass::Iam,
    ),
    row("iam:RemoveRoleFromInstanceProfile", RateClass::Iam),
    row("iam:RemoveUserFromGroup", RateClass::Iam),
    row("iam:SetDefaultPolicyVersion", RateClass::Iam),
    row("iam:SimulateCustomPolicy", RateClass::Iam),
    row("iam:SimulatePrincipalPolicy", RateClass::Iam),
    row("iam:TagInstanceProfile", RateClass::Iam),
    row("iam:TagOpenIDConnectProvider", RateClass::Iam),
    row("iam:TagPolicy", RateClass::Iam),
    row("iam:TagRole", RateClass::Iam),
    row("iam:TagUser", RateClass::Iam),
    row("iam:UntagOpenIDConnectProvider", RateClass::Iam),
    row("iam:UntagPolicy", RateClass::Iam),
    row("iam:UntagRole", RateClass::Iam),
    row("iam:UntagUser", RateClass::Iam),
    row("iam:UpdateAccessKey", RateClass::Iam),
    row("iam:UpdateAssumeRolePolicy", RateClass::Iam),
    row("iam:UpdateGroup", RateClass::Iam),
    row("iam:UpdateOpenIDConnectProviderThumbprint", RateClass::Iam),
    row("iam:UpdateRole", RateClass::Iam),
    row("iam:UpdateRoleDescription", RateClass::Iam),
    row("iam:UpdateUser", RateClass::Iam),
    row("rolesanywhere:CreateProfile", RateClass::Profile),
    row("rolesanywhere:CreateTrustAnchor", RateClass::TrustAnchor),
    row("rolesanywhere:DeleteAttributeMapping", RateClass::Profile),
    row("rolesanywhere:DeleteCrl", RateClass::Crl),
    row("rolesanywhere:DeleteProfile", RateClass::Profile),
    row("rolesanywhere:DeleteTrustAnchor", RateClass::TrustAnchor),
    row("rolesanywhere:DisableCrl", RateClass::Crl),
    row("rolesanywhere:DisableProfile", RateClass::Profile),
    row("rolesanywhere:DisableTrustAnchor", RateClass::TrustAnchor),
    row("rolesanywhere:EnableCrl", RateClass::Crl),
    row("rolesanywhere:EnableProfile", RateClass::Profile),
    row("rolesanywhere:EnableTrustAnchor", RateClass::TrustAnchor),
    row("rolesanywhere:GetCrl", RateClass::Crl),
    row("rolesanywhere:GetProfile", RateClass::Profile),
    row("rolesanywhere:GetSubject", RateClass::Subject),
    row("rolesanywhere:GetTrustAnchor", RateClass::TrustAnchor),
    row("rolesanywhere:ImportCrl", RateClass::Crl),
    row("rolesanywhere:ListCrls", RateClass::Crl),
    row("rolesanywhere:ListProfiles", RateClass::Profile),
    row("rolesanywhere:ListSubjects", RateClass::Subject),
    row("rolesanywhere:ListTagsForResource", RateClass::Tagging),
    row("rolesanywhere:ListTrustAnchors", RateClass::TrustAnchor),
    row("rolesanywhere:PutAttributeMapping", RateClass::Profile),
    row(
        "rolesanywhere:PutNotificationSettings",
        RateClass::TrustAnchor,
    ),
    row(
        "rolesanywhere:ResetNotificationSettings",
        RateClass::TrustAnchor,
    ),
    row("rolesanywhere:TagResource", RateClass::Tagging),
    row("rolesanywhere:UntagResource", RateClass::Tagging),
    row("rolesanywhere:UpdateCrl", RateClass::Crl),
    row("rolesanywhere:UpdateProfile", RateClass::Profile),
    row("rolesanywhere:UpdateTrustAnchor", RateClass::TrustAnchor),
    row("s3:AbortMultipartUpload", RateClass::S3),
    row("s3:CreateBucket", RateClass::S3),
    row("s3:CreateBucketMetadataTableConfiguration", RateClass::S3),
    row("s3:DeleteBucket", RateClass::S3),
    row("s3:DeleteBucketMetadataTableConfiguration", RateClass::S3),
    row("s3:DeleteBucketPolicy", RateClass::S3),
    row("s3:DeleteBucketWebsite", RateClass::S3),
    row("s3:DeleteObject", RateClass::S3),
    row("s3:DeleteObjectTagging", RateClass::S3),
    row("s3:DeleteObjectVersion", RateClass::S3),
    row("s3:DeleteObjectVersionTagging", RateClass::S3),
    row("s3:GetAccelerateConfiguration", RateClass::S3),
    row("s3:GetAnalyticsConfiguration", RateClass::S3),
    row("s3:GetBucketAcl", RateClass::S3),
    row("s3:GetBucketCORS", RateClass::S3),
    row("s3:GetBucketLocation", RateClass::S3),
    row("s3:GetBucketLogging", RateClass::S3),
    row("s3:GetBucketMetadataTableConfiguration", RateClass::S3),
    row("s3:GetBucketNotification", RateClass::S3),
    row("s3:GetBucketObjectLockConfiguration", RateClass::S3),
    row("s3:GetBucketOwnershipControls", RateClass::S3),
    row("s3:GetBucketPolicy", RateClass::S3),
    row("s3:GetBucketPolicyStatus", RateClass::S3),
    row("s3:GetBucketPublicAccessBlock", RateClass::S3),
    row("s3:GetBucketRequestPayment", RateClass::S3),
    row("s3:GetBucketTagging", RateClass::S3),
    row("s3:GetBucketVersioning", RateClass::S3),
    row("s3:GetBucketWebsite", RateClass::S3),
    row("s3:GetEncryptionConfiguration", RateClass::S3),
    row("s3:GetIntelligentTieringConfiguration", RateClass::S3),
    row("s3:GetInventoryConfiguration", RateClass::S3),
    row("s3:GetLifecycleConfiguration", RateClass::S3),
    row("s3:GetMetricsConfiguration", RateClass::S3),
    row("s3:GetObject", RateClass::S3),
    row("s3:GetObjectAcl", RateClass::S3),
    row("s3:GetObjectAttributes", RateClass::S3),
    row("s3:GetObjectLegalHold", RateClass::S3),
    row("s3:GetObjectRetention", RateClass::S3),
    row("s3:GetObjectTagging", RateClass::S3),
    row("s3:GetObjectTorrent", RateClass::S3),
    row("s3:GetObjectVersion", RateClass::S3),
    row("s3:GetObjectVersionAcl", RateClass::S3),
    row("s3:GetObjectVersionAttributes", RateClass::S3),
    row("s3:GetObjectVersionTagging", RateClass::S3),
    row("s3:GetObjectVersionTorrent", RateClass::S3),
    row("s3:GetReplicationConfiguration", RateClass::S3),
    row("s3:ListAllMyBuckets", RateClass::S3),
    row("s3:ListBucket", RateClass::S3),
    row("s3:ListBucketMultipartUploads", RateClass::S3),
    row("s3:ListBucketVersions", RateClass::S3),
    row("s3:ListMultipartUploadParts", RateClass::S3),
    row("s3:PutAccelerateConfiguration", RateClass::S3),
    row("s3:PutAnalyticsConfiguration", RateClass::S3),
    row("s3:PutBucketAcl", RateClass::S3),
    row("s3:PutBucketCORS", RateClass::S3),
    row("s3:PutBucketLogging", RateClass::S3),
    row("s3:PutBucketNotification", RateClass::S3),
    row("s3:PutBucketObjectLockConfiguration", RateClass::S3),
    row("s3:PutBucketOwnershipControls", RateClass::S3),
    row("s3:PutBucketPolicy", RateClass::S3),
    row("s3:PutBucketPublicAccessBlock", RateClass::S3),
    row("s3:PutBucketRequestPayment", RateClass::S3),
    row("s3:PutBucketTagging", RateClass::S3),
    row("s3:PutBucketVersioning", RateClass::S3),
    row("s3:PutBucketWebsite", RateClass::S3),
    row("s3:PutEncryptionConfiguration", RateClass::S3),
    row("s3:PutIntelligentTieringConfiguration", RateClass::S3),
    row("s3:PutInventoryConfiguration", RateClass::S3),
    row("s3:PutLifecycleConfiguration", RateClass::S3),
    row("s3:PutMetricsConfiguration", RateClass::S3),
    row("s3:PutObject", RateClass::S3),
    row("s3:PutObjectAcl", RateClass::S3),
    row("s3:PutObjectLegalHold", RateClass::S3),
    row("s3:PutObjectRetention", RateClass::S3),
    row("s3:PutObjectTagging", RateClass::S3),
    row("s3:PutObjectVersionAcl", RateClass::S3),
    row("s3:PutObjectVersionTagging", RateClass::S3),
    row("s3:PutReplicationConfiguration", RateClass::S3),
    row("s3:RestoreObject", RateClass::S3),
    row("sts:AssumeRole", RateClass::Sts),
    row("sts:AssumeRoleWithWebIdentity", RateClass::Sts),
    row("sts:DecodeAuthorizationMessage", RateClass::Sts),
    row("sts:GetAccessKeyInfo", RateClass::Sts),
    row("sts:GetCallerIdentity", RateClass::Sts),
    row("sts:GetFederationToken", RateClass::Sts),
    row("sts:GetSessionToken", RateClass::Sts),
    row("sts:SetSourceIdentity", RateClass::Sts),
    row("sts:TagSession", RateClass::Sts),
];

/// Whether an action has a row.
pub fn is_known_action(action: &str) -> bool {
    rate_class(action).is_some()
}

/// Which quota an action counts against.
pub(crate) fn rate_class(action: &str) -> Option<RateClass> {
    let found = OPERATIONS.binary_search_by(|operation| operation.action.cmp(action));
    found
        .ok()
        .and_then(|place| OPERATIONS.get(place))
        .map(|operation| operation.rate_class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_no_row_twice() {
        assert!(
            OPERATIONS
                .windows(2)
                .all(|pair| pair[0].action < pair[1].action)
        );
    }

    #[test]
    fn an_action_without_a_row_is_not_known() {
        assert!(is_known_action("s3:GetObject"));
        assert!(!is_known_action("s3:NoSuchAction"));
        assert!(!is_known_action(""));
    }
}
