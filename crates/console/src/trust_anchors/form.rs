//! Making and changing a trust anchor: what was typed comes in, the review of its certificates or the saved anchor leaves.

use anyrole_domain::Refusal;
use anyrole_domain::resources::read;
use anyrole_domain::trust_anchors::{
    CreateTrustAnchor, TrustAnchor, UpdateTrustAnchor, create_trust_anchor, update_trust_anchor,
};
use anyrole_wire::rolesanywhere::inputs;
use askama::Template;
use serde_json::json;

use super::source::{Review, TypedSource};
use crate::choices::{self, Choices, Pick};
use crate::limits::keep;
use crate::reply::Done;
use crate::resources::{
    Placed, Shown, below_list, below_one, command, command_on, here, id, or_sample, posted,
};
use crate::tags::{self, SMALL};
use crate::{Command, Fields, Layout, Outcome, Reply, Visit};

const CREATE: &str = "rolesanywhere:CreateTrustAnchor";
const UPDATE: &str = "rolesanywhere:UpdateTrustAnchor";

#[derive(Template)]
#[template(path = "trust_anchors/form.html")]
struct FormPage {
    layout: Layout,
    form: Typed,
    /// Where the form goes.
    target: String,
    /// One that is there is changed.
    is_edit: bool,
    authorities: Shown<Choices>,
    review: Option<Review>,
    /// There is nothing that must be looked at before.
    can_be_saved: bool,
    problem: Option<Refusal>,
}

/// What was typed.
#[derive(Debug, Clone, Default)]
struct Typed {
    name: String,
    source: TypedSource,
    enabled: bool,
    crl_points: bool,
    tags: String,
    /// The mark of the source that was looked at.
    reviewed: String,
}

impl Typed {
    fn read(form: &Fields) -> Self {
        Self {
            name: form.text("name").trim().to_owned(),
            source: TypedSource::read(form),
            enabled: form.has("enabled"),
            crl_points: form.has("crl-points"),
            tags: form.text("tags").to_owned(),
            reviewed: form.text("reviewed").to_owned(),
        }
    }

    fn of(row: &TrustAnchor) -> Self {
        let source = TypedSource::of(&row.source);
        Self {
            name: row.resource.name.clone(),
            enabled: row.resource.enabled,
            crl_points: row.crl_dp_revocation_enabled,
            tags: String::new(),
            reviewed: source.mark(),
            source,
        }
    }

    /// What CreateTrustAnchor is given.
    fn new_anchor(&self) -> Result<CreateTrustAnchor, Refusal> {
        let tags = tags::lines(&self.tags)?;
        let members = json!({
            "name": self.name,
            "source": self.source.members(),
            "tags": tags::members(&tags, SMALL),
        });
        keep(inputs::CREATE_TRUST_ANCHOR, &members)?;
        Ok(CreateTrustAnchor {
            name: self.name.clone(),
            source: self.source.source(),
            enabled: Some(self.enabled),
            notification_settings: Vec::new(),
            crl_dp_revocation_enabled: Some(self.crl_points),
            alias: None,
            tags,
        })
    }

    /// What UpdateTrustAnchor is given: the source only where it is another one.
    fn change(&self, row: &TrustAnchor) -> Result<UpdateTrustAnchor, Refusal> {
        let members = json!({
            "trustAnchorId": row.resource.id,
            "name": self.name,
            "source": self.source.members(),
        });
        keep(inputs::UPDATE_TRUST_ANCHOR, &members)?;
        let source = Some(self.source.source()).filter(|source| *source != row.source);
        Ok(UpdateTrustAnchor {
            name: Some(self.name.clone()),
            source,
            crl_dp_revocation_enabled: Some(self.crl_points),
            alias: None,
        })
    }

    fn with_flags(&self, command: Command) -> Command {
        let command = command
            .flag("--name", or_sample(&self.name, "NAME"))
            .flag("--source", self.source.shorthand());
        tags::with_lines(command, &self.tags, SMALL)
    }
}

fn page(
    visit: &Visit<'_>,
    form: Typed,
    review: Option<Review>,
    problem: Option<Refusal>,
) -> FormPage {
    let switch = if form.enabled {
        "--enabled"
    } else {
        "--no-enabled"
    };
    let command = form.with_flags(command(visit, "create-trust-anchor"));
    FormPage {
        layout: below_list::<TrustAnchor>(visit, "Create a trust anchor")
            .same_by(command.switch(switch)),
        target: format!("{}/create", TrustAnchor::AREA),
        is_edit: false,
        can_be_saved: review
            .as_ref()
            .is_some_and(|review| review.refusal.is_none()),
        authorities: choices::certified_authorities(visit, &form.source.authority),
        form,
        review,
        problem,
    }
}

