//! RequestCertificate and RenewCertificate: names and an authority enter; a key is made here, and the authority issues.

use std::sync::Arc;

use anyrole_ca::{AlternativeName, RequestOrder, Subject};
use anyrole_keys::FileKey;
use jiff::SignedDuration;

use super::read::authorized;
use super::{
    CertificateKeyAlgorithm, CertificateOrigin, ManagedCertificate, internal, invalid, key, names,
};
use crate::authorize::Target;
use crate::call::Call;
use crate::certificate_authorities::{
    AuthorityEntry, IssueRequest, Moment, MomentUnit, chain_of, issue_certificate,
};
use crate::refusal::{Kind, Refusal};
use crate::site::Site;
use crate::snapshot::{Change, Snapshot};
use crate::tags::{Tag, check_tags};

/// How long an idempotency token is known (API reference, RequestCertificate).
const TOKEN_LIFE: SignedDuration = SignedDuration::from_hours(1);
/// How long a private certificate holds (Certificate Manager user guide: 13 months).
const LIFETIME: SignedDuration = SignedDuration::from_hours(395 * 24);
/// The longest common name; a longer first name is an alternative name alone.
const LONGEST_COMMON_NAME: usize = 64;

/// What RequestCertificate is given.
#[derive(Debug, Clone)]
pub struct RequestCertificate {
    /// The first name.
    pub domain_name: String,
    /// Further names.
    pub alternative_names: Vec<String>,
    /// The authority that issues; without one the certificate would be a public one, which is not served.
    pub authority_arn: Option<String>,
    /// The kind of key.
    pub key_algorithm: CertificateKeyAlgorithm,
    /// Where the same request may come again.
    pub idempotency_token: Option<String>,
    /// Tags.
    pub tags: Vec<Tag>,
}

/// Has a certificate issued and keeps it with its key; answers its ARN. A token that was used within the hour answers the certificate of
/// then.
pub async fn request_certificate(
    site: &Site,
    call: &Call,
    input: RequestCertificate,
) -> Result<String, Refusal> {
    let action = "acm:RequestCertificate";
    site.authorize(call, action, Target::any().with_request_tags(&input.tags))?;
    check_tags(&input.tags)?;
    let names = names::all(&input.domain_name, &input.alternative_names)?;
    let Some(authority) = &input.authority_arn else {
        return Err(invalid(
            "public-certificate",
            "Public certificates are not served: give the CertificateAuthorityArn of a private authority.",
        ));
    };
    if let Some(before) = made_before(&site.directory.read(), call, &input, &names)? {
        return Ok(before);
    }
    let arn = site.account().managed_certificate_arn(&site.new_uuid());
    let issued = issue(site, call, authority, &names, input.key_algorithm).await?;
    let row = Arc::new(ManagedCertificate {
        account: call.caller.account.clone(),
        origin: CertificateOrigin::Private(authority.clone()),
        domain_name: input.domain_name.to_ascii_lowercase(),
        names: names.clone(),
        key_algorithm: input.key_algorithm,
        sealed_key: key::seal(site, &arn, &issued.key)?,
        certificate: issued.certificate,
        chain: issued.chain,
        is_exported: false,
        idempotency_token: input.idempotency_token.clone(),
        tags: input.tags.clone(),
        created_at: call.origin.now,
        issued_at: call.origin.now,
        renewed_at: None,
        arn,
    });
    site.directory
        .write(|snapshot| {
            if let Some(before) = made_before(snapshot, call, &input, &names)? {
                return Ok((Vec::new(), before));
            }
            let arn = row.arn.clone();
            Ok((vec![Change::PutManagedCertificate(row.clone())], arn))
        })
        .await
}

/// The certificate that a request with the same token has made within the hour.
fn made_before(
    snapshot: &Snapshot,
    call: &Call,
    input: &RequestCertificate,
    names: &[String],
) -> Result<Option<String>, Refusal> {
    let Some(token) = &input.idempotency_token else {
        return Ok(None);
    };
    let since = call.origin.now - TOKEN_LIFE;
    let found = snapshot
        .managed_certificates_after("")
        .map(|entry| &entry.row)
        .find(|row| row.idempotency_token.as_ref() == Some(token) && row.created_at >= since);
    match found {
        None => Ok(None),
        Some(row)
            if row.names == names
                && row.key_algorithm == input.key_algorithm
                && row.origin.authority() == input.authority_arn.as_deref() =>
        {
            Ok(Some(row.arn.clone()))
        }
        Some(_) => Err(invalid(
            "idempotency-token-used",
            "The idempotency token was used for another certificate within the hour.",
        )),
    }
}

