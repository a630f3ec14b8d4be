//! Inline policies of an identity: part of it, deleted before it.

use anyrole_policy::{Policy, PolicyKind};

use super::{Identity, change, malformed, readable};
use crate::authorize::Target;
use crate::call::Call;
use crate::names::{check_entity_name, printable};
use crate::page::{Page, PageRequest};
use crate::refusal::{Kind, Refusal};
use crate::site::Site;

/// Makes or replaces an inline policy (IAM API reference, PutUserPolicy and its like).
pub async fn put_inline_policy<I: Identity>(
    site: &Site,
    call: &Call,
    identity: &str,
    name: &str,
    document: String,
) -> Result<(), Refusal> {
    check_entity_name("policyName", name, 128)?;
    let length = length_of(&document)?;
    let (action, most) = (I::WORDS.put_policy, I::WORDS.max_inline);
    change::<I, _>(site, call, action, identity, Target::any(), |_, row| {
        let mut total = length;
        for (other, text) in row.inline_policies() {
            total += if other == name { 0 } else { length_of(text)? };
        }
        if total > most {
            return Err(Refusal::new(
                Kind::LimitExceeded,
                "limit-exceeded",
                format!(
                    "Maximum policy size of {most} bytes exceeded for {} {}",
                    I::WORDS.noun,
                    row.name()
                ),
            ));
        }
        row.inline_policies_mut().insert(name.to_owned(), document);
        Ok(())
    })
    .await
}

fn length_of(text: &str) -> Result<usize, Refusal> {
    Policy::parse(text, PolicyKind::Identity)
        .map(|policy| policy.minified_len())
        .map_err(|error| malformed(&error))
}

/// Reads an inline policy's document (IAM API reference, GetUserPolicy and its like).
pub fn read_inline_policy<I: Identity>(
    site: &Site,
    call: &Call,
    identity: &str,
    name: &str,
) -> Result<String, Refusal> {
    let row = readable::<I>(site, call, I::WORDS.read_policy, identity)?;
    row.inline_policies()
        .get(name)
        .cloned()
        .ok_or_else(|| no_such_policy::<I>(name))
}

/// Lists the names of inline policies (IAM API reference, ListUserPolicies and its like).
pub fn list_inline_policies<I: Identity>(
    site: &Site,
    call: &Call,
    identity: &str,
    request: &PageRequest,
) -> Result<Page<String>, Refusal> {
    let row = readable::<I>(site, call, I::WORDS.list_policies, identity)?;
    let names = row.inline_policies().keys();
    let names = names.filter(|name| **name > request.after).cloned();
    Ok(Page::take(names, request.size, String::clone))
}

/// Deletes an inline policy (IAM API reference, DeleteUserPolicy and its like).
pub async fn delete_inline_policy<I: Identity>(
    site: &Site,
    call: &Call,
    identity: &str,
    name: &str,
) -> Result<(), Refusal> {
    let action = I::WORDS.delete_policy;
    change::<I, _>(site, call, action, identity, Target::any(), |_, row| {
        row.inline_policies_mut()
            .remove(name)
            .map(|_| ())
            .ok_or_else(|| no_such_policy::<I>(name))
    })
    .await
}

fn no_such_policy<I: Identity>(name: &str) -> Refusal {
    Refusal::not_found(format!(
        "The {} policy with name {} cannot be found.",
        I::WORDS.noun,
        printable(name)
    ))
}
