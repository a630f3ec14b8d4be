//! The input shapes of the acm model of 2015-12-08 (botocore 1.44.5), of the operations that are served: each member with its
//! constraints. The front end's route table names one for each operation. What lies deeper is checked by who reads it.

use crate::acm_pca::inputs::{TAGS, is_arn, is_word};
use crate::constraints::{Member, Pattern, Shape, list, text};

static ARN: Shape = text(
    20,
    2048,
    Some(&Pattern {
        text: "arn:[\\w+=/,.@-]+:acm:[\\w+=/,.@-]*:[0-9]+:[\\w+=,.@-]+(/[\\w+=,.@-]+)*",
        matches: |text| is_arn(text, "acm", true),
    }),
);
static AUTHORITY_ARN: Shape = text(
    20,
    2048,
    Some(&Pattern {
        text: "arn:[\\w+=/,.@-]+:acm-pca:[\\w+=/,.@-]*:[0-9]+:[\\w+=,.@-]+(/[\\w+=,.@-]+)*",
        matches: |text| is_arn(text, "acm-pca", true),
    }),
);

fn is_domain(text: &str) -> bool {
    let bare = text.strip_prefix("*.").unwrap_or(text);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && is_word(label, "-")
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    bare.contains('.') && bare.split('.').all(is_label)
}

static DOMAIN: Shape = text(
    1,
    253,
    Some(&Pattern {
        text: "(\\*\\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])",
        matches: is_domain,
    }),
);
static DOMAINS: Shape = list(&DOMAIN, 100);
static METHOD: Shape = Shape::OneOf(&["EMAIL", "DNS", "HTTP"]);
static TOKEN: Shape = text(
    1,
    32,
    Some(&Pattern {
        text: "\\w+",
        matches: |text| !text.is_empty() && is_word(text, "_"),
    }),
);
static KEY_ALGORITHM: Shape = Shape::OneOf(&[
    "RSA_1024",
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "EC_prime256v1",
    "EC_secp384r1",
    "EC_secp521r1",
]);
static SWITCH: Shape = Shape::OneOf(&["ENABLED", "DISABLED"]);
static OPTIONS: Shape = Shape::Structure(&[
    Member::optional("CertificateTransparencyLoggingPreference", &SWITCH),
    Member::optional("Export", &SWITCH),
    Member::optional("ValidationMethod", &METHOD),
]);
static MANAGED_BY: Shape = Shape::OneOf(&["CLOUDFRONT"]);
static OPEN: Shape = Shape::Structure(&[]);
static VALIDATION_OPTIONS: Shape = list(&OPEN, 100);

static PASSPHRASE: Shape = Shape::Blob { min: 4, max: 128 };
static CERTIFICATE: Shape = Shape::Blob {
    min: 1,
    max: 32_768,
};
static PRIVATE_KEY: Shape = Shape::Blob { min: 1, max: 8192 };
static CHAIN: Shape = Shape::Blob {
    min: 1,
    max: 2_097_152,
};
static STATUS: Shape = Shape::OneOf(&[
    "PENDING_VALIDATION",
    "ISSUED",
    "INACTIVE",
    "EXPIRED",
    "VALIDATION_TIMED_OUT",
    "REVOKED",
    "FAILED",
]);
static STATUSES: Shape = Shape::List {
    of: &STATUS,
    max: None,
};
static ORIGIN: Shape = Shape::OneOf(&["AWS_MANAGED", "ACME", "CUSTOMER_PROVIDED"]);
static ORIGINS: Shape = list(&ORIGIN, 3);
static NEXT_TOKEN: Shape = text(1, 10_000, None);
static MAX_ITEMS: Shape = Shape::Integer(Some((1, 1000)));
static SORT_BY: Shape = Shape::OneOf(&["CREATED_AT"]);
static SORT_ORDER: Shape = Shape::OneOf(&["ASCENDING", "DESCENDING"]);

/// Operations on one certificate.
pub static ONE: &[Member] = &[Member::required("CertificateArn", &ARN)];
/// RequestCertificate.
pub static REQUEST: &[Member] = &[
    Member::required("DomainName", &DOMAIN),
    Member::optional("ValidationMethod", &METHOD),
    Member::optional("SubjectAlternativeNames", &DOMAINS),
    Member::optional("IdempotencyToken", &TOKEN),
    Member::optional("DomainValidationOptions", &VALIDATION_OPTIONS),
    Member::optional("Options", &OPTIONS),
    Member::optional("CertificateAuthorityArn", &AUTHORITY_ARN),
    Member::optional("Tags", &TAGS),
    Member::optional("KeyAlgorithm", &KEY_ALGORITHM),
    Member::optional("ManagedBy", &MANAGED_BY),
];
/// ExportCertificate.
pub static EXPORT: &[Member] = &[
    Member::required("CertificateArn", &ARN),
    Member::required("Passphrase", &PASSPHRASE),
];
/// ImportCertificate.
pub static IMPORT: &[Member] = &[
    Member::optional("CertificateArn", &ARN),
    Member::required("Certificate", &CERTIFICATE),
    Member::required("PrivateKey", &PRIVATE_KEY),
    Member::optional("CertificateChain", &CHAIN),
    Member::optional("Tags", &TAGS),
];
/// AddTagsToCertificate and RemoveTagsFromCertificate.
pub static TAGGING: &[Member] = &[
    Member::required("CertificateArn", &ARN),
    Member::required("Tags", &TAGS),
];
/// ListCertificates.
pub static LIST: &[Member] = &[
    Member::optional("CertificateStatuses", &STATUSES),
    Member::optional("CertificateKeyPairOrigins", &ORIGINS),
    Member::optional("Includes", &OPEN),
    Member::optional("NextToken", &NEXT_TOKEN),
    Member::optional("MaxItems", &MAX_ITEMS),
    Member::optional("SortBy", &SORT_BY),
    Member::optional("SortOrder", &SORT_ORDER),
];
