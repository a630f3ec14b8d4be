//! Certificates and requests that are signed with them: an authority of one kind of key, leaves of the same kind,
//! and for each leaf a CreateSession request as the official helper makes it (ARNs in the query, a JSON body).

use std::convert::Infallible;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use anyrole_ca::{
    Authority, CertificateOrder, CertificateProfile, Serial, Subject, Validity, issue,
    render_certificate, self_sign,
};
use anyrole_domain::ports::{Clock as _, Entropy as _};
use anyrole_domain::sessions::{PresentedSignature, UnverifiedCreateSession};
use anyrole_keys::{FileKey, KeyAlgorithm, KeyError, KeySpec, SignatureScheme, SigningKey};
use anyrole_signing::{PayloadHash, X509Algorithm, X509Signer, sign_x509};
use anyrole_x509::{LeafSignatureAlgorithm, PresentedChain};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use http::HeaderMap;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::http::wire_bytes;
use super::site::{Arns, REGION};
use super::{SystemClock, SystemEntropy};

const BODY: &str = r#"{"durationSeconds":3600}"#;

/// A kind of key, of authority and leaf alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// ECDSA P-256.
    P256,
    /// RSA with 2048 bits.
    Rsa2048,
}

impl Kind {
    /// As tables have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::Rsa2048 => "RSA-2048",
        }
    }

    fn key(self) -> Result<FileKey> {
        Ok(FileKey::generate(match self {
            Self::P256 => KeySpec::EcP256,
            Self::Rsa2048 => KeySpec::Rsa { bits: 2048 },
        })?)
    }

    fn scheme(self) -> SignatureScheme {
        match self {
            Self::P256 => SignatureScheme::EcdsaSha256,
            Self::Rsa2048 => SignatureScheme::RsaPkcs1Sha256,
        }
    }

    /// The content of the AlgorithmIdentifier of its signatures.
    fn signature_oid(self) -> Vec<u8> {
        match self {
            // ecdsa-with-SHA256
            Self::P256 => element(0x06, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]),
            // sha256WithRSAEncryption, whose parameters are NULL
            Self::Rsa2048 => {
                let oid = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
                [element(0x06, &oid), element(0x05, &[])].concat()
            }
        }
    }

    fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::P256 => &ECDSA_P256_SHA256_ASN1,
            Self::Rsa2048 => &RSA_PKCS1_2048_8192_SHA256,
        }
    }
}

/// A DER element.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = length.iter().skip_while(|octet| **octet == 0).copied();
    let significant: Vec<u8> = significant.collect();
    let mut element = vec![tag];
    match content.len() {
        short @ 0..=0x7f => element.extend(u8::try_from(short)),
        _ => {
            element.extend(u8::try_from(significant.len()).map(|count| 0x80 | count));
            element.extend(significant);
        }
    }
    element.extend_from_slice(content);
    element
}

/// An authority with the key that its leaves share: what is measured is whole certificates, each with a serial number
/// and a subject of its own, and RSA keys take long to make.
pub struct Issuer {
    kind: Kind,
    authority: Authority,
    key: Arc<FileKey>,
    leaf_key: Arc<FileKey>,
    verifier: Verifier,
}

/// The authority's key, which signs certificates and revocation lists.
struct Shared(Arc<FileKey>);

impl SigningKey for Shared {
    fn public_key_der(&self) -> &[u8] {
        self.0.public_key_der()
    }

    fn algorithm(&self) -> KeyAlgorithm {
        self.0.algorithm()
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.0.sign(scheme, message)
    }
}

/// A public key as a client of aws-lc-rs has it: as bytes, and parsed.
#[derive(Clone)]
pub struct Verifier {
    algorithm: &'static dyn VerificationAlgorithm,
    bytes: Vec<u8>,
    parsed: Arc<ParsedPublicKey>,
}

impl Verifier {
    fn of(kind: Kind, certificate: &X509Certificate<'_>) -> Result<Self> {
        let bytes = certificate.public_key().subject_public_key.data.to_vec();
        let parsed = ParsedPublicKey::new(kind.verification(), &bytes)
            .map_err(|_| anyhow::anyhow!("a public key"))?;
        Ok(Self {
            algorithm: kind.verification(),
            bytes,
            parsed: Arc::new(parsed),
        })
    }

