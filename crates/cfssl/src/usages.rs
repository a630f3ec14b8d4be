//! What certificates are for, in cfssl's words: `usages` of a profile enter, key usage and purposes leave.

use anyrole_ca::{KeyUsage, Oid, purpose};

const KEY_USAGES: [(&str, KeyUsage); 10] = [
    ("signing", KeyUsage::DIGITAL_SIGNATURE),
    ("digital signature", KeyUsage::DIGITAL_SIGNATURE),
    ("content commitment", KeyUsage::NON_REPUDIATION),
    ("key encipherment", KeyUsage::KEY_ENCIPHERMENT),
    ("key agreement", KeyUsage::KEY_AGREEMENT),
    ("data encipherment", KeyUsage::DATA_ENCIPHERMENT),
    ("cert sign", KeyUsage::CERT_SIGN),
    ("crl sign", KeyUsage::CRL_SIGN),
    ("encipher only", KeyUsage::ENCIPHER_ONLY),
    ("decipher only", KeyUsage::DECIPHER_ONLY),
];

const PURPOSES: [(&str, Oid); 13] = [
    ("any", purpose::ANY),
    ("server auth", purpose::SERVER_AUTH),
    ("client auth", purpose::CLIENT_AUTH),
    ("code signing", purpose::CODE_SIGNING),
    ("email protection", purpose::EMAIL_PROTECTION),
    ("s/mime", purpose::EMAIL_PROTECTION),
    ("ipsec end system", Oid::new_unwrap("1.3.6.1.5.5.7.3.5")),
    ("ipsec tunnel", Oid::new_unwrap("1.3.6.1.5.5.7.3.6")),
    ("ipsec user", Oid::new_unwrap("1.3.6.1.5.5.7.3.7")),
    ("timestamping", purpose::TIME_STAMPING),
    ("ocsp signing", purpose::OCSP_SIGNING),
    ("microsoft sgc", Oid::new_unwrap("1.3.6.1.4.1.311.10.3.3")),
    ("netscape sgc", Oid::new_unwrap("2.16.840.1.113730.4.1")),
];

/// What a profile's words mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usages {
    pub(crate) key_usage: KeyUsage,
    pub(crate) purposes: Vec<Oid>,
}

impl Usages {
    /// The meanings of the words, and the first word that has none.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let mut usages = Self::default();
        for word in words {
            if let Some((_, usage)) = KEY_USAGES.iter().find(|(name, _)| name == word) {
                usages.key_usage |= *usage;
            } else if let Some((_, purpose)) = PURPOSES.iter().find(|(name, _)| name == word) {
                // `email protection` and `s/mime` are one; no purpose stands twice (RFC 5280 section 4.2.1.12).
                if !usages.purposes.contains(purpose) {
                    usages.purposes.push(*purpose);
                }
            } else {
                return Err(word.clone());
            }
        }
        Ok(usages)
    }
}

#[cfg(test)]
mod tests {
    use anyrole_ca::{KeyUsage, purpose};

    use super::Usages;

    #[test]
    fn words_have_meanings() {
        let words = [
            "signing",
            "key encipherment",
            "client auth",
            "s/mime",
            "email protection",
        ];
        let usages = Usages::parse(&words.map(str::to_owned)).unwrap();
        assert_eq!(
            usages.key_usage,
            KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT
        );
        assert_eq!(
            usages.purposes,
            [purpose::CLIENT_AUTH, purpose::EMAIL_PROTECTION]
        );
        assert_eq!(
            Usages::parse(&["Signing".to_owned()]).unwrap_err(),
            "Signing"
        );
    }
}
