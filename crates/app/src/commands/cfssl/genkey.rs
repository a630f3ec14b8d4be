//! `cfssl genkey`: a request in JSON enters, a key and a signing request leave; with `-initca` a root, too.

use anyrole_cfssl::{Answer, CertificateRequest};

use super::gencert::new_root;
use super::signer::NewKey;
use super::{Call, only_argument, source};

/// Makes them.
pub fn run(call: &mut Call<'_>, arguments: Vec<String>) -> anyhow::Result<()> {
    let file = only_argument(arguments)?;
    let request = CertificateRequest::parse(&source::read_or_stdin(&file)?)?;
    let answer = if call.given.is_on("initca") {
        new_root(call, &request)?
    } else {
        request.check_end_entity()?;
        let made = NewKey::generate(call, &request)?;
        Answer {
            certificate: None,
            request: Some(made.request_pem),
            key: Some(made.key_pem),
        }
    };
    call.print(&answer)
}
