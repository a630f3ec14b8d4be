//! PEM (RFC 7468, read leniently, with the headers of RFC 1421): bytes enter, labelled blocks leave, decoded in constant time
//! into memory that is zeroed. `openssl ecparam -genkey` puts a parameter block before the key and `openssl req` text
//! around it: what is in no block is passed over.

use der::pem;
use zeroize::Zeroizing;

use crate::KeyError;

/// One block between BEGIN and END lines.
pub(crate) struct Block {
    /// What stands behind BEGIN.
    pub(crate) label: String,
    /// The value of the `DEK-Info` header of a block that is encrypted (`Proc-Type: 4,ENCRYPTED`).
    pub(crate) encryption: Option<String>,
    /// The content; DER where it isn't encrypted.
    pub(crate) content: Zeroizing<Vec<u8>>,
}

/// Whether there is a BEGIN line anywhere.
pub(crate) fn is_pem(bytes: &[u8]) -> bool {
    lines(bytes).any(|line| begin_label(line).is_some())
}

/// The blocks that `wanted` likes by their label, up to the first that is broken. The labels of the others go to `passed`.
pub(crate) fn blocks<'a>(
    bytes: &'a [u8],
    mut wanted: impl FnMut(&str) -> bool + 'a,
    passed: &'a mut Vec<String>,
) -> impl Iterator<Item = Result<Block, KeyError>> + 'a {
    let mut lines = lines(bytes);
    std::iter::from_fn(move || {
        loop {
            let label = begin_label(lines.next()?);
            match label {
                Some(label) if wanted(&label) => {
                    let most = bytes.len().min(16 * 1024);
                    return Some(decode_block(label, &mut lines, most));
                }
                Some(label) => passed.push(label),
                None => {}
            }
        }
    })
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes
        .split(|byte| matches!(byte, b'\n' | b'\r'))
        .map(|line| line.trim_ascii())
}

fn begin_label(line: &[u8]) -> Option<String> {
    let label = line.strip_prefix(b"-----BEGIN ")?.strip_suffix(b"-----")?;
    Some(String::from_utf8_lossy(label).into_owned())
}

/// `most`: octets that the text of a block has, unless it is of uncommon size, so that no copy is left behind by growing.
fn decode_block<'a>(
    label: String,
    lines: &mut impl Iterator<Item = &'a [u8]>,
    most: usize,
) -> Result<Block, KeyError> {
    let broken = |detail: &str| KeyError::BrokenPem {
        label: label.clone(),
        detail: detail.to_owned(),
    };
    let end = format!("-----END {label}-----");
    let (mut is_encrypted, mut encryption) = (false, None);
    let mut body: Zeroizing<Vec<u8>> = Zeroizing::new(Vec::with_capacity(most));
    loop {
        let line = lines
            .next()
            .ok_or_else(|| broken("its END line is missing"))?;
        if line == end.as_bytes() {
            break;
        }
        if line.starts_with(b"-----") {
            return Err(broken("its END line is missing"));
        }
        // No line of base64 has a colon.
        if let Some((name, value)) = header(line) {
            is_encrypted |= name == "Proc-Type" && value.ends_with("ENCRYPTED");
            encryption = (name == "DEK-Info").then_some(value).or(encryption);
            continue;
        }
        body.extend(line.iter().filter(|byte| !byte.is_ascii_whitespace()));
    }
    if body.is_empty() {
        return Err(broken("it is empty"));
    }
    if is_encrypted && encryption.is_none() {
        return Err(broken(
            "it is encrypted and the `DEK-Info` line that says how is missing",
        ));
    }
    let text = rewrap(&label, &body).ok_or_else(|| broken("it is not base64"))?;
    let (_, content) = pem::decode_vec(text.as_bytes()).map_err(|_| broken("it is not base64"))?;
    Ok(Block {
        encryption: encryption.filter(|_| is_encrypted),
        label,
        content: Zeroizing::new(content),
    })
}

fn header(line: &[u8]) -> Option<(&str, String)> {
    let (name, value) = std::str::from_utf8(line).ok()?.split_once(':')?;
    Some((name, value.trim().to_owned()))
}

/// The block as the strict decoder wants it: lines of 64 characters.
fn rewrap(label: &str, body: &[u8]) -> Option<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(
        body.len() + body.len() / 32 + 2 * label.len() + 64,
    ));
    let add_edge = |text: &mut String, edge: &str| {
        for part in ["-----", edge, " ", label, "-----\n"] {
            text.push_str(part);
        }
    };
    add_edge(&mut text, "BEGIN");
    for line in body.chunks(64) {
        text.push_str(std::str::from_utf8(line).ok()?);
        text.push('\n');
    }
    add_edge(&mut text, "END");
    Some(text)
}
