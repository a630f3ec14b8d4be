//! A policy document, typed and compiled: what `parse.rs` makes of a text and `evaluate.rs` reads.

use crate::action::ActionPattern;
use crate::arn::ArnPattern;
use crate::conditions::Condition;
use crate::names::NamedPrincipal;
use crate::principal::PrincipalPattern;
use crate::refusal::{ParseError, Position};

/// Where a policy is attached, which decides the elements that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PolicyKind {
    /// Attached to a user or role, or a permissions boundary: Action and Resource, no Principal.
    Identity,
    /// A role's trust policy: Principal and Action (of sts), no Resource, no NotPrincipal.
    Trust,
    /// Given when a session is made, elements as [`PolicyKind::Identity`].
    Session,
    /// Attached to a resource, e.g. a bucket: Principal or NotPrincipal, Action and Resource.
    Resource,
    /// A service control policy of an organization, elements as [`PolicyKind::Identity`].
    ServiceControl,
    /// A resource control policy of an organization: Principal (`"*"` only), Action and Resource.
    ResourceControl,
}

impl PolicyKind {
    /// Whether statements say whom they are about.
    pub(crate) fn has_principals(self) -> bool {
        matches!(self, Self::Trust | Self::Resource | Self::ResourceControl)
    }
}

/// The version of the language that a document asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`, also the default: `${…}` is plain text.
    V2008,
    /// `2012-10-17`: with policy variables.
    V2012,
}

/// What a statement does where it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Effect {
    /// Allows, unless another statement denies.
    Allow,
    /// Denies, whatever else allows.
    Deny,
}

/// A policy, parsed, checked and compiled; immutable, to be shared between threads.
#[derive(Debug)]
pub struct Policy {
    pub(crate) kind: PolicyKind,
    pub(crate) version: Version,
    pub(crate) id: Option<String>,
    pub(crate) statements: Vec<Statement>,
    pub(crate) minified_len: usize,
}

impl Policy {
    /// Compiles a policy document. What the engine doesn't know is refused here, never skipped at a decision.
    ///
    /// The text holds at most 131 072 characters, each one of U+0009, U+000A, U+000D and U+0020 to U+00FF.
    ///
    /// # Errors
    /// [`ParseError`] says what is wrong, where, and what to do; its message is IAM's where IAM has one.
    ///
    /// ```
    /// use anyrole_policy::{Policy, PolicyKind};
    ///
    /// let text = r#"{"Version": "2012-10-17", "Statement": {
    ///     "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::reports/${aws:username}/*"}}"#;
    /// let policy = Policy::parse(text, PolicyKind::Identity)?;
    /// assert!(policy.minified_len() < text.len());
    ///
    /// let error = Policy::parse(text, PolicyKind::Trust).unwrap_err();
    /// assert_eq!(error.message, "Has prohibited field Resource");
    /// assert_eq!((error.line, error.column), (2, 45));
    /// # Ok::<(), anyrole_policy::ParseError>(())
    /// ```
    pub fn parse(text: &str, kind: PolicyKind) -> Result<Self, ParseError> {
        crate::parse::parse(text, kind)
    }

    /// Where the policy may be attached.
    pub fn kind(&self) -> PolicyKind {
        self.kind
    }

    /// The version of the language.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The Id element.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The number of statements.
    pub fn statement_count(&self) -> usize {
        self.statements.len()
    }

    /// The users, roles and sessions that its principals name, in the text's order: those that must exist where the
    /// policy is put ("Invalid principal in policy" else). Accounts, services and providers aren't among them.
    ///
    /// ```
    /// use anyrole_policy::{NamedKind, Policy, PolicyKind};
    ///
    /// let text = r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal":
    ///     {"AWS": ["000000000000", "arn:aws:iam::000000000000:role/app"]}}}"#;
    /// let policy = Policy::parse(text, PolicyKind::Trust)?;
    /// let named: Vec<_> = policy.named_principals().collect();
    /// assert_eq!(named[0].kind, NamedKind::Role);
    /// assert_eq!(named[0].text, "arn:aws:iam::000000000000:role/app");
    /// assert_eq!(named.len(), 1);
    /// # Ok::<(), anyrole_policy::ParseError>(())
    /// ```
    pub fn named_principals(&self) -> impl Iterator<Item = NamedPrincipal<'_>> {
        let clauses = self
            .statements
            .iter()
            .filter_map(|statement| statement.principals.as_ref());
        clauses
            .flat_map(|clause| &clause.patterns)
            .filter_map(PrincipalPattern::named)
            .map(|(kind, text)| NamedPrincipal { kind, text })
    }

    /// Whether it names anybody by a canonical user id.
    pub fn names_canonical_users(&self) -> bool {
        let clauses = self.statements.iter().filter_map(|s| s.principals.as_ref());
        clauses
            .flat_map(|clause| &clause.patterns)
            .any(|pattern| matches!(pattern, PrincipalPattern::CanonicalUser(_)))
    }

    /// The texts of all its resources, of `Resource` and of `NotResource`, in the text's order: who keeps the policy of
    /// one thing can see whether it speaks of others.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        let clauses = self.statements.iter().filter_map(|s| s.resources.as_ref());
        clauses
            .flat_map(|clause| &clause.patterns)
            .map(|pattern| &*pattern.written)
    }

    /// The context keys that its conditions and policy variables ask for, in ASCII lower case, each once, sorted.
    ///
    /// ```
    /// use anyrole_policy::{Policy, PolicyKind};
    ///
    /// let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*",
    ///     "Resource": "arn:aws:s3:::home/${aws:username}/*", "Condition": {"Bool": {"aws:SecureTransport": true}}}}"#;
    /// let policy = Policy::parse(text, PolicyKind::Identity)?;
    /// assert_eq!(policy.context_keys(), ["aws:securetransport", "aws:username"]);
    /// # Ok::<(), anyrole_policy::ParseError>(())
    /// ```
    pub fn context_keys(&self) -> Vec<&str> {
        let mut keys = Vec::new();
        for statement in &self.statements {
            let resources = statement.resources.iter();
            for pattern in resources.flat_map(|clause| &clause.patterns) {
                keys.extend(pattern.variables());
            }
            for condition in &statement.conditions {
                condition.push_keys(&mut keys);
            }
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Length of the text in characters without white space between tokens, as IAM's size quotas count it.
    pub fn minified_len(&self) -> usize {
        self.minified_len
    }
}

/// One statement.
#[derive(Debug)]
pub(crate) struct Statement {
    pub at: Position,
    /// Behind its closing brace.
    pub end: Position,
    pub sid: Option<String>,
    pub effect: Effect,
    /// None in identity and session policies.
    pub principals: Option<Clause<PrincipalPattern>>,
    pub actions: Clause<ActionPattern>,
    /// None in trust policies.
    pub resources: Option<Clause<ArnPattern>>,
    pub conditions: Vec<Condition>,
    /// A condition picks principals by `aws:PrincipalArn`: a wildcard principal then counts as naming them.
    pub names_principal_arn: bool,
}

/// An element that is there as itself or as its `Not…` form.
#[derive(Debug)]
pub(crate) struct Clause<T> {
    pub negated: bool,
    pub patterns: Vec<T>,
}

impl<T> Clause<T> {
    /// Whether the clause holds, `test` being the match of one pattern.
    pub fn holds(&self, test: impl FnMut(&T) -> bool) -> bool {
        self.patterns.iter().any(test) != self.negated
    }
}