    /// Verifies with the key's bytes.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.algorithm, &self.bytes)
            .verify(message, signature)
            .is_ok()
    }

    /// Verifies with the parsed key.
    pub fn verify_parsed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }
}

/// A leaf with its request, and what is to be verified of both.
#[derive(Clone)]
pub struct Leaf {
    der: Vec<u8>,
    serial_decimal: String,
    kind: Kind,
    /// The part of the certificate that is signed.
    pub tbs: Vec<u8>,
    /// The authority's signature.
    pub certificate_signature: Vec<u8>,
    /// The leaf's key.
    pub key: Verifier,
    /// What the request's signature is over.
    pub string_to_sign: Vec<u8>,
    /// The request's signature.
    pub request_signature: Vec<u8>,
    headers: HeaderMap,
    target: String,
    arns: Arns,
}

impl Issuer {
    /// Makes the authority.
    pub fn new(kind: Kind) -> Result<Self> {
        let key = Arc::new(kind.key()?);
        let order = order(
            CertificateProfile::RootCa,
            "CN=Benchmark CA",
            key.public_key_der(),
        )?;
        let certificate = self_sign(key.as_ref(), &order)?;
        let (_, parsed) = X509Certificate::from_der(certificate.as_der())?;
        let verifier = Verifier::of(kind, &parsed)?;
        let der = certificate.as_der().to_vec();
        Ok(Self {
            kind,
            authority: Authority::new(der, Box::new(Shared(key.clone())))?,
            key,
            leaf_key: Arc::new(kind.key()?),
            verifier,
        })
    }

    /// The authority's certificate.
    pub fn pem(&self) -> Result<String> {
        Ok(render_certificate(self.authority.certificate_der())?)
    }

    /// A revocation list of the authority's with so many entries, none of them a leaf's, DER (RFC 5280 section 5.1).
    pub fn revocation_list(&self, entries: u32) -> Result<Vec<u8>> {
        let (_, certificate) = X509Certificate::from_der(self.authority.certificate_der())?;
        let algorithm = element(0x30, &self.kind.signature_oid());
        let listed: Vec<u8> = (0..entries)
            .flat_map(|number| {
                // As long as the serial numbers of leaves, and positive.
                let mut serial = [0x5a; 16];
                let number = (number | 0x4000_0000).to_be_bytes();
                for (to, from) in serial.iter_mut().zip(number) {
                    *to = from;
                }
                let date = element(0x17, b"260101000000Z");
                element(0x30, &[element(0x02, &serial), date].concat())
            })
            .collect();
        let number = element(0x04, &element(0x02, &[1]));
        let number = [element(0x06, &[0x55, 0x1d, 20]), number].concat();
        let signed = [
            element(0x02, &[1]),
            algorithm.clone(),
            certificate.subject().as_raw().to_vec(),
            element(0x17, b"260101000000Z"),
            element(0x18, b"20600101000000Z"),
            element(0x30, &listed),
            element(0xa0, &element(0x30, &element(0x30, &number))),
        ];
        let signed = element(0x30, &signed.concat());
        let signature = self.key.sign(self.kind.scheme(), &signed)?;
        let signature = element(0x03, &[&[0], signature.as_slice()].concat());
        Ok(element(0x30, &[signed, algorithm, signature].concat()))
    }

    /// The authority's key.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Makes a leaf and signs a request with it.
    pub fn leaf(&self, number: usize, arns: &Arns, host: &str) -> Result<Leaf> {
        let subject = format!("CN=client-{number}.example.org,OU=Benchmarks,O=Example");
        let order = order(
            CertificateProfile::Leaf,
            &subject,
            self.leaf_key.public_key_der(),
        )?;
        let der = issue(&self.authority, &order)?.as_der().to_vec();
        let (_, parsed) = X509Certificate::from_der(&der)?;
        let mut leaf = Leaf {
            serial_decimal: parsed.tbs_certificate.serial.to_str_radix(10),
            kind: self.kind,
            tbs: parsed.tbs_certificate.as_ref().to_vec(),
            certificate_signature: parsed.signature_value.data.to_vec(),
            key: Verifier::of(self.kind, &parsed)?,
            string_to_sign: Vec::new(),
            request_signature: Vec::new(),
            headers: HeaderMap::new(),
            target: String::new(),
            arns: arns.clone(),
            der: der.clone(),
        };
        leaf.sign(self.leaf_key.as_ref(), host)?;
        Ok(leaf)
    }

