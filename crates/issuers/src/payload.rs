//! What a session token holds, before sealing: a session to compact bytes (postcard) and back.
//! Only `seal.rs` calls it. A change of shape needs a new token version there.

use std::sync::Arc;

use anyrole_domain::Tag;
use anyrole_domain::sessions::{
    Assumed, FederatedUser, InlinePolicy, OpenedSession, Session, UserSession, WebIdentity,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

/// What can be sealed.
#[derive(Clone, Copy)]
pub(crate) enum Sealable<'a> {
    Role(&'a Session),
    User(&'a UserSession),
}

impl<'a> From<&'a Session> for Sealable<'a> {
    fn from(session: &'a Session) -> Self {
        Self::Role(session)
    }
}

impl<'a> From<&'a UserSession> for Sealable<'a> {
    fn from(session: &'a UserSession) -> Self {
        Self::User(session)
    }
}

impl Sealable<'_> {
    /// An ARN in the account whose key seals.
    pub(crate) fn owner_arn(&self) -> &str {
        match self {
            Self::Role(session) => &session.role_arn,
            Self::User(session) => &session.owner_arn,
        }
    }

    pub(crate) fn issued_at(&self) -> Timestamp {
        match self {
            Self::Role(session) => session.issued_at,
            Self::User(session) => session.issued_at,
        }
    }
}

/// The kinds of principal; the first byte of a payload. New kinds come last: tokens that are out there stay readable.
#[derive(Serialize, Deserialize)]
enum Payload<'a, T> {
    /// CreateSession's.
    #[serde(borrow)]
    AssumedRole(AssumedRole<'a, T>),
    /// AssumeRole's and AssumeRoleWithWebIdentity's.
    AssumedByCaller(
        #[serde(borrow)] AssumedRole<'a, T>,
        #[serde(borrow)] ByCaller<'a>,
    ),
    /// GetSessionToken's.
    #[serde(borrow)]
    User(OfUser<'a>),
    /// GetFederationToken's.
    FederatedUser(
        #[serde(borrow)] OfUser<'a>,
        #[serde(borrow)] OfFederated<'a, T>,
    ),
}

#[derive(Serialize, Deserialize)]
struct AssumedRole<'a, T> {
    role_arn: &'a str,
    role_id: &'a str,
    session_name: &'a str,
    /// Left out where it is what role ARN and session name make.
    assumed_role_arn: Option<&'a str>,
    source_identity: &'a str,
    /// Pairs of keys and values: the session's own list on the way in, borrowed pairs on the way out; postcard writes a
    /// struct of two members as it reads a pair.
    tags: T,
    /// SHA-256 hashes, end to end.
    #[serde(serialize_with = "as_bytes")]
    session_policies: &'a [u8],
    trust_anchor_arn: &'a str,
    /// SHA-256 hashes, end to end.
    #[serde(serialize_with = "as_bytes")]
    certificates: &'a [u8],
    /// Seconds since 1970.
    issued_at: i64,
    /// Seconds from issue to end.
    lifetime: i64,
}

#[derive(Serialize, Deserialize)]
struct ByCaller<'a> {
    inline_policy: Option<&'a str>,
    #[serde(borrow)]
    transitive_tag_keys: Vec<&'a str>,
    /// Provider, subject, audience.
    web_identity: Option<(&'a str, &'a str, &'a str)>,
}

#[derive(Serialize, Deserialize)]
struct OfUser<'a> {
    owner_arn: &'a str,
    owner_id: &'a str,
    issued_at: i64,
    lifetime: i64,
}

#[derive(Serialize, Deserialize)]
struct OfFederated<'a, T> {
    name: &'a str,
    arn: &'a str,
    tags: T,
    inline_policy: Option<&'a str>,
    #[serde(serialize_with = "as_bytes")]
    session_policies: &'a [u8],
}

type Borrowed<'a> = Vec<(&'a str, &'a str)>;

