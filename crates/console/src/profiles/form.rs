//! Making and changing a profile: what was typed comes in, the form again (another page of roles, a policy looked through) or the
//! saved profile leaves.

use anyrole_domain::Refusal;
use anyrole_domain::profiles::{
    CreateProfile, DEFAULT_DURATION_SECONDS, Profile, UpdateProfile, create_profile, update_profile,
};
use anyrole_domain::resources::read;
use anyrole_policy::PolicyKind;
use anyrole_wire::rolesanywhere::inputs;
use askama::Template;
use serde_json::json;

use super::picker::{Picker, Picking, picker};
use crate::limits::keep;
use crate::policy_problems::{PolicyProblem, problems};
use crate::reply::Done;
use crate::resources::{
    Placed, Shown, below_list, below_one, command, command_on, here, id, or_sample, posted,
};
use crate::tags::{self, SMALL};
use crate::{Command, Fields, Layout, Outcome, Reply, Visit};

const CREATE: &str = "rolesanywhere:CreateProfile";
const UPDATE: &str = "rolesanywhere:UpdateProfile";

#[derive(Template)]
#[template(path = "profiles/form.html")]
struct FormPage {
    layout: Layout,
    form: Typed,
    /// Where the form goes.
    target: String,
    /// One that is there is changed.
    is_edit: bool,
    roles: Shown<Picker>,
    /// Of the session policy.
    problems: Vec<PolicyProblem>,
    problem: Option<Refusal>,
}

/// What was typed.
#[derive(Debug, Clone, Default)]
struct Typed {
    name: String,
    picking: Picking,
    session_policy: String,
    managed_policies: String,
    seconds: String,
    requires_properties: bool,
    accepts_session_name: bool,
    enabled: bool,
    tags: String,
}

impl Typed {
    fn read(form: &Fields) -> Self {
        Self {
            name: form.text("name").trim().to_owned(),
            picking: Picking::read(form),
            session_policy: form.text("session-policy").to_owned(),
            managed_policies: form.text("managed-policies").to_owned(),
            seconds: form.text("seconds").trim().to_owned(),
            requires_properties: form.has("requires-properties"),
            accepts_session_name: form.has("accepts-session-name"),
            enabled: form.has("enabled"),
            tags: form.text("tags").to_owned(),
        }
    }

    fn of(row: &Profile) -> Self {
        Self {
            name: row.resource.name.clone(),
            picking: Picking {
                picked: row.role_arns.clone(),
                ..Picking::default()
            },
            session_policy: row.session_policy.clone().unwrap_or_default(),
            managed_policies: row.managed_policy_arns.join("\n"),
            seconds: row.duration_seconds.to_string(),
            requires_properties: row.require_instance_properties,
            accepts_session_name: row.accept_role_session_name,
            enabled: row.resource.enabled,
            tags: String::new(),
        }
    }

    fn policy(&self) -> Option<String> {
        let text = &self.session_policy;
        (!text.trim().is_empty()).then(|| text.clone())
    }

    fn managed(&self) -> Vec<String> {
        let arns = self.managed_policies.split_whitespace();
        arns.map(str::to_owned).collect()
    }

    fn duration(&self) -> Result<Option<i64>, Refusal> {
        let typed = Some(self.seconds.as_str()).filter(|typed| !typed.is_empty());
        typed
            .map(str::parse)
            .transpose()
            .map_err(|_| Refusal::validation("The longest session is a whole number of seconds."))
    }

    /// What CreateProfile is given.
    fn new_profile(&self) -> Result<CreateProfile, Refusal> {
        let tags = tags::lines(&self.tags)?;
        let members = json!({
            "name": self.name,
            "roleArns": self.picking.picked,
            "sessionPolicy": self.policy(),
            "managedPolicyArns": self.managed(),
            "durationSeconds": self.duration()?,
            "tags": tags::members(&tags, SMALL),
        });
        keep(inputs::CREATE_PROFILE, &members)?;
        Ok(CreateProfile {
            name: self.name.clone(),
            role_arns: self.picking.picked.clone(),
            session_policy: self.policy(),
            managed_policy_arns: self.managed(),
            duration_seconds: self.duration()?,
            enabled: Some(self.enabled),
            accept_role_session_name: Some(self.accepts_session_name),
            require_instance_properties: Some(self.requires_properties),
            alias: None,
            tags,
        })
    }

    /// What UpdateProfile is given.
    fn change(&self, row: &Profile) -> Result<UpdateProfile, Refusal> {
        if row.session_policy.is_some() && self.policy().is_none() {
            return Err(policy_stays());
        }
        let members = json!({
            "profileId": row.resource.id,
            "name": self.name,
            "roleArns": self.picking.picked,
            "sessionPolicy": self.policy(),
            "managedPolicyArns": self.managed(),
            "durationSeconds": self.duration()?,
        });
        keep(inputs::UPDATE_PROFILE, &members)?;
        Ok(UpdateProfile {
            name: Some(self.name.clone()),
            role_arns: Some(self.picking.picked.clone()),
            session_policy: self.policy(),
            managed_policy_arns: Some(self.managed()),
            duration_seconds: self.duration()?,
            accept_role_session_name: Some(self.accepts_session_name),
            alias: None,
        })
    }

