//! `cfssl gencert`: a request in JSON enters; a key, a signing request and a certificate leave.

use anyrole_cfssl::{Answer, CertificateRequest, Profile, Signing, split_hosts};
use anyrole_keys::SigningKey;

use super::signer::{self, NewKey};
use super::{Call, only_argument, source};

/// A certificate without names is of little use to servers; to clients it is.
const NO_HOSTS: &str =
    "This certificate lacks a \"hosts\" field: it names no server, which is fine for a client";

/// Makes a certificate, or a new or renewed authority.
pub fn run(call: &mut Call<'_>, arguments: Vec<String>) -> anyhow::Result<()> {
    if call.given.is_on("renewca") {
        return renew(call);
    }
    let file = only_argument(arguments)?;
    let mut request = CertificateRequest::parse(&source::read_or_stdin(&file)?)?;
    if let Some(name) = call.given.some("cn") {
        request.set_common_name(name);
    }
    if !call.given.is_on("initca") {
        return leaf(call, request);
    }
    match call.given.some("ca-key") {
        Some(_) => {
            call.log
                .info("re-generate a CA certificate from CSR and CA key");
            let key = signer::ca_key(call)?;
            let answer = renewed(call, &request, key.as_ref())?;
            call.print(&answer)
        }
        None => {
            call.log
                .info("generating a new CA key and certificate from CSR");
            let answer = new_root(call, &request)?;
            call.print(&answer)
        }
    }
}

/// A new root: `-initca` of `gencert` and `genkey`.
pub fn new_root(call: &Call<'_>, request: &CertificateRequest) -> anyhow::Result<Answer> {
    request.check_authority()?;
    let profile = request.root_profile(false)?;
    let made = NewKey::generate(call, request)?;
    let certificate = root(
        call,
        &profile,
        request.hosts(),
        &made.key,
        &made.request_pem,
    )?;
    Ok(Answer {
        certificate: Some(certificate),
        request: Some(made.request_pem),
        key: Some(made.key_pem),
    })
}

fn root(
    call: &Call<'_>,
    profile: &Profile,
    hosts: Option<Vec<String>>,
    key: &dyn SigningKey,
    request: &str,
) -> anyhow::Result<String> {
    let signing = Signing {
        request: &signer::read_request(request)?,
        profile,
        hosts,
        subject: None,
        signer: key.algorithm(),
        is_self_signed: true,
    };
    signer::sign_itself(call, key, &signing.order(signer::serial(call)?, call.now)?)
}

fn renewed(
    call: &Call<'_>,
    request: &CertificateRequest,
    key: &dyn SigningKey,
) -> anyhow::Result<Answer> {
    let profile = request.root_profile(true)?;
    let order = request.signing_request(key.algorithm())?;
    let request_pem = signer::request_for(key, &order)?;
    call.log.info("encoded CSR");
    let certificate = root(call, &profile, None, key, &request_pem)?;
    Ok(Answer {
        certificate: Some(certificate),
        request: Some(request_pem),
        key: None,
    })
}

fn renew(call: &mut Call<'_>) -> anyhow::Result<()> {
    call.log
        .info("re-generate a CA certificate from CA cert and key");
    // That they belong together is looked at here.
    let authority = signer::authority(call)?;
    let request = CertificateRequest::of_root(authority.certificate_der())?;
    let answer = renewed(call, &request, signer::ca_key(call)?.as_ref())?;
    call.print(&Answer {
        request: None,
        ..answer
    })
}

fn leaf(call: &mut Call<'_>, mut request: CertificateRequest) -> anyhow::Result<()> {
    request.check_end_entity()?;
    let hosts = split_hosts(call.given.text("hostname"));
    if let Some(hosts) = &hosts {
        request.set_hosts(hosts.clone());
    }
    let policy = call.policy()?;
    let mut profile = policy.profile(call.given.text("profile"))?;
    if let Some(url) = call.given.some("crl") {
        profile.set_crl_url(url);
    }
    // Before anything is made or asked for.
    let authority = signer::authority(call)?;
    let made = NewKey::generate(call, &request)?;
    let signing = Signing {
        request: &signer::read_request(&made.request_pem)?,
        profile: &profile,
        hosts,
        subject: None,
        signer: authority.algorithm(),
        is_self_signed: false,
    };
    let ordered = signing.order(signer::serial(call)?, call.now)?;
    let certificate = signer::sign(call, &authority, &ordered)?;
    if !request.has_hosts() {
        call.log.warning(NO_HOSTS);
    }
    call.print(&Answer {
        certificate: Some(certificate),
        request: Some(made.request_pem),
        key: Some(made.key_pem),
    })
}
