//! Which failures are worth another attempt, and how long to wait for it: AWS's "standard" retry mode.

use std::num::NonZeroU32;
use std::time::Duration;

/// How often a call is tried in all: 3 times, unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempts(pub NonZeroU32);

impl Default for Attempts {
    fn default() -> Self {
        const THREE: NonZeroU32 = NonZeroU32::MIN.saturating_add(2);
        Self(THREE)
    }
}

/// Error codes that ask for another attempt whatever the status.
const RETRYABLE: [&str; 17] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeTooSkewed",
    "RequestTimeout",
    "RequestTimeoutException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

pub(crate) fn is_retryable_answer(status: u16, code: &str) -> bool {
    status >= 500 || status == 429 || RETRYABLE.contains(&code)
}

/// Network errors pass; a name that does not resolve, an untrusted certificate and a broken URL stay.
pub(crate) fn is_retryable_transport(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::Io(error) => {
            // the standard library has no kind of its own for a name that does not resolve
            let unresolved = error.to_string().contains("failed to lookup address");
            !unresolved && error.kind() != std::io::ErrorKind::InvalidData
        }
        ureq::Error::Timeout(_) | ureq::Error::ConnectionFailed | ureq::Error::Protocol(_) => true,
        _ => false,
    }
}

/// Exponential with full jitter: a random part of 1 s, 2 s, 4 s, …, at most 20 s.
pub(crate) fn delay(failed_attempts: u32, random: [u8; 16]) -> Duration {
    let ceiling = Duration::from_secs(1_u64 << failed_attempts.saturating_sub(1).min(4))
        .min(Duration::from_secs(20));
    let part = u32::from(u16::from_le_bytes([random[0], random[1]]));
    ceiling * part / u32::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_worth_another_attempt() {
        for (status, code, expected) in [
            (500, "", true),
            (503, "ServiceUnavailableException", true),
            (429, "UnknownError", true),
            (400, "ThrottlingException", true),
            (403, "RequestTimeTooSkewed", true),
            (403, "AccessDeniedException", false),
            (400, "ValidationException", false),
            (404, "ResourceNotFoundException", false),
        ] {
            assert_eq!(
                is_retryable_answer(status, code),
                expected,
                "{status} {code}"
            );
        }
    }

    #[test]
    fn delays_grow_and_are_spread() {
        assert_eq!(delay(1, [0; 16]), Duration::ZERO);
        assert_eq!(delay(1, [255; 16]), Duration::from_secs(1));
        assert_eq!(delay(2, [255; 16]), Duration::from_secs(2));
        assert_eq!(delay(60, [255; 16]), Duration::from_secs(16));
    }
}
