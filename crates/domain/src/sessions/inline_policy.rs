//! A session policy that a caller gave in words: kept in the token as it was given, compiled when it is first asked for.

use std::sync::{Arc, OnceLock};

use anyrole_policy::{ParseError, Policy, PolicyKind};

/// The text of a session policy, which was found to be one.
#[derive(Debug, Clone)]
pub struct InlinePolicy {
    text: Arc<str>,
    compiled: OnceLock<Option<Arc<Policy>>>,
}

impl InlinePolicy {
    /// Checks the text.
    ///
    /// # Errors
    /// It is no session policy.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let policy = Policy::parse(text, PolicyKind::Session)?;
        Ok(Self {
            text: text.into(),
            compiled: OnceLock::from(Some(Arc::new(policy))),
        })
    }

    /// What a token of ours holds, which was checked when it was made.
    pub fn of_token(text: &str) -> Self {
        Self {
            text: text.into(),
            compiled: OnceLock::new(),
        }
    }

    /// As it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Ready for use; `None` where this version can't read what another one has sealed, which refuses.
    pub fn policy(&self) -> Option<&Arc<Policy>> {
        let compile = || Policy::parse(&self.text, PolicyKind::Session).ok();
        self.compiled
            .get_or_init(|| compile().map(Arc::new))
            .as_ref()
    }
}

impl PartialEq for InlinePolicy {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for InlinePolicy {}
