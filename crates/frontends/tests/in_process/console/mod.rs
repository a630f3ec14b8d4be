//! The console through the door: who gets in and for how long, which forms are taken, what guards each answer, that nothing that
//! someone has typed or stored becomes a part of a page, and that each page says how the same is done by command.

mod activity;
mod browser;
mod choices;
mod crawl;
mod forms;
mod guards;
mod hostile;
mod html;
mod iam;
mod limits;
mod names;
mod roles_anywhere;
mod same_by_command;
mod sessions;
mod sign_in;

use std::sync::Arc;

use anyrole_domain::access_keys::create_access_key;
use anyrole_domain::identities::put_inline_policy;
use anyrole_domain::users::{CreateUser, User, create_user};

use crate::site::Bench;

/// A new user with these permissions; access key id and secret.
async fn user(bench: &Bench, name: &str, policy: Option<&str>) -> (Arc<User>, String, String) {
    let (site, root) = (&bench.site, bench.root());
    let input = CreateUser {
        name: name.to_owned(),
        ..CreateUser::default()
    };
    let user = create_user(site, &root, input).await.unwrap();
    if let Some(policy) = policy {
        put_inline_policy::<User>(site, &root, name, "policy", policy.to_owned())
            .await
            .unwrap();
    }
    let (_, key, secret) = create_access_key(site, &root, Some(name)).await.unwrap();
    (user, key.id, secret.expose().to_owned())
}
