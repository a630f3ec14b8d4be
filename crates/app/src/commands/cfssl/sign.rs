//! `cfssl sign`: a signing request enters, a certificate leaves.

use anyhow::{Context, ensure};
use anyrole_cfssl::{Answer, ReadRequest, Signing, SubjectOverride, split_hosts};

use super::{Call, signer, source};

/// Signs and prints.
pub fn run(call: &mut Call<'_>, arguments: Vec<String>) -> anyhow::Result<()> {
    let mut arguments = arguments.into_iter();
    let file = match call.given.some("csr") {
        Some(file) => file.to_owned(),
        None => arguments
            .next()
            .context("not enough arguments are supplied --- please refer to the usage")?,
    };
    let subject = arguments.next();
    ensure!(
        arguments.next().is_none(),
        "too many arguments are provided, please check with usage"
    );
    let subject = match subject {
        Some(file) => Some(SubjectOverride::parse(&source::read(&file)?)?),
        None => None,
    };
    let text = source::read_or_stdin(&file)?;
    let profile = call.policy()?.profile(call.given.text("profile"))?;
    let authority = signer::authority(call)?;
    let request = ReadRequest::parse(&text)?;
    let signing = Signing {
        profile: &profile,
        hosts: split_hosts(call.given.text("hostname")),
        subject,
        signer: authority.algorithm(),
        is_self_signed: false,
        request: &request,
    };
    let ordered = signing.order(signer::serial(call)?, call.now)?;
    let certificate = signer::sign(call, &authority, &ordered)?;
    call.print(&Answer {
        certificate: Some(certificate),
        request: Some(String::from_utf8_lossy(&text).into_owned()),
        key: None,
    })
}
