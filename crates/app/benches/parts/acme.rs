//! ACME accounts (RFC 8555), each with a connection of its own, the same for every server: an order of one name, proved by dns-01
//! where the server asks for it, becomes a certificate.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use anyrole_ca::{AlternativeName, RequestOrder, Subject};
use anyrole_jwt::Jwk;
use anyrole_keys::{FileKey, KeySpec};
use anyrole_testkit::jws::{self, b64};
use anyrole_testkit::start_dns_server;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use super::http::Connection;

/// How long is waited before an order or a proof under way is read again.
const PAUSE: Duration = Duration::from_millis(2);

/// The TXT records of the clients, as their DNS server says them.
#[derive(Clone, Default)]
pub struct Proofs(Arc<Mutex<HashMap<String, String>>>);

impl Proofs {
    /// Starts the DNS server; where it listens.
    pub fn serve(&self) -> Result<SocketAddr> {
        let proofs = self.clone();
        start_dns_server(move |name| {
            let known = proofs.0.lock().unwrap_or_else(PoisonError::into_inner);
            known.get(name).cloned().into_iter().collect()
        })
    }

    fn set(&self, name: &str, text: String) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(format!("_acme-challenge.{name}"), text);
    }
}

/// An account.
pub struct Account {
    connection: Connection,
    /// `http://ADDRESS`.
    base: String,
    new_order: String,
    pair: EcdsaKeyPair,
    jwk: Value,
    /// The account's URL, once it has one.
    url: Option<String>,
    nonce: String,
    proofs: Proofs,
    /// Of the certificates.
    key: FileKey,
    /// Begins the names of this account.
    prefix: String,
    orders: usize,
    /// A name that was proved, and the signing request for it.
    known: Option<(String, String)>,
}

