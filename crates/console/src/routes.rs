//! Which page a visit is to: the first segment of its path names the area, the rest is the area's own.

use anyrole_domain::Refusal;

use crate::refused::{self, no_such_page};
use crate::reply::{Content, Outcome, Reply};
use crate::visit::Visit;
use crate::{
    activity, authorities, certificates, connect, crls, home, join_tokens, policies, profiles,
    roles, simulate, subjects, trust_anchors,
};

/// Answers a visit. A refusal is a page, too, and goes with it for the audit trail.
pub async fn serve(visit: &Visit<'_>) -> Reply {
    let mut reply = area(visit).await.unwrap_or_else(Reply::refused);
    if let (Content::Refused, Some(refusal)) = (&reply.content, &reply.refusal) {
        reply.content = Content::Html(refused::page(visit, refusal).unwrap_or_default());
    }
    reply
}

async fn area(visit: &Visit<'_>) -> Outcome {
    match visit.segment(0) {
        "" => home::serve(visit).await,
        "activity" => activity::serve(visit).await,
        "connect" => connect::serve(visit).await,
        "trust-anchors" => trust_anchors::serve(visit).await,
        "profiles" => profiles::serve(visit).await,
        "crls" => crls::serve(visit).await,
        "subjects" => subjects::serve(visit).await,
        "roles" => roles::serve(visit).await,
        "policies" => policies::serve(visit).await,
        "simulate" => simulate::serve(visit).await,
        "authorities" => authorities::serve(visit).await,
        "certificates" => certificates::serve(visit).await,
        "join-tokens" => join_tokens::serve(visit).await,
        _ => Err(unknown(visit)),
    }
}

/// The read of the API that a page of this area counts as against rate quotas: the one that fills it.
pub fn read_of(area: &str) -> &'static str {
    match area {
        "trust-anchors" => "rolesanywhere:ListTrustAnchors",
        "profiles" | "connect" => "rolesanywhere:ListProfiles",
        "crls" => "rolesanywhere:ListCrls",
        "subjects" => "rolesanywhere:ListSubjects",
        "roles" => "iam:ListRoles",
        "policies" => "iam:ListPolicies",
        "simulate" => "iam:SimulateCustomPolicy",
        "authorities" => "acm-pca:ListCertificateAuthorities",
        "certificates" => "acm-pca:GetCertificate",
        "join-tokens" => "anyrole:ListJoinTokens",
        _ => "anyrole:ListAuditRecords",
    }
}

fn unknown(visit: &Visit<'_>) -> Refusal {
    no_such_page(&visit.path.join("/"))
}
