//! Names of principals: whom they reach and how far, and what is refused.

use super::*;

const ROLE: &str = "arn:aws:iam::000000000000:role/path/app";
const SESSION: &str = "arn:aws:sts::000000000000:assumed-role/app/s1";
const ACCOUNT: &str = "000000000000";
const ROOT: &str = "arn:aws:iam::000000000000:root";
const ROLE_ID: &str = "AROA0000000000EXAMPLE";
const USER_ID: &str = "AIDA0000000000EXAMPLE";
const FEDERATED: &str = "arn:aws:sts::000000000000:federated-user/guest";
const CANONICAL: &str = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
const USER: &str = "arn:aws:iam::000000000000:user/ann";

#[test]
fn reaches() {
    let session = AwsPrincipal::role_session(ACCOUNT, ROLE, ROLE_ID, SESSION);
    let session = Principal::Aws(session.with_canonical_user(CANONICAL));
    let user = Principal::Aws(AwsPrincipal::user(ACCOUNT, USER, USER_ID));
    let root = Principal::Aws(AwsPrincipal::root(ACCOUNT, ROOT));
    let federated = Principal::Aws(AwsPrincipal::federated_user(
        ACCOUNT, USER, USER_ID, FEDERATED,
    ));
    let web = Principal::Federated("accounts.google.com");
    let service = Principal::Service("rolesanywhere.amazonaws.com");
    for (kind, named, principal, expected) in [
        ("AWS", "*", session, Some(Reach::Limited)),
        ("AWS", "*", Principal::Anonymous, Some(Reach::Limited)),
        ("AWS", "*", service, None),
        ("AWS", "000000000000", session, Some(Reach::Account)),
        (
            "AWS",
            "arn:aws:iam::000000000000:root",
            user,
            Some(Reach::Account),
        ),
        ("AWS", "111111111111", session, None),
        ("AWS", ROLE, session, Some(Reach::Limited)),
        ("AWS", SESSION, session, Some(Reach::Direct)),
        ("AWS", USER, user, Some(Reach::Direct)),
        ("AWS", ROLE, user, None),
        ("AWS", ROLE, Principal::Anonymous, None),
        (
            "Service",
            "rolesanywhere.amazonaws.com",
            service,
            Some(Reach::Direct),
        ),
        ("Service", "ec2.amazonaws.com", service, None),
        ("AWS", ROLE_ID, session, Some(Reach::Limited)),
        ("AWS", "AROA0000000000ANOTHER", session, None),
        ("AWS", USER_ID, user, Some(Reach::Direct)),
        ("AWS", USER_ID, federated, Some(Reach::Limited)),
        ("AWS", USER, federated, Some(Reach::Limited)),
        ("AWS", FEDERATED, federated, Some(Reach::Direct)),
        ("AWS", ROOT, root, Some(Reach::Account)),
        ("AWS", USER_ID, root, None),
        ("CanonicalUser", CANONICAL, session, Some(Reach::Account)),
        ("CanonicalUser", CANONICAL, user, None),
        ("Federated", "accounts.google.com", web, Some(Reach::Direct)),
        ("Federated", "www.amazon.com", web, None),
        ("Federated", "accounts.google.com", session, None),
        ("AWS", "*", web, None),
        (
            "Federated",
            "arn:aws:iam::000000000000:oidc-provider/id.example.com/a",
            Principal::Federated("arn:aws:iam::000000000000:oidc-provider/id.example.com/a"),
            Some(Reach::Direct),
        ),
        ("Service", "rolesanywhere.amazonaws.com", session, None),
    ] {
        let pattern = PrincipalPattern::parse(kind, named).unwrap();
        assert_eq!(pattern.reach(&principal), expected, "{named} {principal:?}");
    }
    for principal in [session, user, root, web, service, Principal::Anonymous] {
        assert_eq!(
            PrincipalPattern::Everyone.reach(&principal),
            Some(Reach::Limited)
        );
    }
}

#[test]
fn refused() {
    for (kind, named) in [
        ("AWS", ""),
        ("AWS", "00000000000"),
        ("AWS", "arn:aws:iam::000000000000:role/*"),
        ("AWS", "arn:aws:iam::000000000000:user/${aws:username}"),
        ("AWS", "arn:aws:iam::000000000000:role/"),
        ("AWS", "arn:aws:iam::*:root"),
        ("AWS", "arn:aws:s3:::bucket"),
        ("AWS", "AGPA0123456789ABCDEFG"),
        ("AWS", "AROA0123456789abcdefg"),
        ("AWS", "arn:aws:sts::000000000000:assumed-role/app"),
        ("Service", "*"),
        ("Service", "rolesanywhere"),
        ("Service", "rolesanywhere..com"),
        ("Federated", "*"),
        ("Federated", "google"),
        ("Federated", "arn:aws:iam::000000000000:oidc-provider/"),
        ("Federated", "arn:aws:iam::000000000000:oidc-provider/*"),
        ("Federated", "arn:aws:iam::000000000000:role/app"),
        ("CanonicalUser", "*"),
        ("CanonicalUser", "79a59df9"),
        ("aws", "*"),
    ] {
        assert!(PrincipalPattern::parse(kind, named).is_err(), "{named}");
    }
}

/// A NotPrincipal of a Deny spares whom it names at each step: account, user or role, session.
#[test]
fn spared_only_when_named_at_each_step() {
    let session = Principal::Aws(AwsPrincipal::role_session(ACCOUNT, ROLE, ROLE_ID, SESSION));
    let user = Principal::Aws(AwsPrincipal::user(ACCOUNT, USER, USER_ID));
    let root = Principal::Aws(AwsPrincipal::root(ACCOUNT, ROOT));
    for (names, principal, expected) in [
        ([ROOT, ROLE, SESSION], session, true),
        ([ACCOUNT, ROLE_ID, SESSION], session, true),
        ([ROOT, ROLE, ROLE], session, false),
        ([ROLE, ROLE, SESSION], session, false),
        ([ROOT, ROOT, SESSION], session, false),
        (["*", "*", "*"], session, true),
        ([ROOT, USER, USER], user, true),
        ([ROOT, ROOT, ROOT], user, false),
        ([USER, USER, USER], user, false),
        ([ROOT, ROOT, ROOT], root, true),
        ([USER, USER, USER], root, false),
        (["111111111111", USER, USER], user, false),
        ([ROOT, USER, USER], Principal::Anonymous, false),
    ] {
        let patterns = names.map(|name| PrincipalPattern::parse("AWS", name).unwrap());
        assert_eq!(
            spares(&patterns, &principal, false),
            expected,
            "{names:?} {principal:?}"
        );
        // A permissions boundary: never.
        let has_account = matches!(principal, Principal::Aws(_));
        assert!(
            !(has_account && spares(&patterns, &principal, true)),
            "{names:?}"
        );
    }
}
