//! The input shapes of the sts model of 2011-06-15 (botocore 1.44.5): each member with its constraints, named as in errors,
//! with a small first letter. The front end's table names one for each operation.

use crate::constraints::{Member, Pattern, Shape, list, text};
use crate::iam::patterns::{DOCUMENT, TAG_KEY, TAG_VALUE};

/// The members of one operation's input.
pub type Input = &'static [Member];

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'=' | b',' | b'.' | b'@' | b'-')
}

static NAME: Pattern = Pattern {
    text: "[\\w+=,.@-]*",
    matches: |text| text.bytes().all(is_name),
};
static EXTERNAL: Pattern = Pattern {
    text: "[\\w+=,.@:\\/-]*",
    matches: |text| {
        text.bytes()
            .all(|byte| is_name(byte) || matches!(byte, b':' | b'/'))
    },
};
static SERIAL: Pattern = Pattern {
    text: "[\\w+=/:,.@-]*",
    matches: EXTERNAL.matches,
};
static DIGITS: Pattern = Pattern {
    text: "[\\d]*",
    matches: |text| text.bytes().all(|byte| byte.is_ascii_digit()),
};
static WORD: Pattern = Pattern {
    text: "[\\w]*",
    matches: |text| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    },
};
/// Unicode without control characters but tab, line ends and U+0085.
static ARN_TEXT: Pattern = Pattern {
    text: "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+",
    matches: |text| {
        !text.is_empty()
            && text.chars().all(|character| {
                matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}')
                    || character >= '\u{a0}' && !matches!(character, '\u{fffe}' | '\u{ffff}')
            })
    },
};

static ARN: Shape = text(20, 2048, Some(&ARN_TEXT));
static SESSION_NAME: Shape = text(2, 64, Some(&NAME));
static FEDERATED_NAME: Shape = text(2, 32, Some(&NAME));
static EXTERNAL_ID: Shape = text(2, 1224, Some(&EXTERNAL));
static SERIAL_NUMBER: Shape = text(9, 256, Some(&SERIAL));
static TOKEN_CODE: Shape = text(6, 6, Some(&DIGITS));
static SESSION_POLICY: Shape = text(1, 2048, Some(&DOCUMENT));
/// AssumeRole's; what is too long has an error of its own.
static ANY_SESSION_POLICY: Shape = Shape::Text {
    min: 1,
    max: None,
    pattern: Some(&DOCUMENT),
    sensitive: false,
};
static ROLE_DURATION: Shape = Shape::Integer(Some((900, 43_200)));
static USER_DURATION: Shape = Shape::Integer(Some((900, 129_600)));
static TOKEN_SIZE: Shape = Shape::Integer(Some((0, 4096)));
static WEB_IDENTITY_TOKEN: Shape = Shape::Text {
    min: 4,
    max: Some(20_000),
    pattern: None,
    sensitive: true,
};
static PROVIDER_ID: Shape = text(4, 2048, None);
static ENCODED_MESSAGE: Shape = text(1, 10_240, None);
static ACCESS_KEY_ID: Shape = text(16, 128, Some(&WORD));
static CONTEXT_ASSERTION: Shape = text(4, 2048, None);

static TAG_KEY_SHAPE: Shape = text(1, 128, Some(&TAG_KEY));
static TAG_VALUE_SHAPE: Shape = text(0, 256, Some(&TAG_VALUE));
static TAG: Shape = Shape::Structure(&[
    Member::required("key", &TAG_KEY_SHAPE),
    Member::required("value", &TAG_VALUE_SHAPE),
]);
static TAGS: Shape = list(&TAG, 50);
static TAG_KEYS: Shape = list(&TAG_KEY_SHAPE, 50);
static POLICY_DESCRIPTOR: Shape = Shape::Structure(&[Member::optional("arn", &ARN)]);
static POLICY_ARNS: Shape = Shape::List {
    of: &POLICY_DESCRIPTOR,
    max: None,
};
static PROVIDED_CONTEXT: Shape = Shape::Structure(&[
    Member::optional("providerArn", &ARN),
    Member::optional("contextAssertion", &CONTEXT_ASSERTION),
]);
static PROVIDED_CONTEXTS: Shape = list(&PROVIDED_CONTEXT, 5);

const SOME_TAGS: Member = Member::optional("tags", &TAGS);
const SOME_POLICY_ARNS: Member = Member::optional("policyArns", &POLICY_ARNS);
const SOME_TOKEN_SIZE: Member = Member::optional("minimumSessionTokenSize", &TOKEN_SIZE);
const SOME_SERIAL_NUMBER: Member = Member::optional("serialNumber", &SERIAL_NUMBER);
const SOME_TOKEN_CODE: Member = Member::optional("tokenCode", &TOKEN_CODE);

/// AssumeRole.
pub static ASSUME_ROLE: Input = &[
    Member::required("roleArn", &ARN),
    Member::required("roleSessionName", &SESSION_NAME),
    SOME_POLICY_ARNS,
    Member::optional("policy", &ANY_SESSION_POLICY),
    Member::optional("durationSeconds", &ROLE_DURATION),
    SOME_TAGS,
    Member::optional("transitiveTagKeys", &TAG_KEYS),
    Member::optional("externalId", &EXTERNAL_ID),
    SOME_SERIAL_NUMBER,
    SOME_TOKEN_CODE,
    Member::optional("sourceIdentity", &SESSION_NAME),
    Member::optional("providedContexts", &PROVIDED_CONTEXTS),
    SOME_TOKEN_SIZE,
];

/// AssumeRoleWithWebIdentity.
pub static ASSUME_ROLE_WITH_WEB_IDENTITY: Input = &[
    Member::required("roleArn", &ARN),
    Member::required("roleSessionName", &SESSION_NAME),
    Member::required("webIdentityToken", &WEB_IDENTITY_TOKEN),
    Member::optional("providerId", &PROVIDER_ID),
    SOME_POLICY_ARNS,
    Member::optional("policy", &SESSION_POLICY),
    Member::optional("durationSeconds", &ROLE_DURATION),
    SOME_TOKEN_SIZE,
];

/// DecodeAuthorizationMessage.
pub static DECODE_AUTHORIZATION_MESSAGE: Input =
    &[Member::required("encodedMessage", &ENCODED_MESSAGE)];

/// GetAccessKeyInfo.
pub static GET_ACCESS_KEY_INFO: Input = &[Member::required("accessKeyId", &ACCESS_KEY_ID)];

/// GetCallerIdentity.
pub static GET_CALLER_IDENTITY: Input = &[];

/// GetFederationToken.
pub static GET_FEDERATION_TOKEN: Input = &[
    Member::required("name", &FEDERATED_NAME),
    Member::optional("policy", &SESSION_POLICY),
    SOME_POLICY_ARNS,
    Member::optional("durationSeconds", &USER_DURATION),
    SOME_TAGS,
    SOME_TOKEN_SIZE,
];

/// GetSessionToken.
pub static GET_SESSION_TOKEN: Input = &[
    Member::optional("durationSeconds", &USER_DURATION),
    SOME_SERIAL_NUMBER,
    SOME_TOKEN_CODE,
    SOME_TOKEN_SIZE,
];
