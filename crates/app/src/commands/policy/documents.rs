//! Policy documents from the command line: a text in braces, a file, or `-` for standard input.

use std::io::Read as _;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use anyrole_policy::{Policy, PolicyKind};

/// The longest file that is read, in bytes; a policy may have 131,072 characters.
const MAX_BYTES: u64 = 1 << 20;

/// A document with the name that it was given by.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) name: String,
    pub(super) text: String,
}

impl Document {
    pub(super) fn read(given: &str) -> anyhow::Result<Self> {
        if given.trim_start().starts_with('{') {
            return Ok(Self {
                name: "(command line)".to_owned(),
                text: given.to_owned(),
            });
        }
        let mut text = String::new();
        let (name, length) = if given == "-" {
            let mut stdin = std::io::stdin().lock().take(MAX_BYTES + 1);
            ("(standard input)", stdin.read_to_string(&mut text))
        } else {
            let file = std::fs::File::open(given).with_context(|| given.to_owned())?;
            (given, file.take(MAX_BYTES + 1).read_to_string(&mut text))
        };
        let length = length.with_context(|| name.to_owned())?;
        if u64::try_from(length)? > MAX_BYTES {
            bail!("{name}: longer than {MAX_BYTES} bytes");
        }
        let name = name.to_owned();
        Ok(Self { name, text })
    }

    pub(super) fn parse(&self, kind: PolicyKind) -> anyhow::Result<Arc<Policy>> {
        let policy = Policy::parse(&self.text, kind).with_context(|| self.name.clone())?;
        Ok(Arc::new(policy))
    }
}

/// The documents of one layer, parsed.
#[derive(Debug, Default)]
pub(super) struct Layer {
    pub(super) names: Vec<String>,
    pub(super) policies: Vec<Arc<Policy>>,
}

impl Layer {
    pub(super) fn read(given: &[String], kind: PolicyKind) -> anyhow::Result<Self> {
        let mut layer = Self::default();
        for given in given {
            let document = Document::read(given)?;
            layer.policies.push(document.parse(kind)?);
            layer.names.push(document.name);
        }
        Ok(layer)
    }
}
