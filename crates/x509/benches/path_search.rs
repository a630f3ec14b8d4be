//! What the search for a path costs on chains that are made to cost: each within the limits of what may be presented,
//! beside an honest chain of the same kinds of key. Fails where one costs more than ten honest ones. Needs openssl.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark"
)]

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use anyrole_x509::{AnchorCertificates, PresentedChain, Reason, Revocation, verify_chain};
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PublicKeyData, SignatureAlgorithm, date_time_ymd,
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

#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    algorithm: &'static SignatureAlgorithm,
}

const P_256: Kind = Kind {
    name: "P-256",
    algorithm: &rcgen::PKCS_ECDSA_P256_SHA256,
};
const P_521: Kind = Kind {
    name: "P-521",
    algorithm: &rcgen::PKCS_ECDSA_P521_SHA512,
};
const RSA_2048: Kind = Kind {
    name: "RSA-2048",
    algorithm: &rcgen::PKCS_RSA_SHA256,
};
const RSA_4096: Kind = Kind {
    name: "RSA-4096",
    algorithm: &rcgen::PKCS_RSA_SHA256,
};
/// The dearest key that verifies anything: the longest modulus and the longest exponent, all of it ones.
const RSA_DEAREST: Kind = Kind {
    name: "RSA-8192, exponent of 33 bits",
    algorithm: &rcgen::PKCS_RSA_SHA256,
};
const ML_DSA_87: Kind = Kind {
    name: "ML-DSA-87",
    algorithm: &rcgen::PKCS_ML_DSA_87,
};

impl Kind {
    fn key(&self) -> KeyPair {
        let rsa = |size| KeyPair::generate_rsa_for(self.algorithm, size).unwrap();
        match self.name {
            "RSA-2048" => rsa(rcgen::RsaKeySize::_2048),
            "RSA-4096" => rsa(rcgen::RsaKeySize::_4096),
            "RSA-8192, exponent of 33 bits" => {
                KeyPair::from_pem_and_sign_algo(&DEAREST_KEY, self.algorithm).unwrap()
            }
            _ => KeyPair::generate_for(self.algorithm).unwrap(),
        }
    }

    /// A public key that differs from all others that were asked for.
    fn other_public_key(&self) -> NobodysKey {
        static NEXT: AtomicU8 = AtomicU8::new(1);
        let mut octets = self.key().der_bytes().to_vec();
        if *self.algorithm == rcgen::PKCS_RSA_SHA256 {
            let inside_the_modulus = octets.len() / 2;
            octets[inside_the_modulus] ^= NEXT.fetch_add(1, Ordering::Relaxed);
        }
        NobodysKey {
            octets,
            algorithm: self.algorithm,
        }
    }

    fn authority(&self, name: &str) -> Authority {
        Issuer::new(ca(name), self.key())
    }
}

/// Making such a key takes long, so there is one.
static DEAREST_KEY: LazyLock<String> = LazyLock::new(|| {
    let made = Command::new("openssl")
        .args(["genpkey", "-algorithm", "RSA"])
        .args(["-pkeyopt", "rsa_keygen_bits:8192"])
        .args(["-pkeyopt", "rsa_keygen_pubexp:8589934591"])
        .stderr(Stdio::null())
        .output();
    String::from_utf8(made.unwrap().stdout).unwrap()
});

/// A key of a certificate that nobody need have: the modulus of a real one, altered, verifies as slowly.
struct NobodysKey {
    octets: Vec<u8>,
    algorithm: &'static SignatureAlgorithm,
}

