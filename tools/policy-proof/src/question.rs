//! What is asked: who, which action, which resource, which keys.

use std::collections::BTreeMap;

use anyrole_policy::{AwsPrincipal, Context, ContextValue, Principal, Request};

use crate::choices::Choices;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Who asks.
    pub asker: Asker,
    /// `service:Action`.
    pub action: String,
    /// The ARN, or `*`.
    pub resource: String,
    /// The resource is in another account.
    pub elsewhere: bool,
    /// The context.
    pub keys: Keys,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Asker {
    /// The user `ann`.
    #[default]
    User,
    /// A session of the role `app`.
    Session,
    /// A federated user of `ann`'s.
    Federated,
    /// The account's root.
    Root,
    /// A service.
    Service,
    /// Somebody whom an identity provider vouches for.
    Provided,
    /// Nobody.
    Anonymous,
}

impl Asker {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::User,
        Self::Session,
        Self::Federated,
        Self::Root,
        Self::Service,
        Self::Provided,
        Self::Anonymous,
    ];
    /// The account of all users and roles here.
    pub const ACCOUNT: &'static str = "000000000000";
    /// The user's ARN.
    pub const USER: &'static str = "arn:aws:iam::000000000000:user/ann";
    /// The role's ARN.
    pub const ROLE: &'static str = "arn:aws:iam::000000000000:role/app";
    /// The ARN of the role's session.
    pub const SESSION: &'static str = "arn:aws:sts::000000000000:assumed-role/app/host1";
    /// The ARN of the user's federated user.
    pub const FEDERATED: &'static str = "arn:aws:sts::000000000000:federated-user/guest";
    /// The ARN of the account's root.
    pub const ROOT: &'static str = "arn:aws:iam::000000000000:root";
    /// The user's unique id.
    pub const USER_ID: &'static str = "AIDA0000000000EXAMPLE";
    /// The role's unique id.
    pub const ROLE_ID: &'static str = "AROA0000000000EXAMPLE";
    /// The service's name.
    pub const SERVICE: &'static str = "rolesanywhere.amazonaws.com";
    /// The ARN of the identity provider.
    pub const PROVIDER: &'static str =
        "arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com";
    /// Another account.
    pub const OTHER_ACCOUNT: &'static str = "111111111111";

    /// As `anyrole-policy` knows it.
    #[must_use]
    pub fn principal(self) -> Principal<'static> {
        match self {
            Self::User => {
                Principal::Aws(AwsPrincipal::user(Self::ACCOUNT, Self::USER, Self::USER_ID))
            }
            Self::Session => Principal::Aws(AwsPrincipal::role_session(
                Self::ACCOUNT,
                Self::ROLE,
                Self::ROLE_ID,
                Self::SESSION,
            )),
            Self::Federated => Principal::Aws(AwsPrincipal::federated_user(
                Self::ACCOUNT,
                Self::USER,
                Self::USER_ID,
                Self::FEDERATED,
            )),
            Self::Root => Principal::Aws(AwsPrincipal::root(Self::ACCOUNT, Self::ROOT)),
            Self::Service => Principal::Service(Self::SERVICE),
            Self::Provided => Principal::Federated(Self::PROVIDER),
            Self::Anonymous => Principal::Anonymous,
        }
    }

    /// Whether it may have session policies.
    #[must_use]
    pub fn is_session(self) -> bool {
        matches!(self, Self::Session | Self::Federated)
    }
}

/// Context keys, their names in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys(pub BTreeMap<String, KeyValue>);

/// The value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyValue {
    /// Of a single-valued key.
    One(String),
    /// Of a multivalued key.
    Many(Vec<String>),
}

impl Context for Keys {
    fn value(&self, lower_case_key: &str) -> Option<ContextValue<'_>> {
        Some(match self.0.get(lower_case_key)? {
            KeyValue::One(text) => ContextValue::One(text),
            KeyValue::Many(texts) => ContextValue::ManyOwned(texts),
        })
    }
}

impl Keys {
    /// The value of a single-valued key; the name in any case.
    #[must_use]
    pub fn one(&self, key: &str) -> Option<&str> {
        match self.0.get(&key.to_ascii_lowercase())? {
            KeyValue::One(text) => Some(text),
            KeyValue::Many(_) => None,
        }
    }
}

/// Actions asked for.
pub(crate) const ACTIONS: [&str; 6] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "iam:PassRole",
    "sts:AssumeRole",
    "s3:GetObjectTagging",
];

/// Resources asked for; a star in an object's name is allowed, and a colon.
pub(crate) const RESOURCES: [&str; 8] = [
    "arn:aws:s3:::home/ann/a.txt",
    "arn:aws:s3:::home/bob/a.txt",
    "arn:aws:s3:::home",
    "arn:aws:s3:::home/*/b:c",
    "arn:aws:s3:::home/${aws:username}/?",
    "arn:aws:iam::000000000000:role/app",
    "arn:aws:iam::111111111111:role/team/app",
    "*",
];

impl Question {
    /// A request by chance, for something in the asker's own account.
    pub fn by_chance(choices: &mut Choices<'_>, asker: Asker) -> Self {
        let mut keys = BTreeMap::new();
        for (key, values) in crate::conditions::KEYS {
            if choices.one_in(4) {
                continue;
            }
            let value = if key.is_multivalued() {
                let many = (0..choices.below(4)).map(|_| choices.pick(values).to_owned());
                KeyValue::Many(many.collect())
            } else {
                KeyValue::One(choices.pick(values).to_owned())
            };
            keys.insert(key.name.to_ascii_lowercase(), value);
        }
        Self {
            asker,
            action: choices.pick(&ACTIONS).to_owned(),
            resource: choices.pick(&RESOURCES).to_owned(),
            elsewhere: false,
            keys: Keys(keys),
        }
    }

    /// As `anyrole-policy` is asked.
    #[must_use]
    pub fn request(&self) -> Request<'_> {
        Request {
            principal: self.asker.principal(),
            action: &self.action,
            resource: &self.resource,
            resource_account: match self.elsewhere {
                true => Asker::OTHER_ACCOUNT,
                false => Asker::ACCOUNT,
            },
            context: &self.keys,
        }
    }
}