/// Appends the session's bytes to `buffer`; `None` where it can't be written.
pub(crate) fn encode(session: Sealable<'_>, buffer: Vec<u8>) -> Option<Vec<u8>> {
    let payload = match session {
        Sealable::Role(session) => {
            let role = assumed_role(session);
            match &session.assumed {
                None => Payload::AssumedRole(role),
                Some(assumed) => Payload::AssumedByCaller(role, by_caller(assumed)),
            }
        }
        Sealable::User(session) => {
            let issued_at = session.issued_at.as_second();
            let user = OfUser {
                owner_arn: &session.owner_arn,
                owner_id: &session.owner_id,
                issued_at,
                lifetime: session.expires_at.as_second() - issued_at,
            };
            match &session.federated {
                None => Payload::User(user),
                Some(federated) => Payload::FederatedUser(user, of_federated(federated)),
            }
        }
    };
    postcard::to_extend(&payload, buffer).ok()
}

fn assumed_role(session: &Session) -> AssumedRole<'_, &[Tag]> {
    let rebuilt = assumed_role_arn_parts(&session.role_arn, &session.session_name);
    let is_rebuilt = rebuilt.is_some_and(|parts| is_joined(&session.assumed_role_arn, &parts));
    let issued_at = session.issued_at.as_second();
    AssumedRole {
        role_arn: &session.role_arn,
        role_id: &session.role_id,
        session_name: &session.session_name,
        assumed_role_arn: (!is_rebuilt).then_some(&session.assumed_role_arn),
        source_identity: &session.source_identity,
        tags: &*session.tags,
        session_policies: session.session_policies.as_flattened(),
        trust_anchor_arn: &session.trust_anchor_arn,
        certificates: session.certificates.as_flattened(),
        issued_at,
        lifetime: session.expires_at.as_second() - issued_at,
    }
}

fn by_caller(assumed: &Assumed) -> ByCaller<'_> {
    ByCaller {
        inline_policy: assumed.inline_policy.as_ref().map(InlinePolicy::text),
        transitive_tag_keys: assumed
            .transitive_tag_keys
            .iter()
            .map(String::as_str)
            .collect(),
        web_identity: assumed
            .web_identity
            .as_ref()
            .map(|web| (&*web.provider_arn, &*web.subject, &*web.audience)),
    }
}

fn of_federated(federated: &FederatedUser) -> OfFederated<'_, &[Tag]> {
    OfFederated {
        name: &federated.name,
        arn: &federated.arn,
        tags: &federated.tags,
        inline_policy: federated.inline_policy.as_ref().map(InlinePolicy::text),
        session_policies: federated.session_policies.as_flattened(),
    }
}

/// The session in `bytes`; `None` where they are no payload of this version, to the last byte.
pub(crate) fn decode(bytes: &[u8]) -> Option<OpenedSession> {
    let (payload, rest) = postcard::take_from_bytes::<Payload<'_, Borrowed<'_>>>(bytes).ok()?;
    if !rest.is_empty() {
        return None;
    }
    match payload {
        Payload::AssumedRole(role) => role_session(&role, None),
        Payload::AssumedByCaller(role, by) => {
            let web_identity = by
                .web_identity
                .map(|(provider, subject, audience)| WebIdentity {
                    provider_arn: provider.to_owned(),
                    subject: subject.to_owned(),
                    audience: audience.to_owned(),
                });
            let assumed = Assumed {
                inline_policy: by.inline_policy.map(InlinePolicy::of_token),
                transitive_tag_keys: by
                    .transitive_tag_keys
                    .iter()
                    .map(|key| (*key).to_owned())
                    .collect(),
                web_identity,
            };
            role_session(&role, Some(Arc::new(assumed)))
        }
        Payload::User(user) => user_session(&user, None),
        Payload::FederatedUser(user, federated) => {
            let federated = FederatedUser {
                name: federated.name.to_owned(),
                arn: federated.arn.to_owned(),
                tags: tags(&federated.tags),
                inline_policy: federated.inline_policy.map(InlinePolicy::of_token),
                session_policies: hashes(federated.session_policies)?.into(),
            };
            user_session(&user, Some(federated))
        }
    }
}

