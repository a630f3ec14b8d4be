//! What stands around each page: navigation, who is signed in, crumbs, what was just done, the same by command.

use anyrole_domain::Principal;

use crate::command::Command;
use crate::reply::Done;
use crate::visit::Visit;
use crate::{PREFIX, assets};

/// The parts of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// What needs a person.
    Home,
    /// The audit trail.
    Activity,
    /// Trust anchors.
    TrustAnchors,
    /// Profiles.
    Profiles,
    /// Revocation lists.
    Crls,
    /// Who was seen.
    Subjects,
    /// Roles.
    Roles,
    /// Managed policies.
    Policies,
    /// The policy simulator.
    Simulate,
    /// Certificate authorities.
    Authorities,
    /// Issued certificates.
    Certificates,
    /// Join tokens.
    JoinTokens,
    /// Lines to paste on machines.
    Connect,
}

/// An entry of the navigation.
#[derive(Debug)]
pub struct Entry {
    section: Section,
    /// What it says.
    pub name: &'static str,
    /// Its path below the prefix.
    pub path: &'static str,
    /// The path data of its icon, 20 by 20.
    pub icon: &'static str,
}

const fn entry(
    section: Section,
    name: &'static str,
    path: &'static str,
    icon: &'static str,
) -> Entry {
    Entry {
        section,
        name,
        path,
        icon,
    }
}

/// The navigation: groups with their entries.
static NAVIGATION: [(&str, &[Entry]); 4] = [
    (
        "Overview",
        &[
            entry(
                Section::Home,
                "Home",
                "",
                "M3 9.5 10 3.5l7 6V16.5H12.5V12h-5v4.5H3Z",
            ),
            entry(
                Section::Activity,
                "Activity",
                "activity",
                "M2.5 10.5h3.2l2-6 4.2 11 2.2-5h3.4",
            ),
            entry(
                Section::Connect,
                "Connect",
                "connect",
                "M7.5 3v4M12.5 3v4M5.5 7h9v3.5a4.5 4.5 0 0 1-9 0ZM10 15v3",
            ),
        ],
    ),
    (
        "Roles Anywhere",
        &[
            entry(
                Section::TrustAnchors,
                "Trust anchors",
                "trust-anchors",
                "M10 2.8a2 2 0 1 1 0 4 2 2 0 0 1 0-4ZM10 6.8V17M6.5 9.5h7M3.5 11.5c0 3.2 2.8 5.5 6.5 5.5s6.5-2.3 6.5-5.5",
            ),
            entry(
                Section::Profiles,
                "Profiles",
                "profiles",
                "M3 4.5h14v11H3ZM7.2 8a1.6 1.6 0 1 1 0 3.2 1.6 1.6 0 0 1 0-3.2ZM12 8.5h3M12 11.5h3M4.8 13.5h4.8",
            ),
            entry(
                Section::Crls,
                "Revocation lists",
                "crls",
                "M5 2.8h7l3.5 3.5v11H5ZM8 9.5l4 4M12 9.5l-4 4",
            ),
            entry(
                Section::Subjects,
                "Subjects",
                "subjects",
                "M10 3a3.2 3.2 0 1 1 0 6.4A3.2 3.2 0 0 1 10 3ZM3.8 17c.5-3.4 3-5 6.2-5s5.7 1.6 6.2 5",
            ),
        ],
    ),
    (
        "Identity and access",
        &[
            entry(
                Section::Roles,
                "Roles",
                "roles",
                "M10 2.8 16 5v4.5c0 3.7-2.4 6.5-6 7.7-3.6-1.2-6-4-6-7.7V5Z",
            ),
            entry(
                Section::Policies,
                "Policies",
                "policies",
                "M4.5 3h11v14h-11ZM7.5 7h5M7.5 10h5M7.5 13h3",
            ),
            entry(
                Section::Simulate,
                "Simulate",
                "simulate",
                "M8 3h4M9 3v4.5L4.5 15.5c-.4.8.1 1.5 1 1.5h9c.9 0 1.4-.7 1-1.5L11 7.5V3",
            ),
        ],
    ),
    (
        "Certificates",
        &[
            entry(
                Section::Authorities,
                "Private CAs",
                "authorities",
                "M10 2.5 17 6H3ZM4.5 8v6M8.2 8v6M11.8 8v6M15.5 8v6M3 16.5h14",
            ),
            entry(
                Section::Certificates,
                "Issued",
                "certificates",
                "M3 4h14v9H3ZM6 7.5h5M6 10h3M13.5 11a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6ZM12.5 14.3V17.5l1-.8 1 .8v-3.2",
            ),
            entry(
                Section::JoinTokens,
                "Join tokens",
                "join-tokens",
                "M7 7.5a3.5 3.5 0 1 1 0 5 3.5 3.5 0 0 1 0-5ZM12 10h5.5M15 10v2.5",
            ),
        ],
    ),
];

