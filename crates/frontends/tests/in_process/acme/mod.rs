//! ACME through the door: the life of a certificate, what an account may ask, and each way in which a request is refused.

mod accounts;
mod certificates;
mod meanwhile;
mod names;
mod refusals;
mod stage;

use anyrole_x509::Certificate;

pub use self::stage::{ID, Stage, url};
use crate::site::Answer;

pub fn leaf(pem: &str) -> Certificate {
    Certificate::parse_pem_bundle(pem).unwrap().remove(0)
}

/// Status, type and reason code of a refusal.
fn refused(answer: &Answer) -> (u16, String, String) {
    let kind = answer.header("content-type");
    assert_eq!(kind, "application/problem+json", "{}", answer.body);
    let record = &answer.record;
    assert_eq!(record["outcome"], "refused", "{record}");
    (answer.status, answer.problem(), answer.reason().to_owned())
}

fn is_refused(answer: &Answer, what: &str, expected: (u16, &str, &str)) {
    let (status, kind, reason) = refused(answer);
    assert_eq!(
        (status, kind.as_str(), reason.as_str()),
        expected,
        "{what}: {}",
        answer.body
    );
}
