//! The rules that a signature must keep besides being right: region, service, date window, signed headers, lifetime of
//! presigned URLs; and the comparison. Called by the front ends for every signed request.

use jiff::{SignedDuration, Timestamp};

use crate::sink::hex_of;
use crate::{
    AmzDate, CanonicalRequest, CredentialScope, PathStyle, PayloadHash, RequestHead, SigningKey,
    UnverifiedSignature, VerifyError,
};

/// The most that `X-Amz-Expires` may be: 7 days.
const PRESIGNED_LIMIT_SECONDS: u64 = 604_800;

/// What the verifier accepts.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Accepted regions, the one to name in errors first.
    pub regions: &'a [&'a str],
    /// The service that was called.
    pub service: &'a str,
    /// The verifier's clock.
    pub now: Timestamp,
    /// How far the signature's date may be from `now`, to either side.
    pub skew: SignedDuration,
}

impl Expected<'_> {
    /// The window of most services: 5 minutes.
    pub const SKEW: SignedDuration = SignedDuration::from_mins(5);
    /// S3's window: 15 minutes.
    pub const SKEW_S3: SignedDuration = SignedDuration::from_mins(15);

    /// Refuses a date further from now than the window.
    pub(crate) fn check_window(&self, signed_at: &AmzDate) -> Result<(), VerifyError> {
        self.check_future(signed_at)?;
        if self.now.duration_since(signed_at.timestamp()) > self.skew {
            return Err(VerifyError::RequestExpired {
                signed_at: signed_at.timestamp(),
                now: self.now,
                allowed_seconds: self.skew.as_secs(),
            });
        }
        Ok(())
    }

    fn check_future(&self, signed_at: &AmzDate) -> Result<(), VerifyError> {
        if signed_at.timestamp().duration_since(self.now) > self.skew {
            return Err(VerifyError::NotYetValid {
                signed_at: signed_at.timestamp(),
                now: self.now,
                allowed_seconds: self.skew.as_secs(),
            });
        }
        Ok(())
    }

    fn check_presigned(
        &self,
        signed_at: &AmzDate,
        expires_seconds: u64,
    ) -> Result<(), VerifyError> {
        if expires_seconds > PRESIGNED_LIMIT_SECONDS {
            return Err(VerifyError::PresignedTooLong {
                presented_seconds: expires_seconds,
            });
        }
        self.check_future(signed_at)?;
        let lifetime = SignedDuration::from_secs(i64::try_from(expires_seconds).unwrap_or(0));
        // a date so far out that the sum overflows cannot have passed `check_future`
        let expired_at = signed_at
            .timestamp()
            .checked_add(lifetime)
            .unwrap_or(signed_at.timestamp());
        if self.now > expired_at {
            return Err(VerifyError::PresignedExpired {
                expired_at,
                now: self.now,
            });
        }
        Ok(())
    }
}

pub(crate) fn check_scope(
    scope: &CredentialScope<'_>,
    signed_at: &AmzDate,
    expected: &Expected<'_>,
) -> Result<(), VerifyError> {
    if scope.service != expected.service {
        return Err(VerifyError::WrongService {
            expected: expected.service.to_owned(),
            presented: scope.service.clone().into_owned(),
        });
    }
    if !expected.regions.contains(&&*scope.region) {
        return Err(VerifyError::WrongRegion {
            expected: expected
                .regions
                .first()
                .copied()
                .unwrap_or_default()
                .to_owned(),
            presented: scope.region.clone().into_owned(),
        });
    }
    if scope.date != signed_at.day() {
        return Err(VerifyError::DateMismatch {
            scope: scope.date.clone().into_owned(),
            signed_at: signed_at.as_str().to_owned(),
        });
    }
    Ok(())
}

impl UnverifiedSignature<'_> {
    /// All rules but the signature itself: what can be refused before the secret is looked up.
    pub fn check_claims(
        &self,
        headers: &http::HeaderMap,
        expected: &Expected<'_>,
    ) -> Result<(), VerifyError> {
        check_scope(&self.scope, &self.signed_at, expected)?;
        match self.presigned_expires {
            Some(seconds) => expected.check_presigned(&self.signed_at, seconds)?,
            None => expected.check_window(&self.signed_at)?,
        }
        self.signed_headers.check_cover(headers)
    }

    /// All rules, and the signature in constant time. `key` is `SigningKey::derive(secret, &self.scope)` or one kept from
    /// an earlier request of the same scope.
    pub fn verify(
        &self,
        head: &RequestHead<'_>,
        payload: PayloadHash<'_>,
        key: &SigningKey,
        expected: &Expected<'_>,
    ) -> Result<(), VerifyError> {
        self.check_claims(head.headers, expected)?;
        let hash = self.canonical_request(head, payload).hash();
        if key.matches(&self.signed_at, &self.scope, &hash, &self.signature) {
            Ok(())
        } else {
            Err(VerifyError::SignatureMismatch)
        }
    }

    /// The request as the signer should have seen it, in the path style of the scope's service; S3 prints its text in
    /// the answer to a mismatch.
    pub fn canonical_request<'r>(
        &'r self,
        head: &RequestHead<'r>,
        payload: PayloadHash<'r>,
    ) -> CanonicalRequest<'r> {
        CanonicalRequest {
            head: *head,
            signed_headers: &self.signed_headers,
            payload,
            path_style: PathStyle::for_service(&self.scope.service),
        }
    }
}

/// Algorithm, date, scope and the canonical request's hash, one a line.
/// Source: IAM user guide, "Create a signed AWS API request", step 3.
pub(crate) fn write_string_to_sign(
    algorithm: &str,
    signed_at: &AmzDate,
    scope: &CredentialScope<'_>,
    canonical_hash: &[u8; 32],
    mut write: impl FnMut(&[u8]),
) {
    let parts: [&[u8]; 10] = [
        algorithm.as_bytes(),
        b"\n",
        signed_at.as_str().as_bytes(),
        b"\n",
        scope.date.as_bytes(),
        b"/",
        scope.region.as_bytes(),
        b"/",
        scope.service.as_bytes(),
        b"/aws4_request\n",
    ];
    parts.into_iter().for_each(&mut write);
    write(&hex_of(canonical_hash));
}
