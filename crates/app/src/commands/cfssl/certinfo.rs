//! `cfssl certinfo`: a certificate or a signing request enters, its description as JSON leaves.

use anyhow::bail;
use anyrole_cfssl::{certificate_info, request_info};

use super::{Call, source};

/// Prints it.
pub fn run(call: &mut Call<'_>) -> anyhow::Result<()> {
    let [certificate, request] = ["cert", "csr"].map(|name| call.given.some(name));
    let info = match (certificate, request) {
        (Some(file), _) => certificate_info(&source::read_or_stdin(file)?)?,
        (None, Some(file)) => request_info(&source::read_or_stdin(file)?)?,
        (None, None) => bail!("name a file with -cert or -csr"),
    };
    Ok(writeln!(call.out, "{}", info.indented())?)
}
