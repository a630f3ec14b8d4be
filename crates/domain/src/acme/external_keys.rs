//! External account binding (RFC 8555, 7.3.4): the secret that an operator hands out, kept sealed under the master key, and what
//! proves that who makes an account was given it.

use anyrole_jwt::{Jwk, PresentedSigner, UnverifiedJws};
use base64_simd::URL_SAFE_NO_PAD;
use serde_json::Value;
use zeroize::Zeroizing;

use super::model::ExternalKey;
use super::problem::{Problem, malformed, unauthorized};
use super::signed::{Posted, not_signed};
use super::store::{AcmeKey, AcmeWrite, Kept, read};
use crate::refusal::Refusal;
use crate::site::Site;

/// What is sealed is of this row alone.
fn context(id: &str) -> String {
    format!("acme external account key {id}")
}

/// Makes a secret of 256 bits: as clients take it (base64url), and sealed.
pub(super) fn new_secret(site: &Site, id: &str) -> Result<(Zeroizing<String>, String), Refusal> {
    let mut secret = Zeroizing::new([0; 32]);
    site.entropy.fill(secret.as_mut_slice());
    let sealed = site.secrets.seal(&context(id), secret.as_slice());
    let sealed = sealed.map_err(|error| Refusal::internal(error.to_string()))?;
    let shown = Zeroizing::new(URL_SAFE_NO_PAD.encode_to_string(secret.as_slice()));
    Ok((shown, URL_SAFE_NO_PAD.encode_to_string(sealed)))
}

fn secret(site: &Site, key: &Kept<ExternalKey>) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let unusable = |detail: String| Refusal::internal(detail);
    let sealed = URL_SAFE_NO_PAD
        .decode_to_vec(&key.value.sealed_secret)
        .map_err(|error| unusable(error.to_string()))?;
    let opened = site.secrets.open(&context(key.id()), &sealed);
    opened.map_err(|error| unusable(error.to_string()))
}

/// An operator's key with one account less to make.
#[derive(Debug)]
pub(super) struct Binding {
    id: String,
    write: AcmeWrite,
}

impl Binding {
    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn into_write(self) -> AcmeWrite {
        self.write
    }
}

/// Verifies a binding of an account's key.
pub(super) async fn bind(
    site: &Site,
    posted: &Posted<'_>,
    account_key: &Jwk,
    presented: &[u8],
) -> Result<Binding, Problem> {
    let jws = UnverifiedJws::parse_binding(presented).map_err(|error| not_signed(&error))?;
    let PresentedSigner::Id(id) = jws.unverified_signer().clone() else {
        return Err(malformed("The binding names the operator's key as `kid`.").into());
    };
    if jws.unverified_url() != posted.url || jws.unverified_nonce().is_some() {
        return Err(malformed("The binding has the request's `url`, and no nonce.").into());
    }
    let refused = |private: &'static str| {
        unauthorized(
            "acme-external-account",
            "The external account binding is not accepted.",
        )
        .with_private(private)
    };
    let key: Option<Kept<ExternalKey>> = read(site, AcmeKey::ExternalKey, &id).await?;
    let mut key = key
        .filter(|key| key.row.parent == posted.service)
        .ok_or_else(|| refused("there is no such key"))?;
    let secret = secret(site, &key)?;
    let payload = jws
        .verify_mac(&secret)
        .map_err(|_| refused("its MAC is not that of the key's secret"))?;
    let bound: Value = serde_json::from_slice(&payload)
        .map_err(|_| malformed("The binding's payload is the account's key."))?;
    let bound = Jwk::parse(&bound).map_err(|error| not_signed(&error))?;
    if bound != *account_key {
        return Err(malformed("The binding's payload is the account's key.").into());
    }
    let now = posted.origin.now;
    if key.value.usable_until.is_some_and(|until| now >= until) {
        return Err(refused("the key has expired").into());
    }
    key.value.accounts_left = key
        .value
        .accounts_left
        .checked_sub(1)
        .ok_or_else(|| refused("the key has made all the accounts that it may"))?;
    Ok(Binding {
        id,
        write: key.put()?,
    })
}
