//! Making a role: name, trust policy by the editor, longest session, boundary, and managed policies to attach.

use anyrole_domain::identities::attach_policy;
use anyrole_domain::roles::{CreateRole, Role, create_role};
use anyrole_domain::{Kind, Refusal};
use anyrole_wire::iam::inputs;
use askama::Template;
use serde_json::json;

use super::trust_form::{Pressed, TrustForm};
use super::{detail, layout, path_of};
use crate::limits::keep;
use crate::reply::Audited as _;
use crate::tags::{self, CAPITAL, SMALL};
use crate::{Command, Done, Fields, Layout, Outcome, Reply, Visit, choices};

const EVENT: &str = "iam:CreateRole";
const ATTACH: &str = "iam:AttachRolePolicy";
/// The fields of policies to attach.
const ATTACHED: [&str; 3] = ["attach-1", "attach-2", "attach-3"];

#[derive(Template)]
#[template(path = "roles/create.html")]
struct CreatePage {
    layout: Layout,
    problem: Option<Refusal>,
    typed: Typed,
    trust: TrustForm,
    choices: Vec<String>,
}

/// What was typed beside the trust policy.
struct Typed {
    name: String,
    path: String,
    description: String,
    seconds: String,
    boundary: String,
    tags: String,
    attached: [String; ATTACHED.len()],
}

impl Typed {
    fn of(form: &Fields) -> Self {
        let text = |name| form.text(name).trim().to_owned();
        Self {
            name: text("name"),
            path: text("path"),
            description: text("description"),
            seconds: text("seconds"),
            boundary: text("boundary"),
            tags: form.text("tags").to_owned(),
            attached: ATTACHED.map(text),
        }
    }

    fn attached(&self) -> impl Iterator<Item = &str> {
        let typed = self.attached.iter().map(String::as_str);
        typed.filter(|arn| !arn.is_empty())
    }

    fn input(&self, trust_policy: &str) -> Result<CreateRole, Refusal> {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let input = CreateRole {
            name: self.name.clone(),
            path: some(&self.path),
            assume_role_policy: trust_policy.to_owned(),
            description: some(&self.description),
            max_session_duration: seconds(&self.seconds)?,
            boundary: some(&self.boundary),
            tags: tags::lines(&self.tags)?,
        };
        let members = json!({
            "roleName": input.name,
            "path": input.path,
            "assumeRolePolicyDocument": input.assume_role_policy,
            "description": input.description,
            "maxSessionDuration": input.max_session_duration,
            "permissionsBoundary": input.boundary,
            "tags": tags::members(&input.tags, SMALL),
        });
        keep(inputs::CREATE_ROLE, &members)?;
        for arn in self.attached() {
            let members = json!({ "roleName": input.name, "policyArn": arn });
            keep(inputs::ROLE_ATTACHMENT, &members)?;
        }
        Ok(input)
    }

    fn command(&self, visit: &Visit<'_>, trust_policy: &str) -> Command {
        let name = match self.name.as_str() {
            "" => "NAME",
            name => name,
        };
        let mut command = Command::aws(visit, "iam", "create-role")
            .flag("--role-name", name)
            .flag("--assume-role-policy-document", trust_policy);
        for (flag, text) in [
            ("--path", &self.path),
            ("--description", &self.description),
            ("--max-session-duration", &self.seconds),
            ("--permissions-boundary", &self.boundary),
        ] {
            if !text.is_empty() {
                command = command.flag(flag, text);
            }
        }
        tags::with_lines(command, &self.tags, CAPITAL)
    }
}

/// Seconds as a form has them; none where the field is empty.
pub(super) fn seconds(text: &str) -> Result<Option<i64>, Refusal> {
    let number = Some(text).filter(|text| !text.is_empty());
    number.map(str::parse).transpose().map_err(|_| {
        Refusal::new(
            Kind::Validation,
            "no-number",
            "The longest session is a number of seconds, from 3600 to 43200.",
        )
    })
}

pub(super) async fn serve(visit: &Visit<'_>) -> Outcome {
    if !visit.posted() {
        let mut typed = Typed::of(&visit.query);
        "3600".clone_into(&mut typed.seconds);
        let trust = TrustForm::fresh(visit)?;
        return Reply::page(page(visit, typed, trust, None));
    }
    let pressed = Pressed::of(&visit.form);
    let typed = Typed::of(&visit.form);
    let (trust, refusal) = TrustForm::typed(visit, pressed);
    match (pressed, refusal) {
        (_, Some(refusal)) => {
            let page = page(visit, typed, trust, Some(refusal.clone()));
            let reply = Reply::refused_form(page, refusal);
            match pressed {
                Pressed::Save => reply.of(EVENT),
                Pressed::Write | Pressed::Check => reply,
            }
        }
        (Pressed::Save, None) => create(visit, typed, trust).await,
        _ => Reply::page(page(visit, typed, trust, None)),
    }
}

async fn create(visit: &Visit<'_>, typed: Typed, trust: TrustForm) -> Outcome {
    let work = async { create_role(visit.site, visit.call, typed.input(&trust.document)?).await };
    let role = match visit.admitted(EVENT, work).await {
        Ok(view) => view.row,
        Err(refusal) => {
            let page = page(visit, typed, trust, Some(refusal.clone()));
            return Reply::refused_form(page, refusal).of(EVENT);
        }
    };
    let mut done = vec![EVENT];
    for arn in typed.attached() {
        let attached = visit
            .admitted(
                ATTACH,
                attach_policy::<Role>(visit.site, visit.call, &role.name, arn),
            )
            .await;
        if let Err(refusal) = attached {
            // The role is there: its page says what is still to be done.
            let reply = detail::refused(visit, &role.name, refusal).await;
            return Ok(reply.of(ATTACH)?.after(done));
        }
        done.push(ATTACH);
    }
    let last = done.pop().unwrap_or(EVENT);
    let reply = Reply::see_other(path_of(&role.name), Done::Created)?;
    Ok(reply.of(last).after(done))
}

fn page(visit: &Visit<'_>, typed: Typed, trust: TrustForm, problem: Option<Refusal>) -> CreatePage {
    let mut layout = layout(visit, "Create a role").same_by(typed.command(visit, &trust.document));
    for arn in typed.attached() {
        let name = if typed.name.is_empty() {
            "NAME"
        } else {
            &typed.name
        };
        let command = Command::aws(visit, "iam", "attach-role-policy")
            .flag("--role-name", name)
            .flag("--policy-arn", arn);
        layout = layout.same_by(command);
    }
    CreatePage {
        layout,
        problem,
        typed,
        trust,
        choices: choices::policies(visit),
    }
}
