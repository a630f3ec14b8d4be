//! The condition keys of one call (IAM user guide, AWS global condition context keys): the policy language asks by name, in lower
//! case, and what costs something is made when it is first asked for.

use std::cell::OnceCell;

use anyrole_policy::{Context, ContextValue};

use super::permissions::Who;
use super::target::Target;
use crate::account::Account;
use crate::call::{ANONYMOUS, Origin};
use crate::names::start_of;
use crate::sessions::{Session, UserSession};
use crate::tags::find_tag;
use crate::users::User;

/// The keys that a call may have beside tags and those of its service.
const GLOBAL_KEYS: &[&str] = &[
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:FederatedProvider",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalType",
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:SecureTransport",
    "aws:SourceIdentity",
    "aws:SourceIp",
    "aws:TokenIssueTime",
    "aws:UserAgent",
    "aws:ViaAWSService",
    "aws:userid",
    "aws:username",
];

/// How much is kept of the keys of a refused call: keys, values of each, bytes of each value.
const MAX_KEYS: usize = 100;
const MAX_VALUES: usize = 16;
const MAX_VALUE: usize = 256;

/// The keys of one call.
pub(super) struct CallContext<'a> {
    account: &'a Account,
    origin: &'a Origin,
    who: Who<'a>,
    target: Target<'a>,
    current_time: OnceCell<String>,
    epoch_time: OnceCell<String>,
    source_ip: OnceCell<String>,
    user_id: OnceCell<String>,
    token_issue_time: OnceCell<String>,
    tag_keys: Vec<&'a str>,
}

/// The keys that the request names, and those that it means: a tag is found whatever the case of its key, so a policy that
/// restricts keys is asked about the one that would be changed, too.
fn tag_keys<'a>(action: &str, target: &Target<'a>) -> Vec<&'a str> {
    let given = target.request_tags.iter().map(|tag| &*tag.key);
    let given = given.chain(target.tag_keys.iter().map(String::as_str));
    let mut keys: Vec<&str> = given.collect();
    // A session's tags change none of its role's.
    if action.starts_with("sts:") {
        return keys;
    }
    for tag in target.resource_tags {
        let is_meant = keys.iter().any(|key| key.eq_ignore_ascii_case(&tag.key));
        if is_meant && !keys.contains(&&*tag.key) {
            keys.push(&tag.key);
        }
    }
    keys
}

impl<'a> CallContext<'a> {
    pub fn new(
        account: &'a Account,
        origin: &'a Origin,
        who: Who<'a>,
        action: &str,
        target: Target<'a>,
    ) -> Self {
        Self {
            account,
            origin,
            who,
            target,
            current_time: OnceCell::new(),
            epoch_time: OnceCell::new(),
            source_ip: OnceCell::new(),
            user_id: OnceCell::new(),
            token_issue_time: OnceCell::new(),
            tag_keys: tag_keys(action, &target),
        }
    }

    /// Every key that the call has, with its values, for who asks why it was denied.
    pub fn all(&self) -> Vec<(String, Vec<String>)> {
        let mut keys: Vec<(String, Vec<String>)> = Vec::new();
        let mut add = |name: &str| {
            if keys.len() >= MAX_KEYS {
                return;
            }
            let shown = |value: &str| start_of(value, MAX_VALUE).to_owned();
            let values = match self.value(&name.to_ascii_lowercase()) {
                None => return,
                Some(ContextValue::One(value)) => vec![shown(value)],
                Some(ContextValue::Many(values)) => {
                    let values = values.iter().take(MAX_VALUES);
                    values.map(|value| shown(value)).collect()
                }
                Some(ContextValue::ManyOwned(values)) => {
                    let values = values.iter().take(MAX_VALUES);
                    values.map(|value| shown(value)).collect()
                }
            };
            keys.push((name.to_owned(), values));
        };
        GLOBAL_KEYS.iter().for_each(|name| add(name));
        add("aws:TagKeys");
        self.target.keys.iter().for_each(|(name, _)| add(name));
        self.target.lists.iter().for_each(|(name, _)| add(name));
        for (prefix, tags) in [
            ("aws:PrincipalTag", self.principal_tags().concat()),
            ("aws:RequestTag", self.target.request_tags.to_vec()),
            ("aws:ResourceTag", self.target.resource_tags.to_vec()),
            (
                "s3:ExistingObjectTag",
                self.target.object_tags.read().to_vec(),
            ),
        ] {
            for tag in tags {
                add(&format!("{prefix}/{}", tag.key));
            }
        }
        keys
    }

