//! PKCS#12 files (RFC 7292) as they are written: a key, certificates and a password enter, DER leaves, which openssl, keytool, Windows
//! and browsers read. Certificates are encrypted in one part, the key in a bag of its own; a MAC is over both.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SecureRandom;
use der::asn1::ObjectIdentifier;
use der::{Encode, asn1::BmpString};
use zeroize::Zeroizing;

use super::shape::{DATA, ENCRYPTED_DATA};
use super::{CERTIFICATE_BAG, SHROUDED_KEY_BAG, X509_CERTIFICATE};
use crate::encryption::{Purpose, Secret, Written, encrypt, pkcs12, wide};
use crate::tlv::{element, explicit_0, octets, sequence};
use crate::{FileKey, KeyError, Password};

/// Rounds of each of the three derivations: five times Java's, and a third of what .NET reads at most.
const ROUNDS: u32 = 100_000;
/// What old programs were given.
const LEGACY_ROUNDS: u32 = 2048;
const FRIENDLY_NAME: &str = "1.2.840.113549.1.9.20";
const LOCAL_KEY_ID: &str = "1.2.840.113549.1.9.21";
/// Java's mark of a certificate that is trusted, and what for: anything.
const JAVA_TRUSTED: &str = "2.16.840.1.113894.746875.1.1";
const ANY_USAGE: &str = "2.5.29.37.0";
const SHA1_OID: &str = "1.3.14.3.2.26";
const SHA256_OID: &str = "2.16.840.1.101.3.4.2.1";
const NULL: [u8; 2] = [0x05, 0x00];
const SET: u8 = 0x31;
/// `[0] IMPLICIT OCTET STRING`, as `EncryptedContentInfo` has it (RFC 5652 section 6.1).
const IMPLICIT_0: u8 = 0x80;

/// A PKCS#12 file that is to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewPkcs12<'a> {
    /// The private key and its own certificate.
    pub identity: Option<(&'a FileKey, &'a [u8])>,
    /// Further certificates, DER, each with the name that a trust store shows; without an identity they are trusted.
    pub authorities: &'a [(String, Vec<u8>)],
    /// For programs that read nothing newer: 3DES, RC2 with 40 bits, and SHA-1, which protect next to nothing.
    pub legacy: bool,
}

