//! Bringing a CRL in, and putting a newer list or another name in its place.

use anyrole_domain::Refusal;
use anyrole_domain::crls::{Crl, ImportCrl, UpdateCrl, import_crl, update_crl};
use anyrole_domain::resources::read;
use anyrole_wire::rolesanywhere::inputs;
use askama::Template;
use base64_simd::STANDARD;
use serde_json::json;

use crate::choices::{self, Choices, Pick};
use crate::limits::keep;
use crate::reply::Done;
use crate::resources::{
    Placed, Shown, below_list, below_one, command, command_on, here, id, or_sample, posted,
};
use crate::tags::{self, SMALL};
use crate::{Fields, Layout, Outcome, Reply, Visit};

const IMPORT: &str = "rolesanywhere:ImportCrl";
const UPDATE: &str = "rolesanywhere:UpdateCrl";

#[derive(Template)]
#[template(path = "crls/form.html")]
struct FormPage {
    layout: Layout,
    form: Typed,
    /// Where the form goes.
    target: String,
    /// One that is there is changed.
    is_edit: bool,
    /// Of a new one.
    anchors: Option<Shown<Choices>>,
    problem: Option<Refusal>,
}

/// What was typed.
#[derive(Debug, Clone, Default)]
struct Typed {
    name: String,
    data: String,
    anchor: Pick,
    enabled: bool,
    tags: String,
}

impl Typed {
    fn read(form: &Fields) -> Self {
        Self {
            name: form.text("name").trim().to_owned(),
            data: form.text("data").to_owned(),
            anchor: Pick::read(form, "anchor"),
            enabled: form.has("enabled"),
            tags: form.text("tags").to_owned(),
        }
    }

    fn import(&self) -> Result<ImportCrl, Refusal> {
        if self.anchor.arn.is_empty() {
            return Err(Refusal::validation(
                "Pick the trust anchor whose CA has issued the list.",
            ));
        }
        let tags = tags::lines(&self.tags)?;
        let members = json!({
            "name": self.name,
            "crlData": STANDARD.encode_to_string(&self.data),
            "trustAnchorArn": self.anchor.arn,
            "tags": tags::members(&tags, SMALL),
        });
        keep(inputs::IMPORT_CRL, &members)?;
        Ok(ImportCrl {
            name: self.name.clone(),
            data: self.data.clone().into_bytes(),
            trust_anchor_arn: self.anchor.arn.clone(),
            enabled: Some(self.enabled),
            alias: None,
            tags,
        })
    }

    /// The list only where one was typed.
    fn change(&self, row: &Crl) -> Result<UpdateCrl, Refusal> {
        let data = Some(&self.data).filter(|data| !data.trim().is_empty());
        let members = json!({
            "crlId": row.resource.id,
            "name": self.name,
            "crlData": data.map(|data| STANDARD.encode_to_string(data)),
        });
        keep(inputs::UPDATE_CRL, &members)?;
        Ok(UpdateCrl {
            name: Some(self.name.clone()),
            data: data.map(|data| data.clone().into_bytes()),
            alias: None,
        })
    }
}

fn page(visit: &Visit<'_>, form: Typed, problem: Option<Refusal>) -> FormPage {
    let command = command(visit, "import-crl")
        .flag("--name", or_sample(&form.name, "NAME"))
        .binary_file("--crl-data", "crl.pem")
        .flag(
            "--trust-anchor-arn",
            or_sample(&form.anchor.arn, "TRUST_ANCHOR_ARN"),
        )
        .switch(if form.enabled {
            "--enabled"
        } else {
            "--no-enabled"
        });
    FormPage {
        layout: below_list::<Crl>(visit, "Import a revocation list")
            .same_by(tags::with_lines(command, &form.tags, SMALL)),
        target: format!("{}/import", Crl::AREA),
        is_edit: false,
        anchors: Some(choices::anchors(visit, &form.anchor)),
        form,
        problem,
    }
}

/// The empty form; `?anchor=` picks an anchor.
pub(super) fn new(visit: &Visit<'_>) -> Outcome {
    let form = Typed {
        anchor: Pick::read(&visit.query, "anchor"),
        enabled: true,
        ..Typed::default()
    };
    Reply::page(page(visit, form, None))
}

/// Brings one in.
pub(super) async fn import(visit: &Visit<'_>) -> Outcome {
    let form = Typed::read(&visit.form);
    if Pick::is_looking(&visit.form) {
        return Reply::page(page(visit, form, None));
    }
    let refused = |problem: Refusal| {
        Reply::refused_form(page(visit, form.clone(), Some(problem.clone())), problem)
    };
    posted(visit, IMPORT, async {
        let made = async { import_crl(visit.site, visit.call, form.import()?).await };
        match made.await {
            Ok(row) => {
                let path = format!("{}/{}", Crl::AREA, row.resource.id);
                Reply::see_other(path, Done::Imported)
            }
            Err(problem) => refused(problem),
        }
    })
    .await
}

fn edit_page(visit: &Visit<'_>, row: &Crl, form: Typed, problem: Option<Refusal>) -> FormPage {
    let command = command_on(visit, "update", row)
        .flag("--name", or_sample(&form.name, "NAME"))
        .binary_file("--crl-data", "crl.pem");
    FormPage {
        layout: below_one(visit, row, "Edit").same_by(command),
        target: format!("{}/edit", here(visit)),
        is_edit: true,
        anchors: None,
        form,
        problem,
    }
}

/// The form of one that is there.
pub(super) fn edit(visit: &Visit<'_>) -> Outcome {
    let row = read::<Crl>(visit.site, visit.call, &id(visit))?;
    let form = Typed {
        name: row.resource.name.clone(),
        ..Typed::default()
    };
    Reply::page(edit_page(visit, &row, form, None))
}

/// Changes name or list.
pub(super) async fn update(visit: &Visit<'_>) -> Outcome {
    let row = read::<Crl>(visit.site, visit.call, &id(visit))?;
    let form = Typed::read(&visit.form);
    let refused = |problem: Refusal| {
        let page = edit_page(visit, &row, form.clone(), Some(problem.clone()));
        Reply::refused_form(page, problem)
    };
    posted(visit, UPDATE, async {
        let (site, call) = (visit.site, visit.call);
        let saved = async { update_crl(site, call, &id(visit), form.change(&row)?).await };
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

    const ANCHOR: &str = "arn%3Aaws%3Arolesanywhere%3Aus-east-1%3A000000000000%3Atrust-anchor%2Fx";

    #[test]
    fn the_arn_that_was_typed_goes_before_the_one_that_was_picked() {
        let form = Fields::parse(&format!(
            "name=a&data=x&anchor=picked&anchor-arn={ANCHOR}&enabled=on"
        ));
        let input = Typed::read(&form).import().unwrap();
        assert!(input.trust_anchor_arn.ends_with(":trust-anchor/x"));
        assert_eq!(
            (input.data.as_slice(), input.enabled),
            (b"x".as_slice(), Some(true))
        );
    }

    #[test]
    fn what_the_api_refuses_is_refused_in_its_words() {
        let long = format!("name=a&anchor={ANCHOR}&data={}", "x".repeat(300_001));
        for (form, said) in [
            ("name=a&data=x", "Pick the trust anchor"),
            (
                "name=a&anchor=b&data=x",
                "at 'trustAnchorArn' failed to satisfy constraint",
            ),
            (long.as_str(), "at 'crlData' failed to satisfy constraint"),
        ] {
            let refusal = Typed::read(&Fields::parse(form)).import().unwrap_err();
            assert!(refusal.public.contains(said), "{refusal}");
        }
    }
}
