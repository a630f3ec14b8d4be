//! Each rule of `lint` finds what it is for, with its line, and leaves alone what looks like it.

use anyrole_policy::PolicyKind::{self, Identity, Resource, Trust};
use anyrole_policy::lint::{Finding, Rule, Severity, guess_kind, lint};

/// A policy of version 2012-10-17 whose statement begins on line 2.
fn of(kind: PolicyKind, statement: &str) -> Vec<Finding> {
    lint(
        &format!("{{\"Version\": \"2012-10-17\", \"Statement\":\n{{{statement}}}}}"),
        kind,
    )
}

fn rules(findings: &[Finding]) -> Vec<(Rule, usize)> {
    findings
        .iter()
        .map(|finding| (finding.rule, finding.line))
        .collect()
}

#[test]
fn actions() {
    let allow =
        |action: &str| format!("\"Effect\": \"Allow\",\n\"Action\": {action}, \"Resource\": \"*\"");
    for (action, cure) in [
        (r#""s3:GetObjekt""#, Some("did you mean `s3:GetObject`?")),
        (r#""iam:passrol""#, Some("did you mean `iam:PassRole`?")),
        (
            r#""rolesanywhere:CreateTrustAnker""#,
            Some("did you mean `rolesanywhere:CreateTrustAnchor`?"),
        ),
        (
            r#""acm-pca:Frobnicate""#,
            Some("look it up among the actions of acm-pca"),
        ),
        (
            r#""s3:Fetch*""#,
            Some("write the name of an action, or a pattern that matches one"),
        ),
        (r#""S3:getobject""#, None),
        (r#"["s3:Get*", "sts:AssumeRole", "*", "*:*"]"#, None),
        // Services that aren't served may have any action.
        (r#""ec2:RunInstanzes""#, None),
        (r#""anyrole:Explain""#, None),
    ] {
        let findings = of(Identity, &allow(action));
        match cure {
            None => assert_eq!(findings, [], "{action}"),
            Some(cure) => {
                assert_eq!(rules(&findings), [(Rule::UnknownAction, 3)], "{action}");
                assert_eq!(findings.first().unwrap().cure, cure, "{action}");
            }
        }
    }
    let deny = r#""Effect": "Deny", "NotAction": "s3:GetObjekt", "Resource": "*""#;
    assert_eq!(rules(&of(Identity, deny)), [(Rule::UnknownAction, 2)]);
}

#[test]
fn keys() {
    for (condition, cure) in [
        (
            r#""StringEquals": {"aws:PrincipelTag/team": "a"}"#,
            Some("did you mean `aws:PrincipalTag/team`?"),
        ),
        (
            r#""StringEquals": {"asw:SourceAccount": "a"}"#,
            Some("did you mean `aws:SourceAccount`?"),
        ),
        (
            r#""StringEquals": {"aws:Colour": "a"}"#,
            Some("look it up among the condition keys of `aws`"),
        ),
        (
            r#""StringEquals": {"rolesanywhere:Anchor": "a"}"#,
            Some("look it up among the condition keys of `rolesanywhere`"),
        ),
        (
            r#""StringEquals": {"aws:PrincipalTag/x509Subjct/CN": "a"}"#,
            Some("did you mean `aws:PrincipalTag/x509Subject/CN`?"),
        ),
        (
            r#""StringEquals": {"aws:PrincipalTag/x509Name": "a"}"#,
            Some("tags of certificates begin with x509Subject/, x509Issuer/, x509SAN/"),
        ),
        (
            r#""StringEquals": {"aws:SourceIdentity": "${aws:usernme}"}"#,
            Some("did you mean `aws:username`?"),
        ),
        (
            r#""StringEquals": {"AWS:principaltag/TEAM": "a", "s3:prefix": "a", "sts:ExternalId": "a"}"#,
            None,
        ),
        (
            r#""StringEquals": {"aws:PrincipalTag/x509SAN/DNS": "a"}"#,
            None,
        ),
        (
            r#""StringEquals": {"token.actions.githubusercontent.com:sub": "a"}"#,
            None,
        ),
        (r#""StringEquals": {"kms:ViaService": "a"}"#, None),
    ] {
        let statement = format!(
            "\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\",\n\"Condition\":\n{{{condition}}}"
        );
        let findings = of(Identity, &statement);
        match cure {
            None => assert_eq!(findings, [], "{condition}"),
            Some(cure) => {
                assert_eq!(
                    rules(&findings),
                    [(Rule::UnknownConditionKey, 4)],
                    "{condition}"
                );
                assert_eq!(findings.first().unwrap().cure, cure, "{condition}");
            }
        }
    }
}

#[test]
fn statements_that_never_match() {
    let conditions = |text: &str| {
        format!(r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {{{text}}}"#)
    };
    for text in [
        r#""Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b/*""#
            .to_owned(),
        r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b""#.to_owned(),
        r#""Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:iam::000000000000:role/a""#
            .to_owned(),
        r#""Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "arn:aws:s3:::b""#
            .to_owned(),
        r#""Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::*:user/a""#
            .to_owned(),
        r#""Effect": "Deny", "NotAction": "*", "Resource": "*""#.to_owned(),
        r#""Effect": "Deny", "Action": "*", "NotResource": ["arn:aws:s3:::b", "*"]"#.to_owned(),
        r#""Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:TagKeys}""#
            .to_owned(),
        conditions(r#""Null": {"s3:prefix": "true"}, "StringEquals": {"s3:Prefix": "a"}"#),
        conditions(
            r#""StringEquals": {"s3:prefix": "a"}, "StringNotEquals": {"s3:prefix": ["a", "b"]}"#,
        ),
        conditions(
            r#""NumericLessThan": {"s3:max-keys": 5}, "NumericGreaterThanEquals": {"s3:max-keys": 5}"#,
        ),
        conditions(
            r#""DateGreaterThan": {"aws:CurrentTime": "2031-01-01T00:00:00Z"}, "DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}"#,
        ),
    ] {
        let findings = of(Identity, &text);
        assert_eq!(
            rules(&findings),
            [(Rule::NeverMatches, 2)],
            "{text}\n{findings:?}"
        );
        assert_eq!(findings.first().unwrap().severity, Severity::Error);
    }
    for text in [
        r#""Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b*""#.to_owned(),
        r#""Effect": "Allow", "Action": ["s3:Get*", "ec2:*"], "Resource": "arn:aws:s3:::b/*""#.to_owned(),
        r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::${aws:username}""#.to_owned(),
        r#""Effect": "Deny", "NotAction": "s3:*", "NotResource": "arn:aws:s3:::b""#.to_owned(),
        conditions(r#""Null": {"s3:prefix": "true"}, "StringEqualsIfExists": {"s3:prefix": "a"}"#),
        conditions(r#""Null": {"s3:prefix": "false"}, "StringEquals": {"s3:prefix": "a"}"#),
        conditions(r#""StringEquals": {"s3:prefix": ["a", "c"]}, "StringNotEquals": {"s3:prefix": ["a", "b"]}"#),
        conditions(r#""NumericLessThanEquals": {"s3:max-keys": 5}, "NumericGreaterThanEquals": {"s3:max-keys": 5}"#),
    ] {
        assert_eq!(of(Identity, &text), [], "{text}");
    }
    let nobody = r#""Effect": "Deny", "NotPrincipal": "*", "Action": "s3:*", "Resource": "*""#;
    assert_eq!(rules(&of(Resource, nobody)), [(Rule::NeverMatches, 2)]);
    // One action of several is no error: the others do what they say.
    let mixed = r#""Effect": "Allow", "Action": ["s3:GetObject",
        "s3:ListBucket"], "Resource": "arn:aws:s3:::b/*""#;
    let findings = of(Identity, mixed);
    assert_eq!(rules(&findings), [(Rule::NeverMatches, 3)]);
    assert_eq!(findings.first().unwrap().severity, Severity::Warning);
    let old = r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:username}"}}"#;
    assert_eq!(rules(&lint(old, Identity)), [(Rule::NeverMatches, 1)]);
}

#[test]
fn misleading_conditions() {
    for (condition, count) in [
        (r#""StringEquals": {"s3:prefix": "home/*"}"#, 1),
        (r#""StringNotEqualsIgnoreCase": {"s3:prefix": "home/*"}"#, 1),
        (r#""StringLike": {"s3:prefix": "home/*"}"#, 0),
        (r#""StringEquals": {"s3:prefix": "home/${*}"}"#, 0),
        (r#""NumericLessThan": {"aws:SourceIp": "7"}"#, 1),
        (r#""IpAddress": {"aws:SecureTransport": "10.0.0.0/8"}"#, 1),
        (
            r#""DateLessThan": {"aws:EpochTime": "1893456000"}, "NumericLessThan": {"aws:EpochTime": "1893456001"}"#,
            0,
        ),
        (
            r#""StringLike": {"aws:SourceArn": "a*"}, "ArnLike": {"aws:SourceArn": "*"}"#,
            0,
        ),
        (r#""NumericLessThan": {"aws:PrincipalTag/level": "7"}"#, 0),
    ] {
        let statement = format!(
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {{{condition}}}"#
        );
        let findings = of(Identity, &statement);
        let expected = vec![(Rule::MisleadingCondition, 2); count];
        assert_eq!(rules(&findings), expected, "{condition}");
    }
}

#[test]
fn trust_policies() {
    const ALL: &str = r#"["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]"#;
    const SERVICE: &str = r#"{"Service": "rolesanywhere.amazonaws.com"}"#;
    const ANCHOR: &str = r#", "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:rolesanywhere:eu-central-1:000000000000:trust-anchor/a"}}"#;
    let any = (Rule::AnyCertificate, 2);
    let lacks = (Rule::MissingSessionAction, 2);
    for (principal, actions, rest, expected) in [
        (SERVICE, ALL, ANCHOR, vec![]),
        (SERVICE, r#""sts:*""#, ANCHOR, vec![]),
        (SERVICE, ALL, "", vec![any]),
        (
            SERVICE,
            ALL,
            r#", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:rolesanywhere:*:*:trust-anchor/*"}}"#,
            vec![any],
        ),
        (
            SERVICE,
            ALL,
            r#", "Condition": {"StringEquals": {"aws:SourceAccount": "000000000000"}}"#,
            vec![any],
        ),
        (
            SERVICE,
            ALL,
            r#", "Condition": {"StringNotEquals": {"aws:PrincipalTag/x509Subject/CN": "a"}}"#,
            vec![any],
        ),
        (
            SERVICE,
            ALL,
            r#", "Condition": {"StringLike": {"aws:PrincipalTag/x509Subject/CN": "*"}}"#,
            vec![any],
        ),
        (
            SERVICE,
            ALL,
            r#", "Condition": {"StringEquals": {"aws:PrincipalTag/x509Subject/OU": "Web"}}"#,
            vec![],
        ),
        (
            SERVICE,
            ALL,
            r#", "Condition": {"StringEqualsIfExists": {"aws:PrincipalTag/x509Subject/OU": "Web"}}"#,
            vec![any],
        ),
        (SERVICE, r#""sts:AssumeRole""#, ANCHOR, vec![lacks, lacks]),
        (
            SERVICE,
            r#"["sts:AssumeRole", "sts:TagSession"]"#,
            ANCHOR,
            vec![lacks],
        ),
        (
            SERVICE,
            r#"["sts:AssumeRole", "sts:TagSession"]"#,
            "",
            vec![any, lacks],
        ),
        (r#""*""#, ALL, "", vec![any, (Rule::AnyPrincipal, 2)]),
        (
            r#"{"AWS": "*"}"#,
            r#""sts:AssumeRole""#,
            "",
            vec![(Rule::AnyPrincipal, 2)],
        ),
        (
            r#"{"Service": "ec2.amazonaws.com"}"#,
            r#""sts:AssumeRole""#,
            "",
            vec![],
        ),
        (
            r#"{"AWS": "000000000000"}"#,
            r#""sts:AssumeRole""#,
            "",
            vec![],
        ),
    ] {
        let statement =
            format!(r#""Effect": "Allow", "Principal": {principal}, "Action": {actions}{rest}"#);
        let mut found = rules(&of(Trust, &statement));
        found.sort();
        let mut expected = expected;
        expected.sort();
        assert_eq!(found, expected, "{statement}");
    }
    // The actions may be in separate statements, and a deny lets nobody in.
    let split = format!(
        r#"{{"Version": "2012-10-17", "Statement": [
        {{"Effect": "Allow", "Principal": {SERVICE}, "Action": "sts:AssumeRole"{ANCHOR}}},
        {{"Effect": "Allow", "Principal": {SERVICE}, "Action": ["sts:TagSession", "sts:SetSourceIdentity"]}},
        {{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}}]}}"#
    );
    assert_eq!(lint(&split, Trust), []);
}

#[test]
fn malformed_texts_and_kinds() {
    let findings = lint("{\"Statement\":\n[]}", Identity);
    assert_eq!(rules(&findings), [(Rule::Malformed, 2)]);
    let not = r#""Effect": "Allow", "NotPrincipal": {"AWS": "000000000000"}, "Action": "s3:*", "Resource": "*""#;
    assert_eq!(rules(&of(Resource, not)), [(Rule::Malformed, 2)]);
    for (text, kind) in [
        (r#"{"Statement": {"Principal": "*"}}"#, Trust),
        (
            r#"{"Statement": [{}, {"Principal": "*", "Resource": "*"}]}"#,
            Resource,
        ),
        (r#"{"Statement": {"Resource": "*"}}"#, Identity),
        ("nothing", Identity),
    ] {
        assert_eq!(guess_kind(text), kind, "{text}");
    }
}
