//! What a certificate shall be like: kind of key, validity, names, extensions. Filled in by tests, read by the makers.

use jiff::{SignedDuration, Timestamp};

/// The kind of a key pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA with a modulus of so many bits.
    Rsa(u16),
    /// ECDSA on NIST P-256.
    P256,
    /// ECDSA on NIST P-384.
    P384,
    /// ECDSA on NIST P-521.
    P521,
}

/// From when to when a certificate is valid, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub not_before: Timestamp,
    /// The last moment.
    pub not_after: Timestamp,
}

impl Validity {
    /// From so many hours after now (before now, if negative) until so many hours after now.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "certificates for a server that runs by the system clock"
    )]
    pub fn hours(from: i64, until: i64) -> Self {
        let now = Timestamp::now();
        Self {
            not_before: now + SignedDuration::from_hours(from),
            not_after: now + SignedDuration::from_hours(until),
        }
    }
}

/// What openssl is asked to certify; begins as a certificate that Roles Anywhere accepts.
#[derive(Debug, Clone)]
pub struct CertificateRequest {
    pub(super) subject: String,
    pub(super) key: KeyKind,
    pub(super) digest: String,
    pub(super) validity: Validity,
    pub(super) serial: Option<String>,
    pub(super) extensions: Vec<(String, String)>,
}

impl CertificateRequest {
    /// A leaf that is sound: P-256, SHA-256, valid from an hour ago for two days, CA false, digitalSignature, clientAuth.
    #[must_use]
    pub fn leaf(common_name: &str) -> Self {
        Self::named(common_name, Validity::hours(-1, 48))
            .extension("basicConstraints", "critical,CA:FALSE")
            .extension("keyUsage", "critical,digitalSignature")
            .extension("extendedKeyUsage", "clientAuth")
    }

    /// An authority that is sound: P-256, SHA-256, valid from a day ago for 30 days, CA true, keyCertSign and cRLSign.
    #[must_use]
    pub fn authority(common_name: &str) -> Self {
        Self::named(common_name, Validity::hours(-24, 30 * 24))
            .extension("basicConstraints", "critical,CA:TRUE")
            .extension("keyUsage", "critical,keyCertSign,cRLSign")
    }

    /// A TLS server on loopback: `localhost`, 127.0.0.1 and ::1, serverAuth.
    #[must_use]
    pub fn loopback_server() -> Self {
        Self::leaf("localhost")
            .extension("extendedKeyUsage", "serverAuth")
            .extension("subjectAltName", "DNS:localhost,IP:127.0.0.1,IP:::1")
    }

    fn named(common_name: &str, validity: Validity) -> Self {
        Self {
            subject: format!("/CN={common_name}"),
            key: KeyKind::P256,
            digest: "sha256".to_owned(),
            validity,
            serial: None,
            extensions: Vec::new(),
        }
        .extension("subjectKeyIdentifier", "hash")
        .extension("authorityKeyIdentifier", "keyid")
    }

    /// Sets the whole subject, as openssl writes it: `/O=Example/OU=ops/CN=app`; `+` joins parts of one name.
    #[must_use]
    pub fn subject(mut self, subject: &str) -> Self {
        subject.clone_into(&mut self.subject);
        self
    }

    /// Puts an organizational unit before the subject's other parts.
    #[must_use]
    pub fn organizational_unit(mut self, unit: &str) -> Self {
        self.subject = format!("/OU={unit}{}", self.subject);
        self
    }

    /// Sets the kind of key that is generated.
    #[must_use]
    pub const fn key(mut self, kind: KeyKind) -> Self {
        self.key = kind;
        self
    }

    /// Sets the digest of the issuer's signature: `sha1`, `sha256`, `sha384`, `sha512`.
    #[must_use]
    pub fn digest(mut self, digest: &str) -> Self {
        digest.clone_into(&mut self.digest);
        self
    }

    /// Sets the validity.
    #[must_use]
    pub const fn validity(mut self, validity: Validity) -> Self {
        self.validity = validity;
        self
    }

    /// Was valid, for the 47 hours that ended an hour ago.
    #[must_use]
    pub fn expired(self) -> Self {
        self.validity(Validity::hours(-48, -1))
    }

    /// Will be valid, for the 47 hours that begin in an hour.
    #[must_use]
    pub fn not_yet_valid(self) -> Self {
        self.validity(Validity::hours(1, 48))
    }

    /// Sets the serial number, in hexadecimal; without it, one of 159 random bits.
    #[must_use]
    pub fn serial(mut self, hexadecimal: &str) -> Self {
        // openssl reads whole bytes only.
        let zero = if hexadecimal.len() % 2 == 1 { "0" } else { "" };
        self.serial = Some(format!("{zero}{hexadecimal}"));
        self
    }

    /// Sets an extension, in the words of openssl's x509v3_config, in place of an earlier one of the same name.
    #[must_use]
    pub fn extension(mut self, name: &str, value: &str) -> Self {
        self = self.without_extension(name);
        self.extensions.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Leaves an extension out.
    #[must_use]
    pub fn without_extension(mut self, name: &str) -> Self {
        self.extensions.retain(|(known, _)| known != name);
        self
    }

    /// Leaves every extension out.
    #[must_use]
    pub fn without_extensions(mut self) -> Self {
        self.extensions.clear();
        self
    }

    /// Is for keyEncipherment alone, not for digitalSignature.
    #[must_use]
    pub fn without_digital_signature(self) -> Self {
        self.extension("keyUsage", "critical,keyEncipherment")
    }

    /// Says that it is an authority, and keeps the rest.
    #[must_use]
    pub fn claiming_authority(self) -> Self {
        self.extension("basicConstraints", "critical,CA:TRUE")
    }
}
