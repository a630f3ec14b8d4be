//! Inline policies of an identity: part of it, deleted before it.

use super::{Identity, change_own, readable};
use crate::authorize::Target;
use crate::call::Call;
use crate::names::{check_entity_name, printable};
use crate::page::{Page, PageRequest};
use crate::policy_documents::{check_inline_length, identity_policy_length};
use crate::refusal::Refusal;
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
    let action = I::WORDS.put_policy;
    change_own::<I, _>(site, call, action, identity, Target::any(), |_, row| {
        let mut total = identity_policy_length(&document)?;
        for (other, text) in row.inline_policies() {
            if other != name {
                total += identity_policy_length(text)?;
            }
        }
        check_inline_length(I::most(site).inline, total, (I::WORDS.noun, row.name()))?;
        row.inline_policies_mut().insert(name.to_owned(), document);
        Ok(())
    })
    .await
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
    change_own::<I, _>(site, call, action, identity, Target::any(), |_, row| {
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
