//! Why a session was refused, for the operator: a request id or a certificate comes in, the steps of CreateSession with what
//! was looked at and what would cure the refusal go out. The steps are `judge.rs`'s own, watched; no rule is written here.

use std::net::IpAddr;
use std::sync::Arc;

use anyrole_x509::{PresentedChain, StaleList};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::create_session::{UnverifiedCreateSession, verify_signature};
use super::cure::{Ground, cures};
use super::judge::judge;
use super::recent::RefusedRequest;
use super::steps::{Facts, Step, Watch};
use super::verified_chains::KnownChain;
use crate::authorize::Target;
use crate::call::{Call, Origin};
use crate::refusal::{Kind, Refusal};
use crate::site::Site;
use crate::snapshot::Snapshot;
use crate::trust_anchors::TrustAnchor;

/// What is asked.
#[derive(Debug)]
pub enum Question {
    /// About a request, by the id that its answer carried.
    Request(String),
    /// About a certificate: would it get a session?
    Certificate(Box<CertificateQuestion>),
}

/// A certificate that might ask for a session.
#[derive(Debug)]
pub struct CertificateQuestion {
    /// The trust anchor.
    pub trust_anchor_arn: String,
    /// The profile.
    pub profile_arn: String,
    /// The role.
    pub role_arn: String,
    /// Seconds.
    pub duration_seconds: Option<i64>,
    /// A name for the session.
    pub role_session_name: Option<String>,
    /// The certificates, or why they can't be read.
    pub chain: Result<PresentedChain, anyrole_x509::Refusal>,
    /// The moment to judge by; now where it is left out.
    pub at: Option<Timestamp>,
    /// From where the request would come.
    pub source_ip: Option<IpAddr>,
}

/// The answer.
#[derive(Debug, Serialize)]
pub struct SessionExplanation {
    /// `granted` or `refused`.
    pub outcome: &'static str,
    /// The moment that it was, or is, judged by.
    pub at: Timestamp,
    /// Our reason code; `ok` where granted.
    pub reason: String,
    /// The step that refused.
    pub step: Option<String>,
    /// What the caller is told.
    pub message: Option<String>,
    /// What the caller is not told.
    pub detail: Option<String>,
    /// What would cure it.
    pub cure: Vec<String>,
    /// The steps in order.
    pub steps: Vec<StepTaken>,
    /// The request's audit record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<Value>,
    /// What would become of the same request, signed anew, now; where it is still remembered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<Box<SessionExplanation>>,
}

/// One step.
#[derive(Debug, Clone, Serialize)]
pub struct StepTaken {
    /// Its name.
    pub step: Step,
    /// What came out.
    pub outcome: StepOutcome,
    /// What was looked at.
    pub looked_at: Facts,
}

/// What came out of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepOutcome {
    /// It had nothing against the request.
    Passed,
    /// It refused the request.
    Refused,
    /// There is nothing to judge by.
    NotJudged,
    /// An earlier step refused.
    NotReached,
}

/// The action that policies allow or deny.
const ACTION: &str = "anyrole:Explain";

/// Answers a question of the operator (docs/aws-divergences.md, "Explanations").
pub async fn explain(
    site: &Site,
    call: &Call,
    question: Question,
) -> Result<SessionExplanation, Refusal> {
    site.authorize(call, ACTION, Target::any())?;
    match question {
        Question::Request(id) => about_request(site, call, &id).await,
        Question::Certificate(question) => Ok(about_certificate(site, call, *question)),
    }
}

fn about_certificate(
    site: &Site,
    call: &Call,
    question: CertificateQuestion,
) -> SessionExplanation {
    let origin = Origin {
        now: question.at.unwrap_or(call.origin.now),
        source_ip: question.source_ip,
        user_agent: None,
        ..call.origin.clone()
    };
    let asked = UnverifiedCreateSession {
        trust_anchor_arn: question.trust_anchor_arn,
        profile_arn: question.profile_arn,
        role_arn: question.role_arn,
        duration_seconds: question.duration_seconds,
        role_session_name: question.role_session_name,
        instance_properties: None,
        chain: question.chain,
        signature: Err(Refusal::internal("nothing was signed")),
    };
    unsigned(site, &site.directory.read_full(), &origin, &asked)
}

/// Judges what was asked as if it was signed as it should be.
fn unsigned(
    site: &Site,
    snapshot: &Snapshot,
    origin: &Origin,
    asked: &UnverifiedCreateSession,
) -> SessionExplanation {
    let mut recorder = Recorder::default();
    let judged = judge(
        site,
        snapshot,
        origin,
        asked,
        &mut recorder,
        |_chain, recorder| {
            recorder.not_judged();
            Ok(())
        },
    );
    let refusal = judged.err();
    let step = recorder.last();
    recorder.finish(snapshot, origin, asked, refusal.as_ref().zip(step))
}

