//! An ACME client on instant-acme: gets certificates by http-01 or dns-01, renews and revokes them, as the
//! test's words say. Its answers go to files; what fails ends it with the reason.
//!
//! `acme DIRECTORY ROOT STATE get NAME CHALLENGE CSR CERTIFICATE [REPLACES]`, or the same in steps, `begin NAME CHALLENGE ORDER`, `prove CHALLENGE
//! ORDER` and `finish CSR CERTIFICATE ORDER`, where the file ORDER keeps the order's URL; `new-key`; and `revoke CERTIFICATE`. For the first call ACME_KID and ACME_HMAC_KEY bind the account, which STATE keeps. Proofs are written into the folder ACME_PROOFS,
//! which the test serves.

use std::error::Error;
use std::path::Path;

use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, CertificateIdentifier, ChallengeType,
    ExternalAccountKey, Identifier, NewAccount, NewOrder, Order, OrderStatus, RetryPolicy,
    RevocationRequest,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let [directory, root, state, action @ ..] = words.as_slice() else {
        return Err("DIRECTORY ROOT STATE ACTION".into());
    };
    let account = account(directory, root, state).await?;
    match action {
        ["get", name, challenge, csr, certificate, rest @ ..] => {
            let csr = std::fs::read(csr)?;
            let chain = get(&account, name, challenge, &csr, rest.first().copied()).await?;
            std::fs::write(certificate, chain)?;
        }
        ["begin", name, challenge, file] => {
            let identifiers = [Identifier::Dns((*name).to_owned())];
            let mut order = account.new_order(&NewOrder::new(&identifiers)).await?;
            challenges(&mut order, challenge, Step::Write).await?;
            std::fs::write(file, order.url())?;
        }
        ["prove", challenge, file] => {
            let mut order = account.order(std::fs::read_to_string(file)?).await?;
            challenges(&mut order, challenge, Step::Ask).await?;
            ready(&mut order).await?;
        }
        ["finish", csr, certificate, file] => {
            let mut order = account.order(std::fs::read_to_string(file)?).await?;
            let chain = finish(&mut order, &std::fs::read(csr)?).await?;
            std::fs::write(certificate, chain)?;
        }
        ["revoke", certificate] => {
            let der = std::fs::read(certificate)?.into();
            let request = RevocationRequest {
                certificate: &der,
                reason: None,
            };
            account.revoke(&request).await?;
        }
        ["new-key"] => {
            let mut account = account;
            let credentials = account.update_key().await?;
            std::fs::write(state, serde_json::to_vec(&credentials)?)?;
        }
        _ => return Err("get, revoke or new-key".into()),
    }
    Ok(())
}

async fn account(directory: &str, root: &str, state: &str) -> Outcome<Account> {
    let builder = Account::builder_with_root(root)?;
    if Path::new(state).exists() {
        let kept: AccountCredentials = serde_json::from_slice(&std::fs::read(state)?)?;
        return Ok(builder.from_credentials(kept).await?);
    }
    let key = std::fs::read(std::env::var("ACME_HMAC_KEY")?)?;
    let key = ExternalAccountKey::new(std::env::var("ACME_KID")?, &key);
    let asked = NewAccount {
        contact: &[],
        terms_of_service_agreed: true,
        only_return_existing: false,
    };
    let (account, credentials) = builder
        .create(&asked, directory.to_owned(), Some(&key))
        .await?;
    std::fs::write(state, serde_json::to_vec(&credentials)?)?;
    Ok(account)
}

async fn get(
    account: &Account,
    name: &str,
    challenge: &str,
    csr: &[u8],
    replaces: Option<&str>,
) -> Outcome<String> {
    let identifiers = [Identifier::Dns(name.to_owned())];
    let mut asked = NewOrder::new(&identifiers);
    if let Some(text) = replaces {
        let quoted = format!("\"{text}\"");
        let replaced: CertificateIdentifier<'_> = serde_json::from_str(&quoted)?;
        asked = asked.replaces(replaced.into_owned());
    }
    let mut order = account.new_order(&asked).await?;
    challenges(&mut order, challenge, Step::Both).await?;
    ready(&mut order).await?;
    finish(&mut order, csr).await
}

/// What to do for each name that is not proved yet.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    /// Write the proof.
    Write,
    /// Ask the server to look at it.
    Ask,
    Both,
}

async fn challenges(order: &mut Order, challenge: &str, step: Step) -> Outcome<()> {
    let proofs = std::env::var("ACME_PROOFS")?;
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let name = authorization.identifier().to_string();
        let kind = match challenge {
            "http-01" => ChallengeType::Http01,
            _ => ChallengeType::Dns01,
        };
        let mut challenge = authorization
            .challenge(kind.clone())
            .ok_or("no such challenge")?;
        if step != Step::Ask {
            let proof = challenge.key_authorization();
            let (file, text) = match kind {
                ChallengeType::Http01 => (challenge.token.clone(), proof.as_str().to_owned()),
                _ => {
                    let base = name.trim_start_matches("*.");
                    (format!("_acme-challenge.{base}"), proof.dns_value())
                }
            };
            std::fs::write(Path::new(&proofs).join(file), text)?;
        }
        if step != Step::Write {
            challenge.set_ready().await?;
        }
    }
    Ok(())
}

async fn ready(order: &mut Order) -> Outcome<()> {
    match order.poll_ready(&RetryPolicy::default()).await? {
        OrderStatus::Ready => Ok(()),
        other => Err(format!("the order is {other:?}").into()),
    }
}

async fn finish(order: &mut Order, csr: &[u8]) -> Outcome<String> {
    order.finalize_csr(csr).await?;
    Ok(order.poll_certificate(&RetryPolicy::default()).await?)
}
