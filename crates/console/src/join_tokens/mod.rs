//! The pages below `join-tokens`: tokens by which machines get their first certificates. A token is shown once, with the line that uses it.

mod create;

use anyrole_domain::enrolment::{JoinToken, delete_join_token, list_join_tokens};
use askama::Template;
use jiff::Timestamp;

use crate::confirm::{ConfirmPage, delete_once_typed};
use crate::refused::no_such_page;
use crate::visit::Pager;
use crate::{Command, Layout, Outcome, Reply, Section, Visit};

#[derive(Template)]
#[template(path = "join_tokens/list.html")]
struct ListPage {
    layout: Layout,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    id: String,
    subject: String,
    names: String,
    description: String,
    state: (&'static str, &'static str),
    used: u32,
    uses: u32,
    expires_at: Timestamp,
    created_by: String,
}

/// Answers a visit.
///
/// # Errors
/// What the domain refuses, and pages that there are not.
pub async fn serve(visit: &Visit<'_>) -> Outcome {
    match (visit.segment(1), visit.segment(2), visit.path.len()) {
        ("", "", 0..=2) => list(visit).await,
        ("new", "", 2) => create::serve(visit).await,
        (id, "delete", 3) => delete(visit, id).await,
        _ => Err(no_such_page(&visit.path.join("/"))),
    }
}

fn layout(visit: &Visit<'_>, title: &str) -> Layout {
    Layout::of(visit, Section::JoinTokens, title).below("Join tokens", "join-tokens")
}

async fn list(visit: &Visit<'_>) -> Outcome {
    let after = visit.query.text("after");
    let (tokens, next) = list_join_tokens(visit.site, visit.call, after).await?;
    let command = Command::anyrole("join-token list").flag("--endpoint-url", &visit.endpoint);
    Reply::page(ListPage {
        layout: Layout::of(visit, Section::JoinTokens, "Join tokens").same_by(command),
        rows: tokens
            .into_iter()
            .map(|token| row(token, visit.now()))
            .collect(),
        pager: visit.pager(next.as_deref()),
    })
}

fn row(token: JoinToken, now: Timestamp) -> Row {
    let state = if token.expires_at <= now {
        ("plain", "Ended")
    } else if token.uses >= token.max_uses {
        ("plain", "Used up")
    } else {
        ("ok", "Usable")
    };
    Row {
        subject: token.policy.subject(),
        names: token.policy.names().join(", "),
        id: token.id,
        description: token.description,
        state,
        used: token.uses,
        uses: token.max_uses,
        expires_at: token.expires_at,
        created_by: token.created_by,
    }
}

async fn delete(visit: &Visit<'_>, id: &str) -> Outcome {
    const EVENT: &str = "anyrole:DeleteJoinToken";
    let command = Command::anyrole("join-token delete")
        .flag("--endpoint-url", &visit.endpoint)
        .word(id);
    let ask = |problem| ConfirmPage {
        layout: layout(visit, "Delete the join token").same_by(command.clone()),
        problem,
        text: "No machine can enrol with it any more. Certificates that were had with it stay good: revoke those that should not.",
        label: "The token's id",
        expected: id.to_owned(),
        button: "Delete the token",
        about: None,
    };
    let work = delete_join_token(visit.site, visit.call, id);
    delete_once_typed(visit, ask, EVENT, work, "join-tokens").await
}
