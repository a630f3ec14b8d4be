//! iam:PassRole: whoever puts a role into a profile, or turns such a profile on, hands the role out.

use anyrole_domain::identities::{delete_inline_policy, put_inline_policy};
use anyrole_domain::managed_policies::{CreatePolicy, create_policy, delete_policy};
use anyrole_domain::profiles::{
    CreateProfile, Profile, UpdateProfile, create_profile, update_profile,
};
use anyrole_domain::resources::set_enabled;
use anyrole_domain::roles::Role;
use anyrole_domain::sessions::{Credentials, OpenedSession};
use anyrole_domain::sts::{GetFederationToken, get_federation_token, get_session_token};
use anyrole_domain::users::{CreateUser, User, create_user, delete_user};
use anyrole_domain::{Call, Kind, Principal, Refusal, ResourceId, Target};

use super::authorization::{put_role_policy, session_of};
use super::site::Bench;

const PROFILES: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"rolesanywhere:*","Resource":"*"}}"#;

/// iam:PassRole for one role, to one service.
fn pass(role: &Role, service: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"iam:PassRole","Resource":"{}",
           "Condition":{{"StringEquals":{{"iam:PassedToService":"{service}"}}}}}}}}"#,
        role.arn
    )
}

async fn create(bench: &Bench, call: &Call, roles: &[&Role]) -> Result<(), Refusal> {
    let input = CreateProfile {
        name: "made".to_owned(),
        role_arns: roles.iter().map(|role| role.arn.clone()).collect(),
        ..CreateProfile::default()
    };
    create_profile(&bench.site, call, input).await.map(|_| ())
}

async fn update(
    bench: &Bench,
    call: &Call,
    profile: &Profile,
    roles: Option<&[&Role]>,
) -> Result<(), Refusal> {
    let id = ResourceId::new(&profile.resource.id);
    let input = UpdateProfile {
        name: Some("changed".to_owned()),
        role_arns: roles.map(|roles| roles.iter().map(|role| role.arn.clone()).collect()),
        ..UpdateProfile::default()
    };
    update_profile(&bench.site, call, &id, input)
        .await
        .map(|_| ())
}

async fn switch(bench: &Bench, call: &Call, profile: &Profile, on: bool) -> Result<(), Refusal> {
    let id = ResourceId::new(&profile.resource.id);
    set_enabled::<Profile>(&bench.site, call, &id, on)
        .await
        .map(|_| ())
}

/// The refusal names the role that may not be passed.
#[track_caller]
fn may_not_pass(result: Result<(), Refusal>, role: &Role) {
    let refusal = result.unwrap_err();
    assert_eq!(
        (refusal.kind, refusal.reason),
        (Kind::AccessDenied, "policy-does-not-allow")
    );
    let what = format!(
        "is not authorized to perform: iam:PassRole on resource: {} because",
        role.arn
    );
    assert!(refusal.public.contains(&what), "{refusal}");
}

#[tokio::test]
async fn each_role_of_a_profile_must_be_passed() {
    let bench = Bench::new().await;
    let clerk = bench.role("clerk").await;
    let (one, two) = (bench.role("one").await, bench.role("two").await);
    let profile = bench.profile(&[&one, &two]).await;
    let call = session_of(&bench, &clerk, &[]);
    put_role_policy(&bench, "clerk", "profiles", PROFILES.to_owned()).await;
    // Without roles there is nothing to pass; turning off takes nothing.
    create(&bench, &call, &[]).await.unwrap();
    switch(&bench, &call, &profile, false).await.unwrap();
    may_not_pass(create(&bench, &call, &[&one]).await, &one);
    may_not_pass(update(&bench, &call, &profile, None).await, &one);
    may_not_pass(switch(&bench, &call, &profile, true).await, &one);
    // Passed to another service is not passed to this one.
    put_role_policy(&bench, "clerk", "pass-one", pass(&one, "ec2.amazonaws.com")).await;
    may_not_pass(create(&bench, &call, &[&one]).await, &one);
    put_role_policy(
        &bench,
        "clerk",
        "pass-one",
        pass(&one, "rolesanywhere.amazonaws.com"),
    )
    .await;
    create(&bench, &call, &[&one]).await.unwrap();
    may_not_pass(create(&bench, &call, &[&one, &two]).await, &two);
    may_not_pass(update(&bench, &call, &profile, None).await, &two);
    may_not_pass(switch(&bench, &call, &profile, true).await, &two);
    update(&bench, &call, &profile, Some(&[&one]))
        .await
        .unwrap();
    switch(&bench, &call, &profile, true).await.unwrap();
    // A refused change has changed nothing.
    may_not_pass(update(&bench, &call, &profile, Some(&[&two])).await, &two);
    let snapshot = bench.site.directory.read();
    assert_eq!(
        snapshot
            .profile(&profile.resource.arn)
            .unwrap()
            .row
            .role_arns,
        std::slice::from_ref(&one.arn)
    );
}

