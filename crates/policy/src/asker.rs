//! A principal and a context from texts, for tools that ask what policies would say: an ARN, a service's name or keys
//! with values go in, what a request borrows comes out.

use std::collections::BTreeMap;

use crate::principal::{is_account, is_service_name};
use crate::request::{AwsPrincipal, Context, ContextValue, Principal};

/// Why a text is no principal that can ask.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` can't ask: write the ARN of a root, user, role, role session or federated user, an account id, an identity \
     provider's ARN, the name of a service, or `anonymous`"
)]
pub struct NoAsker(String);

/// A principal that owns its texts.
///
/// ```
/// use anyrole_policy::{Asker, Principal};
///
/// let asker = Asker::parse("arn:aws:iam::000000000000:role/team/app")?;
/// let Principal::Aws(aws) = asker.principal() else { unreachable!() };
/// assert_eq!(aws.session_arn, Some("arn:aws:sts::000000000000:assumed-role/app/session"));
/// # Ok::<(), anyrole_policy::NoAsker>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    who: Who,
    unique_id: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Who {
    Service(String),
    Federated(String),
    Anonymous,
    Root {
        account: String,
        arn: String,
    },
    User {
        account: String,
        arn: String,
    },
    Role {
        account: String,
        arn: String,
        session_arn: String,
    },
    FederatedUser {
        account: String,
        arn: String,
        session_arn: String,
    },
}

impl Asker {
    /// Reads a principal: an account id or the ARN of its root; the ARN of a user; of a role, which asks by a session
    /// called `session`; of a role session, whose role is taken to have no path; of a federated user, taken to be
    /// made by the root; of an identity provider; the name of a service; or `anonymous`.
    ///
    /// # Errors
    /// [`NoAsker`] for any other text.
    pub fn parse(text: &str) -> Result<Self, NoAsker> {
        let unique_id = String::new();
        who(text)
            .map(|who| Self { who, unique_id })
            .ok_or_else(|| NoAsker(text.to_owned()))
    }

    /// The same with the unique id (`AROA…`, `AIDA…`) of its user or role.
    #[must_use]
    pub fn with_unique_id(mut self, unique_id: String) -> Self {
        self.unique_id = unique_id;
        self
    }

    /// As requests have it.
    pub fn principal(&self) -> Principal<'_> {
        let id = self.unique_id.as_str();
        match &self.who {
            Who::Service(name) => Principal::Service(name),
            Who::Federated(provider) => Principal::Federated(provider),
            Who::Anonymous => Principal::Anonymous,
            Who::Root { account, arn } => Principal::Aws(AwsPrincipal::root(account, arn)),
            Who::User { account, arn } => Principal::Aws(AwsPrincipal::user(account, arn, id)),
            Who::Role {
                account,
                arn,
                session_arn,
            } => Principal::Aws(AwsPrincipal::role_session(account, arn, id, session_arn)),
            Who::FederatedUser {
                account,
                arn,
                session_arn,
            } => Principal::Aws(AwsPrincipal::federated_user(
                account,
                arn,
                account,
                session_arn,
            )),
        }
    }

    /// Its account, if it has one.
    pub fn account(&self) -> Option<&str> {
        match self.principal() {
            Principal::Aws(aws) => Some(aws.account),
            Principal::Service(_) | Principal::Federated(_) | Principal::Anonymous => None,
        }
    }

    /// The context keys that follow from who asks (IAM user guide, "properties of the principal").
    pub fn keys(&self) -> ContextMap {
        let mut keys = ContextMap::default();
        keys.set("aws:ViaAWSService", "false");
        match self.principal() {
            Principal::Service(name) => {
                keys.set("aws:PrincipalIsAWSService", "true");
                keys.set("aws:PrincipalServiceName", name);
            }
            Principal::Aws(aws) => {
                let (kind, arn) = match &self.who {
                    Who::Root { .. } => ("Account", aws.arn),
                    Who::User { .. } => ("User", aws.arn),
                    Who::FederatedUser { session_arn, .. } => {
                        ("FederatedUser", session_arn.as_str())
                    }
                    _ => ("AssumedRole", aws.arn),
                };
                keys.set("aws:PrincipalIsAWSService", "false");
                keys.set("aws:PrincipalAccount", aws.account);
                keys.set("aws:PrincipalType", kind);
                keys.set("aws:PrincipalArn", arn);
                if let Who::User { arn, .. } = &self.who {
                    keys.set("aws:username", last_name(arn));
                }
            }
            Principal::Federated(provider) => keys.set("aws:FederatedProvider", provider),
            Principal::Anonymous => keys.set("aws:PrincipalType", "Anonymous"),
        }
        keys
    }
}

fn last_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}

