//! What the search for a path costs on chains that are made to cost: each within the limits of what may be presented,
//! beside an honest chain of the same kind of key. Fails where one costs more than ten honest ones.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyrole_x509::{AnchorCertificates, PresentedChain, Revocation, verify_chain};
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, SanType, SignatureAlgorithm, date_time_ymd,
};

/// Most times that an honest chain's cost a hostile one may have.
const BOUND: f64 = 10.0;

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2030, 1, 1);
    params.not_after = date_time_ymd(2031, 1, 1);
    params
}

fn leaf() -> CertificateParams {
    let mut params = params("leaf");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}

fn ca(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

type Authority = Issuer<'static, KeyPair>;

struct Kind {
    name: &'static str,
    algorithm: &'static SignatureAlgorithm,
}

impl Kind {
    fn key(&self) -> KeyPair {
        match self.name {
            "RSA-4096" => {
                KeyPair::generate_rsa_for(self.algorithm, rcgen::RsaKeySize::_4096).unwrap()
            }
            _ => KeyPair::generate_for(self.algorithm).unwrap(),
        }
    }

    fn authority(&self, name: &str) -> Authority {
        Issuer::new(ca(name), self.key())
    }

    fn sign(&self, params: &CertificateParams, key: &KeyPair, by: &Authority) -> Vec<u8> {
        params.signed_by(key, by).unwrap().der().to_vec()
    }
}

struct Question {
    what: &'static str,
    anchor: AnchorCertificates,
    leaf: Vec<u8>,
    chain: Vec<Vec<u8>>,
    is_honest: bool,
}

impl Question {
    /// The shortest of many times: what the work costs when nothing disturbs it.
    fn cost(&self) -> Duration {
        let at: Timestamp = "2030-06-15T12:00:00Z".parse().unwrap();
        let ask = || {
            let presented =
                PresentedChain::from_der(self.leaf.clone(), self.chain.clone()).unwrap();
            verify_chain(&presented, &self.anchor, &Revocation::NONE, at)
        };
        assert_eq!(ask().is_ok(), self.is_honest, "{}", self.what);
        let timed = || {
            let start = Instant::now();
            let _ = black_box(ask());
            start.elapsed()
        };
        (0..300).map(|_| timed()).min().unwrap()
    }
}

fn questions(kind: &Kind) -> Vec<Question> {
    let root_key = kind.key();
    let root_certificate = ca("Root").self_signed(&root_key).unwrap();
    let anchor = || AnchorCertificates::from_der(vec![root_certificate.der().to_vec()]).unwrap();
    let root = Issuer::new(ca("Root"), root_key);
    let leaf_key = kind.key();
    let question = |what, leaf, chain, is_honest| Question {
        what,
        anchor: anchor(),
        leaf,
        chain,
        is_honest,
    };

    // Honest: five intermediates in a line, and one.
    let mut line: Vec<(Authority, Vec<u8>)> = Vec::new();
    for depth in 0..5 {
        let name = format!("Intermediate {depth}");
        let key = kind.key();
        let above = line.last().map_or(&root, |(above, _)| above);
        let der = kind.sign(&ca(&name), &key, above);
        line.push((Issuer::new(ca(&name), key), der));
    }
    let deep = kind.sign(&leaf(), &leaf_key, &line[4].0);
    let shallow = kind.sign(&leaf(), &leaf_key, &line[0].0);
    let chain: Vec<Vec<u8>> = line.iter().map(|(_, der)| der.clone()).collect();

    // Somebody without any certificate of the anchor's: five CAs that bear its name, and a leaf of theirs.
    let strangers: Vec<Authority> = (0..5).map(|_| kind.authority("Root")).collect();
    let crowd = strangers.iter().map(|stranger| {
        let params = ca("Root");
        params.self_signed(stranger.key()).unwrap().der().to_vec()
    });
    let crowd: Vec<Vec<u8>> = crowd.collect();
    let stray = kind.sign(&leaf(), &leaf_key, &kind.authority("Root"));

    // The anchor's own signature on five CAs of its name, and a leaf that none of them signed: names allow every order.
    let by_root = (0..5).map(|_| kind.sign(&ca("Root"), &kind.key(), &root));
    let by_root: Vec<Vec<u8>> = by_root.collect();
    vec![
        question("honest, five intermediates", deep, chain.clone(), true),
        question(
            "honest, one intermediate",
            shallow,
            vec![chain[0].clone()],
            true,
        ),
        question("outsider's crowd", stray.clone(), crowd, false),
        question("insider's crowd", stray, by_root, false),
        constrained(kind, anchor(), &root, &leaf_key),
    ]
}

/// An insider's CA with as many constraints, and a leaf with as many names, as a certificate holds.
fn constrained(
    kind: &Kind,
    anchor: AnchorCertificates,
    root: &Authority,
    leaf_key: &KeyPair,
) -> Question {
    let mut params = ca("Constrained");
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: Vec::new(),
        excluded_subtrees: (0..200)
            .map(|number| GeneralSubtree::DnsName(format!("n{number}.example")))
            .collect(),
    });
    let key = kind.key();
    let der = kind.sign(&params, &key, root);
    let issuer = Issuer::new(params, key);
    let mut params = leaf();
    params.subject_alt_names = (0..200)
        .map(|number| SanType::DnsName(format!("n{number}.example.org").try_into().unwrap()))
        .collect();
    Question {
        what: "insider's constraints",
        anchor,
        leaf: kind.sign(&params, leaf_key, &issuer),
        chain: vec![der],
        is_honest: false,
    }
}

fn main() {
    let kinds = [
        ("P-256", &rcgen::PKCS_ECDSA_P256_SHA256),
        ("P-521", &rcgen::PKCS_ECDSA_P521_SHA512),
        ("RSA-2048", &rcgen::PKCS_RSA_SHA256),
        ("RSA-4096", &rcgen::PKCS_RSA_SHA256),
        ("ML-DSA-87", &rcgen::PKCS_ML_DSA_87),
    ];
    let mut worst: f64 = 0.0;
    println!("| key | chain | µs | times the honest one of seven certificates | of three |");
    println!("|---|---|---|---|---|");
    for (name, algorithm) in kinds {
        let kind = Kind { name, algorithm };
        let questions = questions(&kind);
        let costs: Vec<Duration> = questions.iter().map(Question::cost).collect();
        for (question, cost) in questions.iter().zip(&costs) {
            let times = |honest: Duration| cost.as_secs_f64() / honest.as_secs_f64();
            let (long, short) = (times(costs[0]), times(costs[1]));
            println!(
                "| {name} | {} | {:.1} | {long:.2} | {short:.2} |",
                question.what,
                cost.as_secs_f64() * 1e6
            );
            if !question.is_honest {
                worst = worst.max(short);
            }
        }
    }
    println!("\nthe worst hostile chain costs {worst:.2} honest ones with one intermediate");
    assert!(worst <= BOUND, "{worst:.2} is above {BOUND}");
}