/// The empty form.
pub(super) fn new(visit: &Visit<'_>) -> Outcome {
    let form = Typed {
        enabled: true,
        ..Typed::default()
    };
    Reply::page(page(visit, form, None, None))
}

/// Shows what would be trusted; saves what was shown.
pub(super) async fn create(visit: &Visit<'_>) -> Outcome {
    let form = Typed::read(&visit.form);
    if Pick::is_looking(&visit.form) {
        return Reply::page(page(visit, form, None, None));
    }
    let review = Review::of(visit, &form.source);
    let refused = |problem: Refusal, review| {
        let page = page(visit, form.clone(), Some(review), Some(problem.clone()));
        Reply::refused_form(page, problem)
    };
    let input = match form.new_anchor() {
        Ok(input) => input,
        Err(problem) => return posted(visit, CREATE, async { refused(problem, review) }).await,
    };
    if !is_to_be_saved(visit, &form, &review) {
        return match review.refusal.clone() {
            Some(problem) => posted(visit, CREATE, async { refused(problem, review) }).await,
            None => Reply::page(page(visit, form, Some(review), None)),
        };
    }
    posted(visit, CREATE, async {
        match create_trust_anchor(visit.site, visit.call, input).await {
            Ok(row) => {
                let path = format!("{}/{}", TrustAnchor::AREA, row.resource.id);
                Reply::see_other(path, Done::Created)
            }
            Err(problem) => refused(problem, review),
        }
    })
    .await
}

/// Only what was looked at is saved.
fn is_to_be_saved(visit: &Visit<'_>, form: &Typed, review: &Review) -> bool {
    visit.form.has("save") && form.reviewed == review.mark
}

fn edit_page(
    visit: &Visit<'_>,
    row: &TrustAnchor,
    form: Typed,
    review: Option<Review>,
    problem: Option<Refusal>,
) -> FormPage {
    let command = form.with_flags(command_on(visit, "update", row));
    FormPage {
        layout: below_one(visit, row, "Edit").same_by(command),
        target: format!("{}/edit", here(visit)),
        is_edit: true,
        can_be_saved: review
            .as_ref()
            .is_none_or(|review| review.refusal.is_none()),
        authorities: choices::certified_authorities(visit, &form.source.authority),
        form,
        review,
        problem,
    }
}

/// The form of one that is there.
pub(super) fn edit(visit: &Visit<'_>) -> Outcome {
    let row = read::<TrustAnchor>(visit.site, visit.call, &id(visit))?;
    Reply::page(edit_page(visit, &row, Typed::of(&row), None, None))
}

/// As [`create`]; where the source stays, there is nothing to look at first.
pub(super) async fn update(visit: &Visit<'_>) -> Outcome {
    let row = read::<TrustAnchor>(visit.site, visit.call, &id(visit))?;
    let form = Typed::read(&visit.form);
    if Pick::is_looking(&visit.form) {
        return Reply::page(edit_page(visit, &row, form, None, None));
    }
    let refused = |problem: Refusal, review| {
        let page = edit_page(visit, &row, form.clone(), review, Some(problem.clone()));
        Reply::refused_form(page, problem)
    };
    let input = match form.change(&row) {
        Ok(input) => input,
        Err(problem) => return posted(visit, UPDATE, async { refused(problem, None) }).await,
    };
    let review = input
        .source
        .is_some()
        .then(|| Review::of(visit, &form.source));
    let is_new = |review: &Review| !is_to_be_saved(visit, &form, review);
    if review.as_ref().is_some_and(is_new) {
        return match review.as_ref().and_then(|review| review.refusal.clone()) {
            Some(problem) => posted(visit, UPDATE, async { refused(problem, review) }).await,
            None => Reply::page(edit_page(visit, &row, form.clone(), review, None)),
        };
    }
    posted(visit, UPDATE, async {
        match update_trust_anchor(visit.site, visit.call, &id(visit), input).await {
            Ok(_) => Reply::see_other(here(visit), Done::Saved),
            Err(problem) => refused(problem, review),
        }
    })
    .await
}
