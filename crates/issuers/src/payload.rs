//! What a session token holds, before sealing: a `Session` to compact bytes (postcard) and back.
//! Only `seal.rs` calls it. A change of shape needs a new token version there.

use anyrole_domain::Tag;
use anyrole_domain::sessions::Session;
use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

/// The kinds of principal; the first byte of a payload.
#[derive(Serialize, Deserialize)]
enum Payload<'a, T> {
    #[serde(borrow)]
    AssumedRole(AssumedRole<'a, T>),
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

/// Appends the session's bytes to `buffer`; `None` where it can't be written.
pub(crate) fn encode(session: &Session, buffer: Vec<u8>) -> Option<Vec<u8>> {
    let rebuilt = assumed_role_arn_parts(&session.role_arn, &session.session_name);
    let is_rebuilt = rebuilt.is_some_and(|parts| is_joined(&session.assumed_role_arn, &parts));
    let issued_at = session.issued_at.as_second();
    let payload = Payload::AssumedRole(AssumedRole {
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
    });
    postcard::to_extend(&payload, buffer).ok()
}

/// The session in `bytes`; `None` where they are no payload of this version, to the last byte.
pub(crate) fn decode(bytes: &[u8]) -> Option<Session> {
    let (payload, rest) =
        postcard::take_from_bytes::<Payload<'_, Vec<(&str, &str)>>>(bytes).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let Payload::AssumedRole(role) = payload;
    let assumed_role_arn = match role.assumed_role_arn {
        Some(arn) => arn.to_owned(),
        None => assumed_role_arn_parts(role.role_arn, role.session_name)?.concat(),
    };
    Some(Session {
        role_arn: role.role_arn.to_owned(),
        role_id: role.role_id.to_owned(),
        session_name: role.session_name.to_owned(),
        assumed_role_arn,
        source_identity: role.source_identity.to_owned(),
        tags: role
            .tags
            .iter()
            .map(|(key, value)| Tag {
                key: (*key).to_owned(),
                value: (*value).to_owned(),
            })
            .collect(),
        session_policies: hashes(role.session_policies)?.into(),
        trust_anchor_arn: role.trust_anchor_arn.to_owned(),
        certificates: hashes(role.certificates)?.into(),
        issued_at: Timestamp::from_second(role.issued_at).ok()?,
        expires_at: Timestamp::from_second(role.issued_at.checked_add(role.lifetime)?).ok()?,
    })
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
