//! Making a join token. What comes back is shown once: the token, and the lines that use it.

use anyrole_domain::enrolment::{CreateJoinToken, CreatedJoinToken, create_join_token};
use anyrole_domain::{Kind, Refusal};
use anyrole_wire::enrolment::JoinTokenText;
use askama::Template;
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::layout;
use crate::choices::{self, Choices, Pick};
use crate::reply::Audited as _;
use crate::resources::Shown;
use crate::{Command, Layout, Outcome, Reply, Visit};

const EVENT: &str = "anyrole:CreateJoinToken";

#[derive(Template)]
#[template(path = "join_tokens/create.html")]
struct CreatePage {
    layout: Layout,
    problem: Option<Refusal>,
    authorities: Shown<Choices>,
    typed: Typed,
}

impl CreatePage {
    fn has_none(&self) -> bool {
        matches!(&self.authorities, Ok(choices) if choices.rows.is_empty() && !choices.can_be_searched())
    }
}

#[derive(Template)]
#[template(path = "join_tokens/created.html")]
struct CreatedPage {
    layout: Layout,
    token: Zeroizing<String>,
    enroll: String,
    subject: String,
    uses: u32,
    expires_at: Timestamp,
}

struct Typed {
    authority: Pick,
    subject: String,
    names: String,
    certificate_hours: String,
    token_hours: String,
    uses: String,
    description: String,
}

impl Typed {
    fn of(visit: &Visit<'_>) -> Self {
        let fields = match visit.posted() {
            true => &visit.form,
            false => &visit.query,
        };
        let text = |field| fields.text(field).trim().to_owned();
        let or = |field, otherwise: &str| match fields.some(field) {
            Some(text) => text.to_owned(),
            None => otherwise.to_owned(),
        };
        Self {
            authority: Pick::read(fields, "authority"),
            subject: text("subject"),
            names: text("names"),
            certificate_hours: or("certificate-hours", "24"),
            token_hours: or("token-hours", "1"),
            uses: or("uses", "1"),
            description: text("description"),
        }
    }

    fn names(&self) -> Vec<String> {
        let names = self.names.split(['\n', ',']).map(str::trim);
        let names = names.filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }

    fn input(&self) -> Result<CreateJoinToken, Refusal> {
        Ok(CreateJoinToken {
            authority_arn: self.authority.arn.clone(),
            subject: self.subject.clone(),
            names: self.names(),
            certificate_seconds: hours("How long certificates live", &self.certificate_hours)?,
            token_seconds: hours("How long the token can be used", &self.token_hours)?,
            uses: number("How many machines", &self.uses)?,
            description: self.description.clone(),
        })
    }
}

fn number(label: &str, text: &str) -> Result<u32, Refusal> {
    text.parse().map_err(|_| {
        Refusal::new(
            Kind::Validation,
            "no-number",
            format!("{label}: give a whole number."),
        )
    })
}

fn hours(label: &str, text: &str) -> Result<u32, Refusal> {
    let seconds = number(label, text)?.checked_mul(3600);
    seconds.ok_or_else(|| {
        Refusal::new(
            Kind::Validation,
            "no-number",
            format!("{label}: that is too long."),
        )
    })
}

pub(super) async fn serve(visit: &Visit<'_>) -> Outcome {
    let typed = Typed::of(visit);
    if !visit.posted() || Pick::is_looking(&visit.form) {
        return Reply::page(page(visit, typed, None));
    }
    let work = async { create_join_token(visit.site, visit.call, typed.input()?).await };
    match visit.admitted(EVENT, work).await {
        Ok(created) => Reply::page(shown(visit, &typed, &created)),
        Err(refusal) => {
            let page = page(visit, typed, Some(refusal.clone()));
            Reply::refused_form(page, refusal)
        }
    }
    .of(EVENT)
}

fn shown(visit: &Visit<'_>, typed: &Typed, created: &CreatedJoinToken) -> CreatedPage {
    let row = &created.token;
    let authority = created.authority_sha256.iter();
    let authority: String = authority.map(|byte| format!("{byte:02x}")).collect();
    let text = JoinTokenText {
        id: &row.id,
        secret: &created.secret,
        authority: &authority,
        tls: None,
    };
    CreatedPage {
        layout: layout(visit, "Join token").same_by(command(visit, typed)),
        token: Zeroizing::new(text.render()),
        enroll: Command::anyrole("enroll tls.crt tls.key")
            .flag("--endpoint", &visit.endpoint)
            .flag("--token-file", "token")
            .text(),
        subject: row.policy.subject(),
        uses: row.max_uses,
        expires_at: row.expires_at,
    }
}

fn command(visit: &Visit<'_>, typed: &Typed) -> Command {
    let or = |text: &str, otherwise: &str| match text {
        "" => otherwise.to_owned(),
        text => text.to_owned(),
    };
    let mut command = Command::anyrole("join-token create")
        .flag("--endpoint-url", &visit.endpoint)
        .flag("--ca", or(&typed.authority.arn, "ARN"));
    for name in typed.names() {
        command = command.flag("--san", name);
    }
    if !typed.description.is_empty() {
        command = command.flag("--description", &typed.description);
    }
    command
        .flag(
            "--certificate-lifetime",
            format!("{}h", typed.certificate_hours),
        )
        .flag("--lifetime", format!("{}h", typed.token_hours))
        .flag("--uses", &typed.uses)
        .word(or(&typed.subject, "CN=web-7"))
}

fn page(visit: &Visit<'_>, typed: Typed, problem: Option<Refusal>) -> CreatePage {
    CreatePage {
        layout: layout(visit, "Create a join token").same_by(command(visit, &typed)),
        problem,
        authorities: choices::issuing_authorities(visit, &typed.authority),
        typed,
    }
}
