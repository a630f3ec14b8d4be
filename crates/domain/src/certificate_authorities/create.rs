//! CreateCertificateAuthority: a configuration enters; an authority with a key and a signing request leaves, waiting for its certificate.

use std::sync::Arc;

use anyrole_ca::{RequestOrder, Subject};
use jiff::SignedDuration;

use super::{
    AuthorityConfiguration, AuthorityKind, AuthorityStatus, CertificateAuthority, PcaKind,
    RevocationConfiguration, StoredKey, UsageMode, forget, opened, passthrough,
};
use crate::authorize::Target;
use crate::call::Call;
use crate::quotas;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;
use crate::snapshot::{Change, Snapshot};
use crate::tags::{Tag, check_tags};

/// How long an idempotency token is known (API reference, CreateCertificateAuthority).
const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// What CreateCertificateAuthority is given.
#[derive(Debug, Clone)]
pub struct CreateAuthority {
    /// Key, algorithm and name.
    pub configuration: AuthorityConfiguration,
    /// Root or subordinate.
    pub kind: AuthorityKind,
    /// How revocations are published.
    pub revocation: RevocationConfiguration,
    /// Where the same request may come again.
    pub idempotency_token: Option<String>,
    /// Kept and shown.
    pub key_storage_standard: Option<String>,
    /// Tags.
    pub tags: Vec<Tag>,
    /// How long its certificates may be valid.
    pub usage_mode: UsageMode,
}

/// Makes an authority; answers its ARN. A token that was used a short time ago answers the authority of then.
pub async fn create_authority(
    site: &Site,
    call: &Call,
    input: CreateAuthority,
) -> Result<String, Refusal> {
    site.authorize(
        call,
        "acm-pca:CreateCertificateAuthority",
        Target::any().with_request_tags(&input.tags),
    )?;
    check_tags(&input.tags)?;
    check_configuration(&input.configuration)?;
    check_revocation(&input.revocation)?;
    {
        let snapshot = site.directory.read();
        if let Some(before) = made_before(&snapshot, call, &input)? {
            return Ok(before.arn.clone());
        }
        check_quota(site, &snapshot)?;
    }
    let row = Arc::new(make(site, call, input.clone()).await?);
    let outcome = site
        .directory
        .write(|snapshot| {
            if let Some(before) = made_before(snapshot, call, &input)? {
                return Ok((Vec::new(), before.arn.clone()));
            }
            check_quota(site, snapshot)?;
            let arn = row.arn.clone();
            Ok((vec![Change::PutCertificateAuthority(row.clone())], arn))
        })
        .await;
    let is_unused = match &outcome {
        Ok(arn) => *arn != row.arn,
        // Decided against. Where the store failed, the row may be there nevertheless, and its key must not be lost.
        Err(refusal) => matches!(refusal.kind, Kind::LimitExceeded | Kind::Pca(_)),
    };
    if is_unused {
        // What the token does not destroy is a key without certificate: it lies about and signs nothing.
        forget::end_of_key(site, row.key.clone()).await.ok();
    }
    outcome
}

fn check_quota(site: &Site, snapshot: &Snapshot) -> Result<(), Refusal> {
    let wanted = snapshot.certificate_authority_count() + 1;
    let quota = site.quotas.certificate_authorities;
    quotas::check(quota, wanted, "certificate authorities")
}

fn invalid(reason: &'static str, public: impl Into<String>) -> Refusal {
    PcaKind::InvalidArgs.refusal(reason, public)
}

fn check_configuration(configuration: &AuthorityConfiguration) -> Result<(), Refusal> {
    if !configuration
        .signing_algorithm
        .fits(configuration.key_algorithm)
    {
        return Err(invalid(
            "algorithms-do-not-fit",
            "The signing algorithm does not fit the key algorithm.",
        ));
    }
    let subject = configuration.subject.to_subject()?;
    if subject.is_empty() {
        return Err(invalid(
            "empty-subject",
            "The subject of a certificate authority must not be empty.",
        ));
    }
    configuration.requested_extensions().map(drop)
}