struct IssuedPair {
    key: FileKey,
    certificate: String,
    chain: Option<String>,
}

/// A new key, and a certificate for it as IssueCertificate makes it: the caller must be allowed that, too.
async fn issue(
    site: &Site,
    call: &Call,
    authority_arn: &str,
    names: &[String],
    algorithm: CertificateKeyAlgorithm,
) -> Result<IssuedPair, Refusal> {
    let key = key::make(algorithm).await?;
    let entry = site
        .directory
        .read()
        .certificate_authority(authority_arn)
        .cloned();
    let issued = issue_certificate(
        site,
        call,
        IssueRequest {
            authority_arn: authority_arn.to_owned(),
            csr: signing_request(&key, names)?,
            signing_algorithm: entry.as_ref().map_or(
                crate::certificate_authorities::AuthoritySigningAlgorithm::SHA256WITHECDSA,
                |entry| entry.row.configuration.signing_algorithm,
            ),
            template_arn: None,
            validity: end(call, entry.as_deref()),
            not_before: None,
            passthrough: None,
            idempotency_token: None,
        },
    )
    .await?;
    let entry = entry.ok_or_else(|| internal("the authority has issued and is not there"))?;
    let der = &issued.row.certificate;
    Ok(IssuedPair {
        key,
        certificate: anyrole_ca::render_certificate(der).map_err(internal)?,
        chain: chain_of(&entry, der),
    })
}

/// 13 months, or the end of the authority where that comes first.
fn end(call: &Call, authority: Option<&AuthorityEntry>) -> Moment {
    let wanted = call.origin.now + LIFETIME;
    let last = authority
        .and_then(AuthorityEntry::not_after)
        .unwrap_or(wanted);
    Moment {
        value: wanted.min(last).as_second(),
        unit: MomentUnit::Absolute,
    }
}

fn signing_request(key: &FileKey, names: &[String]) -> Result<Vec<u8>, Refusal> {
    let first = names
        .first()
        .filter(|name| name.len() <= LONGEST_COMMON_NAME);
    let subject = first.map(|name| ("CN", name.as_str()));
    let order = RequestOrder {
        subject: Subject::from_attributes(subject).map_err(internal)?,
        alternative_names: names.iter().cloned().map(AlternativeName::Dns).collect(),
        extensions: Vec::new(),
        signature: None,
    };
    let request = order.sign(key).and_then(|request| request.to_pem());
    request.map(String::into_bytes).map_err(internal)
}

/// Issues a private certificate anew, with a new key (API reference, RenewCertificate).
pub async fn renew_certificate(site: &Site, call: &Call, arn: &str) -> Result<(), Refusal> {
    let action = "acm:RenewCertificate";
    let row = {
        let snapshot = site.directory.read();
        authorized(site, call, &snapshot, action, Target::any(), arn)?
            .row
            .clone()
    };
    let Some(authority) = row.origin.authority() else {
        return Err(Refusal::new(
            Kind::Validation,
            "not-renewable",
            "An imported certificate can't be renewed; import its successor with the same ARN.",
        ));
    };
    let issued = issue(site, call, authority, &row.names, row.key_algorithm).await?;
    let sealed = key::seal(site, arn, &issued.key)?;
    site.directory
        .write(|snapshot| {
            let entry = authorized(site, call, snapshot, action, Target::any(), arn)?;
            let renewed = ManagedCertificate {
                sealed_key: sealed.clone(),
                certificate: issued.certificate.clone(),
                chain: issued.chain.clone(),
                is_exported: false,
                issued_at: call.origin.now,
                renewed_at: Some(call.origin.now),
                ..ManagedCertificate::clone(&entry.row)
            };
            Ok((vec![Change::PutManagedCertificate(Arc::new(renewed))], ()))
        })
        .await
}
