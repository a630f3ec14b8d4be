//! The input shapes of the rolesanywhere model of 2018-05-10 (botocore 1.44.5): each member with its place and constraints.
//! The front end's route table names one for each operation.

use crate::constraints::{
    Member, Pattern, Place, Shape, list, role_arn, rolesanywhere_arn, text, uuid,
};

/// The members of one operation's input.
pub type Input = &'static [Member];

const fn secret(min: usize, max: usize, pattern: &'static Pattern) -> Shape {
    Shape::Text {
        min,
        max: Some(max),
        pattern: Some(pattern),
        sensitive: true,
    }
}

static STRING: Shape = Shape::Text {
    min: 0,
    max: None,
    pattern: None,
    sensitive: false,
};
static BOOLEAN: Shape = Shape::Boolean;
static INTEGER: Shape = Shape::Integer(None);

static NAME: Shape = text(
    1,
    255,
    Some(&Pattern {
        text: "[ a-zA-Z0-9-_]*",
        matches: |text| {
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'-' | b'_'))
        },
    }),
);

static ALIAS_NAME: Shape = text(
    0,
    256,
    Some(&Pattern {
        text: "(?!.*//)([A-Za-z]([A-Za-z0-9_/-]*[A-Za-z0-9_-])?)?",
        matches: |text| {
            text.is_empty()
                || text.starts_with(|first: char| first.is_ascii_alphabetic())
                    && !text.ends_with('/')
                    && !text.contains("//")
                    && text.bytes().all(|byte| {
                        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/' | b'-')
                    })
        },
    }),
);

static TAG_CHARACTERS: Pattern = Pattern {
    text: "[ a-zA-Z0-9_.:/=+@-]*",
    matches: |text| {
        text.bytes().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(
                    byte,
                    b' ' | b'_' | b'.' | b':' | b'/' | b'=' | b'+' | b'@' | b'-'
                )
        })
    },
};
static TAG_KEY: Shape = secret(1, 128, &TAG_CHARACTERS);
static TAG_VALUE: Shape = secret(0, 256, &TAG_CHARACTERS);
static TAG: Shape = Shape::Structure(&[
    Member::required("key", &TAG_KEY),
    Member::required("value", &TAG_VALUE),
]);
static TAGS: Shape = list(&TAG, 200);
static TAG_KEYS: Shape = list(&TAG_KEY, 200);
static RESOURCE_ARN: Shape = text(1, 1011, None);

static TRUST_ANCHOR_ID: Shape = text(
    1,
    1011,
    Some(&Pattern {
        text: "([a-f0-9]{8}-([a-z0-9]{4}-){3}[a-z0-9]{12}|arn:aws(-[^:]+)?:rolesanywhere(:.*){2}:(trust-anchor|alias/trust-anchor)/.*)",
        matches: |text| {
            uuid(text) || rolesanywhere_arn(text, &[":trust-anchor/", ":alias/trust-anchor/"])
        },
    }),
);
static PROFILE_ID: Shape = text(
    1,
    1011,
    Some(&Pattern {
        text: "([a-f0-9]{8}-([a-z0-9]{4}-){3}[a-z0-9]{12}|arn:aws(-[^:]+)?:rolesanywhere(:.*){2}:(profile|alias/profile)/.*)",
        matches: |text| uuid(text) || rolesanywhere_arn(text, &[":profile/", ":alias/profile/"]),
    }),
);
static CRL_ID: Shape = text(
    1,
    1011,
    Some(&Pattern {
        text: "([a-f0-9]{8}-([a-z0-9]{4}-){3}[a-z0-9]{12}|arn:aws(-[^:]+)?:rolesanywhere(:.*){2}:(crl|alias/crl)/.*)",
        matches: |text| uuid(text) || rolesanywhere_arn(text, &[":crl/", ":alias/crl/"]),
    }),
);
/// The model lets anything stand around the UUID, and then says that it is 36 characters long.
static UUID: Shape = text(
    36,
    36,
    Some(&Pattern {
        text: ".*[a-f0-9]{8}-([a-z0-9]{4}-){3}[a-z0-9]{12}.*",
        matches: |text| {
            !text.contains('\n')
                && (0..text.len()).any(|at| text.get(at..at + 36).is_some_and(uuid))
        },
    }),
);
static TRUST_ANCHOR_ARN: Shape = text(
    1,
    1011,
    Some(&Pattern {
        text: "arn:aws(-[^:]+)?:rolesanywhere(:.*){2}(:trust-anchor.*|:alias/trust-anchor/.*)",
        matches: |text| rolesanywhere_arn(text, &[":trust-anchor", ":alias/trust-anchor/"]),
    }),
);
static ROLE_ARN: Shape = text(
    1,
    1011,
    Some(&Pattern {
        text: "arn:aws(-[^:]+)?:iam(:.*){2}(:role.*)",
        matches: role_arn,
    }),
);
static ROLE_ARNS: Shape = list(&ROLE_ARN, 250);
static MANAGED_POLICY_ARN: Shape = text(1, 200, None);
static MANAGED_POLICY_ARNS: Shape = list(&MANAGED_POLICY_ARN, 50);
static SESSION_POLICY: Shape = text(1, 100_000, None);
static DURATION: Shape = Shape::Integer(Some((900, 43_200)));
static CRL_DATA: Shape = Shape::Blob {
    min: 1,
    max: 300_000,
};

