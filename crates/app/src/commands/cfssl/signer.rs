//! Who signs: `-ca` and `-ca-key` enter, an authority or its bare key leaves; orders go in, and PEM comes out.

use std::path::Path;

use anyhow::{Context, bail};
use anyrole_ca::{
    Authority, CertificateOrder, IssuedCertificate, RequestOrder, Serial, issue, self_sign,
};
use anyrole_cfssl::{CertificateRequest, KeyRequest, Ordered, ReadRequest, one_certificate};
use anyrole_keys::{FileKey, KeyError, KeyUri, Password, SigningKey};
use anyrole_x509::decimal;
use zeroize::Zeroizing;

use super::Call;
use super::source;
use crate::commands::certificate::new_serial;
use crate::key_source::{self, KeyPlaceFlags, SignerFlags};
use crate::terminal::ask_secret;

/// The authority of `-ca` and `-ca-key`.
pub fn authority(call: &Call<'_>) -> anyhow::Result<Authority> {
    let [ca, key] = ["ca", "ca-key"].map(|name| call.given.some(name));
    let Some(ca) = ca else {
        bail!("need a CA certificate (provide one with -ca)");
    };
    if key.is_none() {
        bail!("need a CA key (provide one with -ca-key)");
    }
    let certificate =
        one_certificate(&source::read_value("-ca", ca)?).with_context(|| format!("-ca `{ca}`"))?;
    let key = ca_key(call)?;
    Authority::new(certificate, key).with_context(|| format!("-ca `{ca}`"))
}

/// The key of `-ca-key`: a file, opened with the password of the environment or the terminal where it is encrypted, or a URI of a key
/// that stays in its place.
pub fn ca_key(call: &Call<'_>) -> anyhow::Result<Box<dyn SigningKey>> {
    let name = call.given.text("ca-key");
    if KeyUri::of(Path::new(name)).is_some() {
        let flags = SignerFlags {
            name,
            kms: None,
            password_flag: "",
            password_file: None,
            question: "Password of",
        };
        // A URI may hold a PIN.
        let shown = KeyUri::shown(Path::new(name));
        return key_source::open(&flags, &KeyPlaceFlags::of_environment())
            .with_context(|| format!("-ca-key `{shown}`"));
    }
    let bytes = source::read_value("-ca-key", name)?;
    let opened = match FileKey::parse(&bytes, None) {
        Err(KeyError::PasswordNeeded) => {
            let password = match source::password_variable() {
                Some(password) => Password::new(password.to_vec()),
                None => ask_secret(&format!("Password of {name}: "), "set CFSSL_CA_PK_PASSWORD")?,
            };
            FileKey::parse(&bytes, Some(&password))
        }
        opened => opened,
    };
    Ok(Box::new(
        opened.with_context(|| format!("-ca-key `{name}`"))?,
    ))
}

/// A new key and the signing request for it.
pub struct NewKey {
    /// The key.
    pub key: FileKey,
    /// The key as PEM, in the form that cfssl writes.
    pub key_pem: Zeroizing<String>,
    /// The request as PEM.
    pub request_pem: String,
}

impl NewKey {
    /// Makes both, with cfssl's log lines.
    pub fn generate(call: &Call<'_>, request: &CertificateRequest) -> anyhow::Result<Self> {
        call.log.info("generate received request");
        call.log.info("received CSR");
        let wanted: &KeyRequest = request.key();
        call.log
            .info(&format!("generating key: {}", wanted.shown()));
        let key = FileKey::generate(wanted.spec()?)?;
        let key_pem = key.to_traditional_pem()?;
        let request_pem = request_for(&key, &request.signing_request(key.algorithm())?)?;
        call.log.info("encoded CSR");
        Ok(Self {
            key,
            key_pem,
            request_pem,
        })
    }
}

/// The signing request for a key, as PEM.
pub fn request_for(key: &dyn SigningKey, order: &RequestOrder) -> anyhow::Result<String> {
    Ok(order.sign(key)?.to_pem()?)
}

/// Has the authority sign; warns of what is not taken over.
pub fn sign(call: &Call<'_>, authority: &Authority, ordered: &Ordered) -> anyhow::Result<String> {
    warn_of_skipped(call, ordered);
    signed(call, &ordered.order, issue(authority, &ordered.order)?)
}

/// Has the holder's own key sign.
pub fn sign_itself(
    call: &Call<'_>,
    key: &dyn SigningKey,
    ordered: &Ordered,
) -> anyhow::Result<String> {
    warn_of_skipped(call, ordered);
    signed(call, &ordered.order, self_sign(key, &ordered.order)?)
}

fn warn_of_skipped(call: &Call<'_>, ordered: &Ordered) {
    for oid in &ordered.skipped {
        call.log.warning(&format!(
            "copy_extensions: skipping CA-managed extension OID {oid} from CSR"
        ));
    }
}

fn signed(
    call: &Call<'_>,
    order: &CertificateOrder,
    issued: IssuedCertificate,
) -> anyhow::Result<String> {
    let serial = decimal(order.serial.as_bytes());
    call.log
        .info(&format!("signed certificate with serial number {serial}"));
    Ok(issued.to_pem()?)
}

/// A serial number that nobody can guess.
pub fn serial(call: &Call<'_>) -> anyhow::Result<Serial> {
    new_serial(call.random)
}

/// A request as it was made, read again.
pub fn read_request(pem: &str) -> anyhow::Result<ReadRequest> {
    Ok(ReadRequest::parse(pem.as_bytes())?)
}
