//! Aliases: what an alias ARN opens, and that policies are never asked about one.

use anyrole_domain::profiles::{Profile, UpdateProfile, update_profile};
use anyrole_domain::resources;
use anyrole_domain::trust_anchors::{UpdateTrustAnchor, update_trust_anchor};
use anyrole_domain::{Kind, ResourceId};

use super::authorization::{put_role_policy, session_of};
use super::site::Bench;

fn may_read(resource: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"rolesanywhere:GetProfile","Resource":"{resource}"}}}}"#
    )
}

/// Gives the profile an alias; its ARN.
async fn give(bench: &Bench, profile: &Profile, alias: &str) -> String {
    let input = UpdateProfile {
        alias: Some(alias.to_owned()),
        ..UpdateProfile::default()
    };
    let id = ResourceId::new(&profile.resource.id);
    let updated = update_profile(&bench.site, &bench.root(), &id, input).await;
    updated.unwrap().row.resource.alias_arn().unwrap()
}

#[tokio::test]
async fn permission_is_asked_for_the_resources_own_arn() {
    let bench = Bench::new().await;
    let role = bench.role("reader").await;
    let profile = bench.profile(&[&role]).await;
    let alias = ResourceId::new(&give(&bench, &profile, "team/a").await);
    let call = session_of(&bench, &role, &[]);
    let read = || resources::read::<Profile>(&bench.site, &call, &alias);

    put_role_policy(
        &bench,
        "reader",
        "by-alias",
        may_read("arn:aws:rolesanywhere:*:*:alias/*"),
    )
    .await;
    let refusal = read().unwrap_err();
    assert_eq!(refusal.kind, Kind::AccessDenied);
    assert!(refusal.public.contains(&profile.resource.arn), "{refusal}");

    put_role_policy(&bench, "reader", "by-arn", may_read(&profile.resource.arn)).await;
    assert_eq!(read().unwrap().resource.id, profile.resource.id);
    // An alias that nobody has is asked for as it stands, and only who may read it learns that it is not there.
    let none = ResourceId::new("arn:aws:rolesanywhere:us-east-1:000000000000:alias/profile/none");
    let refusal = resources::read::<Profile>(&bench.site, &call, &none).unwrap_err();
    assert_eq!(refusal.kind, Kind::NotFound);
}

#[tokio::test]
async fn create_session_takes_aliases_of_anchor_and_profile() {
    let bench = Bench::new().await;
    let role = bench.role("app").await;
    let profile = bench.profile(&[&role]).await;
    let profile_alias = give(&bench, &profile, "app").await;
    let anchor = bench.anchor().await;
    let input = UpdateTrustAnchor {
        alias: Some("app".to_owned()),
        ..UpdateTrustAnchor::default()
    };
    let id = ResourceId::new(&anchor);
    let updated = update_trust_anchor(&bench.site, &bench.root(), &id, input).await;
    let anchor_alias = updated.unwrap().row.resource.alias_arn().unwrap();
    let leaf = bench.leaf();
    for (anchor, profile, reason) in [
        (&anchor_alias, &profile_alias, ""),
        (&anchor, &profile_alias, ""),
        // Each of the other kind.
        (&profile_alias, &profile_alias, "unknown-trust-anchor"),
        (&anchor, &anchor_alias, "unknown-profile"),
    ] {
        let members = serde_json::json!({
            "trustAnchorArn": anchor, "profileArn": profile, "roleArn": role.arn,
        });
        let answer = bench.create_session_of(&leaf, &leaf.key, &members).await;
        if reason.is_empty() {
            assert_eq!(answer.status, 201, "{answer:?}");
        } else {
            assert_eq!(answer.reason(), reason, "{answer:?}");
        }
    }
}
