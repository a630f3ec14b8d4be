//! Aliases (API reference, aliasName): a second name for a resource, which its owner may move to another one of its kind.
//! Identifiers may be alias ARNs; policies never see one, since permission is asked for the resource's own ARN.

use super::{Noun, Resource};
use crate::refusal::{Kind, Refusal};
use crate::snapshot::Snapshot;

impl Resource {
    /// `arn:…:alias/{kind}/{alias}`, where there is one.
    pub fn alias_arn(&self) -> Option<String> {
        let alias = self.alias.as_deref()?;
        let (head, kind) = self.arn.strip_suffix(&self.id)?.rsplit_once(':')?;
        Some(format!("{head}:alias/{kind}{alias}"))
    }
}

/// What a request says of an alias: nothing keeps it, an empty text removes it.
pub(super) fn wanted(current: Option<&String>, given: Option<String>) -> Option<String> {
    match given {
        None => current.cloned(),
        Some(given) => (!given.is_empty()).then_some(given),
    }
}

/// An alias must not be reserved, nor be another one's of the same kind.
pub(super) fn check_free<N: Noun>(snapshot: &Snapshot, row: &N) -> Result<(), Refusal> {
    let resource = row.resource();
    let (Some(alias), Some(arn)) = (&resource.alias, resource.alias_arn()) else {
        return Ok(());
    };
    if alias
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("aws/"))
    {
        return Err(Refusal::validation(format!(
            "The alias name `{alias}` begins with `aws/`, which is reserved."
        )));
    }
    match snapshot.resolve(&arn) {
        owner if owner == arn || owner == resource.arn => Ok(()),
        _ => Err(Refusal::new(
            Kind::AlreadyExists,
            "alias-in-use",
            format!("The alias name `{alias}` is in use already."),
        )),
    }
}
