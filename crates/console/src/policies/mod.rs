//! The pages below `policies`: managed policies, the customer's and AWS's. A policy's pages are named by its ARN.

mod create;
mod delete;
mod detail;
mod list;
mod versions;

use crate::refused::no_such_page;
use crate::visit::encoded;
use crate::{Layout, Outcome, Section, Visit};

/// What a new policy begins with.
pub(crate) const START: &str = "{
  \"Version\": \"2012-10-17\",
  \"Statement\": [
    {
      \"Effect\": \"Allow\",
      \"Action\": \"s3:ListAllMyBuckets\",
      \"Resource\": \"*\"
    }
  ]
}";

/// Answers a visit.
///
/// # Errors
/// What the domain refuses, and pages that there are not.
pub async fn serve(visit: &Visit<'_>) -> Outcome {
    let arn = visit.segment(1);
    match (arn, visit.segment(2), visit.segment(3), visit.path.len()) {
        ("", "", "", 0..=2) => list::serve(visit),
        // No ARN.
        ("new", "", "", 2) => create::serve(visit).await,
        (_, "", "", 2) => detail::serve(visit, arn),
        (_, "delete", "", 3) => delete::serve(visit, arn).await,
        (_, "versions", "", 3) => versions::create(visit, arn).await,
        (_, "versions", version, 4) => versions::read(visit, arn, version),
        (_, "set-default", version, 4) if visit.posted() => {
            versions::set_default(visit, arn, version).await
        }
        (_, "delete-version", version, 4) => delete::version(visit, arn, version).await,
        (_, action, "", 3) if visit.posted() => detail::change(visit, arn, action).await,
        _ => Err(no_such_page(&visit.path.join("/"))),
    }
}

/// The path of a policy's page, below the console's.
pub(crate) fn path_of(arn: &str) -> String {
    format!("policies/{}", encoded(arn))
}

/// The last part of a policy's ARN.
fn name_of(arn: &str) -> &str {
    arn.rsplit_once('/').map_or(arn, |(_, name)| name)
}

/// Whether a policy is AWS's: nobody changes those.
fn is_of_aws(arn: &str) -> bool {
    arn.split(':').nth(4) == Some("aws")
}

fn layout(visit: &Visit<'_>, title: impl Into<String>) -> Layout {
    Layout::of(visit, Section::Policies, title).below("Policies", "policies")
}

fn layout_of_policy(visit: &Visit<'_>, title: impl Into<String>, arn: &str) -> Layout {
    layout(visit, title).below(name_of(arn), path_of(arn))
}
