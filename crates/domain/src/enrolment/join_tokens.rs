//! Join tokens: an operator's wish enters, and a text that lets so many machines enrol for so long leaves, once. What is kept is
//! its hash. Rows of the store, not of the snapshot: no decision but an enrolment reads them.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use super::authority::{authority_sha256, usable_authority};
use super::name_policy::NamePolicy;
use crate::account::{Account, AccountId};
use crate::authorize::Target;
use crate::call::Call;
use crate::names::start_of;
use crate::refusal::Refusal;
use crate::site::Site;

/// The longest that a token can be used: a year.
const LONGEST_USE: SignedDuration = SignedDuration::from_hours(365 * 24);
/// The longest that a certificate lives: somewhat more than two years.
const LONGEST_LIFE: SignedDuration = SignedDuration::from_hours(825 * 24);
/// The shortest: a renewal takes its time.
const SHORTEST_LIFE: SignedDuration = SignedDuration::from_secs(60);
/// The most machines of one token.
const MOST_USES: u32 = 1_000_000;
/// The longest description, in bytes.
const LONGEST_DESCRIPTION: usize = 256;
/// Tokens that ended so long ago are forgotten.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How many a page lists at most; with their descriptions and names, a page of the console with as many stays small.
const MOST_LISTED: usize = 50;

/// A join token as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct JoinToken {
    /// The account that it belongs to.
    pub account: AccountId,
    /// 16 hexadecimal digits, random.
    pub id: String,
    /// SHA-256 of the secret's text, which is random enough to need no slow hash.
    pub secret_sha256: [u8; 32],
    /// Who issues.
    pub authority_arn: String,
    /// What its certificates say.
    pub policy: NamePolicy,
    /// How long its certificates live, in seconds.
    pub certificate_seconds: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom: an ARN.
    pub created_by: String,
    /// From when on it opens nothing.
    pub expires_at: Timestamp,
    /// How many machines may use it.
    pub max_uses: u32,
    /// How many have.
    pub uses: u32,
    /// For whom it is.
    pub description: String,
}

/// Without the hash.
impl std::fmt::Debug for JoinToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JoinToken")
            .field("id", &self.id)
            .field("authority_arn", &self.authority_arn)
            .field("policy", &self.policy)
            .field("expires_at", &self.expires_at)
            .field("max_uses", &self.max_uses)
            .field("uses", &self.uses)
            .finish_non_exhaustive()
    }
}

impl JoinToken {
    /// Whether this is its secret. Takes the same time whatever differs.
    pub fn is_opened_by(&self, secret: &str) -> bool {
        verify_slices_are_equal(&hash(secret), &self.secret_sha256).is_ok()
    }
}

fn hash(secret: &str) -> [u8; 32] {
    let hash = digest(&SHA256, secret.as_bytes());
    hash.as_ref().try_into().unwrap_or_default()
}

/// What an operator wants.
#[derive(Debug)]
pub struct CreateJoinToken {
    /// Who is to issue.
    pub authority_arn: String,
    /// The subject, `CN=web-*,OU=ops`.
    pub subject: String,
    /// Alternative names.
    pub names: Vec<String>,
    /// How long certificates are to live, in seconds.
    pub certificate_seconds: u32,
    /// How long the token is to be usable, in seconds.
    pub token_seconds: u32,
    /// By how many machines.
    pub uses: u32,
    /// For whom it is.
    pub description: String,
}

/// A token that was made, with what its text is made of.
pub struct CreatedJoinToken {
    /// The row.
    pub token: JoinToken,
    /// 64 hexadecimal digits, told once.
    pub secret: Zeroizing<String>,
    /// SHA-256 of the issuing authority's certificate.
    pub authority_sha256: [u8; 32],
}

/// `arn:{partition}:anyrole:{region}:{account}:join-token/{id}`.
pub(super) fn arn(account: &Account, id: &str) -> String {
    let Account {
        partition,
        region,
        id: account,
        ..
    } = account;
    format!("arn:{partition}:anyrole:{region}:{account}:join-token/{id}")
}

