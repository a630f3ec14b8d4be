//! The operations: who may ask, what is collected, and a page of outcomes.

use anyrole_policy::{Policy, PolicyKind};

use super::collected::Source;
use super::inputs::{account_of, invalid, parsed, sourced};
use super::{Caller, Exclusion, Keys, Outcome, Question, SourceType, Sourced, Stage, Told};
use crate::account::Account;
use crate::authorize::Target;
use crate::call::Call;
use crate::identities::Identity as _;
use crate::page::{Page, PageRequest};
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::Snapshot;
use crate::users::User;

/// Whose policies SimulatePrincipalPolicy is about.
#[derive(Debug, Clone, Default)]
pub struct PrincipalPolicies {
    /// The ARN of a user, group or role.
    pub arn: String,
    /// Policies of it that are passed over.
    pub exclusions: Vec<Exclusion>,
}

/// Statements that are looked at and missing keys that are named for one page; a page of many has fewer outcomes than were asked for.
const MAX_STATEMENTS: usize = 100_000;

/// Simulates policies that come with the request (IAM API reference, SimulateCustomPolicy).
pub async fn simulate_custom_policy(
    site: &Site,
    call: &Call,
    question: Question,
    request: PageRequest,
) -> Result<Page<Outcome>, Refusal> {
    site.authorize(call, "iam:SimulateCustomPolicy", Target::any())?;
    question.check()?;
    let (account, snapshot) = (site.account().clone(), site.directory.read_full());
    aside(move || {
        let stage = Stage::default();
        simulate(&account, &snapshot, None, stage, question, &request)
    })
    .await
}

/// Simulates the policies that a user, group or role has now (IAM API reference, SimulatePrincipalPolicy).
pub async fn simulate_principal_policy(
    site: &Site,
    call: &Call,
    of: PrincipalPolicies,
    question: Question,
    request: PageRequest,
) -> Result<Page<Outcome>, Refusal> {
    site.authorize(call, "iam:SimulatePrincipalPolicy", Target::on(&of.arn))?;
    question.check()?;
    let (account, snapshot) = (site.account().clone(), site.directory.read_full());
    aside(move || {
        let source = Source::find(&snapshot, &of.arn)?;
        let stage = source.collect(&snapshot, &of.exclusions)?;
        let source = Some(&source);
        simulate(&account, &snapshot, source, stage, question, &request)
    })
    .await
}

/// Runs what may take a while where no other request waits for it.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Refusal::internal(error.to_string()))?
}

fn simulate(
    account: &Account,
    snapshot: &Snapshot,
    source: Option<&Source>,
    mut stage: Stage,
    question: Question,
    request: &PageRequest,
) -> Result<Page<Outcome>, Refusal> {
    complete(&mut stage, &question)?;
    let (caller, user) = caller(account, snapshot, source, &question)?;
    let mut keys = Keys::given(question.context_entries)?;
    if let Some(user) = user {
        keys.add_user(&user);
    }
    let told = Told {
        missing_keys: stage.missing_keys(&keys),
        near_misses: question.tells_near_misses,
    };
    let everything = ["*".to_owned()];
    let resources = match question.resource_arns.as_slice() {
        [] => &everything[..],
        resources => resources,
    };
    let owner = question.resource_owner.as_deref().and_then(account_of);
    let owner = owner.unwrap_or(&caller.account);
    let asked = question.action_names.iter().flat_map(|action| {
        let pair = move |resource| (action.as_str(), String::as_str(resource));
        resources.iter().map(pair)
    });
    // The key of a page is the number of its last outcome.
    let after = request.after.parse().unwrap_or(0);
    // Each outcome names the missing keys.
    let weight = stage.statement_count() + told.missing_keys.len();
    let most = MAX_STATEMENTS / weight.max(1);
    let size = request.size.min(most.max(1));
    let mut rest = asked.zip(1_usize..).skip(after);
    let mut items = Vec::new();
    let mut last = None;
    for (asked, number) in rest.by_ref().take(size) {
        let account = account_of_resource(asked.1).unwrap_or(owner);
        items.push(stage.decide(&caller, &keys, asked, account, &told)?);
        last = Some(number);
    }
    let next = last.filter(|_| rest.next().is_some());
    Ok(Page {
        items,
        next: next.map(|number| number.to_string()),
    })
}

fn account_of_resource(resource: &str) -> Option<&str> {
    Some(resource)
        .filter(|resource| resource.starts_with("arn:"))
        .and_then(account_of)
}

