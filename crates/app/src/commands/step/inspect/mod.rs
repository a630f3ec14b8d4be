//! `step certificate inspect [CRT]`: a certificate or a request enters; text, JSON or PEM leaves, in `step`'s form.

mod curve_parameters;
mod extensions;
mod json;
mod short;
mod text;

use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, anyhow};
use anyrole_ca::render_certificate;
use anyrole_x509::{Certificate, is_issued_by};
use md5::{Digest as _, Md5};
use x509_parser::prelude::{FromDer, X509Certificate, X509CertificationRequest};

use self::json::Json;
use super::files;
use super::left_out::RemoteFlags;
use super::refusal::{check_count, incompatible, invalid};
use super::{hex, render_request, request_der};

/// Flags of `certificate inspect`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// File of the certificate or request; without one, standard input
    #[arg(value_name = "CRT", num_args = 0..)]
    positional: Vec<String>,
    /// text, json or pem [default: text]
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Show each certificate of the file
    #[arg(long)]
    bundle: bool,
    /// A few lines for each, instead of all
    #[arg(long)]
    short: bool,
    #[arg(long, hide = true)]
    roots: Option<String>,
    #[arg(long, hide = true)]
    insecure: bool,
    #[command(flatten)]
    remote: RemoteFlags,
}

/// Prints.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    check_count(
        &arguments.positional,
        0,
        1,
        "step certificate inspect <crt-file>",
    )?;
    let format = arguments.format.as_deref().unwrap_or("text");
    if !["text", "json", "pem"].contains(&format) {
        return Err(invalid("format", format, "text, json, pem"));
    }
    if arguments.short && format != "text" {
        return Err(incompatible("short", &format!("format {format}")));
    }
    let name = arguments.positional.first().map_or("-", String::as_str);
    arguments.remote.refuse(name)?;
    let bytes =
        files::read(Path::new(name)).with_context(|| format!("error reading file {name}"))?;
    let certificates = match files::certificates_of(&bytes) {
        Ok(certificates) => certificates,
        Err(_) => {
            let der = request_der(&bytes).ok_or_else(|| {
                anyhow!(
                    "file {name} does not contain any valid CERTIFICATE or CERTIFICATE REQUEST blocks"
                )
            })?;
            return arguments.show_request(&der, format, out);
        }
    };
    let shown = if arguments.bundle {
        certificates.len()
    } else {
        1
    };
    if format == "json" {
        let values = certificates.iter().take(shown).map(|der| json_of(der));
        let mut values = values.collect::<anyhow::Result<Vec<_>>>()?;
        let value = match values.len() {
            1 => values.remove(0),
            _ => Json::List(values),
        };
        return Ok(out.write_all(value.render().as_bytes())?);
    }
    for der in certificates.iter().take(shown) {
        arguments.show(der, format, out)?;
    }
    Ok(())
}

fn parsed(der: &[u8]) -> anyhow::Result<X509Certificate<'_>> {
    let parsed = X509Certificate::from_der(der);
    let (_, certificate) = parsed.map_err(|error| anyhow!("error parsing certificate: {error}"))?;
    Ok(certificate)
}

fn json_of(der: &[u8]) -> anyhow::Result<Json> {
    let own = Certificate::parse_der(der.to_vec())?;
    let md5 = hex(&Md5::digest(der), "");
    Ok(json::certificate(
        &parsed(der)?,
        der,
        md5,
        is_issued_by(&own, &own),
    ))
}

impl Arguments {
    fn show(&self, der: &[u8], format: &str, out: &mut dyn Write) -> anyhow::Result<()> {
        let text = match format {
            "pem" => render_certificate(der)?,
            _ => match self.short {
                true => short::certificate(&parsed(der)?, der),
                false => text::certificate(&parsed(der)?),
            },
        };
        Ok(out.write_all(text.as_bytes())?)
    }

    fn show_request(&self, der: &[u8], format: &str, out: &mut dyn Write) -> anyhow::Result<()> {
        let parsed = X509CertificationRequest::from_der(der);
        let parsed = parsed.map(|(_, request)| request);
        let request = parsed.map_err(|error| anyhow!("error parsing certificate request: {error}"));
        let text = match (format, self.short) {
            ("pem", _) => render_request(der),
            ("json", _) => json::request(&request?)?.render(),
            (_, true) => short::request(&request?),
            (_, false) => text::request(&request?),
        };
        Ok(out.write_all(text.as_bytes())?)
    }
}
