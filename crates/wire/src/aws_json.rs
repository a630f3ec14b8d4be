//! AWS JSON 1.1 (Smithy, AWS JSON 1.1 protocol): the operation is in a header, members are a JSON object, errors name their type in it.

use serde::Serialize;

/// The media type of requests and answers.
pub const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
/// The header that names service and operation, `{prefix}.{operation}`.
pub const TARGET_HEADER: &str = "x-amz-target";

/// The operation that a target header names, of the service with this prefix.
pub fn operation<'a>(target: &'a str, prefix: &str) -> Option<&'a str> {
    target.strip_prefix(prefix)?.strip_prefix('.')
}

/// The body of an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorBody<'a> {
    /// The error's type.
    #[serde(rename = "__type")]
    pub kind: &'a str,
    /// What the caller is told.
    pub message: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_prefix_and_an_operation() {
        for (target, expected) in [
            ("ACMPrivateCA.ListTags", Some("ListTags")),
            ("ACMPrivateCAs.ListTags", None),
            ("ACMPrivateCA", None),
            ("Other.ListTags", None),
        ] {
            assert_eq!(operation(target, "ACMPrivateCA"), expected, "{target}");
        }
    }
}
