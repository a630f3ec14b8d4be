//! What breaks which constraint, and the words for it.

use serde_json::{Value, json};

use crate::rolesanywhere::inputs;

use super::{Member, check};

fn said(members: &[Member], given: Value) -> String {
    let Value::Object(given) = given else {
        return "no object".to_owned();
    };
    check(members, &given).map_or_else(|error| error.to_string(), |()| String::new())
}

const PATTERN: &str = "Member must satisfy regular expression pattern: [ a-zA-Z0-9-_]*";

#[test]
fn violations_are_said_in_the_words_of_aws() {
    let profile = |member: &str, value: Value| {
        said(
            inputs::CREATE_PROFILE,
            json!({"name": "n", "roleArns": [], member: value}),
        )
    };
    for (found, expected) in [
        (
            profile("durationSeconds", json!(899)),
            "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900".to_owned(),
        ),
        (
            profile("durationSeconds", json!(43201)),
            "1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200".to_owned(),
        ),
        (
            said(inputs::CREATE_PROFILE, json!({"name": null})),
            "2 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; Value null at 'roleArns' failed to satisfy constraint: Member must not be null".to_owned(),
        ),
        (
            profile("name", json!("a.b")),
            format!("1 validation error detected: Value 'a.b' at 'name' failed to satisfy constraint: {PATTERN}"),
        ),
        (
            profile("name", json!("")),
            "1 validation error detected: Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1".to_owned(),
        ),
        (
            profile("tags", json!([{"key": "a", "value": "b"}, {"key": "a<", "value": null}])),
            "2 validation errors detected: Value at 'tags.2.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [ a-zA-Z0-9_.:/=+@-]*; Value null at 'tags.2.member.value' failed to satisfy constraint: Member must not be null".to_owned(),
        ),
        (
            profile("managedPolicyArns", json!(["a", ""])),
            "1 validation error detected: Value '[a, ]' at 'managedPolicyArns' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 200, Member must have length greater than or equal to 1, Member must not be null]".to_owned(),
        ),
        (
            said(
                inputs::CREATE_TRUST_ANCHOR,
                json!({"name": "n", "source": {"sourceType": "X", "sourceData": {"x509CertificateData": ""}}}),
            ),
            "2 validation errors detected: Value 'X' at 'source.sourceType' failed to satisfy constraint: Member must satisfy enum value set: [AWS_ACM_PCA, CERTIFICATE_BUNDLE, SELF_SIGNED_REPOSITORY]; Value '' at 'source.sourceData.x509CertificateData' failed to satisfy constraint: Member must have length greater than or equal to 1".to_owned(),
        ),
    ] {
        assert_eq!(found, expected);
    }
}

#[test]
fn limits_hold_at_under_and_over() {
    let role = "arn:aws:iam::000000000000:role/r";
    let long_role = |length: usize| format!("{role:r<length$}");
    for (input, member, fits, does_not) in [
        (
            inputs::CREATE_PROFILE,
            "name",
            json!("n".repeat(255)),
            json!("n".repeat(256)),
        ),
        (
            inputs::CREATE_PROFILE,
            "roleArns",
            json!([role; 250].to_vec()),
            json!(vec![role; 251]),
        ),
        (
            inputs::CREATE_PROFILE,
            "roleArns",
            json!([long_role(1011)]),
            json!([long_role(1012)]),
        ),
        (
            inputs::CREATE_PROFILE,
            "managedPolicyArns",
            json!(["m".repeat(200)]),
            json!(["m".repeat(201)]),
        ),
        (
            inputs::CREATE_PROFILE,
            "managedPolicyArns",
            json!(vec!["m"; 50]),
            json!(vec!["m"; 51]),
        ),
        (
            inputs::CREATE_PROFILE,
            "sessionPolicy",
            json!("é".repeat(100_000)),
            json!("é".repeat(100_001)),
        ),
        (
            inputs::CREATE_PROFILE,
            "aliasName",
            json!("a".repeat(256)),
            json!("a".repeat(257)),
        ),
        (inputs::CREATE_PROFILE, "aliasName", json!(""), json!("a/")),
        (
            inputs::CREATE_PROFILE,
            "aliasName",
            json!("a/b-c_9-"),
            json!("a//b"),
        ),
        (inputs::CREATE_PROFILE, "aliasName", json!("Z"), json!("9")),
        (inputs::IMPORT_CRL, "crlData", json!("AA=="), json!("")),
        (
            inputs::IMPORT_CRL,
            "crlData",
            json!("A".repeat(400_000)),
            json!("A".repeat(400_004)),
        ),
        (
            inputs::LIST,
            "nextToken",
            json!("t".repeat(10_000)),
            json!("t".repeat(10_001)),
        ),
    ] {
        let rest = |value: Value| {
            json!({
                "name": "n", "roleArns": [], "crlData": "AAAA",
                "trustAnchorArn": "arn:aws:rolesanywhere:r:a:trust-anchor/x", member: value,
            })
        };
        assert_eq!(said(input, rest(fits)), "", "{member}");
        let said = said(input, rest(does_not));
        assert!(
            said.starts_with("1 validation error detected: ") && said.contains(member),
            "{member}: {said}"
        );
    }
}

#[test]
fn what_was_given_is_shown_in_part() {
    let said = said(
        inputs::CREATE_PROFILE,
        json!({"name": format!("\n{}", "x".repeat(5000)), "roleArns": []}),
    );
    assert!(
        said.starts_with("2 validation errors detected: Value ' xxx"),
        "{said}"
    );
    assert!(said.len() < 1000, "{}", said.len());
    assert!(
        serde_json::to_string(&said)
            .unwrap()
            .contains("xxx' at 'name'")
    );
}
