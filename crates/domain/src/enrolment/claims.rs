//! Claims: who may issue which certificate now, decided inside of a store's transaction, so that however many servers are asked
//! at once, a token is used so often and no more, a certificate is renewed once, and a request counts once. The engines read
//! rows under a lock, ask `decide`, and write what it says; the rule is here.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::name_policy::DecidedNames;
use crate::account::AccountId;

/// Whoever began to issue and did not end is taken to be gone after this long.
const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// By what right a certificate is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Right {
    /// A join token, by its id.
    Token(String),
    /// An enrolled certificate, by the SHA-256 of its DER.
    Certificate([u8; 32]),
}

impl Right {
    /// As it is stored.
    pub fn key(&self) -> String {
        match self {
            Self::Token(id) => format!("token/{id}"),
            Self::Certificate(sha256) => {
                let hex: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("certificate/{hex}")
            }
        }
    }
}

/// A request whose proof was verified.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The account.
    pub account: AccountId,
    /// By what right.
    pub right: Right,
    /// SHA-256 of the new certificate's public key.
    pub key_sha256: [u8; 32],
    /// When the proof was made, by the client.
    pub proved_at: Timestamp,
    /// When it is claimed.
    pub now: Timestamp,
}

/// What a store has of the right and the key.
#[derive(Debug, Clone)]
pub struct Standing {
    /// How many keys the right is good for; `None`: it is gone.
    pub most: Option<u32>,
    /// How many have used it.
    pub used: u32,
    /// What the same key has had of it.
    pub before: Option<Before>,
}

/// An earlier claim by the same key.
#[derive(Debug, Clone)]
pub struct Before {
    /// When its newest proof was made.
    pub proved_at: Timestamp,
    /// When it was claimed last.
    pub claimed_at: Timestamp,
    /// What came of it.
    pub issued: Option<EnrolledCertificate>,
}

/// What is to be done about a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// A new use: the store counts it and keeps the claim.
    Begin,
    /// The same use once more, since who began did not end: the store keeps the newer proof and claim.
    Resume,
    /// The certificate was issued before, and its answer lost: the store keeps the newer proof.
    Again(Box<EnrolledCertificate>),
    /// The request was seen before, or one that was made later.
    Replayed,
    /// Somebody is issuing it at this moment.
    Busy,
    /// All uses are taken by other keys.
    UsedUp,
    /// The right is gone.
    Gone,
}

/// What the certificates of one machine have in common, from the first one on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateLine {
    /// Who issues them.
    pub authority_arn: String,
    /// What they are called.
    pub names: DecidedNames,
    /// How long each lives, in seconds.
    pub certificate_seconds: u32,
    /// The join token that it began with.
    pub token_id: String,
}

/// A certificate that enrolment or renewal gave: what its renewal needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolledCertificate {
    /// Its line.
    pub line: CertificateLine,
    /// The certificate, DER.
    pub der: Vec<u8>,
}

/// Decides about a claim.
pub fn decide(claim: &Claim, standing: &Standing) -> Decision {
    let Some(most) = standing.most else {
        return Decision::Gone;
    };
    let Some(before) = &standing.before else {
        return match standing.used < most {
            true => Decision::Begin,
            false => Decision::UsedUp,
        };
    };
    if claim.proved_at <= before.proved_at {
        return Decision::Replayed;
    }
    if let Some(issued) = &before.issued {
        return Decision::Again(Box::new(issued.clone()));
    }
    // A clock that was set back makes nobody wait for long.
    let age = claim.now.duration_since(before.claimed_at);
    match age.abs() < LEASE {
        true => Decision::Busy,
        false => Decision::Resume,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn each_standing_has_its_decision() {
        let issued = EnrolledCertificate {
            line: CertificateLine {
                authority_arn: "arn".to_owned(),
                names: DecidedNames {
                    attributes: Vec::new(),
                    names: Vec::new(),
                },
                certificate_seconds: 60,
                token_id: "id".to_owned(),
            },
            der: vec![1],
        };
        let before = |proved, claimed, issued: Option<&EnrolledCertificate>| {
            Some(Before {
                proved_at: at(proved),
                claimed_at: at(claimed),
                issued: issued.cloned(),
            })
        };
        let again = Decision::Again(Box::new(issued.clone()));
        let table = [
            (None, 0, None, Decision::Gone),
            (None, 0, before(1, 1, Some(&issued)), Decision::Gone),
            (Some(1), 0, None, Decision::Begin),
            (Some(1), 1, None, Decision::UsedUp),
            (Some(3), 2, None, Decision::Begin),
            (Some(1), 1, before(99, 100, Some(&issued)), again),
            (
                Some(1),
                1,
                before(100, 100, Some(&issued)),
                Decision::Replayed,
            ),
            (Some(1), 1, before(101, 100, None), Decision::Replayed),
            (Some(1), 1, before(99, 100, None), Decision::Busy),
            (Some(1), 1, before(99, 71, None), Decision::Busy),
            (Some(1), 1, before(99, 70, None), Decision::Resume),
            (Some(1), 1, before(99, 200, None), Decision::Resume),
        ];
        let claim = Claim {
            account: AccountId::parse("000000000000").unwrap(),
            right: Right::Token("id".to_owned()),
            key_sha256: [1; 32],
            proved_at: at(100),
            now: at(100),
        };
        for (most, used, before, expected) in table {
            let standing = Standing { most, used, before };
            assert_eq!(decide(&claim, &standing), expected, "{standing:?}");
        }
    }
}