pub(super) fn check_revocation(revocation: &RevocationConfiguration) -> Result<(), Refusal> {
    let Some(lists) = &revocation.crl_configuration else {
        return Ok(());
    };
    if lists.enabled && lists.expiration_in_days.is_none() {
        return Err(invalid(
            "no-crl-expiration",
            "ExpirationInDays is required where revocation lists are enabled.",
        ));
    }
    if lists.crl_type.as_deref() == Some("PARTITIONED") {
        return Err(invalid(
            "crl-type-not-served",
            "Partitioned revocation lists are not served; use COMPLETE.",
        ));
    }
    Ok(())
}

/// The authority that a request with the same token has made a short time ago.
fn made_before<'a>(
    snapshot: &'a Snapshot,
    call: &Call,
    input: &CreateAuthority,
) -> Result<Option<&'a CertificateAuthority>, Refusal> {
    let Some(token) = &input.idempotency_token else {
        return Ok(None);
    };
    let since = call.origin.now - TOKEN_LIFE;
    let found = snapshot
        .certificate_authorities_after("")
        .map(|entry| &*entry.row)
        .find(|row| row.idempotency_token.as_ref() == Some(token) && row.created_at >= since);
    match found {
        Some(row) if row.kind == input.kind && row.configuration == input.configuration => {
            Ok(Some(row))
        }
        Some(_) => Err(invalid(
            "idempotency-token-used",
            "The idempotency token was used for another request a short time ago.",
        )),
        None => Ok(None),
    }
}

async fn make(
    site: &Site,
    call: &Call,
    input: CreateAuthority,
) -> Result<CertificateAuthority, Refusal> {
    let id = site.new_uuid();
    let arn = site.account().certificate_authority_arn(&id);
    let made = make_key(site, arn.clone(), input.configuration.clone()).await?;
    Ok(CertificateAuthority {
        account: call.caller.account.clone(),
        id,
        arn,
        kind: input.kind,
        status: AuthorityStatus::PendingCertificate,
        configuration: input.configuration,
        usage_mode: input.usage_mode,
        key_storage_standard: input
            .key_storage_standard
            .unwrap_or_else(|| "FIPS_140_2_LEVEL_3_OR_HIGHER".to_owned()),
        revocation: input.revocation,
        key: made.key,
        public_key_der: made.public_key_der,
        csr: made.csr,
        certificate: None,
        certificate_chain: None,
        idempotency_token: input.idempotency_token,
        permissions: Vec::new(),
        policy: None,
        tags: input.tags,
        created_at: call.origin.now,
        state_changed_at: call.origin.now,
        restorable_until: None,
    })
}

struct MadeKey {
    key: StoredKey,
    public_key_der: Vec<u8>,
    csr: String,
}

/// RSA keys of 4096 bits take seconds.
async fn make_key(
    site: &Site,
    arn: String,
    configuration: AuthorityConfiguration,
) -> Result<MadeKey, Refusal> {
    let keys = site.authority_keys()?.clone();
    tokio::task::spawn_blocking(move || {
        let made = keys.make(&arn, configuration.key_algorithm);
        let (key, signer) = made.map_err(opened::key_refused)?;
        let order = RequestOrder {
            subject: configuration.subject.to_subject()?,
            alternative_names: Vec::new(),
            extensions: configuration.requested_extensions()?,
            signature: Some(configuration.signing_algorithm.scheme()),
        };
        let request = order.sign(signer.as_ref());
        let csr = request.and_then(|request| request.to_pem());
        Ok(MadeKey {
            key,
            public_key_der: signer.public_key_der().to_vec(),
            csr: csr.map_err(super::issue::refused)?,
        })
    })
    .await
    .map_err(|error| Refusal::internal(error.to_string()))?
}

impl super::DistinguishedName {
    /// The name as certificates carry it.
    pub(crate) fn to_subject(&self) -> Result<Subject, Refusal> {
        if self.custom_attributes.is_some() && self.has_standard_attributes() {
            return Err(invalid(
                "custom-and-standard-attributes",
                "A subject has either CustomAttributes or the other members.",
            ));
        }
        Subject::from_attributes(self.attributes())
            .map_err(|error| invalid("subject-refused", error.to_string()))
    }
}

impl AuthorityConfiguration {
    /// What the signing request asks for besides.
    fn requested_extensions(&self) -> Result<Vec<anyrole_ca::CustomExtension>, Refusal> {
        let Some(asked) = &self.csr_extensions else {
            return Ok(Vec::new());
        };
        passthrough::csr_extensions(asked)
    }
}
