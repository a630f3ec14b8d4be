//! Managed policies where they count: attached, as a boundary, of a profile; and principals of trust policies, who are
//! somebody else once they are made again.

use std::sync::Arc;

use anyrole_domain::identities::{attach_policy, put_boundary};
use anyrole_domain::managed_policies::{
    CreatePolicy, create_policy, create_policy_version, delete_policy, set_default_policy_version,
};
use anyrole_domain::profiles::{CreateProfile, create_profile};
use anyrole_domain::roles::{
    CreateRole, Role, create_role, delete_role, read_role, update_assume_role_policy,
};
use anyrole_domain::sts::{AssumeRole, assume_role};
use anyrole_domain::{Call, Change, Kind, Refusal, Target, principals};

use super::authorization::{put_role_policy, session_of};
use super::site::{ACCOUNT, Bench};

const OBJECT: &str = "arn:aws:s3:::bucket/key";

fn allowing(action: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#
    )
}

/// The caller's session has a source identity, which goes on to the next role only where that role lets it.
fn trusting(arn: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"{arn}"}},"Action":["sts:AssumeRole","sts:SetSourceIdentity"]}}}}"#
    )
}

async fn policy(bench: &Bench, name: &str, document: String) -> String {
    let input = CreatePolicy {
        name: name.to_owned(),
        document,
        ..CreatePolicy::default()
    };
    let view = create_policy(&bench.site, &bench.root(), input).await;
    view.unwrap().row.arn.clone()
}

fn may(bench: &Bench, call: &Call, action: &str) -> Result<(), &'static str> {
    let decided = bench.site.authorize(call, action, Target::on(OBJECT));
    decided.map_err(|refusal| refusal.reason)
}

#[tokio::test]
async fn a_boundary_cuts_a_role_session() {
    let bench = Bench::new().await;
    let role = bench.role("app").await;
    put_role_policy(&bench, "app", "all", allowing("s3:*")).await;
    let call = session_of(&bench, &role, &[]);
    may(&bench, &call, "s3:PutObject").unwrap();
    let reads = policy(&bench, "reads", allowing("s3:GetObject")).await;
    put_boundary::<Role>(&bench.site, &bench.root(), "app", &reads)
        .await
        .unwrap();
    may(&bench, &call, "s3:GetObject").unwrap();
    let cut = bench
        .site
        .authorize(&call, "s3:PutObject", Target::on(OBJECT))
        .unwrap_err();
    assert_eq!(cut.kind, Kind::AccessDenied);
    assert!(
        cut.public
            .contains("because no permissions boundary allows the s3:PutObject action"),
        "{cut}"
    );
}

#[tokio::test]
async fn the_version_in_force_counts_wherever_the_policy_is_used() {
    let bench = Bench::new().await;
    let (site, root) = (&bench.site, bench.root());
    let arn = policy(&bench, "shared", allowing("s3:GetObject")).await;
    let mut calls = Vec::new();
    for name in ["one", "two"] {
        let role = bench.role(name).await;
        attach_policy::<Role>(site, &root, name, &arn)
            .await
            .unwrap();
        calls.push(session_of(&bench, &role, &[]));
    }
    let input = CreateProfile {
        name: "profile".to_owned(),
        managed_policy_arns: vec![arn.clone()],
        ..CreateProfile::default()
    };
    let profile = create_profile(site, &root, input).await.unwrap();
    let hashes = || {
        let snapshot = site.directory.read();
        let entry = snapshot.profile(&profile.resource.arn).unwrap();
        entry.session_policies.to_vec()
    };
    let first = hashes();
    let version = create_policy_version(site, &root, &arn, allowing("s3:PutObject"), false)
        .await
        .unwrap();
    assert_eq!((version.number, version.is_default), (2, false));
    for call in &calls {
        may(&bench, call, "s3:GetObject").unwrap();
    }
    set_default_policy_version(site, &root, &arn, "v2")
        .await
        .unwrap();
    for call in &calls {
        may(&bench, call, "s3:PutObject").unwrap();
        assert_eq!(
            may(&bench, call, "s3:GetObject"),
            Err("policy-does-not-allow")
        );
    }
    let second = hashes();
    assert_ne!(first, second);
    // A session that began before keeps what it began with.
    put_role_policy(&bench, "one", "all", allowing("s3:*")).await;
    let role = site.directory.read().role_by_name("one").unwrap().clone();
    let (before, after) = (
        session_of(&bench, &role.row, &first),
        session_of(&bench, &role.row, &second),
    );
    may(&bench, &before, "s3:GetObject").unwrap();
    may(&bench, &before, "s3:PutObject").unwrap_err();
    may(&bench, &after, "s3:PutObject").unwrap();
    may(&bench, &after, "s3:GetObject").unwrap_err();
    let used = delete_policy(site, &root, &arn).await.unwrap_err();
    assert_eq!(used.kind, Kind::DeleteConflict);
    // All of it is stored: a directory that is read anew says the same.
    let loaded = site.directory.store().load().await.unwrap();
    let again = anyrole_domain::Snapshot::default()
        .with(&loaded.changes, loaded.version)
        .unwrap();
    let entry = again.profile(&profile.resource.arn).unwrap();
    assert_eq!(entry.session_policies.to_vec(), second);
    assert!(again.session_policy(&first[0]).is_some());
}

