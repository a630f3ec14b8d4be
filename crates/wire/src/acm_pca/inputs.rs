//! The input shapes of the acm-pca model of 2017-08-22 (botocore 1.44.5): each member with its constraints. The front end's route table names
//! one for each operation. What lies deeper is checked by who reads it.

use crate::constraints::{Member, Pattern, Shape, list, text};
use crate::iam::patterns::in_tag;

/// Letters and digits of ASCII, and these others.
pub(crate) fn is_word(text: &str, others: &str) -> bool {
    text.chars()
        .all(|one| one.is_ascii_alphanumeric() || others.contains(one))
}

/// An ARN of a service, with an account in it where it must be.
pub(crate) fn is_arn(text: &str, of: &str, with_account: bool) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [head, partition, service, region, account, resource] = parts.as_slice() else {
        return false;
    };
    *head == "arn"
        && !partition.is_empty()
        && is_word(partition, "_+=/,.@-")
        && *service == of
        && is_word(region, "_+=/,.@-")
        && (!with_account || !account.is_empty())
        && account.bytes().all(|digit| digit.is_ascii_digit())
        && resource
            .split('/')
            .all(|part| !part.is_empty() && is_word(part, "_+=,.@-"))
}

static ARN: Shape = text(
    5,
    200,
    Some(&Pattern {
        text: "arn:[\\w+=/,.@-]+:acm-pca:[\\w+=/,.@-]*:[0-9]*:[\\w+=,.@-]+(/[\\w+=,.@-]+)*",
        matches: |text| is_arn(text, "acm-pca", false),
    }),
);
static TOKEN: Shape = text(1, 36, None);
static NEXT_TOKEN: Shape = text(1, 43_739, None);
static MAX_RESULTS: Shape = Shape::Integer(Some((1, 1000)));
static ACCOUNT: Shape = text(
    12,
    12,
    Some(&Pattern {
        text: "[0-9]+",
        matches: |text| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit()),
    }),
);
static PRINCIPAL: Shape = text(
    0,
    128,
    Some(&Pattern {
        text: "[^*]+",
        matches: |text| !text.is_empty() && !text.contains('*'),
    }),
);
static ACTION: Shape = Shape::OneOf(&["IssueCertificate", "GetCertificate", "ListPermissions"]);
static ACTIONS: Shape = list(&ACTION, 3);
static POLICY: Shape = text(1, 81_920, None);
static CSR: Shape = Shape::Blob {
    min: 1,
    max: 32_768,
};
static CERTIFICATE: Shape = Shape::Blob {
    min: 1,
    max: 32_768,
};
static CHAIN: Shape = Shape::Blob {
    min: 0,
    max: 2_097_152,
};
static SERIAL: Shape = text(0, 128, None);
static DAYS: Shape = Shape::Integer(Some((7, 30)));
static STRING: Shape = Shape::Text {
    min: 0,
    max: None,
    pattern: None,
    sensitive: false,
};

static TAG_CHARACTERS: Pattern = Pattern {
    text: "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)",
    matches: |text| text.chars().all(in_tag),
};
static TAG_KEY: Shape = text(1, 128, Some(&TAG_CHARACTERS));
static TAG_VALUE: Shape = text(0, 256, Some(&TAG_CHARACTERS));
static TAG: Shape = Shape::Structure(&[
    Member::required("Key", &TAG_KEY),
    Member::optional("Value", &TAG_VALUE),
]);
/// Tags as Private CA and Certificate Manager have them.
pub(crate) static TAGS: Shape = list(&TAG, 50);