    /// Session tags overlay those of the role or user (IAM user guide, passing session tags).
    fn principal_tags(&self) -> [&'a [crate::tags::Tag]; 2] {
        match self.who {
            Who::User(user) => [&user.tags, &[]],
            Who::Role(session, role) => [&session.tags, &role.tags],
            Who::UserSession(session, user) => [
                session
                    .federated
                    .as_ref()
                    .map_or(&[][..], |federated| &federated.tags),
                user.map_or(&[][..], |user| &user.tags),
            ],
            Who::Root(_) | Who::WebIdentity(_) | Who::Anonymous => [&[], &[]],
        }
    }

    fn single(&self, key: &str) -> Option<&str> {
        if let Some(name) = key.strip_prefix("aws:principaltag/") {
            let [first, second] = self.principal_tags();
            return find_tag(first, name).or_else(|| find_tag(second, name));
        }
        if let Some(name) = key.strip_prefix("aws:requesttag/") {
            return find_tag(self.target.request_tags, name);
        }
        if let Some(name) = key
            .strip_prefix("aws:resourcetag/")
            .or_else(|| key.strip_prefix("iam:resourcetag/"))
        {
            return find_tag(self.target.resource_tags, name);
        }
        if let Some(name) = key.strip_prefix("s3:existingobjecttag/") {
            return self.target.object_tags.find(name);
        }
        self.principal_key(key).or_else(|| self.common_key(key))
    }

    fn principal_key(&self, key: &str) -> Option<&str> {
        match self.who {
            Who::Root(arn) => match key {
                "aws:principalarn" => Some(arn),
                "aws:principaltype" => Some("Account"),
                "aws:userid" => Some(self.account.id.as_str()),
                _ => None,
            },
            Who::User(user) => user_key(user, key),
            Who::Role(session, _) => self.session_key(session, key),
            Who::UserSession(session, user) => self.user_session_key(session, user, key),
            Who::WebIdentity(provider) => match key {
                "aws:federatedprovider" => Some(provider),
                _ => None,
            },
            Who::Anonymous => match key {
                "aws:principaltype" => Some("Anonymous"),
                "aws:userid" => Some(ANONYMOUS),
                _ => None,
            },
        }
    }

    fn session_key(&self, session: &'a Session, key: &str) -> Option<&str> {
        match key {
            "aws:principalarn" => Some(&session.role_arn),
            "aws:principaltype" => Some("AssumedRole"),
            "aws:multifactorauthpresent" => Some("false"),
            "aws:userid" => Some(self.user_id.get_or_init(|| session.assumed_role_id())),
            "aws:sourceidentity" => {
                Some(&*session.source_identity).filter(|identity| !identity.is_empty())
            }
            "aws:tokenissuetime" => Some(self.issue_time(session.issued_at)),
            _ => web_identity_key(session, key),
        }
    }

    fn user_session_key(
        &self,
        session: &'a UserSession,
        user: Option<&'a User>,
        key: &str,
    ) -> Option<&str> {
        let federated = session.federated.as_ref();
        match key {
            "aws:tokenissuetime" => Some(self.issue_time(session.issued_at)),
            "aws:multifactorauthpresent" => Some("false"),
            "aws:userid" => Some(
                self.user_id
                    .get_or_init(|| session.user_id(&self.account.id)),
            ),
            "aws:principaltype" if federated.is_some() => Some("FederatedUser"),
            "aws:principaltype" if user.is_none() => Some("Account"),
            "aws:principalarn" if federated.is_some() || user.is_none() => Some(session.arn()),
            _ if federated.is_some() => None,
            _ => user_key(user?, key),
        }
    }

