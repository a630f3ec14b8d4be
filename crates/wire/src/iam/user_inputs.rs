//! The input shapes of users, groups, access keys, account reports and simulation (iam model of 2010-05-08, botocore
//! 1.44.5): each member with its constraints, as in `inputs.rs`.

use super::inputs::{
    ARN, DOCUMENT, ENTITY_FILTER, Input, MARKER, MAX_ITEMS, NAME_64, NAME_128, PATH, PATH_PREFIX,
    POLICY_ARN, POLICY_DOCUMENT, POLICY_NAME, POLICY_PATH, SOME_MARKER, SOME_MAX_ITEMS, SOME_TAGS,
    TAG_KEYS, TAGS,
};
use super::patterns;
use crate::constraints::{Member, Shape, list, text};

static ACCESS_KEY_ID: Shape = text(16, 128, Some(&patterns::WORD));
static ACCOUNT_ALIAS: Shape = text(3, 63, Some(&patterns::ACCOUNT_ALIAS));
static ACTION: Shape = text(3, 128, None);
static CONTEXT_KEY: Shape = text(5, 256, None);
static HANDLING: Shape = text(1, 64, None);
static RESOURCE: Shape = text(1, 2048, None);
static ANY_TEXT: Shape = Shape::Text {
    min: 0,
    max: None,
    pattern: None,
    sensitive: false,
};
static STATUS: Shape = Shape::OneOf(&["Active", "Inactive", "Expired"]);
static CONTEXT_TYPE: Shape = Shape::OneOf(&[
    "string",
    "stringList",
    "numeric",
    "numericList",
    "boolean",
    "booleanList",
    "ip",
    "ipList",
    "binary",
    "binaryList",
    "date",
    "dateList",
]);
static POLICY_TYPE: Shape = Shape::OneOf(&[
    "inline",
    "aws-managed",
    "user-managed",
    "permission-boundary",
    "scp",
    "rcp",
]);
static HOLDER_TYPE: Shape = Shape::OneOf(&["user", "group", "role"]);

const fn unbounded(of: &'static Shape) -> Shape {
    Shape::List { of, max: None }
}

static ACTIONS: Shape = unbounded(&ACTION);
static DOCUMENTS: Shape = unbounded(&DOCUMENT);
static ENTITIES: Shape = unbounded(&ENTITY_FILTER);
static RESOURCES: Shape = unbounded(&RESOURCE);
static TEXTS: Shape = unbounded(&ANY_TEXT);

static CONTEXT_ENTRY: Shape = Shape::Structure(&[
    Member::optional("contextKeyName", &CONTEXT_KEY),
    Member::optional("contextKeyValues", &TEXTS),
    Member::optional("contextKeyType", &CONTEXT_TYPE),
]);
static CONTEXT_ENTRIES: Shape = unbounded(&CONTEXT_ENTRY);

static INLINE_POLICY: Shape = Shape::Structure(&[
    Member::required("policyName", &NAME_128),
    Member::required("attachmentType", &HOLDER_TYPE),
    Member::required("attachmentName", &NAME_128),
]);
static EXCLUSION: Shape = Shape::Structure(&[
    Member::optional("policyType", &POLICY_TYPE),
    Member::optional("policyArn", &ARN),
    Member::optional("inlinePolicyIdentifier", &INLINE_POLICY),
]);
static EXCLUSIONS: Shape = list(&EXCLUSION, 256);
static CONTROL_POLICIES: Shape = Shape::Structure(&[Member::optional(
    "serviceControlPolicyInputList",
    &DOCUMENTS,
)]);
static ORGANIZATION: Shape = list(&CONTROL_POLICIES, 7);

/// New names are shorter than those that older users may have.
const NEW_USER_NAME: Member = Member::required("userName", &NAME_64);
const USER_NAME: Member = Member::required("userName", &NAME_128);
const SOME_USER_NAME: Member = Member::optional("userName", &NAME_128);
const GROUP_NAME: Member = Member::required("groupName", &NAME_128);
const KEY_ID: Member = Member::required("accessKeyId", &ACCESS_KEY_ID);
const BOUNDARY: Member = Member::required("permissionsBoundary", &ARN);
const POLICY_PREFIX: Member = Member::optional("pathPrefix", &POLICY_PATH);
const NEW_PATH: Member = Member::optional("newPath", &PATH);

/// CreateUser.
pub static CREATE_USER: Input = &[
    Member::optional("path", &PATH),
    NEW_USER_NAME,
    Member::optional("permissionsBoundary", &ARN),
    SOME_TAGS,
];

/// GetUser and CreateAccessKey: a user, or the caller itself.
pub static SOME_USER: Input = &[SOME_USER_NAME];

/// What names a user and no more: DeleteUser.
pub static USER: Input = &[USER_NAME];

/// ListUsers and ListGroups.
pub static LIST_BY_PATH: Input = &[
    Member::optional("pathPrefix", &PATH_PREFIX),
    Member::optional("marker", &MARKER),
    Member::optional("maxItems", &MAX_ITEMS),
];

/// UpdateUser.
pub static UPDATE_USER: Input = &[
    USER_NAME,
    NEW_PATH,
    Member::optional("newUserName", &NAME_64),
];

/// TagUser.
pub static TAG_USER: Input = &[USER_NAME, Member::required("tags", &TAGS)];

/// UntagUser.
pub static UNTAG_USER: Input = &[USER_NAME, Member::required("tagKeys", &TAG_KEYS)];

/// A list of what a user has: its inline policies, tags, groups.
pub static LIST_OF_USER: Input = &[USER_NAME, SOME_MARKER, SOME_MAX_ITEMS];

/// ListAccessKeys: of a user, or of the caller itself.
pub static LIST_OF_SOME_USER: Input = &[SOME_USER_NAME, SOME_MARKER, SOME_MAX_ITEMS];