impl Section {
    /// The part whose pages are below this first segment of their paths; home for what is no area.
    pub fn of_area(area: &str) -> Self {
        let entries = NAVIGATION.iter().flat_map(|(_, entries)| entries.iter());
        let found = entries.into_iter().find(|entry| entry.path == area);
        found.map_or(Self::Home, |entry| entry.section)
    }
}

/// A page above this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crumb {
    /// What it is called.
    pub title: String,
    /// Its path below the prefix.
    pub path: String,
}

/// What stands around a page.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The page's title, also its first heading.
    pub title: String,
    section: Section,
    /// The pages above.
    pub crumbs: Vec<Crumb>,
    /// Who is signed in.
    pub who: String,
    /// The account's id.
    pub account: String,
    /// The account's region.
    pub region: String,
    /// What each form sends back.
    pub form_token: String,
    /// What was just done.
    pub done: Option<&'static str>,
    /// The same by command.
    pub commands: Vec<String>,
}

impl Layout {
    /// The surroundings of a page.
    pub fn of(visit: &Visit<'_>, section: Section, title: impl Into<String>) -> Self {
        let account = visit.site.account();
        Self {
            title: title.into(),
            section,
            crumbs: Vec::new(),
            who: who(visit),
            account: account.id.to_string(),
            region: account.region.clone(),
            form_token: visit.form_token.to_owned(),
            done: Done::told(visit.query.text("done")).filter(|_| !visit.posted()),
            commands: Vec::new(),
        }
    }

    /// A page that this one is below, the outermost first.
    #[must_use]
    pub fn below(mut self, title: impl Into<String>, path: impl Into<String>) -> Self {
        self.crumbs.push(Crumb {
            title: title.into(),
            path: path.into(),
        });
        self
    }

    /// A command that does the same.
    #[must_use]
    pub fn same_by(mut self, command: Command) -> Self {
        self.commands.push(command.text());
        self
    }

    /// Several commands, each of which does a part of it.
    #[must_use]
    pub fn same_by_all(self, commands: impl IntoIterator<Item = Command>) -> Self {
        commands.into_iter().fold(self, Self::same_by)
    }

    /// The navigation.
    pub fn navigation(&self) -> &'static [(&'static str, &'static [Entry])] {
        &NAVIGATION
    }

    /// Whether the page is of this entry.
    pub fn is_at(&self, entry: &Entry) -> bool {
        self.section == entry.section
    }

    /// Where the stylesheet is.
    pub fn stylesheet(&self) -> String {
        assets::STYLESHEET.url()
    }

    /// Where the script is.
    pub fn script(&self) -> String {
        assets::SCRIPT.url()
    }

    /// Where the icon is.
    pub fn icon(&self) -> String {
        assets::ICON.url()
    }

    /// Where the console is.
    pub fn prefix(&self) -> &'static str {
        PREFIX
    }
}

/// Short enough for the corner of a page.
fn who(visit: &Visit<'_>) -> String {
    match &visit.call.caller.principal {
        Principal::Root => "Root user".to_owned(),
        Principal::User(user) => user.name.clone(),
        _ => {
            let arn = visit.call.caller.arn(visit.site.account());
            let name = arn.split_once('/').map(|(_, name)| name.to_owned());
            name.unwrap_or(arn)
        }
    }
}
