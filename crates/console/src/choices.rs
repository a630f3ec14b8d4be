//! Things of the account to pick from: what is looked for and what was picked come in, the first hundred that fit leave, the picked one
//! among them. Called by the forms that have such lists.

use std::sync::Arc;

use anyrole_domain::certificate_authorities::{AuthorityEntry, AuthorityStatus, list_authorities};
use anyrole_domain::managed_policies::{PolicyPageRequest, Scope, list_policies};
use anyrole_domain::resources::list;
use anyrole_domain::roles::{RolePageRequest, list_roles};
use anyrole_domain::trust_anchors::TrustAnchor;
use anyrole_domain::{PageRequest, Refusal};

use crate::authorities::name_of;
use crate::resources::Shown;
use crate::{Fields, Visit};

/// How many are offered.
const MOST: usize = 100;

/// What a form says of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pick {
    /// The ARN of what was picked; empty where nothing was.
    pub arn: String,
    /// The part of a name that is looked for.
    pub search: String,
}

impl Pick {
    /// The fields of a list with this name.
    pub fn read(fields: &Fields, name: &str) -> Self {
        let some = |end: &str| fields.some(&format!("{name}{end}"));
        // Typed by hand before picked: who types means it.
        let arn = some("-arn").or(some(""));
        Self {
            arn: arn.unwrap_or_default().to_owned(),
            search: some("-search").unwrap_or_default().to_owned(),
        }
    }

    /// This one.
    pub fn of(arn: &str) -> Self {
        Self {
            arn: arn.to_owned(),
            search: String::new(),
        }
    }

    /// Whether a form was sent to look for something, not to be carried out.
    pub fn is_looking(form: &Fields) -> bool {
        form.has("find")
    }
}

/// What a list offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choices {
    /// The first that fit, and the picked one.
    pub rows: Vec<Choice>,
    /// There are others that fit.
    pub are_more: bool,
    /// What was looked for, and picked.
    pub pick: Pick,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Its ARN.
    pub arn: String,
    /// What people call it.
    pub title: String,
}

impl Choices {
    /// Of these, those that have a title.
    fn of<T>(
        items: &[Arc<T>],
        pick: &Pick,
        arn: impl Fn(&T) -> &str,
        title: impl Fn(&T) -> Option<String>,
    ) -> Self {
        let wanted = pick.search.to_lowercase();
        let choice = |item: &Arc<T>| {
            Some(Choice {
                arn: arn(item).to_owned(),
                title: title(item)?,
            })
        };
        let fits = |choice: &Choice| choice.title.to_lowercase().contains(&wanted);
        let found = items.iter().filter_map(choice).filter(fits);
        let mut rows: Vec<Choice> = found.take(MOST + 1).collect();
        let are_more = rows.len() > MOST;
        rows.truncate(MOST);
        if !pick.arn.is_empty() && rows.iter().all(|row| row.arn != pick.arn) {
            let known = items.iter().find(|item| arn(item) == pick.arn);
            let known = known.and_then(choice);
            let unknown = || Choice {
                arn: pick.arn.clone(),
                title: pick.arn.clone(),
            };
            rows.insert(0, known.unwrap_or_else(unknown));
        }
        Self {
            rows,
            are_more,
            pick: pick.clone(),
        }
    }

    /// Whether it is the picked one.
    pub fn is_picked(&self, choice: &Choice) -> bool {
        choice.arn == self.pick.arn
    }

    /// Whether there are too many to be looked through.
    pub fn can_be_searched(&self) -> bool {
        self.are_more || !self.pick.search.is_empty()
    }
}

fn first(size: usize) -> PageRequest {
    PageRequest {
        after: String::new(),
        size,
    }
}

/// Trust anchors, enabled ones first; why not, where the reader may not list them.
pub(crate) fn anchors(visit: &Visit<'_>, pick: &Pick) -> Shown<Choices> {
    let mut rows = list::<TrustAnchor>(visit.site, visit.call, &first(usize::MAX))?.items;
    rows.sort_by_key(|row| !row.resource.enabled);
    let title = |row: &TrustAnchor| match row.resource.enabled {
        true => row.resource.name.clone(),
        false => format!("{} (disabled)", row.resource.name),
    };
    Ok(Choices::of(
        &rows,
        pick,
        |row| &row.resource.arn,
        |row| Some(title(row)),
    ))
}