static SOURCE_TYPE: Shape = Shape::OneOf(&[
    "AWS_ACM_PCA",
    "CERTIFICATE_BUNDLE",
    "SELF_SIGNED_REPOSITORY",
]);
static CERTIFICATE_DATA: Shape = text(1, 204_800, None);
static SOURCE_DATA: Shape = Shape::Structure(&[
    Member::optional("x509CertificateData", &CERTIFICATE_DATA),
    Member::optional("acmPcaArn", &STRING),
]);
static SOURCE: Shape = Shape::Structure(&[
    Member::optional("sourceType", &SOURCE_TYPE),
    Member::optional("sourceData", &SOURCE_DATA),
]);

static EVENT: Shape = Shape::OneOf(&["CA_CERTIFICATE_EXPIRY", "END_ENTITY_CERTIFICATE_EXPIRY"]);
static CHANNEL: Shape = Shape::OneOf(&["ALL"]);
static THRESHOLD: Shape = Shape::Integer(Some((1, 360)));
static NOTIFICATION_SETTING: Shape = Shape::Structure(&[
    Member::required("enabled", &BOOLEAN),
    Member::required("event", &EVENT),
    Member::optional("threshold", &THRESHOLD),
    Member::optional("channel", &CHANNEL),
]);
static NOTIFICATION_SETTINGS: Shape = list(&NOTIFICATION_SETTING, 50);
static NOTIFICATION_SETTING_KEY: Shape = Shape::Structure(&[
    Member::required("event", &EVENT),
    Member::optional("channel", &CHANNEL),
]);
static NOTIFICATION_SETTING_KEYS: Shape = list(&NOTIFICATION_SETTING_KEY, 50);

static CERTIFICATE_FIELD: Shape = Shape::OneOf(&["x509Subject", "x509Issuer", "x509SAN"]);
static SPECIFIER: Shape = text(0, 60, None);
static MAPPING_RULE: Shape = Shape::Structure(&[Member::required("specifier", &SPECIFIER)]);
static MAPPING_RULES: Shape = Shape::List {
    of: &MAPPING_RULE,
    max: None,
};
static SPECIFIERS: Shape = Shape::List {
    of: &STRING,
    max: None,
};
static NEXT_TOKEN: Shape = text(1, 10_000, None);

/// CreateTrustAnchor.
pub static CREATE_TRUST_ANCHOR: Input = &[
    Member::required("name", &NAME),
    Member::required("source", &SOURCE),
    Member::optional("enabled", &BOOLEAN),
    Member::optional("crlDpRevocationEnabled", &BOOLEAN),
    Member::optional("tags", &TAGS),
    Member::optional("notificationSettings", &NOTIFICATION_SETTINGS),
    Member::optional("aliasName", &ALIAS_NAME),
];

/// UpdateTrustAnchor.
pub static UPDATE_TRUST_ANCHOR: Input = &[
    Member::required("trustAnchorId", &TRUST_ANCHOR_ID).at(Place::Path),
    Member::optional("name", &NAME),
    Member::optional("source", &SOURCE),
    Member::optional("crlDpRevocationEnabled", &BOOLEAN),
    Member::optional("aliasName", &ALIAS_NAME),
];

/// Get, Delete, Enable and DisableTrustAnchor.
pub static SCALAR_TRUST_ANCHOR: Input =
    &[Member::required("trustAnchorId", &TRUST_ANCHOR_ID).at(Place::Path)];