async fn assume(bench: &Bench, call: &Call, role: &str) -> Result<(), Refusal> {
    let input = AssumeRole {
        role_arn: format!("arn:aws:iam::{ACCOUNT}:role/{role}"),
        role_session_name: "session".to_owned(),
        ..AssumeRole::default()
    };
    assume_role(&bench.site, call, input).await.map(|_| ())
}

#[tokio::test]
async fn a_role_made_again_is_another_principal() {
    let bench = Bench::new().await;
    let (site, root) = (&bench.site, bench.root());
    let caller = bench.role("caller").await;
    let document = trusting(&caller.arn);
    let input = CreateRole {
        name: "target".to_owned(),
        assume_role_policy: document.clone(),
        ..CreateRole::default()
    };
    create_role(site, &root, input).await.unwrap();
    assume(&bench, &session_of(&bench, &caller, &[]), "target")
        .await
        .unwrap();
    delete_role(site, &root, "caller").await.unwrap();
    let shown = async || {
        let view = read_role(site, &root, "target").await;
        view.unwrap().trust_policy
    };
    assert_eq!(shown().await, document.replace(&caller.arn, &caller.id));
    let again = bench.role("caller").await;
    let call = session_of(&bench, &again, &[]);
    let refused = assume(&bench, &call, "target").await.unwrap_err();
    assert_eq!(refused.kind, Kind::AccessDenied);
    assert_eq!(shown().await, document.replace(&caller.arn, &caller.id));
    update_assume_role_policy(site, &root, "target", &document)
        .await
        .unwrap();
    assert_eq!(shown().await, document);
    assume(&bench, &call, "target").await.unwrap();
}

#[tokio::test]
async fn rows_of_before_are_settled_at_the_next_start() {
    let bench = Bench::new().await;
    let (site, root) = (&bench.site, bench.root());
    let caller = bench.role("caller").await;
    let gone = format!("arn:aws:iam::{ACCOUNT}:role/gone");
    for (name, document) in [
        ("here", trusting(&caller.arn)),
        ("left", trusting(&gone)),
        ("other", trusting("arn:aws:iam::999999999999:role/x")),
    ] {
        let role = bench.role(name).await;
        let mut row = Role::clone(&role);
        row.assume_role_policy = document;
        let change = Change::PutRole(Arc::new(row));
        let write = site.directory.write(|_| Ok((vec![change], ())));
        write.await.unwrap();
    }
    let settle = || principals::settle(&site.directory, site.account(), site.entropy.as_ref());
    settle().await.unwrap();
    let kept = |name: &str| {
        let snapshot = site.directory.read();
        let row = &snapshot.role_by_name(name).unwrap().row;
        row.assume_role_policy.clone()
    };
    assert_eq!(kept("here"), trusting(&caller.id));
    assert!(!kept("left").contains(&gone), "{}", kept("left"));
    assert!(kept("other").contains("arn:aws:iam::999999999999:role/x"));
    let version = site.directory.read().version;
    settle().await.unwrap();
    assert_eq!(
        site.directory.read().version,
        version,
        "settled once for all"
    );
    // Who takes the name of one that was gone is not trusted.
    let taker = bench.role("gone").await;
    let refused = assume(&bench, &session_of(&bench, &taker, &[]), "left").await;
    assert_eq!(refused.unwrap_err().kind, Kind::AccessDenied);
    assume(&bench, &session_of(&bench, &caller, &[]), "here")
        .await
        .unwrap();
    let shown = read_role(site, &root, "here").await.unwrap().trust_policy;
    assert_eq!(shown, trusting(&caller.arn));
}

#[tokio::test]
async fn policies_of_other_partitions_are_not_there() {
    let bench = Bench::new().await;
    bench.role("app").await;
    for arn in [
        "arn:aws-cn:iam::aws:policy/AdministratorAccess",
        "arn:aws-us-gov:iam::aws:policy/AdministratorAccess",
    ] {
        let refused = attach_policy::<Role>(&bench.site, &bench.root(), "app", arn).await;
        assert_eq!(refused.unwrap_err().kind, Kind::NotFound, "{arn}");
    }
}
