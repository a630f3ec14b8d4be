//! PEM blocks of private keys (RFC 7468, read leniently): bytes enter, the first key block leaves, decoded in
//! constant time into memory that is zeroed. `openssl ecparam -genkey` puts a parameter block before the key and
//! `openssl req` text around it, so everything else is passed over.

use pkcs8::SecretDocument;
use zeroize::Zeroizing;

use crate::KeyError;

/// What the label of a block says about its DER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `PRIVATE KEY`
    Pkcs8,
    /// `ENCRYPTED PRIVATE KEY`
    EncryptedPkcs8,
    /// `RSA PRIVATE KEY`
    Pkcs1,
    /// `EC PRIVATE KEY`
    Sec1,
}

impl Form {
    fn of_label(label: &str) -> Option<Form> {
        match label {
            "PRIVATE KEY" => Some(Form::Pkcs8),
            "ENCRYPTED PRIVATE KEY" => Some(Form::EncryptedPkcs8),
            "RSA PRIVATE KEY" => Some(Form::Pkcs1),
            "EC PRIVATE KEY" => Some(Form::Sec1),
            _ => None,
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Form::Pkcs8 => "PRIVATE KEY",
            Form::EncryptedPkcs8 => "ENCRYPTED PRIVATE KEY",
            Form::Pkcs1 => "RSA PRIVATE KEY",
            Form::Sec1 => "EC PRIVATE KEY",
        }
    }
}

/// Finds and decodes the first private key.
pub(super) fn first_private_key(pem: &[u8]) -> Result<(Form, SecretDocument), KeyError> {
    let mut other_labels: Vec<String> = Vec::new();
    let mut lines = pem
        .split(|byte| matches!(byte, b'\n' | b'\r'))
        .map(|line| line.trim_ascii());
    while let Some(line) = lines.next() {
        let Some(label) = begin_label(line) else {
            continue;
        };
        match Form::of_label(&label) {
            Some(form) => return Ok((form, decode_block(form, &mut lines)?)),
            None => other_labels.push(label),
        }
    }
    let found = match other_labels.is_empty() {
        true => "nothing".to_owned(),
        false => other_labels.join(", "),
    };
    Err(KeyError::NoPrivateKey { found })
}

fn begin_label(line: &[u8]) -> Option<String> {
    let label = line.strip_prefix(b"-----BEGIN ")?.strip_suffix(b"-----")?;
    Some(String::from_utf8_lossy(label).into_owned())
}

fn decode_block<'a>(
    form: Form,
    lines: &mut impl Iterator<Item = &'a [u8]>,
) -> Result<SecretDocument, KeyError> {
    let broken = |detail: &str| KeyError::BrokenPem {
        label: form.label().to_owned(),
        detail: detail.to_owned(),
    };
    let end = format!("-----END {}-----", form.label());
    let mut body: Zeroizing<Vec<u8>> = Zeroizing::new(Vec::with_capacity(16 * 1024));
    loop {
        let line = lines
            .next()
            .ok_or_else(|| broken("its END line is missing"))?;
        if line == end.as_bytes() {
            break;
        }
        if line.starts_with(b"Proc-Type:") && line.ends_with(b"ENCRYPTED") {
            return Err(KeyError::LegacyEncryption);
        }
        if line.starts_with(b"-----") {
            return Err(broken("its END line is missing"));
        }
        body.extend(line.iter().filter(|byte| !byte.is_ascii_whitespace()));
    }
    if body.is_empty() {
        return Err(broken("it is empty"));
    }
    let text = rewrap(form, &body).ok_or_else(|| broken("it is not base64"))?;
    let (_, document) =
        SecretDocument::from_pem(&text).map_err(|_| broken("it is not base64 of DER"))?;
    Ok(document)
}

/// The block as the strict decoder wants it: lines of 64 characters.
fn rewrap(form: Form, body: &[u8]) -> Option<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(body.len() + body.len() / 32 + 128));
    text.push_str("-----BEGIN ");
    text.push_str(form.label());
    text.push_str("-----\n");
    for line in body.chunks(64) {
        text.push_str(std::str::from_utf8(line).ok()?);
        text.push('\n');
    }
    text.push_str("-----END ");
    text.push_str(form.label());
    text.push_str("-----\n");
    Some(text)
}
