//! Roles for a profile: a search comes in, roles that can be picked and what the others lack leave, those picked before kept.

use anyrole_domain::roles::{OfferedRole, RoleSearch, judged_roles, offered_roles};
use anyrole_domain::sessions::TrustGap;
use anyrole_domain::{Page, PageRequest};
use anyrole_policy::Shut;

use crate::resources::{PAGE, Shown};
use crate::{Fields, Visit};

/// What is looked for, and what was picked.
#[derive(Debug, Clone, Default)]
pub(super) struct Picking {
    /// A part of a role's name.
    pub search: String,
    /// The name behind which the offered roles go on.
    pub after: String,
    /// The name behind which the others go on.
    pub others_after: String,
    /// ARNs, each once, in the order in which they were picked.
    pub picked: Vec<String>,
}

impl Picking {
    pub fn read(form: &Fields) -> Self {
        let typed = form.text("role-arns").split_whitespace();
        let mut picked: Vec<String> = Vec::new();
        for arn in form.all("role").chain(typed) {
            if !arn.trim().is_empty() && !picked.iter().any(|before| before == arn) {
                picked.push(arn.to_owned());
            }
        }
        // Another search starts with its first page; a button goes on.
        let is_kept = form.text("search") == form.text("searched") && !form.has("go-first");
        let page = |button: &str, shown: &str| {
            let kept = if is_kept { form.text(shown) } else { "" };
            form.some(button).unwrap_or(kept).to_owned()
        };
        Self {
            search: form.text("search").trim().to_owned(),
            after: page("go-roles", "roles-after"),
            others_after: page("go-others", "others-after"),
            picked,
        }
    }
}

/// A role in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Its ARN.
    pub arn: String,
    /// Its name; of one that is not there, its ARN.
    pub name: String,
    /// There is a page of it.
    pub is_there: bool,
    /// What is missing, sentences; nothing of a role that can be picked.
    pub missing: Vec<String>,
}

impl Candidate {
    fn of(found: &OfferedRole) -> Self {
        Self {
            arn: found.role.row.arn.clone(),
            name: found.role.row.name.clone(),
            is_there: true,
            missing: missing(&found.gaps),
        }
    }

    fn named(arn: &str, found: Option<&OfferedRole>) -> Self {
        found.map_or_else(
            || Self {
                arn: arn.to_owned(),
                name: arn.to_owned(),
                is_there: false,
                missing: vec!["There is no such role in this account at present.".to_owned()],
            },
            Self::of,
        )
    }
}

/// What there is to pick.
#[derive(Debug)]
pub(super) struct Picker {
    /// What was picked.
    pub picked: Vec<Candidate>,
    /// What can be picked.
    pub offered: Vec<Candidate>,
    /// Where these go on.
    pub offered_next: Option<String>,
    /// What can't be picked.
    pub others: Vec<Candidate>,
    /// Where these go on.
    pub others_next: Option<String>,
}

/// The roles for a form; why not, where the caller may not list roles.
pub(super) fn picker(visit: &Visit<'_>, picking: &Picking) -> Shown<Picker> {
    let page = |after: &str| PageRequest {
        after: after.to_owned(),
        size: PAGE,
    };
    let search = RoleSearch {
        name_part: picking.search.clone(),
        offered: page(&picking.after),
        others: page(&picking.others_after),
    };
    let found = offered_roles(visit.site, visit.call, &search)?;
    let candidates = |page: &Page<OfferedRole>| -> Vec<Candidate> {
        let new = page.items.iter().map(Candidate::of);
        new.filter(|one| !picking.picked.contains(&one.arn))
            .collect()
    };
    Ok(Picker {
        picked: named(visit, &picking.picked)?,
        offered: candidates(&found.offered),
        offered_next: found.offered.next.clone(),
        others: candidates(&found.others),
        others_next: found.others.next.clone(),
    })
}

/// Roles by ARN, each with what it lacks; why not, where the caller may not list roles.
pub(super) fn named(visit: &Visit<'_>, arns: &[String]) -> Shown<Vec<Candidate>> {
    let found = judged_roles(visit.site, visit.call, arns)?;
    let named = arns.iter().zip(&found);
    Ok(named
        .map(|(arn, found)| Candidate::named(arn, found.as_ref()))
        .collect())
}

/// What a role's trust policy lacks, in sentences: gaps with the same cause are told together.
pub(crate) fn missing(gaps: &[TrustGap]) -> Vec<String> {
    let mut causes: Vec<(&Shut, Vec<&str>)> = Vec::new();
    for gap in gaps {
        match causes.iter_mut().find(|(why, _)| **why == gap.why) {
            Some((_, actions)) => actions.push(gap.action),
            None => causes.push((&gap.why, vec![gap.action])),
        }
    }
    causes
        .into_iter()
        .map(|(why, actions)| sentence(why, &actions.join(", ")))
        .collect()
}

fn sentence(why: &Shut, actions: &str) -> String {
    match why {
        Shut::Principal => {
            format!(
                "Its trust policy does not let rolesanywhere.amazonaws.com in: {actions} missing."
            )
        }
        Shut::Action => {
            format!("Its trust policy does not allow rolesanywhere.amazonaws.com {actions}.")
        }
        Shut::Condition {
            line,
            operator,
            key,
        } => format!(
            "The condition {operator} on {key} of the statement in line {line} of its trust policy is met by no certificate: {actions} missing."
        ),
        Shut::Denied { line, sid } => {
            let named = sid
                .as_ref()
                .map(|sid| format!(" ({sid})"))
                .unwrap_or_default();
            format!("The statement in line {line}{named} of its trust policy denies {actions}.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_once_for_each_cause() {
        let gap = |action, why| TrustGap { action, why };
        let tag = gap("sts:TagSession", Shut::Action);
        let identity = gap("sts:SetSourceIdentity", Shut::Action);
        let denied = Shut::Denied {
            line: 7,
            sid: Some("No".to_owned()),
        };
        assert_eq!(
            missing(&[gap("sts:AssumeRole", denied), tag, identity]),
            [
                "The statement in line 7 (No) of its trust policy denies sts:AssumeRole.",
                "Its trust policy does not allow rolesanywhere.amazonaws.com sts:TagSession, sts:SetSourceIdentity.",
            ]
        );
        assert!(missing(&[]).is_empty());
    }

    #[test]
    fn what_was_picked_is_kept_and_another_search_starts_anew() {
        let form = Fields::parse(
            "role=a&role=b&role=a&role-arns=c%0D%0A+b&search=x&searched=x&roles-after=m",
        );
        let picking = Picking::read(&form);
        assert_eq!(picking.picked, ["a", "b", "c"]);
        assert_eq!(
            (picking.search.as_str(), picking.after.as_str()),
            ("x", "m")
        );
        let form = Fields::parse("search=x&searched=x&roles-after=m&others-after=n&go-roles=p");
        let picking = Picking::read(&form);
        assert_eq!(
            (picking.after.as_str(), picking.others_after.as_str()),
            ("p", "n")
        );
        for other in [
            "search=y&searched=x&roles-after=m&others-after=n",
            "go-first=&roles-after=m",
        ] {
            let picking = Picking::read(&Fields::parse(other));
            assert_eq!(
                (picking.after.as_str(), picking.others_after.as_str()),
                ("", "")
            );
        }
    }
}