/// PutNotificationSettings.
pub static PUT_NOTIFICATION_SETTINGS: Input = &[
    Member::required("trustAnchorId", &UUID),
    Member::required("notificationSettings", &NOTIFICATION_SETTINGS),
];

/// ResetNotificationSettings.
pub static RESET_NOTIFICATION_SETTINGS: Input = &[
    Member::required("trustAnchorId", &UUID),
    Member::required("notificationSettingKeys", &NOTIFICATION_SETTING_KEYS),
];

/// CreateProfile.
pub static CREATE_PROFILE: Input = &[
    Member::required("name", &NAME),
    Member::optional("requireInstanceProperties", &BOOLEAN),
    // The model leaves its length to the service; UpdateProfile's is 1 to 100000.
    Member::optional("sessionPolicy", &SESSION_POLICY),
    Member::required("roleArns", &ROLE_ARNS),
    Member::optional("managedPolicyArns", &MANAGED_POLICY_ARNS),
    Member::optional("durationSeconds", &DURATION),
    Member::optional("enabled", &BOOLEAN),
    Member::optional("tags", &TAGS),
    Member::optional("acceptRoleSessionName", &BOOLEAN),
    Member::optional("aliasName", &ALIAS_NAME),
];

/// UpdateProfile.
pub static UPDATE_PROFILE: Input = &[
    Member::required("profileId", &PROFILE_ID).at(Place::Path),
    Member::optional("name", &NAME),
    Member::optional("sessionPolicy", &SESSION_POLICY),
    Member::optional("roleArns", &ROLE_ARNS),
    Member::optional("managedPolicyArns", &MANAGED_POLICY_ARNS),
    Member::optional("durationSeconds", &DURATION),
    Member::optional("acceptRoleSessionName", &BOOLEAN),
    Member::optional("aliasName", &ALIAS_NAME),
];

/// Get, Delete, Enable and DisableProfile.
pub static SCALAR_PROFILE: Input = &[Member::required("profileId", &PROFILE_ID).at(Place::Path)];

/// PutAttributeMapping.
pub static PUT_ATTRIBUTE_MAPPING: Input = &[
    Member::required("profileId", &PROFILE_ID).at(Place::Path),
    Member::required("certificateField", &CERTIFICATE_FIELD),
    Member::required("mappingRules", &MAPPING_RULES),
];

/// DeleteAttributeMapping.
pub static DELETE_ATTRIBUTE_MAPPING: Input = &[
    Member::required("profileId", &PROFILE_ID).at(Place::Path),
    Member::required("certificateField", &CERTIFICATE_FIELD).at(Place::Query),
    Member::optional("specifiers", &SPECIFIERS).at(Place::Query),
];

/// ImportCrl.
pub static IMPORT_CRL: Input = &[
    Member::required("name", &NAME),
    Member::required("crlData", &CRL_DATA),
    Member::optional("enabled", &BOOLEAN),
    Member::optional("tags", &TAGS),
    Member::required("trustAnchorArn", &TRUST_ANCHOR_ARN),
    Member::optional("aliasName", &ALIAS_NAME),
];

/// UpdateCrl.
pub static UPDATE_CRL: Input = &[
    Member::required("crlId", &CRL_ID).at(Place::Path),
    Member::optional("name", &NAME),
    Member::optional("crlData", &CRL_DATA),
    Member::optional("aliasName", &ALIAS_NAME),
];

/// Get, Delete, Enable and DisableCrl.
pub static SCALAR_CRL: Input = &[Member::required("crlId", &CRL_ID).at(Place::Path)];

/// GetSubject.
pub static SCALAR_SUBJECT: Input = &[Member::required("subjectId", &UUID).at(Place::Path)];

/// The List calls of trust anchors, profiles, CRLs and subjects.
pub static LIST: Input = &[
    Member::optional("nextToken", &NEXT_TOKEN).at(Place::Query),
    Member::optional("pageSize", &INTEGER).at(Place::Query),
];

/// TagResource.
pub static TAG_RESOURCE: Input = &[
    Member::required("resourceArn", &RESOURCE_ARN),
    Member::required("tags", &TAGS),
];

/// UntagResource.
pub static UNTAG_RESOURCE: Input = &[
    Member::required("resourceArn", &RESOURCE_ARN),
    Member::required("tagKeys", &TAG_KEYS),
];

/// ListTagsForResource.
pub static LIST_TAGS_FOR_RESOURCE: Input =
    &[Member::required("resourceArn", &RESOURCE_ARN).at(Place::Query)];
