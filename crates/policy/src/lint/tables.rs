//! Actions, kinds of resources and context keys as data, read once from `data/`.

use std::sync::LazyLock;

use super::meet::Kind;
use crate::wildcard::{Case, Pattern};

/// The actions and the context keys that are known.
#[derive(Debug)]
pub(super) struct Tables {
    pub services: Vec<Service>,
    pub keys: Vec<Key>,
}

/// A service that is served.
#[derive(Debug)]
pub(super) struct Service {
    pub name: &'static str,
    kinds: Vec<(&'static str, Kind)>,
    pub actions: Vec<Action>,
}

#[derive(Debug)]
pub(super) struct Action {
    pub name: &'static str,
    pub kinds: Vec<&'static str>,
}

/// A context key; with a closing slash it stands for every name behind that.
#[derive(Debug)]
pub(super) struct Key {
    pub name: &'static str,
    pub kind: &'static str,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    services: services(include_str!("data/actions.txt")),
    keys: keys(include_str!("data/keys.txt")),
});

pub(super) fn tables() -> &'static Tables {
    &TABLES
}

impl Tables {
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services
            .iter()
            .find(|service| service.name.eq_ignore_ascii_case(name))
    }

    /// The key of a name, in any case.
    pub fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| match key.name.ends_with('/') {
            true => name.get(..key.name.len()).is_some_and(|start| {
                start.eq_ignore_ascii_case(key.name) && name.len() > start.len()
            }),
            false => key.name.eq_ignore_ascii_case(name),
        })
    }
}

impl Service {
    /// The actions that a pattern of names matches.
    pub fn matching(&self, pattern: &str) -> Vec<&Action> {
        let pattern = Pattern::parse(pattern);
        self.actions
            .iter()
            .filter(|action| pattern.matches(action.name, Case::Ignored))
            .collect()
    }

    pub fn kind(&self, name: &str) -> Option<&Kind> {
        let kind = self.kinds.iter().find(|(kind, _)| *kind == name);
        kind.map(|(_, kind)| kind)
    }
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn services(text: &'static str) -> Vec<Service> {
    let mut services: Vec<Service> = Vec::new();
    for line in lines(text) {
        let mut words = line.split(' ');
        let first = words.next().unwrap_or_default();
        match (first, services.last_mut()) {
            ("service", _) => services.push(Service {
                name: words.next().unwrap_or_default(),
                kinds: Vec::new(),
                actions: Vec::new(),
            }),
            ("kind", Some(service)) => {
                let name = words.next().unwrap_or_default();
                let arn = words.next().unwrap_or_default();
                service.kinds.push((name, Kind::parse(arn)));
            }
            (name, Some(service)) => service.actions.push(Action {
                name,
                kinds: words.collect(),
            }),
            (_, None) => {}
        }
    }
    services
}

fn keys(text: &'static str) -> Vec<Key> {
    lines(text)
        .filter_map(|line| line.split_once(' '))
        .map(|(name, kind)| Key { name, kind })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::tables;

    #[test]
    fn the_tables_are_whole() {
        let tables = tables();
        let counts: Vec<_> = tables
            .services
            .iter()
            .map(|service| (service.name, service.actions.len()))
            .collect();
        assert_eq!(
            counts,
            [
                ("acm-pca", 23),
                ("anyrole", 1),
                ("iam", 187),
                ("rolesanywhere", 30),
                ("s3", 168),
                ("sts", 16)
            ]
        );
        for service in &tables.services {
            for action in &service.actions {
                for kind in &action.kinds {
                    assert!(service.kind(kind).is_some(), "{} {kind}", action.name);
                }
            }
        }
        for key in &tables.keys {
            let kinds = [
                "string", "strings", "arn", "arns", "bool", "bools", "date", "numeric", "ip",
            ];
            assert!(kinds.contains(&key.kind), "{key:?}");
        }
        assert!(tables.key("AWS:principaltag/x").is_some());
        assert!(tables.key("aws:PrincipalTag/").is_none());
    }
}
