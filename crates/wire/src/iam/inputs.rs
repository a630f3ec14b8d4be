//! The input shapes of the iam model of 2010-05-08 (botocore 1.44.5): each member with its constraints, named as in errors,
//! with a small first letter. The front end's route table names one for each operation.

use super::patterns;
use crate::constraints::{Member, Shape, list, text};

/// The members of one operation's input.
pub type Input = &'static [Member];

pub(super) static BOOLEAN: Shape = Shape::Boolean;
pub(super) static ARN: Shape = text(20, 2048, None);
static DESCRIPTION: Shape = text(0, 1000, Some(&patterns::DESCRIPTION));
pub(super) static DOCUMENT: Shape = text(1, 131_072, Some(&patterns::DOCUMENT));
pub(super) static MARKER: Shape = text(1, 320, Some(&patterns::MARKER));
pub(super) static MAX_ITEMS: Shape = Shape::Integer(Some((1, 1000)));
static MAX_SESSION_DURATION: Shape = Shape::Integer(Some((3600, 43_200)));
/// Names of up to 64 characters: roles, suffixes.
pub(super) static NAME_64: Shape = text(1, 64, Some(&patterns::ENTITY_NAME));
/// Names of up to 128 characters: policies, instance profiles, service names.
pub(super) static NAME_128: Shape = text(1, 128, Some(&patterns::ENTITY_NAME));
pub(super) static PATH: Shape = text(1, 512, Some(&patterns::PATH));
pub(super) static PATH_PREFIX: Shape = text(1, 512, Some(&patterns::PATH_PREFIX));
static POLICY_DESCRIPTION: Shape = text(0, 1000, Some(&patterns::TEXT));
pub(super) static POLICY_PATH: Shape = text(1, 512, Some(&patterns::POLICY_PATH));
static TASK_ID: Shape = text(1, 1000, None);
static VERSION_ID: Shape = Shape::Text {
    min: 0,
    max: None,
    pattern: Some(&patterns::VERSION_ID),
    sensitive: false,
};

pub(super) static ENTITY_FILTER: Shape = Shape::OneOf(&[
    "User",
    "Role",
    "Group",
    "LocalManagedPolicy",
    "AWSManagedPolicy",
]);
static SCOPE: Shape = Shape::OneOf(&["All", "AWS", "Local"]);
static USAGE: Shape = Shape::OneOf(&["PermissionsPolicy", "PermissionsBoundary"]);

static TAG_KEY: Shape = text(1, 128, Some(&patterns::TAG_KEY));
static TAG_VALUE: Shape = text(0, 256, Some(&patterns::TAG_VALUE));
static TAG: Shape = Shape::Structure(&[
    Member::required("key", &TAG_KEY),
    Member::required("value", &TAG_VALUE),
]);
pub(super) static TAGS: Shape = list(&TAG, 50);
pub(super) static TAG_KEYS: Shape = list(&TAG_KEY, 50);

const ROLE_NAME: Member = Member::required("roleName", &NAME_64);
pub(super) const POLICY_NAME: Member = Member::required("policyName", &NAME_128);
pub(super) const POLICY_ARN: Member = Member::required("policyArn", &ARN);
pub(super) const POLICY_DOCUMENT: Member = Member::required("policyDocument", &DOCUMENT);
const INSTANCE_PROFILE_NAME: Member = Member::required("instanceProfileName", &NAME_128);
pub(super) const SOME_MARKER: Member = Member::optional("marker", &MARKER);
pub(super) const SOME_MAX_ITEMS: Member = Member::optional("maxItems", &MAX_ITEMS);
pub(super) const SOME_TAGS: Member = Member::optional("tags", &TAGS);

/// CreateRole.
pub static CREATE_ROLE: Input = &[
    Member::optional("path", &PATH),
    ROLE_NAME,
    Member::required("assumeRolePolicyDocument", &DOCUMENT),
    Member::optional("description", &DESCRIPTION),
    Member::optional("maxSessionDuration", &MAX_SESSION_DURATION),
    Member::optional("permissionsBoundary", &ARN),
    SOME_TAGS,
];

/// What names a role and no more: GetRole, DeleteRole, DeleteRolePermissionsBoundary, DeleteServiceLinkedRole.
pub static ROLE: Input = &[ROLE_NAME];

/// ListRoles and ListInstanceProfiles.
pub static LIST_BY_PATH: Input = &[
    Member::optional("pathPrefix", &PATH_PREFIX),
    SOME_MARKER,
    SOME_MAX_ITEMS,
];

/// A list of what a role has: its inline policies, its tags, its instance profiles.
pub static LIST_OF_ROLE: Input = &[ROLE_NAME, SOME_MARKER, SOME_MAX_ITEMS];

/// UpdateRole.
pub static UPDATE_ROLE: Input = &[
    ROLE_NAME,
    Member::optional("description", &DESCRIPTION),
    Member::optional("maxSessionDuration", &MAX_SESSION_DURATION),
];