#[tokio::test]
async fn the_operation_itself_must_be_allowed_too() {
    let bench = Bench::new().await;
    let clerk = bench.role("clerk").await;
    let call = session_of(&bench, &clerk, &[]);
    put_role_policy(
        &bench,
        "clerk",
        "pass",
        pass(&clerk, "rolesanywhere.amazonaws.com"),
    )
    .await;
    let refusal = create(&bench, &call, &[&clerk]).await.unwrap_err();
    assert!(
        refusal.public.contains("rolesanywhere:CreateProfile"),
        "{refusal}"
    );
    assert_eq!(refusal.reason, "policy-does-not-allow");
}

fn call_of(bench: &Bench, credentials: &Credentials) -> Call {
    let (id, token) = (&credentials.access_key_id, &credentials.session_token);
    match bench.site.opener.open(id, token, bench.now()).unwrap() {
        OpenedSession::User(session) => bench.call(Principal::UserSession(session)),
        OpenedSession::Role(session) => bench.call(Principal::RoleSession(session)),
    }
}

async fn federated(bench: &Bench, user: &Call, policy: &str) -> Call {
    let input = GetFederationToken {
        name: "carl".to_owned(),
        policy: Some(policy.to_owned()),
        ..GetFederationToken::default()
    };
    let token = get_federation_token(&bench.site, user, input).await;
    call_of(bench, &token.unwrap().credentials)
}

#[tokio::test]
async fn sessions_of_users_pass_roles_and_do_nothing_else_of_iam() {
    let bench = Bench::new().await;
    let (one, two) = (bench.role("one").await, bench.role("two").await);
    let (site, root) = (&bench.site, bench.root());
    let input = CreateUser {
        name: "clerk".to_owned(),
        ..CreateUser::default()
    };
    let user = create_user(site, &root, input).await.unwrap();
    let to_us = pass(&one, "rolesanywhere.amazonaws.com");
    let everything = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:Get*","sts:*"],"Resource":"*"}}"#;
    for (name, document) in [("p", PROFILES), ("pass", &to_us), ("iam", everything)] {
        put_inline_policy::<User>(site, &root, "clerk", name, document.to_owned())
            .await
            .unwrap();
    }
    let user = bench.call(Principal::User(user));
    let session = get_session_token(site, &user, Some(900), false).unwrap();
    let session = call_of(&bench, &session);
    create(&bench, &session, &[&one]).await.unwrap();
    may_not_pass(create(&bench, &session, &[&two]).await, &two);
    // What the user may by its own key.
    site.authorize(&user, "iam:GetRole", Target::on(&one.arn))
        .unwrap();
    let refusal = site.authorize(&session, "iam:GetRole", Target::on(&one.arn));
    let refusal = refusal.unwrap_err();
    assert_eq!(
        (refusal.kind, refusal.reason),
        (Kind::UnknownAccessKey, "session-may-not-call-iam")
    );
    // A federated user may what its session policy leaves, passing included.
    let cut = federated(&bench, &user, PROFILES).await;
    let refusal = create(&bench, &cut, &[&one]).await.unwrap_err();
    assert_eq!(refusal.reason, "session-policy-does-not-allow");
    assert!(refusal.public.contains("iam:PassRole"), "{refusal}");
    let both = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["rolesanywhere:*","iam:PassRole"],"Resource":"*"}}"#;
    let whole = federated(&bench, &user, both).await;
    create(&bench, &whole, &[&one]).await.unwrap();
    may_not_pass(create(&bench, &whole, &[&two]).await, &two);
    // Without its user a session is nobody's.
    for name in ["p", "pass", "iam"] {
        delete_inline_policy::<User>(site, &root, "clerk", name)
            .await
            .unwrap();
    }
    delete_user(site, &root, "clerk").await.unwrap();
    let refusal = create(&bench, &session, &[&one]).await.unwrap_err();
    assert_eq!(
        (refusal.kind, refusal.reason),
        (Kind::UnknownAccessKey, "user-gone")
    );
}

#[tokio::test]
async fn a_managed_policy_that_is_deleted_meanwhile_is_named() {
    let bench = Bench::new().await;
    let (site, root) = (&bench.site, bench.root());
    let profile = bench.profile(&[]).await;
    for is_new in [true, false] {
        let input = CreatePolicy {
            name: "cut".to_owned(),
            document: PROFILES.to_owned(),
            ..CreatePolicy::default()
        };
        let arn = create_policy(site, &root, input)
            .await
            .unwrap()
            .row
            .arn
            .clone();
        let create = CreateProfile {
            name: "late".to_owned(),
            managed_policy_arns: vec![arn.clone()],
            ..CreateProfile::default()
        };
        let update = UpdateProfile {
            managed_policy_arns: Some(vec![arn.clone()]),
            ..UpdateProfile::default()
        };
        let id = ResourceId::new(&profile.resource.id);
        let name = async {
            if is_new {
                create_profile(site, &root, create).await.map(|_| ())
            } else {
                update_profile(site, &root, &id, update).await.map(|_| ())
            }
        };
        // The deletion has the writer's place when the profile asks for it.
        let (deleted, named) = tokio::join!(delete_policy(site, &root, &arn), name);
        deleted.unwrap();
        let refusal = named.unwrap_err();
        assert_eq!(refusal.kind, Kind::Validation, "{refusal:?}");
        assert_eq!(
            refusal.public,
            format!("The managed policy `{arn}` does not exist.")
        );
    }
}