/// Adds what came with the request.
fn complete(stage: &mut Stage, question: &Question) -> Result<(), Refusal> {
    let none = SourceType::None;
    let (identity, control) = (PolicyKind::Identity, PolicyKind::ServiceControl);
    let given = &question.policy_input_list;
    stage
        .identity
        .extend(sourced("PolicyInputList", given, identity, none)?);
    let boundaries = &question.permissions_boundary_policy_input_list;
    let mut boundaries = sourced(
        "PermissionsBoundaryPolicyInputList",
        boundaries,
        identity,
        none,
    )?;
    if let Some(boundary) = boundaries.pop() {
        stage.boundary = Some(boundary);
    }
    if let Some(text) = &question.resource_policy {
        let id = "ResourcePolicy".to_owned();
        stage.resource = Some(Sourced {
            policy: parsed(&id, text, PolicyKind::Resource)?,
            source: SourceType::Resource,
            id,
        });
    }
    for level in &question.ordered_organization_policy_input_list {
        let texts = &level.service_control_policy_input_list;
        let policies = sourced("ServiceControlPolicyInputList", texts, control, none)?;
        let policies = policies.into_iter().map(|sourced| sourced.policy);
        stage.service_control.push(policies.collect());
    }
    Ok(())
}

/// Whose request it is: the user that is named, or the principal that it is about; and the user's row, where it is there.
fn caller(
    account: &Account,
    snapshot: &Snapshot,
    source: Option<&Source>,
    question: &Question,
) -> Result<(Caller, Option<std::sync::Arc<User>>), Refusal> {
    let own = account.id.to_string();
    let Some(arn) = &question.caller_arn else {
        let user = match source {
            Some(Source::User(user)) => Some(user.clone()),
            _ if question.resource_policy.is_some() => {
                return Err(invalid(
                    "CallerArn is needed where ResourcePolicy is given.",
                ));
            }
            _ => None,
        };
        let nobody = || (account.user_arn("/", "simulated"), String::new());
        let (arn, unique_id) = source.map_or_else(nobody, |source| {
            (source.arn().to_owned(), source.unique_id().to_owned())
        });
        let caller = Caller {
            account: own,
            arn,
            unique_id,
        };
        return Ok((caller, user));
    };
    let is_user = arn
        .splitn(6, ':')
        .nth(5)
        .is_some_and(|resource| resource.starts_with("user/"));
    let of_caller = account_of(arn).filter(|_| is_user && arn.starts_with("arn:"));
    let of_caller = of_caller.ok_or_else(|| invalid("CallerArn must be the ARN of a user."))?;
    let name = arn.rsplit('/').next().unwrap_or_default();
    let user = User::find(snapshot, name).filter(|user| user.arn == *arn);
    let caller = Caller {
        account: of_caller.to_owned(),
        arn: arn.clone(),
        unique_id: user
            .as_ref()
            .map(|user| user.id.clone())
            .unwrap_or_default(),
    };
    Ok((caller, user))
}

/// The condition keys that policies ask for (IAM API reference, GetContextKeysForCustomPolicy).
pub fn context_keys_for_custom_policy(
    site: &Site,
    call: &Call,
    texts: &[String],
) -> Result<Vec<String>, Refusal> {
    site.authorize(call, "iam:GetContextKeysForCustomPolicy", Target::any())?;
    keys_of(Stage::default(), texts)
}

/// The condition keys that the policies of a user, group or role ask for, and others that come with the request (IAM API
/// reference, GetContextKeysForPrincipalPolicy).
pub fn context_keys_for_principal_policy(
    site: &Site,
    call: &Call,
    arn: &str,
    texts: &[String],
) -> Result<Vec<String>, Refusal> {
    let action = "iam:GetContextKeysForPrincipalPolicy";
    site.authorize(call, action, Target::on(arn))?;
    let snapshot = site.directory.read();
    let stage = Source::find(&snapshot, arn)?.collect(&snapshot, &[])?;
    keys_of(stage, texts)
}

fn keys_of(mut stage: Stage, texts: &[String]) -> Result<Vec<String>, Refusal> {
    let (kind, none) = (PolicyKind::Identity, SourceType::None);
    stage
        .identity
        .extend(sourced("PolicyInputList", texts, kind, none)?);
    let mut keys: Vec<&str> = stage.policies().flat_map(Policy::context_keys).collect();
    keys.sort_unstable();
    keys.dedup();
    Ok(keys.into_iter().map(str::to_owned).collect())
}
