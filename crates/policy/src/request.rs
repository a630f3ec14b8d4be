//! What is asked: who, which action, which resource, and the context keys that conditions may test.
//! Built by the caller for each decision; borrows everything.

/// The value of a context key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContextValue<'a> {
    /// A single-valued key.
    One(&'a str),
    /// A multivalued key (`aws:TagKeys`, `aws:CalledVia`, …); empty counts as absent.
    Many(&'a [&'a str]),
    /// A multivalued key, as [`ContextValue::Many`], from owned strings.
    ManyOwned(&'a [String]),
}

impl<'a> ContextValue<'a> {
    /// The text of a single-valued key; `None` for a multivalued one, which no policy variable may name.
    pub(crate) fn single(self) -> Option<&'a str> {
        match self {
            Self::One(text) => Some(text),
            Self::Many(_) | Self::ManyOwned(_) => None,
        }
    }

    /// All values, without allocation.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> {
        let (one, many, owned) = match self {
            Self::One(text) => (Some(text), [].as_slice(), [].as_slice()),
            Self::Many(texts) => (None, texts, [].as_slice()),
            Self::ManyOwned(texts) => (None, [].as_slice(), texts),
        };
        one.into_iter()
            .chain(many.iter().copied())
            .chain(owned.iter().map(String::as_str))
    }

    pub(crate) fn is_empty(self) -> bool {
        match self {
            Self::One(_) => false,
            Self::Many(texts) => texts.is_empty(),
            Self::ManyOwned(texts) => texts.is_empty(),
        }
    }
}

/// The condition context of one request.
pub trait Context {
    /// The value of a key, or `None` where the request has none.
    ///
    /// The key arrives in ASCII lower case, e.g. `aws:principaltag/x509subject/ou`: key names, and the tag keys in
    /// them, ignore case.
    fn value(&self, lower_case_key: &str) -> Option<ContextValue<'_>>;
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal<'a> {
    /// A service, by its principal name, e.g. `rolesanywhere.amazonaws.com`.
    Service(&'a str),
    /// A user, a role session or a federated user.
    Aws {
        /// The account id, 12 digits.
        account: &'a str,
        /// The ARN of the user, or of the role (with its path) that the session is of.
        arn: &'a str,
        /// The ARN of the session (`arn:aws:sts::…:assumed-role/…` or `…:federated-user/…`), if it is one.
        session_arn: Option<&'a str>,
    },
    /// Nobody: the request isn't signed.
    Anonymous,
}

/// One question to decide.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: Principal<'a>,
    /// `service:Action`, e.g. `s3:GetObject`; compared without regard to case.
    pub action: &'a str,
    /// The resource's ARN, or `*` for an action that has none.
    pub resource: &'a str,
    /// The context keys.
    pub context: &'a dyn Context,
}

impl std::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("principal", &self.principal)
            .field("action", &self.action)
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}