fn who(text: &str) -> Option<Who> {
    if text == "anonymous" {
        return Some(Who::Anonymous);
    }
    if is_account(text) {
        let arn = format!("arn:aws:iam::{text}:root");
        return Some(Who::Root {
            account: text.to_owned(),
            arn,
        });
    }
    let Some(rest) = text.strip_prefix("arn:") else {
        return is_service_name(text).then(|| Who::Service(text.to_owned()));
    };
    let mut parts = rest.splitn(5, ':');
    let (partition, service) = (parts.next()?, parts.next()?);
    let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    if partition.is_empty() || !region.is_empty() || !is_account(account) {
        return None;
    }
    let (arn, account) = (text.to_owned(), account.to_owned());
    let (kind, name) = resource.split_once('/').unwrap_or((resource, ""));
    let iam = |rest: &str| format!("arn:{partition}:iam::{account}:{rest}");
    let sts = |rest: &str| format!("arn:{partition}:sts::{account}:{rest}");
    Some(match (service, kind, name) {
        ("iam", "root", "") => Who::Root { account, arn },
        ("iam", "oidc-provider" | "saml-provider", name) if !name.is_empty() => Who::Federated(arn),
        ("iam", "user", name) if !name.is_empty() => Who::User { account, arn },
        ("iam", "role", name) if !name.is_empty() => {
            let session_arn = sts(&format!("assumed-role/{}/session", last_name(name)));
            Who::Role {
                account,
                arn,
                session_arn,
            }
        }
        ("sts", "assumed-role", name) => {
            let (role, _) = name
                .split_once('/')
                .filter(|(_, session)| !session.is_empty())?;
            let role = iam(&format!("role/{role}"));
            Who::Role {
                account,
                arn: role,
                session_arn: arn,
            }
        }
        ("sts", "federated-user", name) if !name.is_empty() => {
            let root = iam("root");
            Who::FederatedUser {
                account,
                arn: root,
                session_arn: arn,
            }
        }
        _ => return None,
    })
}

/// Context keys in a map; a key with several values is a multivalued one.
///
/// ```
/// use anyrole_policy::{Context, ContextMap, ContextValue};
///
/// let mut keys = ContextMap::default();
/// keys.add("aws:TagKeys", "team");
/// keys.add("aws:TagKeys", "owner");
/// keys.set("s3:prefix", "home/");
/// assert_eq!(keys.value("s3:prefix"), Some(ContextValue::One("home/")));
/// assert!(matches!(keys.value("aws:tagkeys"), Some(ContextValue::ManyOwned(values)) if values.len() == 2));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContextMap(BTreeMap<String, Vec<String>>);

impl ContextMap {
    /// Gives a key one value, in place of those that it has.
    pub fn set(&mut self, key: &str, value: &str) {
        self.0
            .insert(key.to_ascii_lowercase(), vec![value.to_owned()]);
    }

    /// Gives a key one more value.
    pub fn add(&mut self, key: &str, value: &str) {
        let values = self.0.entry(key.to_ascii_lowercase()).or_default();
        values.push(value.to_owned());
    }

    /// Gives a key these values, in place of those that it has; with none the key is absent.
    pub fn set_all(&mut self, key: &str, values: Vec<String>) {
        self.0.insert(key.to_ascii_lowercase(), values);
    }

    /// The keys, in lower case and in order, with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0
            .iter()
            .map(|(key, values)| (key.as_str(), values.as_slice()))
    }
}

impl Context for ContextMap {
    fn value(&self, lower_case_key: &str) -> Option<ContextValue<'_>> {
        match self.0.get(lower_case_key)?.as_slice() {
            [] => None,
            [one] => Some(ContextValue::One(one)),
            many => Some(ContextValue::ManyOwned(many)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::AwsKind;

    #[test]
    fn askers() {
        for (text, kind, arn, session) in [
            (
                "000000000000",
                AwsKind::Root,
                "arn:aws:iam::000000000000:root",
                None,
            ),
            (
                "arn:aws:iam::000000000000:root",
                AwsKind::Root,
                "arn:aws:iam::000000000000:root",
                None,
            ),
            (
                "arn:aws:iam::000000000000:user/a/ann",
                AwsKind::User,
                "arn:aws:iam::000000000000:user/a/ann",
                None,
            ),
            (
                "arn:aws:sts::000000000000:assumed-role/app/s1",
                AwsKind::RoleSession,
                "arn:aws:iam::000000000000:role/app",
                Some("arn:aws:sts::000000000000:assumed-role/app/s1"),
            ),
            (
                "arn:aws:sts::000000000000:federated-user/guest",
                AwsKind::FederatedUser,
                "arn:aws:iam::000000000000:root",
                Some("arn:aws:sts::000000000000:federated-user/guest"),
            ),
        ] {
            let asker = Asker::parse(text).unwrap();
            let Principal::Aws(aws) = asker.principal() else {
                panic!("{text}");
            };
            assert_eq!(
                (aws.kind, aws.arn, aws.session_arn),
                (kind, arn, session),
                "{text}"
            );
        }
        let ann = Asker::parse("arn:aws:iam::000000000000:user/a/ann").unwrap();
        assert_eq!(
            ann.keys().value("aws:username"),
            Some(ContextValue::One("ann"))
        );
        for (text, expected) in [
            ("anonymous", Principal::Anonymous),
            ("ec2.amazonaws.com", Principal::Service("ec2.amazonaws.com")),
            (
                "arn:aws:iam::000000000000:oidc-provider/id.example.com",
                Principal::Federated("arn:aws:iam::000000000000:oidc-provider/id.example.com"),
            ),
        ] {
            assert_eq!(Asker::parse(text).unwrap().principal(), expected);
        }
        for text in [
            "",
            "ann",
            "arn:aws:iam::000000000000:user/",
            "arn:aws:iam::000000000000:group/a",
            "arn:aws:iam::0:user/a",
            "arn:aws:sts::000000000000:assumed-role/app",
            "arn:aws:sts::000000000000:assumed-role/app/",
            "arn:aws:s3:::bucket",
        ] {
            assert!(Asker::parse(text).is_err(), "{text}");
        }
    }
}