impl NewPkcs12<'_> {
    /// The file under a password, which may be empty. PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC, MAC by HMAC-SHA256, unless
    /// it is for old programs.
    ///
    /// # Errors
    /// [`KeyError::Failed`] when a part can't be serialised, or there is no randomness.
    pub fn to_der(
        &self,
        password: &Password,
        random: &dyn SecureRandom,
    ) -> Result<Vec<u8>, KeyError> {
        let wide = wide(password);
        let secret = Secret {
            text: password.expose(),
            wide: &wide,
        };
        let (of_key, of_certificates) = match self.legacy {
            true => (
                Written::TripleDes {
                    rounds: LEGACY_ROUNDS,
                },
                Written::Rc2 {
                    rounds: LEGACY_ROUNDS,
                },
            ),
            false => (
                Written::Pbes2 { rounds: ROUNDS },
                Written::Pbes2 { rounds: ROUNDS },
            ),
        };
        let bags = sequence(&[&self.certificate_bags()?.concat()]);
        let (algorithm, encrypted) = encrypt(of_certificates, &secret, &bags, random)?;
        let encrypted = element(IMPLICIT_0, &[&encrypted]);
        let content = sequence(&[&oid(DATA)?, &algorithm, &encrypted]);
        let mut parts = content_info(ENCRYPTED_DATA, &sequence(&[&[0x02, 0x01, 0x00], &content]))?;
        if let Some((key, certificate)) = self.identity {
            let plain = Zeroizing::new(key.to_pkcs8_der()?.to_vec());
            let (algorithm, encrypted) = encrypt(of_key, &secret, &plain, random)?;
            let shrouded = sequence(&[&algorithm, &octets(&encrypted)]);
            let bag = bag(SHROUDED_KEY_BAG, &shrouded, &[local_key_id(certificate)?])?;
            parts.extend(content_info(DATA, &octets(&sequence(&[&bag])))?);
        }
        let safe = sequence(&[&parts]);
        let mac = self.mac(&secret, &safe, random)?;
        let contents = content_info(DATA, &octets(&safe))?;
        Ok(sequence(&[&[0x02, 0x01, 0x03], &contents, &mac]))
    }

    fn certificate_bags(&self) -> Result<Vec<Vec<u8>>, KeyError> {
        let certificate_bag = |der: &[u8], attributes: &[Vec<u8>]| {
            let content = sequence(&[&oid(X509_CERTIFICATE)?, &explicit_0(&octets(der))]);
            bag(CERTIFICATE_BAG, &content, attributes)
        };
        let mut bags = Vec::new();
        if let Some((_, certificate)) = self.identity {
            bags.push(certificate_bag(certificate, &[local_key_id(certificate)?])?);
        }
        for (name, der) in self.authorities {
            let attributes = match self.identity {
                Some(_) => Vec::new(),
                None => vec![
                    friendly_name(name)?,
                    attribute(JAVA_TRUSTED, &oid(ANY_USAGE)?)?,
                ],
            };
            bags.push(certificate_bag(der, &attributes)?);
        }
        Ok(bags)
    }

    fn mac(
        &self,
        secret: &Secret<'_>,
        safe: &[u8],
        random: &dyn SecureRandom,
    ) -> Result<Vec<u8>, KeyError> {
        let (hash, hmac, hash_oid, rounds) = match self.legacy {
            true => (
                &SHA1_FOR_LEGACY_USE_ONLY,
                hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
                SHA1_OID,
                LEGACY_ROUNDS,
            ),
            false => (&SHA256, hmac::HMAC_SHA256, SHA256_OID, ROUNDS),
        };
        let mut salt = [0; 16];
        random
            .fill(&mut salt)
            .map_err(|_| KeyError::Failed("encrypted"))?;
        let length = hash.output_len();
        let key = pkcs12(hash, Purpose::Mac, secret.wide, &salt, rounds, length);
        let tag = hmac::sign(&hmac::Key::new(hmac, &key), safe);
        let algorithm = sequence(&[&oid(hash_oid)?, &NULL]);
        let digest = sequence(&[&algorithm, &octets(tag.as_ref())]);
        let rounds = rounds.to_der().map_err(|_| KeyError::Failed("written"))?;
        Ok(sequence(&[&digest, &octets(&salt), &rounds]))
    }
}

fn oid(text: &str) -> Result<Vec<u8>, KeyError> {
    let oid = ObjectIdentifier::new(text).map_err(|_| KeyError::Failed("written"))?;
    oid.to_der().map_err(|_| KeyError::Failed("written"))
}

fn content_info(kind: &str, content: &[u8]) -> Result<Vec<u8>, KeyError> {
    Ok(sequence(&[&oid(kind)?, &explicit_0(content)]))
}

fn bag(kind: &str, value: &[u8], attributes: &[Vec<u8>]) -> Result<Vec<u8>, KeyError> {
    let set = match attributes.is_empty() {
        true => Vec::new(),
        false => {
            // A SET OF in DER is sorted (X.690 section 11.6).
            let mut sorted = attributes.to_vec();
            sorted.sort();
            element(SET, &[&sorted.concat()])
        }
    };
    Ok(sequence(&[&oid(kind)?, &explicit_0(value), &set]))
}

fn attribute(kind: &str, value: &[u8]) -> Result<Vec<u8>, KeyError> {
    Ok(sequence(&[&oid(kind)?, &element(SET, &[value])]))
}

/// What tells readers which certificate is the key's.
fn local_key_id(certificate: &[u8]) -> Result<Vec<u8>, KeyError> {
    let id = digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate);
    attribute(LOCAL_KEY_ID, &octets(id.as_ref()))
}

/// `BMPString` has no characters beyond the first plane: they are left out.
fn friendly_name(name: &str) -> Result<Vec<u8>, KeyError> {
    let plain: String = name.chars().filter(|c| u32::from(*c) < 0x1_0000).collect();
    let text = BmpString::from_utf8(&plain).map_err(|_| KeyError::Failed("written"))?;
    let text = text.to_der().map_err(|_| KeyError::Failed("written"))?;
    attribute(FRIENDLY_NAME, &text)
}