    /// Signs the leaf's request anew, at the present time.
    pub fn sign_again(&self, leaf: &mut Leaf, host: &str) -> Result<()> {
        leaf.sign(self.leaf_key.as_ref(), host)
    }
}

impl Leaf {
    /// The certificate.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    fn sign(&mut self, key: &FileKey, host: &str) -> Result<()> {
        let encoded = |arn: &str| arn.replace(':', "%3A").replace('/', "%2F");
        let query = format!(
            "profileArn={}&roleArn={}&trustAnchorArn={}",
            encoded(&self.arns.profile),
            encoded(&self.arns.role),
            encoded(&self.arns.trust_anchor)
        );
        let mut headers = HeaderMap::new();
        headers.insert("host", host.parse()?);
        headers.insert("content-type", "application/json".parse()?);
        headers.insert("user-agent", "CredHelper/1.8.0 (linux; amd64)".parse()?);
        headers.insert(
            "x-amz-x509",
            base64_simd::STANDARD.encode_to_string(&self.der).parse()?,
        );
        let signer = X509Signer {
            algorithm: match self.kind {
                Kind::P256 => X509Algorithm::EcdsaSha256,
                Kind::Rsa2048 => X509Algorithm::RsaSha256,
            },
            serial_decimal: &self.serial_decimal,
            region: REGION,
            at: SystemClock.now(),
        };
        let payload = PayloadHash::of(BODY.as_bytes());
        let scheme = self.kind.scheme();
        let (mut message, mut made) = (Vec::new(), Vec::new());
        sign_x509(
            "POST",
            "/sessions",
            &query,
            &mut headers,
            payload,
            &signer,
            |string_to_sign| {
                message = string_to_sign.to_vec();
                made = key.sign(scheme, string_to_sign).unwrap_or_default();
                Ok::<_, Infallible>(made.clone())
            },
        )?;
        headers.insert("content-length", BODY.len().into());
        (self.string_to_sign, self.request_signature) = (message, made);
        self.headers = headers;
        self.target = format!("/sessions?{query}");
        Ok(())
    }

    /// The request as it goes to the domain, decoded.
    pub fn decoded(&self) -> UnverifiedCreateSession {
        UnverifiedCreateSession {
            trust_anchor_arn: self.arns.trust_anchor.clone(),
            profile_arn: self.arns.profile.clone(),
            role_arn: self.arns.role.clone(),
            duration_seconds: Some(3600),
            role_session_name: None,
            instance_properties: None,
            chain: PresentedChain::from_der(self.der.clone(), Vec::new()),
            signature: Ok(PresentedSignature {
                algorithm: match self.kind {
                    Kind::P256 => LeafSignatureAlgorithm::EcdsaSha256,
                    Kind::Rsa2048 => LeafSignatureAlgorithm::RsaSha256,
                },
                serial: self.serial_decimal.clone(),
                string_to_sign: self.string_to_sign.clone(),
                signature: self.request_signature.clone(),
            }),
        }
    }

    /// The request as the listener hands it to the door.
    pub fn request(&self) -> Result<anyrole_frontends::Request> {
        let mut request = http::Request::new(anyrole_frontends::Body::from(BODY.to_owned()));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.target.parse()?;
        *request.headers_mut() = self.headers.clone();
        Ok(request)
    }

    /// The request as bytes on a connection.
    pub fn wire_bytes(&self) -> Vec<u8> {
        wire_bytes("POST", &self.target, &self.headers, BODY)
    }
}

fn order(
    profile: CertificateProfile,
    subject: &str,
    public_key_der: &[u8],
) -> Result<CertificateOrder> {
    let now = SystemClock.now();
    let mut random = [0; 16];
    SystemEntropy.fill(&mut random);
    Ok(CertificateOrder::new(
        profile,
        Subject::parse(subject).context("a subject")?,
        Validity::resolve(profile, Some("-5m"), None, None, now)?,
        Serial::from_random(random),
        public_key_der.to_vec(),
    )?)
}