impl PublicKeyData for NobodysKey {
    fn der_bytes(&self) -> &[u8] {
        &self.octets
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

fn sign(params: &CertificateParams, key: &impl PublicKeyData, by: &Authority) -> Vec<u8> {
    params.signed_by(key, by).unwrap().der().to_vec()
}

const NO_PATH: &[Reason] = &[Reason::ChainTooComplex, Reason::ChainSignatureInvalid];

struct Question {
    what: &'static str,
    anchor: AnchorCertificates,
    leaf: Vec<u8>,
    chain: Vec<Vec<u8>>,
    /// What it may be refused for; nothing where it is honest.
    refusals: &'static [Reason],
}

impl Question {
    fn is_honest(&self) -> bool {
        self.refusals.is_empty()
    }

    /// The shortest of many times: what the work costs when nothing disturbs it.
    fn cost(&self) -> Duration {
        let at: Timestamp = "2030-06-15T12:00:00Z".parse().unwrap();
        let ask = || {
            let presented =
                PresentedChain::from_der(self.leaf.clone(), self.chain.clone()).unwrap();
            verify_chain(&presented, &self.anchor, &Revocation::NONE, at)
        };
        match ask() {
            Ok(_) => assert!(self.is_honest(), "{}", self.what),
            Err(refusal) => {
                assert!(
                    self.refusals.contains(&refusal.reason),
                    "{}: {refusal:?}",
                    self.what
                );
            }
        }
        let timed = || {
            let start = Instant::now();
            let _ = black_box(ask());
            start.elapsed()
        };
        (0..100).map(|_| timed()).min().unwrap()
    }
}

/// The anchor's key is of the one kind, and those of all below it of the other.
fn questions(top: Kind, below: Kind) -> Vec<Question> {
    let root_key = top.key();
    let root_certificate = ca("Root").self_signed(&root_key).unwrap();
    let anchor = || AnchorCertificates::from_der(vec![root_certificate.der().to_vec()]).unwrap();
    let root = Issuer::new(ca("Root"), root_key);
    let leaf_key = P_256.key();
    let question = |what, leaf, chain, refusals| Question {
        what,
        anchor: anchor(),
        leaf,
        chain,
        refusals,
    };

    // Honest: five intermediates in a line, and one.
    let mut line: Vec<(Authority, Vec<u8>)> = Vec::new();
    for depth in 0..5 {
        let name = format!("Intermediate {depth}");
        let key = below.key();
        let above = line.last().map_or(&root, |(above, _)| above);
        let der = sign(&ca(&name), &key, above);
        line.push((Issuer::new(ca(&name), key), der));
    }
    let deep = sign(&leaf(), &leaf_key, &line[4].0);
    let shallow = sign(&leaf(), &leaf_key, &line[0].0);
    let chain: Vec<Vec<u8>> = line.iter().map(|(_, der)| der.clone()).collect();

    // Somebody without any certificate of the anchor's: five CAs that bear its name, and a leaf of theirs.
    let stranger = top.authority("Root");
    let crowd = (0..5).map(|_| sign(&ca("Root"), &below.other_public_key(), &stranger));
    let crowd: Vec<Vec<u8>> = crowd.collect();
    let outsider = sign(&leaf(), &leaf_key, &stranger);
    // Signed by nobody: a good signature, altered.
    let mut stray = sign(&leaf(), &leaf_key, &below.authority("Root"));
    *stray.last_mut().unwrap() ^= 1;

    // The anchor's own signature on five CAs of its name, and a leaf that none of them signed: names allow every order.
    let by_root = (0..5).map(|_| sign(&ca("Root"), &below.other_public_key(), &root));
    let by_root: Vec<Vec<u8>> = by_root.collect();
    // The same, where one of them signed the others.
    let head = Issuer::new(ca("Root"), below.key());
    let by_head = (0..4).map(|_| sign(&ca("Root"), &below.other_public_key(), &head));
    let mut by_head: Vec<Vec<u8>> = by_head.collect();
    by_head.push(sign(&ca("Root"), head.key(), &root));
    vec![
        question("honest, five intermediates", deep, chain.clone(), &[]),
        question(
            "honest, one intermediate",
            shallow,
            vec![chain[0].clone()],
            &[],
        ),
        question("outsider's crowd", outsider, crowd, NO_PATH),
        question("insider's crowd", stray.clone(), by_root, NO_PATH),
        question("insider's CA and its crowd", stray, by_head, NO_PATH),
        constrained(
            "insider's DNS constraints",
            (33, dns_name),
            below,
            anchor(),
            &root,
        ),
        constrained(
            "insider's directory constraints",
            (28, directory_name),
            below,
            anchor(),
            &root,
        ),
    ]
}

/// An insider's CA with as many constraints, and a leaf with as many names, as are compared.
fn constrained(
    what: &'static str,
    (count, general_name): (usize, fn(&str) -> Vec<u8>),
    below: Kind,
    anchor: AnchorCertificates,
    root: &Authority,
) -> Question {
    let names = |prefix: &str| -> Vec<u8> {
        (0..count)
            .flat_map(|number| general_name(&format!("{prefix}{number}")))
            .collect()
    };
    let bases: Vec<u8> = (0..count)
        .flat_map(|number| tlv(0x30, &general_name(&format!("excluded{number}"))))
        .collect();
    let mut params = ca("Constrained");
    params.custom_extensions = vec![CustomExtension::from_oid_content(
        &[2, 5, 29, 30],
        tlv(0x30, &tlv(0xa1, &bases)),
    )];
    let key = below.key();
    let der = sign(&params, &key, root);
    let issuer = Issuer::new(params, key);
    // The last of its names is the one that is excluded.
    let mut names = names("name");
    names.extend(general_name(&format!("excluded{}", count - 1)));
    let mut params = leaf();
    params.custom_extensions = vec![CustomExtension::from_oid_content(
        &[2, 5, 29, 17],
        tlv(0x30, &names),
    )];
    Question {
        what,
        anchor,
        leaf: sign(&params, &P_256.key(), &issuer),
        chain: vec![der],
        refusals: &[Reason::NameConstraint],
    }
}

fn dns_name(label: &str) -> Vec<u8> {
    let longest = format!("{label}.{}", "a.b.c.d.e.".repeat(18));
    tlv(0x82, longest.trim_end_matches('.').as_bytes())
}

/// One RDN of many attributes, whose text must be folded.
fn directory_name(text: &str) -> Vec<u8> {
    let attributes: Vec<u8> = (0..9)
        .flat_map(|number| {
            let value = tlv(0x0c, format!("{number} A  {text}").as_bytes());
            tlv(0x30, &[tlv(0x06, &[0x55, 4, 11]), value].concat())
        })
        .collect();
    tlv(0xa4, &tlv(0x30, &tlv(0x31, &attributes)))
}

/// DER of one element.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let mut octets = vec![tag];
    match content.len() {
        0..0x80 => octets.push(length[7]),
        0x80..0x100 => octets.extend([0x81, length[7]]),
        _ => octets.extend([0x82, length[6], length[7]]),
    }
    octets.extend(content);
    octets
}

fn main() {
    let kinds = [
        (P_256, P_256),
        (P_521, P_521),
        (RSA_2048, RSA_2048),
        (RSA_4096, RSA_4096),
        (ML_DSA_87, ML_DSA_87),
        (P_256, P_521),
        (RSA_2048, P_521),
        (RSA_2048, RSA_DEAREST),
        (P_521, RSA_2048),
    ];
    let mut worst: f64 = 0.0;
    println!(
        "| anchor's key, keys below | chain | µs | times the honest one of seven certificates | of three |"
    );
    println!("|---|---|---|---|---|");
    for (top, below) in kinds {
        let questions = questions(top, below);
        let costs: Vec<Duration> = questions.iter().map(Question::cost).collect();
        for (question, cost) in questions.iter().zip(&costs) {
            let times = |honest: Duration| cost.as_secs_f64() / honest.as_secs_f64();
            let (long, short) = (times(costs[0]), times(costs[1]));
            println!(
                "| {}, {} | {} | {:.1} | {long:.2} | {short:.2} |",
                top.name,
                below.name,
                question.what,
                cost.as_secs_f64() * 1e6
            );
            if !question.is_honest() {
                worst = worst.max(short);
            }
        }
    }
    println!("\nthe worst hostile chain costs {worst:.2} honest ones with one intermediate");
    assert!(worst <= BOUND, "{worst:.2} is above {BOUND}");
}