/// PutUserPolicy.
pub static PUT_USER_POLICY: Input = &[USER_NAME, POLICY_NAME, POLICY_DOCUMENT];

/// GetUserPolicy and DeleteUserPolicy.
pub static USER_POLICY: Input = &[USER_NAME, POLICY_NAME];

/// AttachUserPolicy and DetachUserPolicy.
pub static USER_ATTACHMENT: Input = &[NEW_USER_NAME, POLICY_ARN];

/// ListAttachedUserPolicies.
pub static LIST_ATTACHED_USER_POLICIES: Input =
    &[NEW_USER_NAME, POLICY_PREFIX, SOME_MARKER, SOME_MAX_ITEMS];

/// PutUserPermissionsBoundary.
pub static PUT_USER_PERMISSIONS_BOUNDARY: Input = &[NEW_USER_NAME, BOUNDARY];

/// DeleteUserPermissionsBoundary.
pub static DELETE_USER_PERMISSIONS_BOUNDARY: Input = &[NEW_USER_NAME];

/// CreateGroup.
pub static CREATE_GROUP: Input = &[Member::optional("path", &PATH), GROUP_NAME];

/// What names a group and no more: DeleteGroup.
pub static GROUP: Input = &[GROUP_NAME];

/// A list of what a group has: its members, its inline policies.
pub static LIST_OF_GROUP: Input = &[GROUP_NAME, SOME_MARKER, SOME_MAX_ITEMS];

/// UpdateGroup.
pub static UPDATE_GROUP: Input = &[
    GROUP_NAME,
    NEW_PATH,
    Member::optional("newGroupName", &NAME_128),
];

/// AddUserToGroup and RemoveUserFromGroup.
pub static MEMBERSHIP: Input = &[GROUP_NAME, USER_NAME];

/// PutGroupPolicy.
pub static PUT_GROUP_POLICY: Input = &[GROUP_NAME, POLICY_NAME, POLICY_DOCUMENT];

/// GetGroupPolicy and DeleteGroupPolicy.
pub static GROUP_POLICY: Input = &[GROUP_NAME, POLICY_NAME];

/// AttachGroupPolicy and DetachGroupPolicy.
pub static GROUP_ATTACHMENT: Input = &[GROUP_NAME, POLICY_ARN];

/// ListAttachedGroupPolicies.
pub static LIST_ATTACHED_GROUP_POLICIES: Input =
    &[GROUP_NAME, POLICY_PREFIX, SOME_MARKER, SOME_MAX_ITEMS];

/// UpdateAccessKey.
pub static UPDATE_ACCESS_KEY: Input =
    &[SOME_USER_NAME, KEY_ID, Member::required("status", &STATUS)];

/// DeleteAccessKey.
pub static DELETE_ACCESS_KEY: Input = &[SOME_USER_NAME, KEY_ID];

/// GetAccessKeyLastUsed.
pub static ACCESS_KEY: Input = &[KEY_ID];

/// GetAccountSummary.
pub static NOTHING: Input = &[];

/// ListAccountAliases.
pub static LIST: Input = &[SOME_MARKER, SOME_MAX_ITEMS];

/// CreateAccountAlias and DeleteAccountAlias.
pub static ACCOUNT_ALIAS_NAME: Input = &[Member::required("accountAlias", &ACCOUNT_ALIAS)];

/// GetAccountAuthorizationDetails.
pub static AUTHORIZATION_DETAILS: Input = &[
    Member::optional("filter", &ENTITIES),
    SOME_MAX_ITEMS,
    SOME_MARKER,
];

/// SimulateCustomPolicy.
pub static SIMULATE_CUSTOM_POLICY: Input = &[
    Member::required("policyInputList", &DOCUMENTS),
    Member::optional("permissionsBoundaryPolicyInputList", &DOCUMENTS),
    Member::optional("orderedOrganizationPolicyInputList", &ORGANIZATION),
    Member::required("actionNames", &ACTIONS),
    Member::optional("resourceArns", &RESOURCES),
    Member::optional("resourcePolicy", &DOCUMENT),
    Member::optional("resourceOwner", &RESOURCE),
    Member::optional("callerArn", &RESOURCE),
    Member::optional("contextEntries", &CONTEXT_ENTRIES),
    Member::optional("resourceHandlingOption", &HANDLING),
    SOME_MAX_ITEMS,
    SOME_MARKER,
];

/// SimulatePrincipalPolicy.
pub static SIMULATE_PRINCIPAL_POLICY: Input = &[
    Member::required("policySourceArn", &ARN),
    Member::optional("policyInputList", &DOCUMENTS),
    Member::optional("permissionsBoundaryPolicyInputList", &DOCUMENTS),
    Member::optional("policyExclusionList", &EXCLUSIONS),
    Member::required("actionNames", &ACTIONS),
    Member::optional("resourceArns", &RESOURCES),
    Member::optional("resourcePolicy", &DOCUMENT),
    Member::optional("resourceOwner", &RESOURCE),
    Member::optional("callerArn", &RESOURCE),
    Member::optional("contextEntries", &CONTEXT_ENTRIES),
    Member::optional("resourceHandlingOption", &HANDLING),
    SOME_MAX_ITEMS,
    SOME_MARKER,
];

/// GetContextKeysForCustomPolicy.
pub static CONTEXT_KEYS_FOR_CUSTOM_POLICY: Input =
    &[Member::required("policyInputList", &DOCUMENTS)];

/// GetContextKeysForPrincipalPolicy.
pub static CONTEXT_KEYS_FOR_PRINCIPAL_POLICY: Input = &[
    Member::required("policySourceArn", &ARN),
    Member::optional("policyInputList", &DOCUMENTS),
];