/// Makes a token; who may is said by policies on the authority: a token is a certificate to come.
///
/// # Errors
/// The caller may not, there is no such authority, or the wish makes no sense.
pub async fn create_join_token(
    site: &Site,
    call: &Call,
    wanted: CreateJoinToken,
) -> Result<CreatedJoinToken, Refusal> {
    let target = Target::on(&wanted.authority_arn);
    site.authorize(call, "anyrole:CreateJoinToken", target)?;
    let policy = NamePolicy::parse(&wanted.subject, wanted.names)?;
    check_number("uses", wanted.uses, 1, i64::from(MOST_USES))?;
    let (shortest, longest) = (SHORTEST_LIFE.as_secs(), LONGEST_LIFE.as_secs());
    check_number(
        "certificate_seconds",
        wanted.certificate_seconds,
        shortest,
        longest,
    )?;
    check_number(
        "token_seconds",
        wanted.token_seconds,
        1,
        LONGEST_USE.as_secs(),
    )?;
    if wanted.description.len() > LONGEST_DESCRIPTION {
        return Err(Refusal::validation(format!(
            "`description` may have {LONGEST_DESCRIPTION} bytes."
        )));
    }
    let authority = usable_authority(site, &wanted.authority_arn)?;
    let now = call.origin.now;
    let secret = Zeroizing::new(random_hex::<32>(site));
    let token = JoinToken {
        account: site.account().id.clone(),
        id: random_hex::<8>(site),
        secret_sha256: hash(&secret),
        authority_arn: wanted.authority_arn,
        policy,
        certificate_seconds: wanted.certificate_seconds,
        created_at: now,
        created_by: call.caller.arn(site.account()),
        expires_at: now
            .checked_add(SignedDuration::from_secs(wanted.token_seconds.into()))
            .map_err(|error| Refusal::internal(error.to_string()))?,
        max_uses: wanted.uses,
        uses: 0,
        description: wanted.description,
    };
    let forget_before = now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
    let store = site.directory.store();
    store.put_join_token(&token, forget_before).await?;
    Ok(CreatedJoinToken {
        authority_sha256: authority_sha256(&authority),
        token,
        secret,
    })
}

/// Lists tokens, those that have ended for a while too: whose id is greater than `after`, in order of id.
///
/// # Errors
/// The caller may not, or the store can't be read.
pub async fn list_join_tokens(
    site: &Site,
    call: &Call,
    after: &str,
) -> Result<(Vec<JoinToken>, Option<String>), Refusal> {
    site.authorize(call, "anyrole:ListJoinTokens", Target::any())?;
    let account = &site.account().id;
    let store = site.directory.store();
    let mut tokens = store
        .list_join_tokens(account, after, MOST_LISTED + 1)
        .await
        .map_err(Refusal::unreadable)?;
    let more = tokens.len() > MOST_LISTED;
    tokens.truncate(MOST_LISTED);
    let next = tokens.last().filter(|_| more).map(|token| token.id.clone());
    Ok((tokens, next))
}

/// Deletes a token; what was enrolled with it lives on, and can be renewed.
///
/// # Errors
/// The caller may not, or there is no such token.
pub async fn delete_join_token(site: &Site, call: &Call, id: &str) -> Result<(), Refusal> {
    let arn = arn(site.account(), start_of(id, 64));
    site.authorize(call, "anyrole:DeleteJoinToken", Target::on(&arn))?;
    let store = site.directory.store();
    match store.delete_join_token(&site.account().id, id).await? {
        true => Ok(()),
        false => Err(Refusal::not_found("There is no join token of this id.")),
    }
}

fn check_number(member: &str, given: u32, least: i64, most: i64) -> Result<(), Refusal> {
    if (least..=most).contains(&i64::from(given)) {
        return Ok(());
    }
    Err(Refusal::validation(format!(
        "`{member}` must be between {least} and {most}."
    )))
}

fn random_hex<const LENGTH: usize>(site: &Site) -> String {
    let mut bytes = Zeroizing::new([0; LENGTH]);
    site.entropy.fill(&mut *bytes);
    let mut text = String::with_capacity(2 * LENGTH);
    for byte in bytes.iter() {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(digit.into(), 16).unwrap_or_default());
        }
    }
    text
}
