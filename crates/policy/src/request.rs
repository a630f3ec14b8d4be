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
    /// A principal of an account.
    Aws(AwsPrincipal<'a>),
    /// Whoever an identity provider vouches for (`sts:AssumeRoleWithWebIdentity`), by the provider as policies name
    /// it: an ARN (`arn:aws:iam::…:oidc-provider/…`, `…:saml-provider/…`), or the host of a provider that AWS knows
    /// by itself, e.g. `accounts.google.com`.
    Federated(&'a str),
    /// Nobody: the request isn't signed.
    Anonymous,
}

/// The kinds of principals that an account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AwsKind {
    /// The account itself: no identity policy limits it, service control policies do.
    Root,
    /// A user, with long-term keys or a session of GetSessionToken.
    User,
    /// A session of a role.
    RoleSession,
    /// A session of GetFederationToken: it has what its user and its session policies both allow, and without
    /// session policies nothing.
    FederatedUser,
}

/// A principal of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AwsPrincipal<'a> {
    /// What it is.
    pub kind: AwsKind,
    /// The account id, 12 digits.
    pub account: &'a str,
    /// The ARN of what its permissions come from: the root, the user, or the role (with its path).
    pub arn: &'a str,
    /// The unique id (`AIDA…`, `AROA…`) of the user or role at `arn`; the account id for the root.
    pub unique_id: &'a str,
    /// The ARN of the session (`arn:aws:sts::…:assumed-role/…` or `…:federated-user/…`), if it is one.
    pub session_arn: Option<&'a str>,
    /// The account's canonical user id, as S3 policies name it, where the account has one.
    pub canonical_user: Option<&'a str>,
}

impl<'a> AwsPrincipal<'a> {
    /// The root of an account; `arn` ends with `:root`.
    pub const fn root(account: &'a str, arn: &'a str) -> Self {
        Self::new(AwsKind::Root, account, arn, account, None)
    }

    /// A user.
    pub const fn user(account: &'a str, arn: &'a str, unique_id: &'a str) -> Self {
        Self::new(AwsKind::User, account, arn, unique_id, None)
    }

    /// A session of the role at `role_arn`.
    pub const fn role_session(
        account: &'a str,
        role_arn: &'a str,
        role_id: &'a str,
        session_arn: &'a str,
    ) -> Self {
        Self::new(
            AwsKind::RoleSession,
            account,
            role_arn,
            role_id,
            Some(session_arn),
        )
    }

    /// A federated user that the user, or the root, at `arn` made.
    pub const fn federated_user(
        account: &'a str,
        arn: &'a str,
        unique_id: &'a str,
        session_arn: &'a str,
    ) -> Self {
        Self::new(
            AwsKind::FederatedUser,
            account,
            arn,
            unique_id,
            Some(session_arn),
        )
    }

    /// The same with the account's canonical user id.
    #[must_use]
    pub const fn with_canonical_user(mut self, id: &'a str) -> Self {
        self.canonical_user = Some(id);
        self
    }

    const fn new(
        kind: AwsKind,
        account: &'a str,
        arn: &'a str,
        unique_id: &'a str,
        session_arn: Option<&'a str>,
    ) -> Self {
        Self {
            kind,
            account,
            arn,
            unique_id,
            session_arn,
            canonical_user: None,
        }
    }

    /// Whether its permissions come from an account's root, which identity policies don't limit.
    pub(crate) fn has_root_permissions(&self) -> bool {
        match self.kind {
            AwsKind::Root => true,
            AwsKind::FederatedUser => self.unique_id == self.account,
            AwsKind::User | AwsKind::RoleSession => false,
        }
    }
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
    /// The account that the resource is in, 12 digits; the principal's own where the action has no resource. Where
    /// it isn't the principal's, both sides must allow.
    pub resource_account: &'a str,
    /// The context keys.
    pub context: &'a dyn Context,
}

impl std::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("principal", &self.principal)
            .field("action", &self.action)
            .field("resource", &self.resource)
            .field("resource_account", &self.resource_account)
            .finish_non_exhaustive()
    }
}
