//! When a certificate is to be renewed: what it says of its time and a bit of chance enter, a moment leaves.

use anyrole_sdk::schedule::later;
use anyrole_x509::CertificateSummary;
use jiff::{SignedDuration, Timestamp};

/// A refusal that asking again will hardly change is asked for so much later.
const AFTER_REFUSAL: SignedDuration = SignedDuration::from_mins(10);

/// Two thirds of its life after its start, and by chance up to a twentieth earlier, so that machines that began together don't ask
/// together; or, where that is said, so long before its end, but not before half of its life is over: the next one would be due at once.
pub fn renewal_due(
    certificate: &CertificateSummary,
    expires_in: Option<SignedDuration>,
    random: [u8; 16],
) -> Timestamp {
    let (start, end) = (certificate.not_before, certificate.not_after);
    let life = end.duration_since(start);
    let [low, high, ..] = random;
    let part = i32::from(u16::from_le_bytes([low, high]));
    let earlier = life / 20 * part / i32::from(u16::MAX);
    match expires_in {
        Some(left) => later(end, -left).max(later(start, life / 2)),
        None => later(start, life * 2 / 3 - earlier),
    }
}

/// How long after a refusal the next try is: a random half of it.
pub(super) fn pause_after_refusal(random: [u8; 16]) -> SignedDuration {
    let [first, ..] = random;
    AFTER_REFUSAL / 2 + AFTER_REFUSAL / 2 * i32::from(first) / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(start: &str, end: &str) -> CertificateSummary {
        let made = rcgen::generate_simple_self_signed(vec!["host".to_owned()]).unwrap();
        let certificate = anyrole_x509::Certificate::parse_der(made.cert.der().to_vec()).unwrap();
        CertificateSummary {
            not_before: start.parse().unwrap(),
            not_after: end.parse().unwrap(),
            ..certificate.summary().clone()
        }
    }

    #[test]
    fn at_two_thirds_of_its_life_and_somewhat_earlier() {
        let day = summary("2030-01-01T00:00:00Z", "2030-01-02T00:00:00Z");
        let month = summary("2030-01-01T00:00:00Z", "2030-01-31T00:00:00Z");
        let week = Some(SignedDuration::from_hours(7 * 24));
        let rows = [
            (&day, None, 0, "2030-01-01T16:00:00Z"),
            (&day, None, 255, "2030-01-01T14:48:00Z"),
            (&month, None, 0, "2030-01-21T00:00:00Z"),
            (&month, None, 255, "2030-01-19T12:00:00Z"),
            (&month, week, 255, "2030-01-24T00:00:00Z"),
            (&day, week, 0, "2030-01-01T12:00:00Z"),
        ];
        for (certificate, expires_in, random, expected) in rows {
            let due = renewal_due(certificate, expires_in, [random; 16]);
            assert_eq!(due.to_string(), expected);
        }
    }
}
