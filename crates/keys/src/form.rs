//! Which form a key has: a PEM label or the first elements of DER enter, a [`Form`] leaves.

use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag, Tagged};

/// The form of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `PRIVATE KEY` (RFC 5958)
    Pkcs8,
    /// `ENCRYPTED PRIVATE KEY`
    EncryptedPkcs8,
    /// `RSA PRIVATE KEY` (RFC 8017 appendix A.1.2)
    Pkcs1,
    /// `EC PRIVATE KEY` (RFC 5915)
    Sec1,
}

impl Form {
    pub(crate) fn of_label(label: &str) -> Option<Form> {
        match label {
            "PRIVATE KEY" => Some(Form::Pkcs8),
            "ENCRYPTED PRIVATE KEY" => Some(Form::EncryptedPkcs8),
            "RSA PRIVATE KEY" => Some(Form::Pkcs1),
            "EC PRIVATE KEY" => Some(Form::Sec1),
            _ => None,
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Form::Pkcs8 => "PRIVATE KEY",
            Form::EncryptedPkcs8 => "ENCRYPTED PRIVATE KEY",
            Form::Pkcs1 => "RSA PRIVATE KEY",
            Form::Sec1 => "EC PRIVATE KEY",
        }
    }
}

/// What a DER file is, by its first two elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DerForm {
    /// One key.
    Key(Form),
    /// PKCS#12 (RFC 7292).
    Pkcs12,
    /// PKCS#7 or CMS (RFC 5652).
    Pkcs7,
    /// An X.509 certificate.
    Certificate,
}

impl DerForm {
    /// `None` for what is no DER, or none of these.
    pub(crate) fn of(bytes: &[u8]) -> Option<DerForm> {
        let outer = AnyRef::from_der(without_line_end(bytes)).ok()?;
        if outer.tag() != Tag::Sequence {
            return None;
        }
        let mut elements = SliceReader::new(outer.value()).ok()?;
        let first = AnyRef::decode(&mut elements).ok()?;
        let second = Tag::peek(&elements).ok();
        match (first.tag(), first.value(), second) {
            (Tag::Integer, [0 | 1], Some(Tag::Sequence)) => Some(DerForm::Key(Form::Pkcs8)),
            (Tag::Integer, [0 | 1], Some(Tag::Integer)) => Some(DerForm::Key(Form::Pkcs1)),
            (Tag::Integer, [1], Some(Tag::OctetString)) => Some(DerForm::Key(Form::Sec1)),
            (Tag::Integer, [3], Some(Tag::Sequence)) => Some(DerForm::Pkcs12),
            (Tag::Sequence, _, Some(Tag::OctetString)) => Some(DerForm::Key(Form::EncryptedPkcs8)),
            (Tag::Sequence, _, Some(Tag::Sequence)) => Some(DerForm::Certificate),
            (Tag::ObjectIdentifier, ..) => Some(DerForm::Pkcs7),
            _ => None,
        }
    }
}

/// The DER element at the start, where only line ends and blanks follow it, which some transports add.
pub(crate) fn without_line_end(bytes: &[u8]) -> &[u8] {
    let length = SliceReader::new(bytes).ok().and_then(|mut reader| {
        AnyRef::decode(&mut reader).ok()?;
        usize::try_from(reader.position()).ok()
    });
    let split = length.and_then(|length| bytes.split_at_checked(length));
    match split {
        Some((element, rest)) if rest.trim_ascii().is_empty() => element,
        _ => bytes,
    }
}

/// What other programs keep keys in: how it begins, what it is, and the command that converts it.
const OTHERS: [(&[u8], &str, &str); 7] = [
    (
        b"\x30\x80",
        "BER of indefinite length (as some browsers write PKCS#12)",
        "write it anew with `openssl pkcs12 -in OLD -out NEW.pem`",
    ),
    (
        b"-----BEGIN OPENSSH PRIVATE KEY-----",
        "an OpenSSH key",
        "convert a copy of it with `ssh-keygen -p -m PKCS8 -f COPY` (openssl reads none)",
    ),
    (
        b"PuTTY-User-Key-File-",
        "a PuTTY key",
        "convert it with `puttygen OLD -O private-openssh -o NEW`, then `ssh-keygen -p -m PKCS8 -f NEW`",
    ),
    (
        b"-----BEGIN DSA PRIVATE KEY-----",
        "a DSA key",
        "AWS takes none; make a key with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out NEW` and have a \
         certificate issued for it",
    ),
    (
        b"-----BEGIN PGP PRIVATE KEY BLOCK-----",
        "an OpenPGP key",
        "make a key with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out NEW` and have a certificate issued \
         for it",
    ),
    (
        b"\xfe\xed\xfe\xed",
        "a Java key store",
        "convert it with `keytool -importkeystore -srckeystore OLD -destkeystore NEW.p12 -deststoretype PKCS12`",
    ),
    (
        b"{",
        "a JSON Web Key",
        "convert it with `step crypto key format --pem OLD` (openssl reads none)",
    ),
];

/// What a file is that holds no key as we read them, and what converts it.
pub(crate) fn known_other(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let text = bytes.trim_ascii_start();
    let other = OTHERS.iter().find(|(start, ..)| text.starts_with(start));
    other.map(|(_, format, cure)| (*format, *cure))
}
