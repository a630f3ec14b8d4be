//! What the pages of trust anchors, profiles, CRLs and subjects do alike: where they are, switching on and off, tags, deleting.

pub(crate) mod deletion;
pub(crate) mod switching;
pub(crate) mod tagging;

use anyrole_domain::crls::Crl;
use anyrole_domain::profiles::Profile;
use anyrole_domain::resources::Noun;
use anyrole_domain::trust_anchors::TrustAnchor;
use anyrole_domain::{Refusal, ResourceId};
use jiff::{SignedDuration, Timestamp};

use crate::reply::Audited as _;
use crate::visit::encoded;
use crate::{Command, Layout, Outcome, Section, Visit};

/// How many rows a page of a list has.
pub(crate) const PAGE: usize = 50;
/// How long before its end a certificate or a list is said to end soon: the threshold of the API's default notifications.
const SOON: SignedDuration = SignedDuration::from_hours(45 * 24);

/// A noun of Roles Anywhere with its place in the console.
pub(crate) trait Placed: Noun {
    /// The area, the first segment of its pages' paths.
    const AREA: &'static str;
    /// Its entry of the navigation.
    const SECTION: Section;
    /// The heading of its list.
    const PLURAL: &'static str;
    /// As the AWS CLI calls it.
    const CLI: &'static str;
    /// What deleting one means.
    const WHEN_DELETED: &'static str;
}

impl Placed for TrustAnchor {
    const AREA: &'static str = "trust-anchors";
    const SECTION: Section = Section::TrustAnchors;
    const PLURAL: &'static str = "Trust anchors";
    const CLI: &'static str = "trust-anchor";
    const WHEN_DELETED: &'static str = "No certificate below it gets a session any more. Sessions that were opened live on until they end.";
}

impl Placed for Profile {
    const AREA: &'static str = "profiles";
    const SECTION: Section = Section::Profiles;
    const PLURAL: &'static str = "Profiles";
    const CLI: &'static str = "profile";
    const WHEN_DELETED: &'static str = "Machines that name it get no session any more. Sessions that were opened live on until they end.";
}

impl Placed for Crl {
    const AREA: &'static str = "crls";
    const SECTION: Section = Section::Crls;
    const PLURAL: &'static str = "Revocation lists";
    const CLI: &'static str = "crl";
    const WHEN_DELETED: &'static str =
        "Certificates that only this list revokes get sessions again.";
}

/// The resource that the path names.
pub(crate) fn id(visit: &Visit<'_>) -> ResourceId {
    ResourceId::new(visit.segment(1))
}

/// The path of the page of the resource that the path names.
pub(crate) fn here(visit: &Visit<'_>) -> String {
    let id = encoded(visit.segment(1));
    format!("{}/{id}", visit.segment(0))
}

/// The surroundings of a page below the list of its noun.
pub(crate) fn below_list<N: Placed>(visit: &Visit<'_>, title: impl Into<String>) -> Layout {
    Layout::of(visit, N::SECTION, title).below(N::PLURAL, N::AREA)
}

/// The surroundings of a page below that of one resource.
pub(crate) fn below_one<N: Placed>(visit: &Visit<'_>, row: &N, title: &str) -> Layout {
    let one = row.resource();
    below_list::<N>(visit, format!("{title} {}", one.name))
        .below(&*one.name, format!("{}/{}", N::AREA, one.id))
}

/// A command of Roles Anywhere.
pub(crate) fn command(visit: &Visit<'_>, operation: &str) -> Command {
    Command::aws(visit, "rolesanywhere", operation)
}

/// A command about one resource.
pub(crate) fn command_on<N: Placed>(visit: &Visit<'_>, verb: &str, row: &N) -> Command {
    let id = format!("--{}-id", N::CLI);
    command(visit, &format!("{verb}-{}", N::CLI)).flag(&id, &row.resource().id)
}

/// A value for a command, or the name that stands for what is not typed yet.
pub(crate) fn or_sample<'t>(typed: &'t str, sample: &'t str) -> &'t str {
    match typed.trim() {
        "" => sample,
        typed => typed,
    }
}

/// Does what a form asks for: it counts against the rate of its action, and leaves a record, granted or refused.
///
/// # Errors
/// None: a refusal becomes a reply that the record is made of.
pub(crate) async fn posted(
    visit: &Visit<'_>,
    action: &'static str,
    work: impl Future<Output = Outcome>,
) -> Outcome {
    visit.admitted(action, work).await.of(action)
}

/// What a page says of the time at which something ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ending {
    /// The time.
    pub at: Timestamp,
    /// The kind of badge: `ok`, `warn` or `bad`.
    pub kind: &'static str,
    /// What the badge says.
    pub text: String,
}

impl Ending {
    /// Of something whose last second is `at`.
    pub fn of(at: Timestamp, now: Timestamp) -> Self {
        let left = at.duration_since(now);
        let days = left.as_hours() / 24;
        let (kind, text) = match days {
            _ if left.is_negative() => ("bad", "Expired".to_owned()),
            0 => ("warn", "Less than a day".to_owned()),
            1 => ("warn", "1 day left".to_owned()),
            days if left < SOON => ("warn", format!("{days} days left")),
            _ => ("ok", "Valid".to_owned()),
        };
        Self { at, kind, text }
    }
}

/// A refusal where only a part of a page is kept back, so that the rest can be shown.
pub(crate) type Shown<T> = Result<T, Refusal>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_is_told_in_days() {
        let now = Timestamp::UNIX_EPOCH;
        let hour = SignedDuration::from_hours(1);
        for (hours, kind, text) in [
            (-1, "bad", "Expired"),
            (1, "warn", "Less than a day"),
            (25, "warn", "1 day left"),
            (24 * 44, "warn", "44 days left"),
            (24 * 45, "ok", "Valid"),
        ] {
            let ending = Ending::of(now + hour * hours, now);
            assert_eq!((ending.kind, ending.text.as_str()), (kind, text));
        }
    }
}