/// UpdateRoleDescription.
pub static UPDATE_ROLE_DESCRIPTION: Input =
    &[ROLE_NAME, Member::required("description", &DESCRIPTION)];

/// UpdateAssumeRolePolicy.
pub static UPDATE_ASSUME_ROLE_POLICY: Input = &[ROLE_NAME, POLICY_DOCUMENT];

/// TagRole.
pub static TAG_ROLE: Input = &[ROLE_NAME, Member::required("tags", &TAGS)];

/// UntagRole.
pub static UNTAG_ROLE: Input = &[ROLE_NAME, Member::required("tagKeys", &TAG_KEYS)];

/// PutRolePermissionsBoundary.
pub static PUT_ROLE_PERMISSIONS_BOUNDARY: Input =
    &[ROLE_NAME, Member::required("permissionsBoundary", &ARN)];

/// CreateServiceLinkedRole.
pub static CREATE_SERVICE_LINKED_ROLE: Input = &[
    Member::required("aWSServiceName", &NAME_128),
    Member::optional("description", &DESCRIPTION),
    Member::optional("customSuffix", &NAME_64),
];

/// GetServiceLinkedRoleDeletionStatus.
pub static DELETION_TASK: Input = &[Member::required("deletionTaskId", &TASK_ID)];

/// PutRolePolicy.
pub static PUT_ROLE_POLICY: Input = &[ROLE_NAME, POLICY_NAME, POLICY_DOCUMENT];

/// GetRolePolicy and DeleteRolePolicy.
pub static ROLE_POLICY: Input = &[ROLE_NAME, POLICY_NAME];

/// AttachRolePolicy and DetachRolePolicy.
pub static ROLE_ATTACHMENT: Input = &[ROLE_NAME, POLICY_ARN];

/// ListAttachedRolePolicies.
pub static LIST_ATTACHED_ROLE_POLICIES: Input = &[
    ROLE_NAME,
    Member::optional("pathPrefix", &POLICY_PATH),
    SOME_MARKER,
    SOME_MAX_ITEMS,
];

/// CreatePolicy.
pub static CREATE_POLICY: Input = &[
    POLICY_NAME,
    Member::optional("path", &POLICY_PATH),
    POLICY_DOCUMENT,
    Member::optional("description", &POLICY_DESCRIPTION),
    SOME_TAGS,
];

/// What names a managed policy and no more: GetPolicy, DeletePolicy.
pub static POLICY: Input = &[POLICY_ARN];

/// ListPolicies.
pub static LIST_POLICIES: Input = &[
    Member::optional("scope", &SCOPE),
    Member::optional("onlyAttached", &BOOLEAN),
    Member::optional("pathPrefix", &POLICY_PATH),
    Member::optional("policyUsageFilter", &USAGE),
    SOME_MARKER,
    SOME_MAX_ITEMS,
];

/// A list of what a managed policy has: its versions, its tags.
pub static LIST_OF_POLICY: Input = &[POLICY_ARN, SOME_MARKER, SOME_MAX_ITEMS];

/// CreatePolicyVersion.
pub static CREATE_POLICY_VERSION: Input = &[
    POLICY_ARN,
    POLICY_DOCUMENT,
    Member::optional("setAsDefault", &BOOLEAN),
];

/// GetPolicyVersion, SetDefaultPolicyVersion and DeletePolicyVersion.
pub static POLICY_VERSION: Input = &[POLICY_ARN, Member::required("versionId", &VERSION_ID)];

/// ListEntitiesForPolicy.
pub static LIST_ENTITIES_FOR_POLICY: Input = &[
    POLICY_ARN,
    Member::optional("entityFilter", &ENTITY_FILTER),
    Member::optional("pathPrefix", &PATH),
    Member::optional("policyUsageFilter", &USAGE),
    SOME_MARKER,
    SOME_MAX_ITEMS,
];

/// TagPolicy.
pub static TAG_POLICY: Input = &[POLICY_ARN, Member::required("tags", &TAGS)];

/// UntagPolicy.
pub static UNTAG_POLICY: Input = &[POLICY_ARN, Member::required("tagKeys", &TAG_KEYS)];

/// CreateInstanceProfile.
pub static CREATE_INSTANCE_PROFILE: Input = &[
    INSTANCE_PROFILE_NAME,
    Member::optional("path", &PATH),
    SOME_TAGS,
];

/// What names an instance profile and no more: GetInstanceProfile, DeleteInstanceProfile.
pub static INSTANCE_PROFILE: Input = &[INSTANCE_PROFILE_NAME];

/// AddRoleToInstanceProfile and RemoveRoleFromInstanceProfile.
pub static INSTANCE_PROFILE_ROLE: Input = &[INSTANCE_PROFILE_NAME, ROLE_NAME];