impl Account {
    /// Makes an account at a server with this path of its directory. No other account may have the prefix.
    pub fn open(
        address: SocketAddr,
        directory: &str,
        prefix: String,
        proofs: &Proofs,
    ) -> Result<Self> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .map_err(|_| anyhow::anyhow!("no key"))?;
        let mut account = Self {
            connection: Connection::open(address)?,
            base: format!("http://{address}"),
            new_order: String::new(),
            jwk: jws::ec_jwk("P-256", pair.public_key().as_ref()),
            pair,
            url: None,
            nonce: String::new(),
            proofs: proofs.clone(),
            key: FileKey::generate(KeySpec::EcP256)?,
            prefix,
            orders: 0,
            known: None,
        };
        account.get(directory)?;
        let urls: Value = serde_json::from_slice(account.connection.body())?;
        account.new_order = text(&urls, "newOrder")?;
        let new_nonce = text(&urls, "newNonce")?;
        account.get(&account.path(&new_nonce)?)?;
        account.keep_nonce()?;
        let wish = json!({"termsOfServiceAgreed": true});
        account.post(&text(&urls, "newAccount")?, &wish.to_string())?;
        account.url = Some(account.location()?);
        Ok(account)
    }

    /// Gets a certificate of a name that no order had before.
    pub fn order_anew(&mut self) -> Result<()> {
        self.orders += 1;
        let name = format!("{}-{}.corp.example", self.prefix, self.orders);
        let csr = self.signing_request(&name)?;
        self.order(&name, &csr)?;
        self.known = Some((name, csr));
        Ok(())
    }

    /// Gets a certificate of the last name again, as a renewal does.
    pub fn order_again(&mut self) -> Result<()> {
        let (name, csr) = self.known.clone().context("a name from before")?;
        self.order(&name, &csr)
    }

    fn signing_request(&self, name: &str) -> Result<String> {
        let order = RequestOrder {
            subject: Subject::parse(&format!("CN={name}"))?,
            alternative_names: vec![AlternativeName::Dns(name.to_owned())],
            extensions: Vec::new(),
            signature: None,
        };
        Ok(b64(order.sign(&self.key)?.as_der()))
    }

    fn order(&mut self, name: &str, csr: &str) -> Result<()> {
        let wish = json!({"identifiers": [{"type": "dns", "value": name}]});
        let url = self.new_order.clone();
        let mut order = self.post_json(&url, &wish.to_string())?;
        let url = self.location()?;
        if text(&order, "status")? == "pending" {
            let proofs = order.get("authorizations").and_then(Value::as_array);
            for authorization in proofs.context("authorizations")? {
                let authorization = authorization.as_str().context("an authorization")?;
                self.prove(name, authorization)?;
            }
        }
        let wish = json!({ "csr": csr });
        order = self.post_json(&text(&order, "finalize")?, &wish.to_string())?;
        while text(&order, "status")? == "processing" {
            std::thread::sleep(PAUSE);
            order = self.post_json(&url, "")?;
        }
        ensure!(text(&order, "status")? == "valid", "{order}");
        let pem = self.post(&text(&order, "certificate")?, "")?;
        ensure!(
            pem.starts_with(b"-----BEGIN CERTIFICATE-----"),
            "no certificate"
        );
        Ok(())
    }

    fn prove(&mut self, name: &str, authorization: &str) -> Result<()> {
        let shown = self.post_json(authorization, "")?;
        let challenges = shown.get("challenges").and_then(Value::as_array);
        let mut challenges = challenges.context("challenges")?.iter();
        let challenge = challenges
            .find(|challenge| challenge.get("type").and_then(Value::as_str) == Some("dns-01"))
            .context("dns-01")?;
        let thumbprint = Jwk::parse(&self.jwk)?.thumbprint();
        let proof = format!("{}.{thumbprint}", text(challenge, "token")?);
        let record = b64(digest(&SHA256, proof.as_bytes()));
        self.proofs.set(name, record);
        self.post(&text(challenge, "url")?, "{}")?;
        loop {
            let shown = self.post_json(authorization, "")?;
            match text(&shown, "status")?.as_str() {
                "valid" => return Ok(()),
                "pending" | "processing" => std::thread::sleep(PAUSE),
                other => anyhow::bail!("the authorization is {other}: {shown}"),
            }
        }
    }

    fn get(&mut self, path: &str) -> Result<()> {
        let host = self.base.trim_start_matches("http://");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        self.connection.exchange(request.as_bytes())?;
        Ok(())
    }

    fn post_json(&mut self, url: &str, payload: &str) -> Result<Value> {
        Ok(serde_json::from_slice(self.post(url, payload)?)?)
    }

    /// Sends what the account signs (RFC 8555, 6.2); the nonce of each answer is that of the next request.
    fn post(&mut self, url: &str, payload: &str) -> Result<&[u8]> {
        let mut header = json!({"alg": "ES256", "nonce": self.nonce, "url": url});
        let (member, signer) = match &self.url {
            Some(url) => ("kid", json!(url)),
            None => ("jwk", self.jwk.clone()),
        };
        if let Some(members) = header.as_object_mut() {
            members.insert(member.to_owned(), signer);
        }
        let body = jws::flattened(&header, payload, |message| {
            let signed = self.pair.sign(&SystemRandom::new(), message);
            signed.map_or_else(|_| Vec::new(), |made| made.as_ref().to_vec())
        });
        let body = body.to_string();
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/jose+json\r\nContent-Length: {}\r\n\r\n{body}",
            self.path(url)?,
            self.base.trim_start_matches("http://"),
            body.len()
        );
        self.connection.exchange(request.as_bytes())?;
        self.keep_nonce()?;
        Ok(self.connection.body())
    }

    fn keep_nonce(&mut self) -> Result<()> {
        let nonce = self.connection.header("replay-nonce").context("a nonce")?;
        nonce.clone_into(&mut self.nonce);
        Ok(())
    }

    fn location(&self) -> Result<String> {
        let location = self.connection.header("location");
        Ok(location.context("a location")?.to_owned())
    }

    fn path(&self, url: &str) -> Result<String> {
        let path = url.strip_prefix(&self.base);
        Ok(path.context("a URL of the server")?.to_owned())
    }
}

fn text(value: &Value, member: &str) -> Result<String> {
    let found = value.get(member).and_then(Value::as_str);
    let found = found.map(str::to_owned);
    found.with_context(|| format!("`{member}` of {value}"))
}
