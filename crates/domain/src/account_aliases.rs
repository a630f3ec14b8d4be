//! The account's alias: one name for who can't remember twelve digits.

use crate::authorize::Target;
use crate::call::Call;
use crate::names::printable;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;
use crate::snapshot::Change;

/// Gives the account an alias in place of the one it has (IAM API reference, CreateAccountAlias).
pub async fn create_account_alias(site: &Site, call: &Call, alias: &str) -> Result<(), Refusal> {
    site.authorize(call, "iam:CreateAccountAlias", Target::any())?;
    site.directory
        .write(|snapshot| {
            if snapshot.account_alias() == Some(alias) {
                return Err(Refusal::new(
                    Kind::AlreadyExists,
                    "already-exists",
                    format!("The account alias {alias} already exists."),
                ));
            }
            let (account, alias) = (call.caller.account.clone(), alias.to_owned());
            Ok((vec![Change::PutAccountAlias { account, alias }], ()))
        })
        .await
}

/// Takes the alias away (IAM API reference, DeleteAccountAlias).
pub async fn delete_account_alias(site: &Site, call: &Call, alias: &str) -> Result<(), Refusal> {
    site.authorize(call, "iam:DeleteAccountAlias", Target::any())?;
    site.directory
        .write(|snapshot| {
            if snapshot.account_alias() != Some(alias) {
                return Err(Refusal::not_found(format!(
                    "The account alias {} cannot be found.",
                    printable(alias)
                )));
            }
            let account = call.caller.account.clone();
            Ok((vec![Change::DeleteAccountAlias(account)], ()))
        })
        .await
}

/// The alias, where there is one (IAM API reference, ListAccountAliases).
pub fn list_account_aliases(site: &Site, call: &Call) -> Result<Option<String>, Refusal> {
    site.authorize(call, "iam:ListAccountAliases", Target::any())?;
    Ok(site.directory.read().account_alias().map(str::to_owned))
}