fn role_session(
    role: &AssumedRole<'_, Borrowed<'_>>,
    assumed: Option<Arc<Assumed>>,
) -> Option<OpenedSession> {
    let assumed_role_arn = match role.assumed_role_arn {
        Some(arn) => arn.to_owned(),
        None => assumed_role_arn_parts(role.role_arn, role.session_name)?.concat(),
    };
    let (issued_at, expires_at) = lifetime(role.issued_at, role.lifetime)?;
    Some(OpenedSession::Role(Arc::new(Session {
        role_arn: role.role_arn.into(),
        role_id: role.role_id.into(),
        session_name: role.session_name.to_owned(),
        assumed_role_arn,
        source_identity: role.source_identity.into(),
        tags: tags(&role.tags),
        session_policies: hashes(role.session_policies)?.into(),
        assumed,
        trust_anchor_arn: role.trust_anchor_arn.into(),
        certificates: hashes(role.certificates)?.into(),
        issued_at,
        expires_at,
    })))
}

fn user_session(user: &OfUser<'_>, federated: Option<FederatedUser>) -> Option<OpenedSession> {
    let (issued_at, expires_at) = lifetime(user.issued_at, user.lifetime)?;
    Some(OpenedSession::User(Arc::new(UserSession {
        owner_arn: user.owner_arn.to_owned(),
        owner_id: user.owner_id.to_owned(),
        federated,
        issued_at,
        expires_at,
    })))
}

fn tags(pairs: &[(&str, &str)]) -> Arc<[Tag]> {
    let owned = pairs.iter().map(|(key, value)| Tag {
        key: (*key).to_owned().into(),
        value: (*value).to_owned(),
    });
    owned.collect()
}

fn lifetime(issued_at: i64, seconds: i64) -> Option<(Timestamp, Timestamp)> {
    Some((
        Timestamp::from_second(issued_at).ok()?,
        Timestamp::from_second(issued_at.checked_add(seconds)?).ok()?,
    ))
}

/// Partition, account and resource of an ARN. Looked through by octets: `split` takes several times as long for so short
/// a text, and each session asks twice.
fn parts_of(arn: &str) -> Option<(&str, &str, &str)> {
    let mut colons = arn.bytes().enumerate().filter(|(_, octet)| *octet == b':');
    let mut next = || colons.next().map(|(position, _)| position);
    let (first, second, _, fourth, fifth) = (next()?, next()?, next()?, next()?, next()?);
    Some((
        arn.get(first + 1..second)?,
        arn.get(fourth + 1..fifth)?,
        arn.get(fifth + 1..)?,
    ))
}

/// The account in an ARN, its fifth part.
pub(crate) fn account_of(arn: &str) -> Option<&str> {
    parts_of(arn).map(|(_, account, _)| account)
}

/// `arn:{partition}:sts::{account}:assumed-role/{role}/{session}` of a role's ARN; the role's path is dropped.
fn assumed_role_arn_parts<'a>(role_arn: &'a str, session_name: &'a str) -> Option<[&'a str; 8]> {
    let (partition, account, resource) = parts_of(role_arn)?;
    let name = resource.rsplit('/').next()?;
    Some([
        "arn:",
        partition,
        ":sts::",
        account,
        ":assumed-role/",
        name,
        "/",
        session_name,
    ])
}

fn is_joined(text: &str, parts: &[&str]) -> bool {
    let rest = parts
        .iter()
        .try_fold(text, |rest, part| rest.strip_prefix(part));
    rest == Some("")
}

fn hashes(bytes: &[u8]) -> Option<&[[u8; 32]]> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then_some(hashes)
}

/// One copy instead of a call for each byte; postcard reads both the same way.
fn as_bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}