async fn about_request(site: &Site, call: &Call, id: &str) -> Result<SessionExplanation, Refusal> {
    if uuid::Uuid::try_parse(id).is_err() {
        return Err(unknown_request());
    }
    let remembered = site.recent_refusals.find(id);
    let recorded = site.audit.find(id).await?;
    let recorded = recorded.and_then(|line| serde_json::from_str::<Value>(&line).ok());
    let mut explanation = match (&remembered, &recorded) {
        (Some(request), _) => {
            let mut then = as_it_was(site, request);
            let origin = Origin {
                now: call.origin.now,
                ..request.origin.clone()
            };
            let now = unsigned(site, &site.directory.read_full(), &origin, &request.asked);
            then.now = Some(Box::new(now));
            then
        }
        (None, Some(record)) => super::recorded::explain(&site.directory.read_full(), record)?,
        (None, None) => return Err(unknown_request()),
    };
    explanation.recorded = recorded;
    Ok(explanation)
}

fn unknown_request() -> Refusal {
    Refusal::new(
        Kind::NotFound,
        "unknown-request-id",
        "No request of this id is in the audit trail of this server.",
    )
}

/// The steps by the state that the request met; the refusal is the one that was given.
fn as_it_was(site: &Site, request: &RefusedRequest) -> SessionExplanation {
    let mut recorder = Recorder::default();
    // What comes out is known; only what is looked at on the way is wanted.
    let _judged = judge(
        site,
        &request.snapshot,
        &request.origin,
        &request.asked,
        &mut recorder,
        |chain, recorder| {
            recorder.saw(|facts| super::facts::signature(facts, &request.asked));
            verify_signature(chain, request.asked.signature.as_ref())
        },
    );
    recorder.finish(
        &request.snapshot,
        &request.origin,
        &request.asked,
        Some((&request.refusal, request.step)),
    )
}

/// Notes every step.
#[derive(Default)]
struct Recorder(Vec<StepTaken>);

impl Watch for Recorder {
    fn begin(&mut self, step: Step) {
        self.0.push(StepTaken {
            step,
            outcome: StepOutcome::Passed,
            looked_at: Facts::default(),
        });
    }

    fn saw(&mut self, tell: impl FnOnce(&mut Facts)) {
        if let Some(last) = self.0.last_mut() {
            tell(&mut last.looked_at);
        }
    }

    fn verified(&mut self, _chain: &Arc<KnownChain>, _anchor: &Arc<TrustAnchor>) {}

    fn warn(&mut self, relied_on: Vec<StaleList>) {
        self.saw(|facts| {
            facts.list(
                "relied on all the same",
                relied_on.into_iter().map(|list| list.detail),
            );
        });
    }
}

impl Recorder {
    fn not_judged(&mut self) {
        if let Some(last) = self.0.last_mut() {
            last.outcome = StepOutcome::NotJudged;
        }
    }

    fn last(&self) -> Option<Step> {
        self.0.last().map(|taken| taken.step)
    }

    fn finish(
        self,
        snapshot: &Snapshot,
        origin: &Origin,
        asked: &UnverifiedCreateSession,
        refused: Option<(&Refusal, Step)>,
    ) -> SessionExplanation {
        let steps = marked(self.0, Step::Members, refused.map(|(_, step)| step));
        let Some((refusal, step)) = refused else {
            return SessionExplanation {
                outcome: "granted",
                at: origin.now,
                reason: "ok".to_owned(),
                step: None,
                message: None,
                detail: None,
                cure: Vec::new(),
                steps,
                recorded: None,
                now: None,
            };
        };
        let ground = Ground::of_request(snapshot, asked, refusal);
        SessionExplanation {
            outcome: "refused",
            at: origin.now,
            reason: refusal.reason.to_owned(),
            step: Some(step.name().to_owned()),
            message: Some(refusal.public.clone().into_owned()),
            detail: Some(refusal.private.clone().into_owned()).filter(|detail| !detail.is_empty()),
            cure: cures(refusal.reason, &ground),
            steps,
            recorded: None,
            now: None,
        }
    }
}

/// Every step from `first` on, with what came out where `refused` is the one that refused.
pub(super) fn marked(
    mut taken: Vec<StepTaken>,
    first: Step,
    refused: Option<Step>,
) -> Vec<StepTaken> {
    Step::ALL
        .into_iter()
        .filter(|step| *step >= first)
        .map(|step| {
            let found = taken.iter().position(|taken| taken.step == step);
            let known = found.map(|position| taken.swap_remove(position));
            let outcome = match refused {
                Some(refused) if step == refused => StepOutcome::Refused,
                Some(refused) if step > refused => StepOutcome::NotReached,
                _ => known
                    .as_ref()
                    .map_or(StepOutcome::Passed, |taken| taken.outcome),
            };
            StepTaken {
                step,
                outcome,
                looked_at: known.map(|taken| taken.looked_at).unwrap_or_default(),
            }
        })
        .collect()
}
