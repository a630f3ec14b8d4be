//! `cfssl selfsign`: a request in JSON enters; a key and a certificate that this key signs leave.

use anyhow::{Context, ensure};
use anyrole_cfssl::{Answer, CertificateRequest, Profile, Signing};
use anyrole_keys::SigningKey as _;

use super::signer::{self, NewKey};
use super::{Call, say, source};

const WARNING: &str = "\
*** WARNING ***

Nobody vouches for a self-signed certificate. It is for tests;
anything else needs an authority (`cfssl gencert -initca`).

*** WARNING ***
";

/// Makes it.
pub fn run(call: &mut Call<'_>, arguments: Vec<String>) -> anyhow::Result<()> {
    let few = "not enough arguments are supplied --- please refer to the usage";
    let mut arguments = arguments.into_iter();
    // The host is asked for and left to the request, as cfssl does.
    if call.given.some("hostname").is_none() && !call.given.is_on("initca") {
        arguments.next().context(few)?;
    }
    let file = arguments.next().context(few)?;
    ensure!(
        arguments.next().is_none(),
        "too many arguments are provided, please check with usage"
    );
    let request = CertificateRequest::parse(&source::read_or_stdin(&file)?)?;
    let profile = match call.given.some("config") {
        Some(_) => call.policy()?.profile(call.given.text("profile"))?,
        None => Profile::self_signed(),
    };
    let made = NewKey::generate(call, &request)?;
    let signing = Signing {
        request: &signer::read_request(&made.request_pem)?,
        profile: &profile,
        hosts: None,
        subject: None,
        signer: made.key.algorithm(),
        is_self_signed: true,
    };
    let ordered = signing.self_signed_order(signer::serial(call)?, call.now)?;
    let certificate = signer::sign_itself(call, &made.key, &ordered)?;
    say(WARNING);
    call.print(&Answer {
        certificate: Some(certificate),
        request: Some(made.request_pem),
        key: Some(made.key_pem),
    })
}
