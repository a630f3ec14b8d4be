//! What a session is given beside its principal: policies and tags. The caller's words come in; what is checked, frozen and small
//! enough for a token goes out. The formula of the packed size is docs/aws-divergences.md's.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::refusals::{invalid_parameter, too_large};
use crate::profiles::sha256;
use crate::refusal::{Kind, Refusal};
use crate::sessions::{InlinePolicy, PACKED_LIMIT};
use crate::site::Site;
use crate::snapshot::{Change, SessionPolicyText, Snapshot};
use crate::tags::{Tag, check_tags};

/// The most managed policies of a session (STS API reference, AssumeRole).
const MAX_POLICY_ARNS: usize = 10;
/// The most characters of inline policy and policy ARNs together (STS API reference, AssumeRole).
const MAX_PLAIN_TEXT: usize = 2048;

/// Session policies and tags, checked.
#[derive(Debug, Default)]
pub(super) struct Allotment {
    pub inline: Option<InlinePolicy>,
    managed: Vec<Arc<str>>,
    pub tags: Vec<Tag>,
}

impl Allotment {
    /// Checks what a request gives; managed policies are taken as they are now.
    pub fn read(
        snapshot: &Snapshot,
        policy: Option<&str>,
        policy_arns: &[String],
        tags: Vec<Tag>,
    ) -> Result<Self, Refusal> {
        let inline = policy.map(parse_inline).transpose()?;
        if policy_arns.len() > MAX_POLICY_ARNS {
            return Err(Refusal::validation(format!(
                "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to {MAX_POLICY_ARNS}"
            )));
        }
        let arns = policy_arns.iter().map(|arn| arn.chars().count());
        let plain = policy.unwrap_or_default().chars().count() + arns.sum::<usize>();
        if plain > MAX_PLAIN_TEXT {
            return Err(too_large(
                "policies",
                percent(plain, MAX_PLAIN_TEXT).max(101),
            ));
        }
        let mut managed: Vec<Arc<str>> = Vec::new();
        for arn in policy_arns {
            let text = managed_text(snapshot, arn)?;
            if !managed.contains(&text) {
                managed.push(text);
            }
        }
        check_session_tags(&tags)?;
        Ok(Self {
            inline,
            managed,
            tags,
        })
    }

    /// The bytes that policies and tags take in a token.
    fn packed(&self) -> (usize, usize) {
        let tags = self.tags.iter();
        let tags = tags.map(|tag| tag.key.len() + tag.value.len() + 4).sum();
        let inline = self.inline.as_ref();
        let policies = inline.map_or(0, |policy| policy.text().len() + 4) + self.managed.len() * 32;
        (policies, tags)
    }

    /// How much of what fits into a token is taken, in percent; `rest` are the bytes of names, ARNs and the like.
    pub fn packed_policy_size(&self, rest: usize) -> Result<u32, Refusal> {
        let (policies, tags) = self.packed();
        let percent = percent(policies + tags + rest, PACKED_LIMIT);
        if percent <= 100 {
            return Ok(percent);
        }
        let what = match (policies, tags) {
            (0, _) => "session tags",
            (_, 0) => "policies",
            _ => "session tags and policies",
        };
        Err(too_large(what, percent))
    }

    /// Keeps the managed policies' texts, and returns the hashes that stand for them.
    pub async fn freeze(&self, site: &Site) -> Result<Arc<[[u8; 32]]>, Refusal> {
        let texts: Vec<SessionPolicyText> = self
            .managed
            .iter()
            .map(|text| SessionPolicyText {
                account: site.account().id.clone(),
                sha256: sha256(text),
                text: text.clone(),
            })
            .collect();
        let hashes = texts.iter().map(|text| text.sha256).collect();
        let is_new = |snapshot: &Snapshot, text: &SessionPolicyText| {
            snapshot.session_policy(&text.sha256).is_none()
        };
        let snapshot = site.directory.read_full();
        if texts.iter().any(|text| is_new(&snapshot, text)) {
            site.directory
                .write(|snapshot| {
                    let new = texts.iter().filter(|text| is_new(snapshot, text));
                    let changes = new.cloned().map(Change::PutSessionPolicy).collect();
                    Ok((changes, ()))
                })
                .await?;
        }
        Ok(hashes)
    }
}

fn percent(taken: usize, of: usize) -> u32 {
    u32::try_from(taken.saturating_mul(100).div_ceil(of)).unwrap_or(u32::MAX)
}

fn parse_inline(text: &str) -> Result<InlinePolicy, Refusal> {
    InlinePolicy::parse(text)
        .map_err(|error| Refusal::new(Kind::MalformedPolicy, "malformed-policy", error.to_string()))
}

fn managed_text(snapshot: &Snapshot, arn: &str) -> Result<Arc<str>, Refusal> {
    let managed = snapshot.policies().find(arn).ok_or_else(|| {
        Refusal::validation(format!(
            "The policy {} does not exist or is not attachable.",
            crate::names::printable(arn)
        ))
    })?;
    Ok(managed.document.clone())
}

fn check_session_tags(tags: &[Tag]) -> Result<(), Refusal> {
    for (index, tag) in tags.iter().enumerate() {
        let mut earlier = tags.iter().take(index);
        if earlier.any(|earlier| earlier.key.eq_ignore_ascii_case(&tag.key)) {
            return Err(invalid_parameter(
                "duplicate-tag-keys",
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
    }
    check_tags(tags)
}

/// From now, in whole seconds, for so many.
pub(super) fn lifetime(now: Timestamp, seconds: i64) -> Result<(Timestamp, Timestamp), Refusal> {
    let internal = |error: jiff::Error| Refusal::internal(error.to_string());
    let issued_at = Timestamp::from_second(now.as_second()).map_err(internal)?;
    let expires_at = issued_at
        .checked_add(SignedDuration::from_secs(seconds))
        .map_err(internal)?;
    Ok((issued_at, expires_at))
}