    fn issue_time(&self, issued_at: jiff::Timestamp) -> &str {
        self.token_issue_time.get_or_init(|| issued_at.to_string())
    }

    fn common_key(&self, key: &str) -> Option<&str> {
        match key {
            "aws:principalaccount" if matches!(self.who, Who::Anonymous | Who::WebIdentity(_)) => {
                None
            }
            "aws:principalaccount" | "aws:resourceaccount" | "s3:resourceaccount" => {
                Some(self.account.id.as_str())
            }
            "aws:principalisawsservice" | "aws:viaawsservice" => Some("false"),
            "aws:requestedregion" => Some(&self.account.region),
            "aws:securetransport" => Some(if self.origin.secure_transport {
                "true"
            } else {
                "false"
            }),
            "aws:useragent" => self.origin.user_agent.as_deref(),
            "aws:sourceip" => self
                .origin
                .source_ip
                .map(|ip| self.source_ip.get_or_init(|| ip.to_string()).as_str()),
            "aws:currenttime" => Some(
                self.current_time
                    .get_or_init(|| self.origin.now.to_string()),
            ),
            "aws:epochtime" => Some(
                self.epoch_time
                    .get_or_init(|| self.origin.now.as_second().to_string()),
            ),
            _ => self
                .target
                .keys
                .iter()
                .find(|(name, _)| *name == key)
                .map(|(_, value)| *value),
        }
    }
}

/// Long-term keys: neither a token nor a second factor, so neither key is there.
fn user_key<'a>(user: &'a User, key: &str) -> Option<&'a str> {
    match key {
        "aws:principalarn" => Some(&user.arn),
        "aws:principaltype" => Some("User"),
        "aws:userid" => Some(&user.id),
        "aws:username" => Some(&user.name),
        _ => None,
    }
}

/// What the session's token said goes on to count: `aws:FederatedProvider`, and `sub` and `aud` below the provider's name
/// (IAM user guide, keys for AWS OIDC federation).
fn web_identity_key<'a>(session: &'a Session, key: &str) -> Option<&'a str> {
    let identity = session.assumed.as_deref()?.web_identity.as_ref()?;
    if key == "aws:federatedprovider" {
        return Some(&identity.provider_arn);
    }
    let (provider, claim) = key.rsplit_once(':')?;
    let (_, name) = identity.provider_arn.split_once(":oidc-provider/")?;
    if !name.eq_ignore_ascii_case(provider) {
        return None;
    }
    match claim {
        "sub" => Some(&identity.subject),
        "aud" => Some(&identity.audience),
        _ => None,
    }
}

impl Context for CallContext<'_> {
    fn value(&self, lower_case_key: &str) -> Option<ContextValue<'_>> {
        if lower_case_key == "aws:tagkeys" {
            return (!self.tag_keys.is_empty()).then_some(ContextValue::Many(&self.tag_keys));
        }
        if let Some((_, values)) = self
            .target
            .lists
            .iter()
            .find(|(name, _)| *name == lower_case_key)
        {
            return (!values.is_empty()).then_some(ContextValue::Many(values));
        }
        self.single(lower_case_key).map(ContextValue::One)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tags::Tag;

    #[test]
    fn the_key_that_a_tag_has_already_is_asked_about_in_its_own_spelling() {
        let tag = |key: &str| Tag {
            key: key.to_owned().into(),
            value: String::new(),
        };
        let (new, kept) = ([tag("Team"), tag("new")], [tag("team"), tag("other")]);
        let set = Target::any()
            .with_request_tags(&new)
            .with_resource_tags(&kept);
        assert_eq!(tag_keys("iam:TagUser", &set), ["Team", "new", "team"]);
        let keys = ["OTHER".to_owned(), "team".to_owned()];
        let taken = Target::any().with_tag_keys(&keys).with_resource_tags(&kept);
        assert_eq!(
            tag_keys("iam:UntagUser", &taken),
            ["OTHER", "team", "other"]
        );
        let none = Target::any().with_resource_tags(&kept);
        assert!(tag_keys("iam:GetUser", &none).is_empty());
        assert_eq!(tag_keys("sts:TagSession", &set), ["Team", "new"]);
    }
}
