//! iam:PassRole: whoever puts a role into a profile, or turns such a profile on, hands the role out.

use anyrole_domain::profiles::{
    CreateProfile, Profile, UpdateProfile, create_profile, update_profile,
};
use anyrole_domain::resources::set_enabled;
use anyrole_domain::roles::Role;
use anyrole_domain::{Call, Kind, Refusal, ResourceId};

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
