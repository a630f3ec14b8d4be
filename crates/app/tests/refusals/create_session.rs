//! CreateSession refused for what is asked, and in which order the checks are made.

use anyrole_testkit::certificates::{Authority, CertificateRequest};

use super::exchange::{Request, Row, check};
use super::session_request::{Leaf, SessionRequest};
use super::stage::Stage;

const DENIED: &str = "AccessDeniedException";
pub const INVALID_SIGNATURE: &str = "Invalid signature";
const ANCHOR_NOT_FOUND: &str = "Specified Trust Anchor wasn't found.";
const INVALID_PROFILE: &str = "Invalid or empty profile provided.";
const NOT_LISTED: &str = "Requested Role isn't one of those listed in the Profile.";
const NO_SESSION_NAME: &str = "Not authorized to set roleSessionName.";

/// A refusal as AccessDenied, which most are.
pub fn row(name: &'static str, request: Request, text: &str, reason: &'static str) -> Row {
    Row {
        name,
        request,
        status: 403,
        code: DENIED,
        text: text.to_owned(),
        reason,
    }
}

fn invalid(name: &'static str, request: Request, text: &str, reason: &'static str) -> Row {
    Row {
        status: 400,
        code: "ValidationException",
        ..row(name, request, text, reason)
    }
}

fn unable(role: &str) -> String {
    format!("Unable to assume role for {}", Stage::role_arn(role))
}

#[test]
fn what_the_anchor_and_the_profile_do_not_hold_is_refused() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let sound = SessionRequest::new(&stage, &leaf);
    let unknown = "00000000-0000-4000-8000-000000000000";
    let arn = |kind: &str| format!("arn:aws:rolesanywhere:us-east-1:000000000000:{kind}/{unknown}");
    let anchor = |arn: String| sound.clone().with(|asked| asked.anchor = arn).sign();
    let profile = |arn: String| sound.clone().with(|asked| asked.profile = arn).sign();
    let disabled_anchor = stage.make_anchor(false);
    let disabled_profile = stage.make_profile(&Stage::ROLES, false, false);
    let rows = [
        row(
            "unknown anchor",
            anchor(arn("trust-anchor")),
            ANCHOR_NOT_FOUND,
            "unknown-trust-anchor",
        ),
        row(
            "an anchor of no form",
            anchor("anchor".to_owned()),
            ANCHOR_NOT_FOUND,
            "unknown-trust-anchor",
        ),
        row(
            "disabled anchor",
            anchor(disabled_anchor),
            "Specified Trust Anchor is disabled.",
            "disabled-trust-anchor",
        ),
        row(
            "unknown profile",
            profile(arn("profile")),
            INVALID_PROFILE,
            "unknown-profile",
        ),
        row(
            "profile of another region",
            profile(stage.profile.replace("us-east-1", "eu-west-1")),
            INVALID_PROFILE,
            "unknown-profile",
        ),
        row(
            "disabled profile",
            profile(disabled_profile),
            "Specified Profile is disabled.",
            "disabled-profile",
        ),
    ];
    check(&stage.server, &rows);
}

#[test]
fn what_the_profile_and_the_role_do_not_allow_is_refused() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let sound = SessionRequest::new(&stage, &leaf);
    let role = |name: &str| {
        sound
            .clone()
            .with(|asked| asked.role = Stage::role_arn(name))
            .sign()
    };
    let brief_text = format!(
        "{}. The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        unable("brief")
    );
    let named = sound
        .clone()
        .with(|asked| asked.name = Some("build".to_owned()));
    let rows = [
        row(
            "role not in profile",
            role("unlisted"),
            NOT_LISTED,
            "role-not-in-profile",
        ),
        row(
            "unknown role",
            role("gone"),
            &unable("gone"),
            "unknown-role",
        ),
        row(
            "session name",
            named.sign(),
            NO_SESSION_NAME,
            "session-name-not-accepted",
        ),
        row(
            "above the role's maximum",
            role("brief"),
            &brief_text,
            "duration-above-role-maximum",
        ),
        row(
            "no sts:AssumeRole",
            role("no-assume"),
            &unable("no-assume"),
            "trust-policy-does-not-allow",
        ),
        row(
            "no sts:TagSession",
            role("no-tag"),
            &unable("no-tag"),
            "trust-policy-does-not-allow",
        ),
        row(
            "no sts:SetSourceIdentity",
            role("no-source"),
            &unable("no-source"),
            "trust-policy-does-not-allow",
        ),
        row(
            "denied by a condition",
            role("denied"),
            &unable("denied"),
            "trust-policy-denies",
        ),
    ];
    check(&stage.server, &rows);
    // An hour is what the role allows.
    sound
        .clone()
        .with(|asked| {
            asked.role = Stage::role_arn("brief");
            asked.duration = Some(3600);
        })
        .grant();
}

fn constraint(what: &str, constraint: &str) -> String {
    format!(
        "1 validation error detected: Value {what} failed to satisfy constraint: Member must {constraint}"
    )
}

