//! The faults of the S3 door at the other services, in their words.

use jiff::SignedDuration;

use super::exchange::{Request, check};
use super::s3_door::row;
use super::signed::Signature;
use super::stage::Stage;

#[test]
fn the_other_services_refuse_the_same_in_their_words() {
    let stage = Stage::new();
    let who = || stage.query_request(&[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")]);
    let anchors = || Request::new(&stage.server, "GET", "/trustanchors");
    let sts = Signature::new(&stage.root, "sts");
    let anywhere = Signature::new(&stage.root, "rolesanywhere");
    let region = "Credential should be scoped to a valid region, not 'eu-west-1'.";
    let abroad = |of: Signature<'_>, request| {
        let abroad = Signature {
            region: "eu-west-1",
            ..of
        };
        abroad.sign(request)
    };
    let ec2 = Signature::new(&stage.root, "ec2").sign(who());
    let unknown =
        "Anyrole does not serve `ec2`; it serves rolesanywhere, iam, sts, acm, acm-pca and s3.";
    let missing = "Missing Authentication Token";
    check(
        &stage.server,
        &[
            row(
                "region, STS",
                abroad(sts.clone(), who()),
                403,
                "SignatureDoesNotMatch",
                region,
                "wrong-region",
            ),
            row(
                "region, Roles Anywhere",
                abroad(anywhere.clone(), anchors()),
                403,
                "InvalidSignatureException",
                region,
                "wrong-region",
            ),
            row(
                "unsigned, STS",
                who(),
                403,
                "MissingAuthenticationToken",
                missing,
                "unsigned",
            ),
            row(
                "another service",
                ec2,
                400,
                "InvalidAction",
                unknown,
                "unknown-service",
            ),
        ],
    );
    let late = Signature {
        at: sts.at - SignedDuration::from_mins(6),
        ..sts.clone()
    };
    let answer = late.sign(who()).send(&stage.server);
    assert_eq!(
        (answer.status, answer.code.as_str()),
        (403, "SignatureDoesNotMatch")
    );
    assert!(answer.text.starts_with("Signature expired: "), "{answer:?}");
    assert_eq!(answer.reason(), "request-expired");
    let early = Signature {
        at: anywhere.at + SignedDuration::from_mins(6),
        ..anywhere.clone()
    };
    let answer = early.sign(anchors()).send(&stage.server);
    assert_eq!(
        (answer.status, answer.code.as_str()),
        (403, "InvalidSignatureException")
    );
    assert!(
        answer.text.starts_with("Signature not yet current: "),
        "{answer:?}"
    );
    assert_eq!(answer.reason(), "request-not-yet-valid");
}
