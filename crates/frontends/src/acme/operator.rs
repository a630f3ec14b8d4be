//! The operator's calls about ACME: `POST /-/acme`, signed by SigV4, JSON in and out. `anyrole acme` makes them.

use anyrole_domain::acme::{self, NewKey, OpenService, ServiceView};
use anyrole_domain::{Call, Refusal, Site};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

/// Where the calls are.
pub const OPERATOR: &str = "/-/acme";

/// A call's name for the audit trail, what it is about, and its answer.
pub struct OperatorAnswer {
    /// `anyrole:…`.
    pub event: &'static str,
    /// The answer, or why there is none.
    pub outcome: Result<Value, Refusal>,
}

#[derive(Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
enum Asked {
    Open(Open),
    List {},
    Close(OfAuthority),
    CreateKey(CreateKey),
    ListKeys(Page),
    DeleteKey(One),
    ListAccounts(Page),
    RevokeAccount(One),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    ca_arn: String,
    names: Vec<String>,
    #[serde(default)]
    wildcards: bool,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    uris: Vec<String>,
    lifetime_seconds: i64,
    #[serde(default)]
    server_auth: bool,
    /// Accounts need a key unless it is said that they don't.
    #[serde(default)]
    without_keys: bool,
    #[serde(default)]
    terms_of_service: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfAuthority {
    ca_arn: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateKey {
    ca_arn: String,
    #[serde(default)]
    label: String,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    lifetime_seconds: Option<i64>,
    #[serde(default = "one")]
    accounts: u32,
    #[serde(default)]
    usable_until: Option<Timestamp>,
}

const fn one() -> u32 {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    ca_arn: String,
    #[serde(default)]
    after: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    ca_arn: String,
    id: String,
}

impl Asked {
    fn event(&self) -> &'static str {
        match self {
            Self::Open(_) => "anyrole:OpenAcme",
            Self::List {} => "anyrole:ListAcme",
            Self::Close(_) => "anyrole:CloseAcme",
            Self::CreateKey(_) => "anyrole:CreateAcmeKey",
            Self::ListKeys(_) => "anyrole:ListAcmeKeys",
            Self::DeleteKey(_) => "anyrole:DeleteAcmeKey",
            Self::ListAccounts(_) => "anyrole:ListAcmeAccounts",
            Self::RevokeAccount(_) => "anyrole:RevokeAcmeAccount",
        }
    }
}

/// Answers a call.
pub async fn serve(site: &Site, call: &Call, body: &[u8]) -> OperatorAnswer {
    let asked: Asked = match serde_json::from_slice(body) {
        Ok(asked) => asked,
        Err(error) => {
            let refusal = Refusal::validation(
                "The body holds `action` (open, list, close, create-key, list-keys, delete-key, list-accounts or revoke-account) and that action's members.",
            );
            return OperatorAnswer {
                event: "anyrole:Acme",
                outcome: Err(refusal.with_private(error.to_string())),
            };
        }
    };
    OperatorAnswer {
        event: asked.event(),
        outcome: answer(site, call, asked).await,
    }
}

async fn answer(site: &Site, call: &Call, asked: Asked) -> Result<Value, Refusal> {
    site.admit(asked.event(), &call.origin)?;
    Ok(match asked {
        Asked::Open(asked) => service(&open(site, call, asked).await?),
        Asked::List {} => {
            let all = acme::services(site, call).await?;
            json!({ "services": all.iter().map(service).collect::<Vec<_>>() })
        }
        Asked::Close(asked) => {
            acme::close(site, call, &asked.ca_arn).await?;
            json!({})
        }
        Asked::CreateKey(asked) => create_key(site, call, asked).await?,
        Asked::ListKeys(asked) => {
            let keys = acme::list_keys(site, call, &asked.ca_arn, &asked.after).await?;
            let keys = keys.iter().map(|(id, key)| {
                json!({
                    "id": id,
                    "label": key.label,
                    "names": key.names,
                    "subject": key.subject,
                    "lifetime_seconds": key.lifetime_seconds,
                    "accounts_left": key.accounts_left,
                    "usable_until": key.usable_until,
                    "created_at": key.created_at,
                })
            });
            json!({ "keys": keys.collect::<Vec<_>>() })
        }
        Asked::DeleteKey(asked) => {
            acme::delete_key(site, call, &asked.ca_arn, &asked.id).await?;
            json!({})
        }
        Asked::ListAccounts(asked) => {
            let accounts = acme::list_accounts(site, call, &asked.ca_arn, &asked.after).await?;
            let accounts = accounts.iter().map(|row| {
                json!({
                    "id": row.id,
                    "status": row.account.status,
                    "contact": row.account.contact,
                    "key": row.account.external_key,
                    "created_at": row.account.created_at,
                })
            });
            json!({ "accounts": accounts.collect::<Vec<_>>() })
        }
        Asked::RevokeAccount(asked) => {
            acme::revoke_account(site, call, &asked.ca_arn, &asked.id).await?;
            json!({})
        }
    })
}

async fn open(site: &Site, call: &Call, asked: Open) -> Result<ServiceView, Refusal> {
    let input = OpenService {
        ca_arn: asked.ca_arn,
        names: asked.names,
        wildcards: asked.wildcards,
        subject: asked.subject,
        uris: asked.uris,
        lifetime_seconds: asked.lifetime_seconds,
        server_auth: asked.server_auth,
        external_account_required: !asked.without_keys,
        terms_of_service: asked.terms_of_service,
    };
    acme::open(site, call, input).await
}

async fn create_key(site: &Site, call: &Call, asked: CreateKey) -> Result<Value, Refusal> {
    let input = NewKey {
        ca_arn: asked.ca_arn,
        label: asked.label,
        names: asked.names,
        subject: asked.subject,
        lifetime_seconds: asked.lifetime_seconds,
        accounts: asked.accounts,
        usable_until: asked.usable_until,
    };
    let made = acme::create_key(site, call, input).await?;
    Ok(json!({"id": made.id, "hmac_key": *made.secret}))
}

fn service(view: &ServiceView) -> Value {
    let service = &view.service;
    json!({
        "directory": format!("{}{}/directory", super::PREFIX, view.id),
        "ca_arn": service.ca_arn,
        "names": service.names,
        "wildcards": service.wildcards,
        "subject": service.subject,
        "uris": service.uris,
        "lifetime_seconds": service.lifetime_seconds,
        "server_auth": service.server_auth,
        "external_account_required": service.external_account_required,
        "terms_of_service": service.terms_of_service,
        "created_at": service.created_at,
    })
}
