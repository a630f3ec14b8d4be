//! The pages below `connect`: for a profile, one of its roles and an anchor, the lines with which machines get credentials.

mod blocks;
mod kubernetes;

use std::sync::Arc;

use anyrole_domain::ResourceId;
use anyrole_domain::profiles::Profile;
use anyrole_domain::resources::{list, read};
use anyrole_domain::trust_anchors::TrustAnchor;
use askama::Template;

use self::blocks::{Block, Given, blocks, plain_endpoint};
use crate::choices::{self, Choices, Pick};
use crate::refused::no_such_page;
use crate::resources::Shown;
use crate::{Command, Layout, Outcome, Pager, Reply, Section, Visit};

/// Profiles of a page.
const SIZE: usize = 50;

#[derive(Template)]
#[template(path = "connect/index.html")]
struct ChoicePage {
    layout: Layout,
    profiles: Vec<Arc<Profile>>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "connect/profile.html")]
struct ProfilePage {
    layout: Layout,
    profile: Arc<Profile>,
    anchors: Shown<Choices>,
    roles: Vec<Choice>,
    is_aws: bool,
    /// Nothing to connect with yet, and what to do.
    missing: Option<Missing>,
    blocks: Vec<Block>,
}

/// One of several.
struct Choice {
    value: String,
    title: String,
    is_chosen: bool,
}

/// What there must be first.
struct Missing {
    text: &'static str,
    path: String,
    title: &'static str,
}

/// Answers a visit.
///
/// # Errors
/// What the domain refuses, and pages that there are not.
pub async fn serve(visit: &Visit<'_>) -> Outcome {
    match visit.path.as_slice() {
        [_] => match visit.query.some("profile") {
            Some(id) => profile(visit, id),
            None => choice(visit),
        },
        [_, id] => profile(visit, id),
        _ => Err(no_such_page(&visit.path.join("/"))),
    }
}

fn choice(visit: &Visit<'_>) -> Outcome {
    let page = list::<Profile>(visit.site, visit.call, &visit.page(SIZE))?;
    let command = Command::aws(visit, "rolesanywhere", "list-profiles");
    Reply::page(ChoicePage {
        layout: Layout::of(visit, Section::Connect, "Connect").same_by(command),
        profiles: page.items,
        pager: visit.pager(page.next.as_deref()),
    })
}

fn profile(visit: &Visit<'_>, id: &str) -> Outcome {
    let profile = read::<Profile>(visit.site, visit.call, &ResourceId::new(id))?;
    let anchors = anchors(visit)?;
    let anchor = Some(anchors.pick.arn.clone()).filter(|arn| !arn.is_empty());
    let roles = roles(visit, &profile);
    let is_aws = visit.query.text("at") == "aws";
    let chosen = |choices: &[Choice]| {
        let chosen = choices.iter().find(|choice| choice.is_chosen);
        chosen.map(|choice| choice.value.clone())
    };
    let mut layout = Layout::of(
        visit,
        Section::Connect,
        format!("Connect with {}", profile.resource.name),
    )
    .below("Connect", "connect")
    .same_by(
        Command::aws(visit, "rolesanywhere", "get-profile")
            .flag("--profile-id", &profile.resource.id),
    );
    let (missing, blocks) = match (anchor, chosen(&roles)) {
        (None, _) => (Some(Missing::anchor()), Vec::new()),
        (_, None) => (Some(Missing::role(&profile)), Vec::new()),
        (Some(anchor), Some(role)) => {
            let given = Given {
                anchor,
                profile: profile.resource.arn.clone(),
                role,
                region: visit.site.account().region.clone(),
                endpoint: (!is_aws).then(|| plain_endpoint(&visit.endpoint)),
            };
            layout = layout.same_by(given.helper("credential-process"));
            (None, blocks(&given))
        }
    };
    Reply::page(ProfilePage {
        layout,
        profile,
        anchors: Ok(anchors),
        roles,
        is_aws,
        missing,
        blocks,
    })
}

/// The anchor that is asked for, or the first.
fn anchors(visit: &Visit<'_>) -> Shown<Choices> {
    let mut pick = Pick::read(&visit.query, "anchor");
    if !pick.arn.is_empty() {
        let id = ResourceId::new(&pick.arn);
        let row = read::<TrustAnchor>(visit.site, visit.call, &id)?;
        pick.arn.clone_from(&row.resource.arn);
    }
    let mut choices = choices::anchors(visit, &pick)?;
    if let (true, Some(first)) = (pick.arn.is_empty(), choices.rows.first()) {
        choices.pick.arn.clone_from(&first.arn);
    }
    Ok(choices)
}

fn roles(visit: &Visit<'_>, profile: &Profile) -> Vec<Choice> {
    let asked = visit.query.some("role").unwrap_or_default();
    let is_held = profile.role_arns.iter().any(|arn| arn == asked);
    let choices = profile.role_arns.iter().enumerate();
    choices
        .map(|(place, arn)| Choice {
            value: arn.clone(),
            title: arn
                .rsplit_once('/')
                .map_or(arn.as_str(), |(_, name)| name)
                .to_owned(),
            is_chosen: if is_held { arn == asked } else { place == 0 },
        })
        .collect()
}

impl Missing {
    fn anchor() -> Self {
        Self {
            text: "There is no trust anchor yet: make one of the CA whose certificates the machines have.",
            path: "trust-anchors".to_owned(),
            title: "Trust anchors",
        }
    }

    fn role(profile: &Profile) -> Self {
        Self {
            text: "This profile holds no role yet: pick those that machines may take.",
            path: format!("profiles/{}", profile.resource.id),
            title: "The profile",
        }
    }
}
