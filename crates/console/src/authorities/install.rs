//! The certificate that an authority waits for: signed by itself, where it is a root, by another authority of this server, or brought in from
//! elsewhere. Each call that this takes leaves its own record.

use anyrole_domain::Refusal;
use anyrole_domain::certificate_authorities::{
    AuthorityEntry, AuthorityKind, ISSUE_CERTIFICATE, describe_authority,
    import_authority_certificate, issue_certificate, read_certificate, read_csr,
};
use anyrole_wire::acm_pca::inputs;
use base64_simd::STANDARD;
use serde_json::json;

use super::{TypedValidity, arn_of, detail, order, path_of, template_arn};
use crate::choices::Pick;
use crate::limits::keep;
use crate::reply::Audited as _;
use crate::{Done, Outcome, Reply, Visit};

const GET_CSR: &str = "acm-pca:GetCertificateAuthorityCsr";
const GET: &str = "acm-pca:GetCertificate";
const IMPORT: &str = "acm-pca:ImportCertificateAuthorityCertificate";

/// What was refused, and which operation that was.
pub(super) type Failed = (&'static str, Refusal);

pub(super) async fn serve(visit: &Visit<'_>, id: &str) -> Outcome {
    if Pick::is_looking(&visit.form) {
        return detail::serve(visit, id);
    }
    let arn = arn_of(visit, id);
    if visit.segment(2) == "import" {
        let certificate = visit.form.text("certificate");
        let chain = visit.form.some("chain");
        let work = async {
            let members = json!({
                "CertificateAuthorityArn": arn,
                "Certificate": STANDARD.encode_to_string(certificate),
                "CertificateChain": chain.map(|chain| STANDARD.encode_to_string(chain)),
            });
            keep(inputs::IMPORT, &members)?;
            let (certificate, chain) = (certificate.as_bytes(), chain.map(str::as_bytes));
            import_authority_certificate(visit.site, visit.call, &arn, certificate, chain).await
        };
        return match visit.admitted(IMPORT, work).await {
            Ok(()) => Reply::see_other(path_of(id), Done::Imported),
            Err(refusal) => detail::refused(visit, id, refusal),
        }
        .of(IMPORT);
    }
    let entry = describe_authority(visit.site, visit.call, &arn)?;
    let issuer = match Pick::read(&visit.form, "issuer").arn.as_str() {
        "" => entry.clone(),
        issuer => describe_authority(visit.site, visit.call, issuer)?,
    };
    let validity = TypedValidity::of(&visit.form, ("10", "YEARS"));
    let mut done = Vec::new();
    let signed = sign(visit, (&entry, &issuer), &validity, &mut done).await;
    told(visit, id, Done::Imported, (signed, done))
}

/// The page that follows, with a record of each operation.
pub(super) fn told(
    visit: &Visit<'_>,
    id: &str,
    what: Done,
    (signed, mut done): (Result<(), Failed>, Vec<&'static str>),
) -> Outcome {
    let reply = match signed {
        Ok(()) => Reply::see_other(path_of(id), what).of(done.pop().unwrap_or(IMPORT)),
        // The authority is there: its page has what is still to be done.
        Err((event, refusal)) => detail::refused(visit, id, refusal).of(event),
    };
    Ok(reply?.after(done))
}

/// The template of the certificate that an authority waits for.
pub(super) fn template_of(entry: &AuthorityEntry) -> &'static str {
    match entry.row.kind {
        AuthorityKind::Root => "RootCACertificate/V1",
        AuthorityKind::Subordinate => "SubordinateCACertificate_PathLen0/V1",
    }
}

/// Has the issuer sign the authority's request, and brings the certificate in. `done` gets the operations that the door has to record: the
/// issuing records itself.
pub(super) async fn sign(
    visit: &Visit<'_>,
    (entry, issuer): (&AuthorityEntry, &AuthorityEntry),
    validity: &TypedValidity,
    done: &mut Vec<&'static str>,
) -> Result<(), Failed> {
    let (site, call) = (visit.site, visit.call);
    let (arn, issuer_arn) = (&entry.row.arn, &issuer.row.arn);
    let template = template_of(entry);
    let csr = visit.admitted(GET_CSR, async { read_csr(site, call, arn) });
    let csr = csr.await.map_err(|refusal| (GET_CSR, refusal))?;
    done.push(GET_CSR);
    let work = async {
        let input = order(issuer, &csr, template_arn(visit, template), validity)?;
        issue_certificate(site, call, input).await
    };
    let issued = visit.admitted(ISSUE_CERTIFICATE, work).await;
    let issued = issued.map_err(|refusal| (ISSUE_CERTIFICATE, refusal))?;
    let found = visit.admitted(GET, read_certificate(site, call, issuer_arn, &issued.arn));
    let found = found.await.map_err(|refusal| (GET, refusal))?;
    done.push(GET);
    let chain = match entry.row.kind {
        AuthorityKind::Root => None,
        AuthorityKind::Subordinate => found.chain.as_deref().map(str::as_bytes),
    };
    let certificate = found.certificate.as_bytes();
    let work = import_authority_certificate(site, call, arn, certificate, chain);
    let imported = visit.admitted(IMPORT, work).await;
    imported.map_err(|refusal| (IMPORT, refusal))?;
    done.push(IMPORT);
    Ok(())
}