    /// The flags that creating and updating have in common; what is long comes from a file.
    fn with_flags(&self, command: Command) -> Command {
        let sample = ["ROLE_ARN".to_owned()];
        let roles = Some(self.picking.picked.as_slice()).filter(|picked| !picked.is_empty());
        let mut command = command
            .flag("--name", or_sample(&self.name, "NAME"))
            .flags("--role-arns", roles.unwrap_or(&sample))
            .flag("--duration-seconds", or_sample(&self.seconds, "3600"));
        if self.policy().is_some() {
            command = command.file("--session-policy", "session-policy.json");
        }
        let managed = self.managed();
        if !managed.is_empty() {
            command = command.flags("--managed-policy-arns", managed);
        }
        match self.accepts_session_name {
            true => command.switch("--accept-role-session-name"),
            false => command.switch("--no-accept-role-session-name"),
        }
    }
}

/// UpdateProfile has no member that takes one away: what is left out stays.
fn policy_stays() -> Refusal {
    Refusal::validation(
        "UpdateProfile can't take a session policy away. Put one there that cuts nothing (Allow, Action *, Resource *), or make another profile.",
    )
}

fn page(visit: &Visit<'_>, form: Typed, problem: Option<Refusal>) -> FormPage {
    let mut command = form
        .with_flags(command(visit, "create-profile"))
        .switch(if form.enabled {
            "--enabled"
        } else {
            "--no-enabled"
        });
    if form.requires_properties {
        command = command.switch("--require-instance-properties");
    }
    let layout = below_list::<Profile>(visit, "Create a profile")
        .same_by(tags::with_lines(command, &form.tags, SMALL));
    FormPage {
        target: format!("{}/create", Profile::AREA),
        is_edit: false,
        roles: picker(visit, &form.picking),
        problems: problems(&form.session_policy, PolicyKind::Session),
        layout,
        form,
        problem,
    }
}

fn edit_page(visit: &Visit<'_>, row: &Profile, form: Typed, problem: Option<Refusal>) -> FormPage {
    let command = form.with_flags(command_on(visit, "update", row));
    FormPage {
        layout: below_one(visit, row, "Edit").same_by(command),
        target: format!("{}/edit", here(visit)),
        is_edit: true,
        ..page(visit, form, problem)
    }
}

/// The empty form.
pub(super) fn new(visit: &Visit<'_>) -> Outcome {
    let form = Typed {
        enabled: true,
        seconds: DEFAULT_DURATION_SECONDS.to_string(),
        ..Typed::default()
    };
    Reply::page(page(visit, form, None))
}

/// Only the button that saves saves; the others show the form again, with another page of roles or the policy looked through.
pub(super) async fn create(visit: &Visit<'_>) -> Outcome {
    let form = Typed::read(&visit.form);
    if !visit.form.has("save") {
        return Reply::page(page(visit, form, None));
    }
    let refused = |problem: Refusal| {
        Reply::refused_form(page(visit, form.clone(), Some(problem.clone())), problem)
    };
    posted(visit, CREATE, async {
        let made = async { create_profile(visit.site, visit.call, form.new_profile()?).await };
        match made.await {
            Ok(row) => {
                let path = format!("{}/{}", Profile::AREA, row.resource.id);
                Reply::see_other(path, Done::Created)
            }
            Err(problem) => refused(problem),
        }
    })
    .await
}

/// The form of one that is there.
pub(super) fn edit(visit: &Visit<'_>) -> Outcome {
    let row = read::<Profile>(visit.site, visit.call, &id(visit))?;
    Reply::page(edit_page(visit, &row, Typed::of(&row), None))
}

/// As [`create`].
pub(super) async fn update(visit: &Visit<'_>) -> Outcome {
    let row = read::<Profile>(visit.site, visit.call, &id(visit))?;
    let form = Typed::read(&visit.form);
    if !visit.form.has("save") {
        return Reply::page(edit_page(visit, &row, form, None));
    }
    let refused = |problem: Refusal| {
        let page = edit_page(visit, &row, form.clone(), Some(problem.clone()));
        Reply::refused_form(page, problem)
    };
    posted(visit, UPDATE, async {
        let (site, call) = (visit.site, visit.call);
        let saved = async { update_profile(site, call, &id(visit), form.change(&row)?).await };
        match saved.await {
            Ok(_) => Reply::see_other(here(visit), Done::Saved),
            Err(problem) => refused(problem),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_the_members_of_the_api() {
        let form = Fields::parse(
            "name=+web+&role=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fa&seconds=900&session-policy=%0D%0A\
             &managed-policies=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FA%0D%0A%0D%0Aarn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FB\
             &accepts-session-name=on&tags=team%3Dred",
        );
        let input = Typed::read(&form).new_profile().unwrap();
        assert_eq!(input.name, "web");
        assert_eq!(input.role_arns, ["arn:aws:iam::000000000000:role/a"]);
        assert_eq!(input.session_policy, None);
        let managed = ["arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B"];
        assert_eq!(input.managed_policy_arns, managed);
        assert_eq!(input.duration_seconds, Some(900));
        assert_eq!(
            (input.enabled, input.accept_role_session_name),
            (Some(false), Some(true))
        );
        assert_eq!(input.tags.len(), 1);
    }

    #[test]
    fn what_the_api_refuses_is_refused_in_its_words() {
        for (form, said) in [
            ("name=", "at 'name' failed to satisfy constraint"),
            (
                "name=%3Cb%3E",
                "regular expression pattern: [ a-zA-Z0-9-_]*",
            ),
            (
                "name=a&role=x",
                "at 'roleArns' failed to satisfy constraint",
            ),
            ("name=a&seconds=1h", "whole number of seconds"),
            (
                "name=a&seconds=5",
                "at 'durationSeconds' failed to satisfy constraint",
            ),
            ("name=a&tags=x", "Line 1 of the tags"),
        ] {
            let refusal = Typed::read(&Fields::parse(form)).new_profile().unwrap_err();
            assert!(refusal.public.contains(said), "{form}: {refusal}");
        }
    }
}
