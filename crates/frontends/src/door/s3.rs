//! S3 at the door: authenticated here, by our own rules; then s3s decodes, and the gate authorises.

use std::sync::Arc;

use anyrole_domain::{Call, Kind, Origin, Refusal, record_call};
use anyrole_signing::{AuthorizationKind, PayloadHash};
use http::Method;
use http::request::Parts;

use super::{Door, log_refusal};
use crate::authenticate::{Unauthenticated, anonymous, authenticate};
use crate::render_refusal::{s3_signature, s3_xml};
use crate::route::OWN_BUCKET;
use crate::s3::S3Trail;
use crate::{Request, Response};

impl Door {
    fn s3_call(&self, origin: &Origin, parts: &Parts) -> Result<Call, Unauthenticated> {
        let query = parts.uri.query().unwrap_or_default();
        let kind = AuthorizationKind::of(&parts.headers, query);
        let ours = is_own_bucket(parts.uri.path()) && !self.s3.is_virtual_hosted(&parts.headers);
        if kind == AuthorizationKind::Unsigned && !ours {
            return Ok(anonymous(&self.site, origin));
        }
        if let Some(error) = kind.refusal() {
            return Err(error.into());
        }
        let presigned = is_presigned(parts).then_some(query);
        let payload = PayloadHash::declared_to_s3(&parts.headers, presigned)?;
        authenticate(&self.site, origin, parts, payload, "s3")
    }

    pub(super) async fn s3(&self, origin: &Origin, request: Request) -> Response {
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        let trail = Arc::new(S3Trail::default());
        let reads = matches!(parts.method, Method::GET | Method::HEAD);
        let confirmed = self.site.directory.confirm().await;
        let authenticated = match &confirmed {
            Ok(_) => self.s3_call(origin, &parts),
            Err(refusal) => Err(Unauthenticated::Key(refusal.clone())),
        };
        let (mut response, call) = match authenticated {
            Ok(call) if is_own_bucket(&path) && !self.s3.is_virtual_hosted(&parts.headers) => {
                let refusal = own_bucket();
                let response = s3_xml::render(&refusal, &path, &origin.request_id);
                trail.refuse(refusal);
                (response, Some(call))
            }
            Ok(call) => {
                parts.extensions.insert(call.clone());
                parts.extensions.insert(trail.clone());
                (
                    self.s3.call(Request::from_parts(parts, body)).await,
                    Some(call),
                )
            }
            Err(unauthenticated) => {
                let (refusal, response) = s3_refused(unauthenticated, &parts, &origin.request_id);
                trail.refuse(refusal);
                (response, None)
            }
        };
        // What was changed can't be taken back; what was read is not given away on old rights.
        if let (true, Ok(confirmed)) = (reads, confirmed)
            && let Err(refusal) = self.site.directory.reconfirm(confirmed).await
        {
            response = s3_xml::render(&refusal, &path, &origin.request_id);
            trail.refuse(refusal);
        }
        let refusal = trail.refusal(response.status());
        let event = trail.event();
        let resource = trail.resource().unwrap_or(&path);
        let recorded = record_call(
            &self.site,
            origin,
            call.as_ref(),
            event,
            Some(resource),
            refusal.as_ref(),
        )
        .await;
        log_refusal(origin, event, refusal.as_ref());
        match recorded {
            Ok(()) => response,
            Err(refusal) => s3_xml::render(&refusal, &path, &origin.request_id),
        }
    }
}

/// A request that S3 does not take, in its own words.
fn s3_refused(
    unauthenticated: Unauthenticated,
    parts: &Parts,
    request_id: &str,
) -> (Refusal, Response) {
    let path = parts.uri.path();
    match unauthenticated {
        Unauthenticated::Signature(error) => {
            s3_signature::refuse(&error, is_presigned(parts), path, request_id)
        }
        Unauthenticated::Key(refusal) => {
            let response = s3_xml::render(&refusal, path, request_id);
            (refusal, response)
        }
    }
}

fn is_presigned(parts: &Parts) -> bool {
    let query = parts.uri.query().unwrap_or_default();
    matches!(
        AuthorizationKind::of(&parts.headers, query),
        AuthorizationKind::HmacPresigned { .. }
    )
}

/// The bucket that would have our own pages as its objects.
fn is_own_bucket(path: &str) -> bool {
    let bucket = path.split('/').nth(1).unwrap_or_default();
    percent_encoding::percent_decode_str(bucket).eq(OWN_BUCKET.bytes())
}

fn own_bucket() -> Refusal {
    Refusal::new(
        Kind::Validation,
        s3_xml::RESERVED_BUCKET_NAME,
        "The specified bucket is not valid.",
    )
}