/// Private CAs that issue; why not, where the reader may not list them.
pub(crate) fn issuing_authorities(visit: &Visit<'_>, pick: &Pick) -> Shown<Choices> {
    let issues = |entry: &AuthorityEntry| entry.status(visit.now()) == AuthorityStatus::Active;
    authorities(visit, pick, |entry| issues(entry).then(|| name_of(entry)))
}

/// Private CAs that have a certificate: its subject, whether it is a root, and its status.
pub(crate) fn certified_authorities(visit: &Visit<'_>, pick: &Pick) -> Shown<Choices> {
    authorities(visit, pick, |entry| {
        let subject = &entry.certificate.as_ref()?.summary().subject;
        let kind = entry.row.kind.as_str().to_lowercase();
        let status = entry.status(visit.now()).as_str().to_lowercase();
        Some(format!("{subject} ({kind}, {status})"))
    })
}

fn authorities(
    visit: &Visit<'_>,
    pick: &Pick,
    title: impl Fn(&AuthorityEntry) -> Option<String>,
) -> Shown<Choices> {
    let all = list_authorities(visit.site, visit.call, false, &first(usize::MAX))?;
    Ok(Choices::of(&all.items, pick, |entry| &entry.row.arn, title))
}

/// ARNs of the first managed policies, proposed where any may be typed; none for who may not list them.
pub(crate) fn policies(visit: &Visit<'_>) -> Vec<String> {
    let request = PolicyPageRequest {
        page: first(MOST),
        scope: Scope::All,
        only_attached: false,
        usage: None,
        path_prefix: "/".to_owned(),
    };
    let views = list_policies(visit.site, visit.call, &request).map(|page| page.items);
    arns(views, |view| view.row.arn.clone())
}

/// ARNs of the first roles, proposed where any may be typed; none for who may not list them.
pub(crate) fn roles(visit: &Visit<'_>) -> Vec<String> {
    let request = RolePageRequest {
        page: first(MOST),
        path_prefix: "/".to_owned(),
    };
    let views = list_roles(visit.site, visit.call, &request).map(|page| page.items);
    arns(views, |view| view.row.arn.clone())
}

fn arns<T>(views: Result<Vec<T>, Refusal>, arn: impl Fn(&T) -> String) -> Vec<String> {
    let views = views.unwrap_or_default();
    views.iter().map(arn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(count: usize, pick: &Pick) -> Choices {
        let items: Vec<_> = (0..count)
            .map(|number| Arc::new(format!("arn-{number}")))
            .collect();
        let title = |arn: &String| Some(arn.replace("arn-", "Anchor "));
        Choices::of(&items, pick, String::as_str, title)
    }

    #[test]
    fn the_first_that_fit_are_offered_with_the_picked_one() {
        let picked = |arn: &str, search: &str| Pick {
            arn: arn.to_owned(),
            search: search.to_owned(),
        };
        // How many there are, what is picked and looked for; how many are offered, the first of them, whether there are more.
        for (count, arn, search, rows, first, are_more) in [
            (0, "", "", 0, None, false),
            (100, "", "", 100, Some("Anchor 0"), false),
            (101, "", "", 100, Some("Anchor 0"), true),
            (10_000, "arn-7", "", 100, Some("Anchor 0"), true),
            (10_000, "arn-9999", "", 101, Some("Anchor 9999"), true),
            (
                10_000,
                "arn-9999",
                "anchor 77",
                101,
                Some("Anchor 9999"),
                true,
            ),
            (10_000, "", "ANCHOR 9998", 1, Some("Anchor 9998"), false),
            (10_000, "", "nothing", 0, None, false),
            (3, "typed", "", 4, Some("typed"), false),
        ] {
            let pick = picked(arn, search);
            let choices = offered(count, &pick);
            let said = (choices.rows.len(), choices.are_more);
            assert_eq!(said, (rows, are_more), "{pick:?} of {count}");
            let title = choices.rows.first().map(|row| row.title.as_str());
            assert_eq!(title, first, "{pick:?} of {count}");
            let of_picked = choices.rows.iter().filter(|row| choices.is_picked(row));
            assert_eq!(of_picked.count(), usize::from(!arn.is_empty()), "{pick:?}");
        }
    }

    #[test]
    fn what_is_typed_comes_before_what_is_picked() {
        let read = |form| Pick::read(&Fields::parse(form), "anchor").arn;
        assert_eq!(read("anchor=a"), "a");
        assert_eq!(read("anchor=a&anchor-arn="), "a");
        assert_eq!(read("anchor=a&anchor-arn=+b+"), "b");
        assert_eq!(read("anchor-search=x"), "");
    }
}