#[test]
fn members_that_break_the_model_are_refused() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let sound = SessionRequest::new(&stage, &leaf);
    let lasting = |seconds| {
        sound
            .clone()
            .with(|asked| asked.duration = Some(seconds))
            .sign()
    };
    let with_query = |query: &str| {
        let request = sound.sign().query(query);
        sound.sign_request(request)
    };
    let with_body = |body: &str| {
        let request = sound.sign().body(body);
        sound.sign_request(request)
    };
    let null = |member: &str| constraint(&format!("null at '{member}'"), "not be null");
    let query = sound.sign().query;
    let no_role: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.starts_with("roleArn"))
        .collect();
    let too_short = constraint(
        "'899' at 'durationSeconds'",
        "have value greater than or equal to 900",
    );
    let too_long = constraint(
        "'43201' at 'durationSeconds'",
        "have value less than or equal to 43200",
    );
    let disagree = "`roleArn` is given in the query and, differently, in the body.";
    let rows = [
        invalid("899 seconds", lasting(899), &too_short, "validation"),
        invalid("43201 seconds", lasting(43_201), &too_long, "validation"),
        invalid(
            "no ARNs",
            with_query(""),
            &null("trustAnchorArn"),
            "validation",
        ),
        invalid(
            "no role",
            with_query(&no_role.join("&")),
            &null("roleArn"),
            "validation",
        ),
        invalid(
            "query and body disagree",
            with_body(r#"{"roleArn":"arn"}"#),
            disagree,
            "validation",
        ),
        Row {
            status: 413,
            code: "RequestEntityTooLargeException",
            ..row(
                "a body over the limit",
                sound.clone().with(|asked| asked.padding = 64 * 1024).sign(),
                "The request's body is larger than 65536 bytes.",
                "body-too-large",
            )
        },
    ];
    check(&stage.server, &rows);
    let broken = with_body("{").send(&stage.server);
    assert_eq!(
        (broken.status, broken.code.as_str()),
        (400, "ValidationException")
    );
    assert_eq!(broken.reason(), "validation");
    sound
        .clone()
        .with(|asked| asked.duration = Some(900))
        .grant();
    sound
        .clone()
        .with(|asked| asked.padding = 60 * 1024)
        .grant();
}

#[test]
fn names_that_sts_would_not_take_are_refused() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let sound = SessionRequest::new(&stage, &leaf);
    let takes_names = stage.make_profile(&["app"], true, true);
    let named = |name: &str| {
        let name = name.to_owned();
        sound.clone().with(|asked| {
            asked.profile.clone_from(&takes_names);
            asked.name = Some(name);
        })
    };
    let letters = constraint(
        "'a b' at 'roleSessionName'",
        r"satisfy regular expression pattern: [\w+=,.@-]+",
    );
    let name_length = constraint(
        "at 'roleSessionName'",
        "have length greater than or equal to 2",
    );
    let rows = [
        invalid(
            "a name with a space",
            named("a b").sign(),
            &letters,
            "validation",
        ),
        invalid(
            "a name of one letter",
            named("a").sign(),
            &name_length,
            "validation",
        ),
    ];
    check(&stage.server, &rows);
    named("build.7").grant();
}

#[test]
fn attributes_that_tags_cannot_hold_are_refused_by_name() {
    let stage = Stage::new();
    let request = CertificateRequest::leaf("client").organizational_unit("R&D");
    let leaf = Leaf::issue(&stage, "research", 4099, request);
    let text = format!(
        "{}. Some attributes failed to be mapped into session tags. Issuer: [  ]; Subject: [ OU ]; SAN: [  ]",
        unable("app")
    );
    let request = SessionRequest::new(&stage, &leaf).sign();
    let rows = [row(
        "an ampersand",
        request,
        &text,
        "attributes-not-mappable",
    )];
    check(&stage.server, &rows);
}

/// Each row has the fault that it is named for and the next one's: the earlier of two checks must speak.
#[test]
fn checks_are_made_in_order() {
    let stage = Stage::new();
    let other = Authority::root(&stage.folder.path().join("other")).unwrap();
    let foreign = CertificateRequest::leaf("client").serial("1001");
    let foreign = Leaf {
        issued: other.issue("foreign", &foreign).unwrap(),
        serial: 4097,
    };
    let leaf = Leaf::client(&stage);
    let forged = |asked: &SessionRequest<'_>| asked.sign().body("{}\n");
    let by_foreign = SessionRequest::new(&stage, &foreign);
    let by_leaf = SessionRequest::new(&stage, &leaf);
    let no_anchor = by_foreign.clone().with(|asked| asked.anchor.push('0'));
    let no_profile = by_leaf.clone().with(|asked| {
        asked.profile.push('0');
        asked.role = Stage::role_arn("unlisted");
    });
    let named = |role: &str| {
        by_leaf.clone().with(|asked| {
            asked.role = Stage::role_arn(role);
            asked.name = Some("build".to_owned());
        })
    };
    let forbidden = by_leaf
        .clone()
        .with(|asked| asked.role = Stage::role_arn("no-assume"));
    let mut dated = by_foreign.sign();
    dated.headers.remove("x-amz-date");
    let rows = [
        row(
            "anchor before chain",
            no_anchor.sign(),
            ANCHOR_NOT_FOUND,
            "unknown-trust-anchor",
        ),
        row(
            "chain before signature",
            forged(&by_foreign),
            "Untrusted signing certificate",
            "key-identifier",
        ),
        row(
            "chain before date",
            dated,
            "Untrusted signing certificate",
            "key-identifier",
        ),
        row(
            "signature before profile",
            forged(&no_profile),
            INVALID_SIGNATURE,
            "signature-invalid",
        ),
        row(
            "profile before role",
            no_profile.sign(),
            INVALID_PROFILE,
            "unknown-profile",
        ),
        row(
            "role in profile before session name",
            named("unlisted").sign(),
            NOT_LISTED,
            "role-not-in-profile",
        ),
        row(
            "session name before role",
            named("gone").sign(),
            NO_SESSION_NAME,
            "session-name-not-accepted",
        ),
        row(
            "session name before trust",
            named("no-assume").sign(),
            NO_SESSION_NAME,
            "session-name-not-accepted",
        ),
        row(
            "trust",
            forbidden.sign(),
            &unable("no-assume"),
            "trust-policy-does-not-allow",
        ),
    ];
    check(&stage.server, &rows);
}