static KEY_ALGORITHM: Shape = Shape::OneOf(&[
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "EC_prime256v1",
    "EC_secp384r1",
    "EC_secp521r1",
    "ML_DSA_44",
    "ML_DSA_65",
    "ML_DSA_87",
    "SM2",
]);
static SIGNING_ALGORITHM: Shape = Shape::OneOf(&[
    "SHA256WITHECDSA",
    "SHA384WITHECDSA",
    "SHA512WITHECDSA",
    "SHA256WITHRSA",
    "SHA384WITHRSA",
    "SHA512WITHRSA",
    "SHA256WITHRSA_PSS",
    "SHA384WITHRSA_PSS",
    "SHA512WITHRSA_PSS",
    "SM3WITHSM2",
    "ML_DSA_44",
    "ML_DSA_65",
    "ML_DSA_87",
]);
/// Structures whose members their reader checks.
static OPEN: Shape = Shape::Structure(&[]);
static CONFIGURATION: Shape = Shape::Structure(&[
    Member::required("KeyAlgorithm", &KEY_ALGORITHM),
    Member::required("SigningAlgorithm", &SIGNING_ALGORITHM),
    Member::required("Subject", &OPEN),
    Member::optional("CsrExtensions", &OPEN),
]);
static EXPIRATION: Shape = Shape::Integer(Some((1, 5000)));
static CNAME: Shape = text(
    0,
    253,
    Some(&Pattern {
        text: "[-a-zA-Z0-9;/?:@&=+$,%_.!~*()']*",
        matches: |text| is_word(text, "-;/?:@&=+$,%_.!~*()'"),
    }),
);
static BUCKET: Shape = text(
    3,
    255,
    Some(&Pattern {
        text: "[-a-zA-Z0-9._/]+",
        matches: |text| is_word(text, "-._/"),
    }),
);
static OBJECT_ACL: Shape = Shape::OneOf(&["PUBLIC_READ", "BUCKET_OWNER_FULL_CONTROL"]);
static CRL_TYPE: Shape = Shape::OneOf(&["COMPLETE", "PARTITIONED"]);
static BOOLEAN: Shape = Shape::Boolean;
static CRL_EXTENSION: Shape = Shape::Structure(&[Member::required("OmitExtension", &BOOLEAN)]);
static CRL_PATH: Shape = text(0, 253, None);
static CRLS: Shape = Shape::Structure(&[
    Member::required("Enabled", &BOOLEAN),
    Member::optional("ExpirationInDays", &EXPIRATION),
    Member::optional("CustomCname", &CNAME),
    Member::optional("S3BucketName", &BUCKET),
    Member::optional("S3ObjectAcl", &OBJECT_ACL),
    Member::optional("CrlDistributionPointExtensionConfiguration", &CRL_EXTENSION),
    Member::optional("CrlType", &CRL_TYPE),
    Member::optional("CustomPath", &CRL_PATH),
]);
static OCSP: Shape = Shape::Structure(&[
    Member::required("Enabled", &BOOLEAN),
    Member::optional("OcspCustomCname", &CNAME),
]);
static REVOCATION: Shape = Shape::Structure(&[
    Member::optional("CrlConfiguration", &CRLS),
    Member::optional("OcspConfiguration", &OCSP),
]);
static KIND: Shape = Shape::OneOf(&["ROOT", "SUBORDINATE"]);
static STANDARD: Shape = Shape::OneOf(&[
    "FIPS_140_2_LEVEL_2_OR_HIGHER",
    "FIPS_140_2_LEVEL_3_OR_HIGHER",
    "CCPC_LEVEL_1_OR_HIGHER",
]);
static USAGE_MODE: Shape = Shape::OneOf(&["GENERAL_PURPOSE", "SHORT_LIVED_CERTIFICATE"]);
static STATUS: Shape = Shape::OneOf(&[
    "CREATING",
    "PENDING_CERTIFICATE",
    "ACTIVE",
    "DELETED",
    "DISABLED",
    "EXPIRED",
    "FAILED",
]);
static OWNER: Shape = Shape::OneOf(&["SELF", "OTHER_ACCOUNTS"]);
static REASON: Shape = Shape::OneOf(&[
    "UNSPECIFIED",
    "KEY_COMPROMISE",
    "CERTIFICATE_AUTHORITY_COMPROMISE",
    "AFFILIATION_CHANGED",
    "SUPERSEDED",
    "CESSATION_OF_OPERATION",
    "PRIVILEGE_WITHDRAWN",
    "A_A_COMPROMISE",
]);
static PERIOD: Shape = Shape::OneOf(&["END_DATE", "ABSOLUTE", "DAYS", "MONTHS", "YEARS"]);
static POSITIVE: Shape = Shape::Integer(Some((1, i64::MAX)));
static VALIDITY: Shape = Shape::Structure(&[
    Member::required("Value", &POSITIVE),
    Member::required("Type", &PERIOD),
]);

