//! What a session may: its role's policies, cut by its session policies, for as long as its role is the same one.

use std::sync::Arc;

use anyrole_domain::identities::put_inline_policy;
use anyrole_domain::profiles::{CreateProfile, create_profile};
use anyrole_domain::roles::{Role, delete_role};
use anyrole_domain::sessions::Session;
use anyrole_domain::sts::{AssumeRole, assume_role};
use anyrole_domain::{Call, Kind, Principal, Refusal, Tag, Target};

use super::site::{ACCOUNT, Bench};

const OBJECT: &str = "arn:aws:s3:::bucket/key";

/// One statement on every resource.
fn policy(effect: &str, action: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}}}"#
    )
}

/// A session of the role as CreateSession would have made it.
pub fn session_of(bench: &Bench, role: &Role, session_policies: &[[u8; 32]]) -> Call {
    let now = bench.root().origin.now;
    bench.call(Principal::RoleSession(Arc::new(Session {
        role_arn: role.arn.as_str().into(),
        role_id: role.id.as_str().into(),
        session_name: "1001".to_owned(),
        assumed_role_arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/{}/1001", role.name),
        source_identity: "CN=client".into(),
        tags: Arc::new([]),
        session_policies: session_policies.into(),
        assumed: None,
        trust_anchor_arn: "".into(),
        certificates: Arc::new([]),
        issued_at: now,
        expires_at: now,
    })))
}

pub async fn put_role_policy(bench: &Bench, role: &str, name: &str, document: String) {
    put_inline_policy::<Role>(&bench.site, &bench.root(), role, name, document)
        .await
        .unwrap();
}

/// The hashes by which sessions carry these policies, which are stored with a profile.
async fn stored(bench: &Bench, session_policy: String) -> Vec<[u8; 32]> {
    let input = CreateProfile {
        name: "with a session policy".to_owned(),
        session_policy: Some(session_policy),
        ..CreateProfile::default()
    };
    let profile = create_profile(&bench.site, &bench.root(), input)
        .await
        .unwrap();
    let snapshot = bench.site.directory.read();
    snapshot
        .profile(&profile.resource.arn)
        .unwrap()
        .session_policies
        .to_vec()
}

fn get_object(bench: &Bench, call: &Call) -> Result<(), Refusal> {
    bench
        .site
        .authorize(call, "s3:GetObject", Target::on(OBJECT))
}

fn refusal(result: Result<(), Refusal>) -> (Kind, &'static str, String) {
    let refusal = result.unwrap_err();
    (refusal.kind, refusal.reason, refusal.public.into_owned())
}

fn denied(because: &str) -> String {
    format!(
        "User: arn:aws:sts::{ACCOUNT}:assumed-role/app/1001 is not authorized to perform: s3:GetObject on resource: {OBJECT} {because}"
    )
}

#[tokio::test]
async fn a_role_may_what_its_policies_allow() {
    let bench = Bench::new().await;
    let role = bench.role("app").await;
    let call = session_of(&bench, &role, &[]);
    let nothing = denied("because no identity-based policy allows the s3:GetObject action");
    assert_eq!(
        refusal(get_object(&bench, &call)),
        (Kind::AccessDenied, "policy-does-not-allow", nothing)
    );
    put_role_policy(&bench, "app", "read", policy("Allow", "s3:Get*")).await;
    get_object(&bench, &call).unwrap();
    let other = bench
        .site
        .authorize(&call, "s3:PutObject", Target::on(OBJECT));
    assert_eq!(refusal(other).1, "policy-does-not-allow");
    put_role_policy(&bench, "app", "deny", policy("Deny", "s3:GetObject")).await;
    let explicit = denied("with an explicit deny in an identity-based policy");
    assert_eq!(
        refusal(get_object(&bench, &call)),
        (Kind::AccessDenied, "explicit-deny", explicit)
    );
    // Root is not asked for policies.
    get_object(&bench, &bench.root()).unwrap();
}

#[tokio::test]
async fn a_session_policy_cuts_and_never_adds() {
    let bench = Bench::new().await;
    let role = bench.role("app").await;
    let reads = stored(&bench, policy("Allow", "s3:GetObject")).await;
    let lists = stored(&bench, policy("Allow", "s3:ListBucket")).await;
    let denies = stored(&bench, policy("Deny", "s3:GetObject")).await;
    let with = |hashes: &[&[[u8; 32]]]| session_of(&bench, &role, &hashes.concat());
    // What the role may not, no session policy allows.
    assert_eq!(
        refusal(get_object(&bench, &with(&[&reads]))).1,
        "policy-does-not-allow"
    );
    put_role_policy(&bench, "app", "all", policy("Allow", "s3:*")).await;
    get_object(&bench, &with(&[&reads])).unwrap();
    let nothing = denied("because no session policy allows the s3:GetObject action");
    assert_eq!(
        refusal(get_object(&bench, &with(&[&lists]))),
        (Kind::AccessDenied, "session-policy-does-not-allow", nothing)
    );
    // Several session policies allow together.
    get_object(&bench, &with(&[&lists, &reads])).unwrap();
    let explicit = denied("with an explicit deny in a session policy");
    assert_eq!(
        refusal(get_object(&bench, &with(&[&reads, &denies]))),
        (Kind::AccessDenied, "explicit-deny", explicit)
    );
}

