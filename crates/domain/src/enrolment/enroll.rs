//! A first certificate: a join token and a machine's new key enter, a certificate or a refusal leaves; each leaves one audit
//! record, by the token's ARN where it is known.

use zeroize::Zeroizing;

use super::claims::{CertificateLine, Claim, Right};
use super::finish::{Enrolled, Late, asked, finish, record};
use super::join_tokens::{self, JoinToken};
use super::proof::UnverifiedProof;
use crate::call::Origin;
use crate::operations::RateClass;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;

/// What the audit trail calls it.
const EVENT: &str = "anyrole:Enroll";
/// One text whatever is wrong with id and secret: nobody learns which tokens there are.
pub(super) const UNKNOWN_TOKEN: &str =
    "The join token is not known: it was deleted, or is not of this server.";

/// A request as it was decoded; nothing in it is proved.
#[derive(Debug)]
pub struct UnverifiedEnrolment {
    /// Which token.
    pub token_id: String,
    /// What opens it.
    pub token_secret: Zeroizing<String>,
    /// The subject asked for.
    pub subject: Option<String>,
    /// The alternative names asked for.
    pub names: Vec<String>,
    /// Whose certificate.
    pub proof: UnverifiedProof,
}

/// Judges one request, which may also be what the door could not read.
///
/// # Errors
/// Why there is no certificate; the audit trail has it.
pub async fn enroll(
    site: &Site,
    origin: &Origin,
    unverified: Result<UnverifiedEnrolment, Refusal>,
) -> Result<Enrolled, Refusal> {
    let mut who = String::new();
    let outcome = attempt(site, origin, unverified, &mut who).await;
    if let Err(refusal) = &outcome {
        record(site, &asked(origin, EVENT, &who), None, Some(refusal)).await?;
    }
    outcome
}

async fn attempt(
    site: &Site,
    origin: &Origin,
    unverified: Result<UnverifiedEnrolment, Refusal>,
    who: &mut String,
) -> Result<Enrolled, Refusal> {
    site.rates.admit(RateClass::Enrolment, origin.now)?;
    let unverified = unverified?;
    let seen = site.directory.confirm().await?;
    let token = open_token(site, &unverified).await?;
    *who = join_tokens::arn(site.account(), &token.id);
    if origin.now >= token.expires_at {
        return Err(Refusal::new(
            Kind::AccessDenied,
            "join-token-expired",
            "The join token has expired; ask for a new one (`anyrole join-token create`).",
        ));
    }
    let key = unverified.proof.verify(origin.now)?;
    let names = token
        .policy
        .decide(unverified.subject.as_deref(), &unverified.names)?;
    let claim = Claim {
        account: token.account.clone(),
        right: Right::Token(token.id.clone()),
        key_sha256: key.sha256,
        proved_at: key.at,
        now: origin.now,
    };
    let line = CertificateLine {
        authority_arn: token.authority_arn.clone(),
        names,
        certificate_seconds: token.certificate_seconds,
        token_id: token.id.clone(),
    };
    let late = Late {
        reason: "join-token-used-up",
        text: "The join token has been used as often as it may be; ask for a new one (`anyrole join-token create`).",
    };
    let enrolled = finish(site, &asked(origin, EVENT, who), claim, key, line, late).await?;
    // What was decided on a state that is too old does not leave; the same key may ask for it again.
    site.directory.reconfirm(seen).await?;
    Ok(enrolled)
}

/// Reads the token that the secret opens.
async fn open_token(site: &Site, unverified: &UnverifiedEnrolment) -> Result<JoinToken, Refusal> {
    let store = site.directory.store();
    let found = store
        .read_join_token(&site.account().id, &unverified.token_id)
        .await
        .map_err(Refusal::unreadable)?;
    let why = match &found {
        Some(token) if token.is_opened_by(&unverified.token_secret) => None,
        Some(_) => Some("the secret is not that of the token"),
        None => Some("there is no token of this id"),
    };
    match (found, why) {
        (Some(token), None) => Ok(token),
        (_, why) => Err(
            Refusal::new(Kind::AccessDenied, "join-token-invalid", UNKNOWN_TOKEN)
                .with_private(why.unwrap_or_default()),
        ),
    }
}