const AUTHORITY: Member = Member::required("CertificateAuthorityArn", &ARN);

/// CreateCertificateAuthority.
pub static CREATE: &[Member] = &[
    Member::required("CertificateAuthorityConfiguration", &CONFIGURATION),
    Member::optional("RevocationConfiguration", &REVOCATION),
    Member::required("CertificateAuthorityType", &KIND),
    Member::optional("IdempotencyToken", &TOKEN),
    Member::optional("KeyStorageSecurityStandard", &STANDARD),
    Member::optional("Tags", &TAGS),
    Member::optional("UsageMode", &USAGE_MODE),
];
/// What names an authority and nothing else.
pub static ONE: &[Member] = &[AUTHORITY];
/// ListCertificateAuthorities.
pub static LIST: &[Member] = &[
    Member::optional("MaxResults", &MAX_RESULTS),
    Member::optional("NextToken", &NEXT_TOKEN),
    Member::optional("ResourceOwner", &OWNER),
];
/// ListPermissions and ListTags.
pub static LIST_OF_ONE: &[Member] = &[
    Member::optional("MaxResults", &MAX_RESULTS),
    Member::optional("NextToken", &NEXT_TOKEN),
    AUTHORITY,
];
/// UpdateCertificateAuthority.
pub static UPDATE: &[Member] = &[
    AUTHORITY,
    Member::optional("RevocationConfiguration", &REVOCATION),
    Member::optional("Status", &STATUS),
];
/// DeleteCertificateAuthority.
pub static DELETE: &[Member] = &[
    AUTHORITY,
    Member::optional("PermanentDeletionTimeInDays", &DAYS),
];
/// IssueCertificate.
pub static ISSUE: &[Member] = &[
    Member::optional("ApiPassthrough", &OPEN),
    AUTHORITY,
    Member::required("Csr", &CSR),
    Member::required("SigningAlgorithm", &SIGNING_ALGORITHM),
    Member::optional("TemplateArn", &ARN),
    Member::required("Validity", &VALIDITY),
    Member::optional("ValidityNotBefore", &VALIDITY),
    Member::optional("IdempotencyToken", &TOKEN),
];
/// GetCertificate.
pub static GET_CERTIFICATE: &[Member] = &[AUTHORITY, Member::required("CertificateArn", &ARN)];
/// ImportCertificateAuthorityCertificate.
pub static IMPORT: &[Member] = &[
    AUTHORITY,
    Member::required("Certificate", &CERTIFICATE),
    Member::optional("CertificateChain", &CHAIN),
];
/// RevokeCertificate.
pub static REVOKE: &[Member] = &[
    AUTHORITY,
    Member::required("CertificateSerial", &SERIAL),
    Member::required("RevocationReason", &REASON),
];
/// TagCertificateAuthority and UntagCertificateAuthority.
pub static TAGGING: &[Member] = &[AUTHORITY, Member::required("Tags", &TAGS)];
/// CreatePermission.
pub static CREATE_PERMISSION: &[Member] = &[
    AUTHORITY,
    Member::required("Principal", &PRINCIPAL),
    Member::optional("SourceAccount", &ACCOUNT),
    Member::required("Actions", &ACTIONS),
];
/// DeletePermission.
pub static DELETE_PERMISSION: &[Member] = &[
    AUTHORITY,
    Member::required("Principal", &PRINCIPAL),
    Member::optional("SourceAccount", &ACCOUNT),
];
/// GetPolicy and DeletePolicy.
pub static POLICY_OF: &[Member] = &[Member::required("ResourceArn", &ARN)];
/// PutPolicy.
pub static PUT_POLICY: &[Member] = &[
    Member::required("ResourceArn", &ARN),
    Member::required("Policy", &POLICY),
];
/// CreateCertificateAuthorityAuditReport.
pub static CREATE_AUDIT_REPORT: &[Member] = &[
    AUTHORITY,
    Member::required("S3BucketName", &STRING),
    Member::required("AuditReportResponseFormat", &STRING),
];
/// DescribeCertificateAuthorityAuditReport.
pub static DESCRIBE_AUDIT_REPORT: &[Member] =
    &[AUTHORITY, Member::required("AuditReportId", &STRING)];