#[tokio::test]
async fn a_session_policy_that_is_lost_refuses() {
    let bench = Bench::new().await;
    let role = bench.role("app").await;
    put_role_policy(&bench, "app", "all", policy("Allow", "s3:*")).await;
    let call = session_of(&bench, &role, &[[7; 32]]);
    let (kind, reason, _) = refusal(get_object(&bench, &call));
    assert_eq!((kind, reason), (Kind::Internal, "internal"));
}

#[tokio::test]
async fn a_role_made_again_is_another_role() {
    let bench = Bench::new().await;
    let role = bench.role("plain").await;
    let call = session_of(&bench, &role, &[]);
    delete_role(&bench.site, &bench.root(), "plain")
        .await
        .unwrap();
    let gone = (
        Kind::UnknownAccessKey,
        "role-gone",
        "The security token included in the request is invalid.".to_owned(),
    );
    assert_eq!(refusal(get_object(&bench, &call)), gone);
    let again = bench.role("plain").await;
    assert_eq!((&again.arn, again.id == role.id), (&role.arn, false));
    put_role_policy(&bench, "plain", "all", policy("Allow", "s3:*")).await;
    assert_eq!(refusal(get_object(&bench, &call)), gone);
    get_object(&bench, &session_of(&bench, &again, &[])).unwrap();
}

#[tokio::test]
async fn an_action_of_no_row_and_a_caller_of_another_account_are_refused() {
    let bench = Bench::new().await;
    let unknown = bench
        .site
        .authorize(&bench.root(), "s3:Conjure", Target::any());
    assert_eq!(refusal(unknown).0, Kind::Internal);
    let mut foreign = bench.root();
    foreign.caller.account = anyrole_domain::AccountId::parse("111111111111").unwrap();
    assert_eq!(refusal(get_object(&bench, &foreign)).0, Kind::AccessDenied);
}

/// What a refusal keeps is written to log and audit trail, and sealed into a message, whatever the caller sent.
#[tokio::test]
async fn refusals_keep_so_much_and_no_more() {
    let bench = Bench::new().await;
    let role = bench.role("app").await;
    let long = "x".repeat(100);
    let miss = format!(
        r#"{{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*","Condition":{{"StringLike":{{"aws:UserAgent":["{long}"]}}}}}}"#
    );
    let deny = r#"{"Effect":"Deny","Action":"sts:*","Resource":"*"}"#;
    for (name, statement) in [("misses", miss.as_str()), ("denies", deny)] {
        let statements = vec![statement; 30].join(",");
        let document = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        put_role_policy(&bench, "app", name, document).await;
    }
    let mut call = session_of(&bench, &role, &[]);
    call.origin.user_agent = Some("a".repeat(20_000).into());
    let Principal::RoleSession(session) = &mut call.caller.principal else {
        panic!("a session of a role");
    };
    let tag = |n: usize| Tag {
        key: format!("{n:0>128}").into(),
        value: "v".repeat(256),
    };
    let mut tagged = Session::clone(session);
    tagged.tags = (0..50).map(tag).collect();
    *session = Arc::new(tagged);
    let input = AssumeRole {
        role_arn: role.arn.clone(),
        role_session_name: "one\u{1b}[2J\n".to_owned(),
        ..AssumeRole::default()
    };
    let refusal = assume_role(&bench.site, &call, input).await.unwrap_err();
    assert_eq!(refusal.reason, "explicit-deny");
    let explanation = refusal.policy.as_deref().unwrap();
    assert_eq!(explanation.matched.len(), 20);
    assert_eq!(explanation.near_misses.len(), 20);
    let kept = serde_json::to_string(explanation).unwrap();
    assert!(kept.len() < 32_768, "{}", kept.len());
    let conditions = &refusal.authorization.as_deref().unwrap().conditions;
    assert!(conditions.len() <= 100, "{}", conditions.len());
    let longest = conditions.iter().flat_map(|(_, values)| values);
    assert_eq!(longest.map(String::len).max(), Some(256));
    let said = format!("{}{}", refusal.public, refusal.private);
    assert!(
        said.len() < 1000 && !said.contains(char::is_control),
        "{said}"
    );
    // The message of it is one that DecodeAuthorizationMessage takes, or there is none.
    if let Some(message) = refusal.authorization_message() {
        assert!(message.len() <= 7_600, "{}", message.len());
    }
}
