//! scratchstack-aspen: elements, wildcards, variables and operators of identity policies, and principals of resource
//! policies.

use std::collections::BTreeMap;

use anyrole_policy_proof::{Asker, Choices, Document, KeyValue, Scene, Shape};
use chrono::{DateTime, Utc};
use scratchstack_arn::Arn;
use scratchstack_aspen::{Context, Decision, Policy};
use scratchstack_aws_principal::{
    AssumedRole, Principal, PrincipalIdentity, Service, SessionData, SessionValue, User,
};

use crate::Outcome;
use crate::aspen_exceptions::{EXCEPTIONS, Exception};
use crate::coverage::Coverage;
use crate::reduce::to_single_values;

/// Cases of identity policies; with those of resource policies over 100 000.
const IDENTITY_CASES: u64 = 100_000;
const RESOURCE_CASES: u64 = 20_000;

#[test]
fn identity_policies() {
    let shape = Shape {
        quantifiers: true,
        ..Shape::default()
    };
    let part = |seeds| {
        let mut coverage = Coverage::default();
        let settled = compare(seeds, |seed| {
            let scene = Scene::by_chance(&mut Choices::of_seed(seed), shape);
            let explanation = scene.explain().unwrap_or_else(|e| panic!("{e}\n{scene}"));
            let outcome = explanation.decision.into();
            coverage.add(outcome, &explanation, &scene.identity[0]);
            (to_single_values(&scene), outcome)
        });
        (coverage, settled)
    };
    let half = IDENTITY_CASES / 2;
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| part(0..half));
        (part(half..IDENTITY_CASES), first.join().unwrap())
    });
    let (mut coverage, mut settled) = first;
    coverage.merge(second.0);
    for (name, count) in second.1 {
        *settled.entry(name).or_default() += count;
    }
    println!("settled: {settled:#?}");
    coverage.assert_outcomes();
    coverage.assert_elements(&["Action", "NotAction", "Resource", "NotResource"]);
    coverage.assert_operators();
    // An exception that settles nothing has no place here.
    for exception in &EXCEPTIONS {
        let count = settled.get(exception.name).copied().unwrap_or_default();
        assert!(count > 0 || exception.of_principals, "{}", exception.name);
    }
}

#[test]
fn resource_policies() {
    let mut coverage = Coverage::default();
    let settled = compare(1_000_000..1_000_000 + RESOURCE_CASES, |seed| {
        let mut scene = Scene::of_resource_policy(&mut Choices::of_seed(seed));
        let explanation = scene.explain().unwrap_or_else(|e| panic!("{e}\n{scene}"));
        let outcome = explanation.decision.into();
        let document = scene.resource.clone().unwrap();
        let mut of_resource = explanation.clone();
        of_resource
            .matched
            .retain(|at| at.layer == anyrole_policy::Layer::Resource);
        coverage.add(outcome, &of_resource, &document);
        // The other engine is asked for this policy alone.
        scene.identity.clear();
        (to_single_values(&scene), outcome)
    });
    println!("settled: {settled:#?}");
    coverage.assert_elements(&["Principal", "NotPrincipal"]);
    for exception in EXCEPTIONS
        .iter()
        .filter(|exception| exception.of_principals)
    {
        let count = settled.get(exception.name).copied().unwrap_or_default();
        assert!(count > 0, "{}", exception.name);
    }
}

/// Compares each seed's scene; the number of disagreements that each exception settles comes back.
fn compare(
    seeds: std::ops::Range<u64>,
    mut ours: impl FnMut(u64) -> (Scene, Outcome),
) -> BTreeMap<&'static str, usize> {
    let mut settled = BTreeMap::new();
    for seed in seeds {
        let (scene, outcome) = ours(seed);
        let theirs = ask(&scene);
        if theirs == Ok(outcome) {
            continue;
        }
        let Some(by) = settle(&scene, outcome) else {
            let last = ask(&all_exceptions(&scene));
            panic!("seed {seed}: {outcome:?}, but {theirs:?}, settled {last:?}, for\n{scene}");
        };
        *settled.entry(by).or_default() += 1;
    }
    settled
}

/// The exception that makes the other engine agree: one alone, or else all of them.
fn settle(scene: &Scene, outcome: Outcome) -> Option<&'static str> {
    let alone = |exception: &&Exception| {
        let mut turned = scene.clone();
        (exception.rewrite)(&mut turned);
        turned != *scene && ask(&turned) == Ok(outcome)
    };
    if let Some(exception) = EXCEPTIONS.iter().find(alone) {
        return Some(exception.name);
    }
    (ask(&all_exceptions(scene)) == Ok(outcome)).then_some("several")
}

fn all_exceptions(scene: &Scene) -> Scene {
    let mut turned = scene.clone();
    for exception in &EXCEPTIONS {
        (exception.rewrite)(&mut turned);
    }
    turned
}

fn ask(scene: &Scene) -> Result<Outcome, String> {
    let context = context(scene)?;
    let mut outcome = Outcome::ImplicitDeny;
    for document in scene.identity.iter().chain(&scene.resource) {
        if document.statements.is_empty() {
            continue;
        }
        let policy = parse(document)?;
        match policy
            .evaluate(&context)
            .map_err(|error| error.to_string())?
        {
            Decision::Deny => return Ok(Outcome::ExplicitDeny),
            Decision::Allow => outcome = Outcome::Allow,
            Decision::DefaultDeny => {}
        }
    }
    Ok(outcome)
}

fn parse(document: &Document) -> Result<Policy, String> {
    let text = document.to_json().to_string();
    text.parse().map_err(|error| format!("{error}: {text}"))
}

fn context(scene: &Scene) -> Result<Context, String> {
    let question = &scene.question;
    let (service, api) = question.action.split_once(':').unwrap();
    let resources = match question.resource.as_str() {
        "*" => Vec::new(),
        arn => vec![
            arn.parse::<Arn>()
                .map_err(|error| format!("{error}: {arn}"))?,
        ],
    };
    let mut data = SessionData::new();
    for (key, value) in &question.keys.0 {
        if let KeyValue::One(text) = value {
            data.insert(key, session_value(key, text));
        }
    }
    let context = Context::builder()
        .service(service)
        .api(api)
        .actor(Principal::from(vec![identity(question.asker)]))
        .resources(resources)
        .session_data(data)
        .build();
    Ok(context.unwrap())
}

fn identity(asker: Asker) -> PrincipalIdentity {
    match asker {
        Asker::Session => AssumedRole::new("aws", Asker::ACCOUNT, "app", "host1")
            .unwrap()
            .into(),
        Asker::Service => Service::new("rolesanywhere", None, "amazonaws.com")
            .unwrap()
            .into(),
        _ => User::new("aws", Asker::ACCOUNT, "/", "ann").unwrap().into(),
    }
}

/// As the other engine has types for what are texts here.
fn session_value(key: &str, text: &str) -> SessionValue {
    let key = key.split(['#', '@']).next().unwrap_or(key);
    match key {
        "aws:currenttime" | "k:dates" => {
            let time: DateTime<Utc> = text.parse().unwrap();
            SessionValue::Timestamp(time)
        }
        "aws:securetransport" | "k:flags" => SessionValue::Bool(text == "true"),
        "aws:sourceip" | "k:addresses" => SessionValue::IpAddr(text.parse().unwrap()),
        "k:octet" | "k:octets" => {
            SessionValue::Binary(base64_simd::STANDARD.decode_to_vec(text).unwrap())
        }
        _ => SessionValue::String(text.to_owned()),
    }
}
