//! The policy simulator on the wire.

use anyrole_domain::simulation::{
    self as domain, Exclusion, MatchedStatement, Outcome, PrincipalPolicies, Question, SourceType,
    Verdict,
};
use anyrole_domain::{Call, Page, Site};
use anyrole_wire::aws_query::Xml;
use serde::Deserialize;

use crate::given::Given;
use crate::query_route::{Answer, filled, page, paged};

/// What SimulatePrincipalPolicy has beside the question.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfPrincipal {
    policy_source_arn: String,
    #[serde(default)]
    policy_exclusion_list: Vec<Exclusion>,
    #[serde(flatten)]
    question: Question,
}

pub(super) async fn custom(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:SimulateCustomPolicy";
    let request = page(site, LIST, &given)?;
    let question: Question = given.decode()?;
    let outcomes = domain::simulate_custom_policy(site, call, question, request).await?;
    answer(site, LIST, outcomes)
}

pub(super) async fn principal(site: &Site, call: &Call, given: Given) -> Answer {
    const LIST: &str = "iam:SimulatePrincipalPolicy";
    let request = page(site, LIST, &given)?;
    let asked: OfPrincipal = given.decode()?;
    let of = PrincipalPolicies {
        arn: asked.policy_source_arn,
        exclusions: asked.policy_exclusion_list,
    };
    let question = asked.question;
    let outcomes = domain::simulate_principal_policy(site, call, of, question, request).await?;
    answer(site, LIST, outcomes)
}

fn answer(site: &Site, list: &str, outcomes: Page<Outcome>) -> Answer {
    paged(site, list, outcomes.next, move |xml| {
        xml.element("EvaluationResults", |xml| {
            for outcome in &outcomes.items {
                xml.element("member", |xml| result(xml, outcome));
            }
        });
    })
}

fn verdict(of: Verdict) -> &'static str {
    match of {
        Verdict::Allowed => "allowed",
        Verdict::ExplicitDeny => "explicitDeny",
        Verdict::ImplicitDeny => "implicitDeny",
    }
}

fn result(xml: &mut Xml, outcome: &Outcome) {
    let named = outcome.resource != "*";
    xml.text("EvalActionName", &outcome.action)
        .text("EvalResourceName", &outcome.resource)
        .text("EvalDecision", verdict(outcome.decision));
    statements(xml, &outcome.matched);
    // Where a resource is named, they stand beside it (IAM API reference, EvaluationResult).
    keys(xml, if named { &[] } else { &outcome.missing_keys });
    if let Some(allowed) = outcome.allowed_by_organizations {
        detail(xml, "Organizations", allowed);
    }
    boundary(xml, outcome);
    if named {
        xml.element("EvalDecisionDetails", |_| {});
        xml.element("ResourceSpecificResults", |xml| {
            xml.element("member", |xml| {
                xml.text("EvalResourceName", &outcome.resource)
                    .text("EvalResourceDecision", verdict(outcome.decision));
                statements(xml, &outcome.matched);
                keys(xml, &outcome.missing_keys);
                boundary(xml, outcome);
            });
        });
    }
}

fn boundary(xml: &mut Xml, outcome: &Outcome) {
    if let Some(allowed) = outcome.allowed_by_boundary {
        detail(xml, "PermissionsBoundary", allowed);
    }
}

fn detail(xml: &mut Xml, of: &str, allowed: bool) {
    let allowed = if allowed { "true" } else { "false" };
    xml.element(&format!("{of}DecisionDetail"), |xml| {
        xml.text(&format!("AllowedBy{of}"), allowed);
    });
}

fn statements(xml: &mut Xml, matched: &[MatchedStatement]) {
    xml.element("MatchedStatements", |xml| {
        for statement in matched {
            xml.element("member", |xml| {
                xml.text("SourcePolicyId", &statement.policy)
                    .text("SourcePolicyType", source(statement.source));
                position(xml, "StartPosition", statement.start);
                position(xml, "EndPosition", statement.end);
            });
        }
    });
}

fn source(of: SourceType) -> &'static str {
    match of {
        SourceType::User => "user",
        SourceType::Group => "group",
        SourceType::Role => "role",
        SourceType::AwsManaged => "aws-managed",
        SourceType::UserManaged => "user-managed",
        SourceType::Resource => "resource",
        SourceType::None => "none",
    }
}

fn position(xml: &mut Xml, element: &str, (line, column): (usize, usize)) {
    xml.element(element, |xml| {
        xml.text("Line", &line.to_string())
            .text("Column", &column.to_string());
    });
}

fn keys(xml: &mut Xml, missing: &[String]) {
    names(xml, "MissingContextValues", missing);
}

fn names(xml: &mut Xml, element: &str, names: &[String]) {
    xml.element(element, |xml| {
        for name in names {
            xml.text("member", name);
        }
    });
}

pub(super) async fn keys_for_custom(site: &Site, call: &Call, given: Given) -> Answer {
    let texts = given.texts("policyInputList")?;
    let found = domain::context_keys_for_custom_policy(site, call, &texts)?;
    filled(move |xml| names(xml, "ContextKeyNames", &found))
}

pub(super) async fn keys_for_principal(site: &Site, call: &Call, given: Given) -> Answer {
    let (arn, texts) = (
        given.text("policySourceArn"),
        given.texts("policyInputList")?,
    );
    let found = domain::context_keys_for_principal_policy(site, call, arn, &texts)?;
    filled(move |xml| names(xml, "ContextKeyNames", &found))
}
