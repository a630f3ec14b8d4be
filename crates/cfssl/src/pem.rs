//! PEM as Go reads it: text enters, its first block leaves; what stands around blocks is passed over.

use base64_simd::STANDARD;

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) label: String,
    pub(crate) content: Vec<u8>,
    /// Whether another block stands behind it.
    pub(crate) is_followed: bool,
}

/// The first block; `None` where there is none that can be read.
pub(crate) fn first(text: &[u8]) -> Option<Block> {
    let text = String::from_utf8_lossy(text);
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, rest) = rest.split_once(&format!("-----END {label}-----"))?;
    let body: Vec<u8> = body
        .bytes()
        .filter(|octet| !octet.is_ascii_whitespace())
        .collect();
    Some(Block {
        label: label.to_owned(),
        content: STANDARD.decode_to_vec(&body).ok()?,
        is_followed: !rest.trim().is_empty(),
    })
}

/// A block of 64 characters a line.
pub(crate) fn render(label: &str, der: &[u8]) -> String {
    let encoded = STANDARD.encode_to_string(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (index, character) in encoded.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str(&format!("\n-----END {label}-----\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::{first, render};

    #[test]
    fn the_first_block_counts() {
        let der: Vec<u8> = (0..100).collect();
        let text = format!(
            "said before\n{}{}",
            render("ONE", &der),
            render("TWO", &[1])
        );
        let block = first(text.as_bytes()).unwrap();
        assert_eq!((block.label.as_str(), block.content), ("ONE", der));
        assert!(block.is_followed);
        assert!(!first(render("TWO", &[1]).as_bytes()).unwrap().is_followed);
        for text in [
            "",
            "-----BEGIN A-----",
            "-----BEGIN A-----\n%\n-----END A-----",
        ] {
            assert_eq!(first(text.as_bytes()), None, "{text}");
        }
        assert!(text.lines().all(|line| line.len() <= 64));
    }
}
