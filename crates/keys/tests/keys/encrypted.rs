//! Each encryption that openssl writes keys with, old and new, PEM and DER.

use anyrole_keys::{FileKey, KeyAlgorithm, KeyError, Password, SignatureScheme, SigningKey};

use crate::openssl::{PASSWORD, file, folder, openssl};

/// The kinds of key that are carried through each form.
const KINDS: [(&str, KeyAlgorithm); 2] = [
    (
        "genrsa -traditional -out key.pem 2048",
        KeyAlgorithm::Rsa { bits: 2048 },
    ),
    (
        "ecparam -name prime256v1 -genkey -out key.pem",
        KeyAlgorithm::EcP256,
    ),
];

/// PKCS#8, by what follows `pkcs8 -topk8`.
fn pkcs8_encryptions() -> Vec<String> {
    let ciphers = ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des3"];
    let prfs = [
        "hmacWithMD5",
        "hmacWithSHA1",
        "hmacWithSHA224",
        "hmacWithSHA256",
        "hmacWithSHA384",
        "hmacWithSHA512",
        "hmacWithSHA512-224",
        "hmacWithSHA512-256",
    ];
    let old = [
        "PBE-MD5-DES",
        "PBE-MD5-RC2-64",
        "PBE-SHA1-DES",
        "PBE-SHA1-RC2-64",
        "PBE-SHA1-3DES",
        "PBE-SHA1-2DES",
        "PBE-SHA1-RC2-128",
        "PBE-SHA1-RC2-40",
    ];
    let mut all: Vec<String> = Vec::new();
    for cipher in ciphers {
        all.extend(prfs.map(|prf| format!("-v2 {cipher} -v2prf {prf}")));
    }
    all.extend(old.map(|scheme| format!("-v1 {scheme} -provider legacy -provider default")));
    all.push("-scrypt".to_owned());
    all.push("-scrypt -scrypt_N 1024 -scrypt_r 4 -scrypt_p 3".to_owned());
    all.push("-v2 aes-256-cbc -iter 100000 -v2prf hmacWithSHA256".to_owned());
    all
}

/// Each form of the key in `dir/key.pem`: openssl's line that makes it, into `dir/out`.
fn forms() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for encryption in pkcs8_encryptions() {
        for form in ["PEM", "DER"] {
            all.push(format!(
                "pkcs8 -topk8 -in key.pem {encryption} -passout file:pass -outform {form} -out out"
            ));
        }
    }
    for cipher in ["aes128", "aes192", "aes256", "des3"] {
        all.push(format!(
            "pkey -in key.pem -traditional -{cipher} -passout file:pass -out out"
        ));
    }
    all
}

#[test]
fn each_encryption_opens_with_the_password_and_no_other() {
    let dir = folder();
    for (make, algorithm) in KINDS {
        openssl(dir.path(), make);
        let public = openssl(dir.path(), "pkey -in key.pem -pubout -outform DER");
        for form in forms() {
            openssl(dir.path(), &form);
            let bytes = std::fs::read(file(&dir, "out")).unwrap();
            let key = FileKey::parse(&bytes, Some(&Password::from(PASSWORD)));
            let key = key.unwrap_or_else(|error| panic!("{form}: {error}"));
            assert_eq!(key.algorithm(), algorithm, "{form}");
            assert_eq!(key.public_key_der(), public, "{form}");
            assert!(FileKey::is_encrypted(&bytes).unwrap(), "{form}");
            for wrong in ["wrong horse", ""] {
                let wrong = FileKey::parse(&bytes, Some(&Password::from(wrong)));
                assert!(
                    matches!(wrong, Err(KeyError::WrongPassword)),
                    "{form}: {wrong:?}"
                );
            }
        }
    }
}

/// As ACM exports keys: PBKDF2 without a PRF, a salt of 20 octets, 2048 rounds, AES-256-CBC.
#[test]
fn the_form_of_acm_exports_opens() {
    let dir = folder();
    openssl(dir.path(), KINDS[0].0);
    let line = "pkcs8 -topk8 -in key.pem -v2 aes-256-cbc -v2prf hmacWithSHA1 -iter 2048 -passout file:pass -outform DER -out out";
    openssl(dir.path(), line);
    let public = openssl(dir.path(), "pkey -in key.pem -pubout -outform DER");
    let bytes = std::fs::read(file(&dir, "out")).unwrap();
    // openssl leaves the PRF out where it is the default one.
    let prf = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x07];
    assert!(!bytes.windows(prf.len()).any(|window| window == prf));
    let key = FileKey::parse(&bytes, Some(&Password::from(PASSWORD))).unwrap();
    assert_eq!(key.public_key_der(), public);
}

#[test]
fn plain_keys_open_as_der() {
    let dir = folder();
    let kinds = [
        KINDS[0].0,
        KINDS[1].0,
        "ecparam -name secp384r1 -genkey -noout -out key.pem",
        "ecparam -name secp521r1 -genkey -noout -out key.pem",
    ];
    for make in kinds {
        openssl(dir.path(), make);
        let public = openssl(dir.path(), "pkey -in key.pem -pubout -outform DER");
        for form in [
            "pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out out",
            "pkey -in key.pem -traditional -outform DER -out out",
        ] {
            openssl(dir.path(), form);
            let bytes = std::fs::read(file(&dir, "out")).unwrap();
            let key = FileKey::parse(&bytes, None).unwrap();
            assert_eq!(key.public_key_der(), public, "{make} {form}");
            assert!(!FileKey::is_encrypted(&bytes).unwrap());
        }
    }
}

#[test]
fn openssl_verifies_what_keys_of_old_forms_sign() {
    let dir = folder();
    std::fs::write(file(&dir, "message"), b"text").unwrap();
    let schemes = [
        SignatureScheme::RsaPkcs1Sha256,
        SignatureScheme::EcdsaSha256,
    ];
    for ((make, _), scheme) in KINDS.into_iter().zip(schemes) {
        openssl(dir.path(), make);
        openssl(dir.path(), "pkey -in key.pem -pubout -out public.pem");
        for form in [
            "pkey -in key.pem -traditional -aes256 -passout file:pass -out out",
            "pkcs8 -topk8 -in key.pem -v1 PBE-SHA1-3DES -passout file:pass -outform DER -out out",
        ] {
            openssl(dir.path(), form);
            let bytes = std::fs::read(file(&dir, "out")).unwrap();
            let key = FileKey::parse(&bytes, Some(&Password::from(PASSWORD))).unwrap();
            std::fs::write(file(&dir, "signature"), key.sign(scheme, b"text").unwrap()).unwrap();
            let line = "dgst -sha256 -verify public.pem -signature signature message";
            assert!(
                openssl(dir.path(), line).starts_with(b"Verified OK"),
                "{form}"
            );
        }
    }
}

/// AES-GCM (RFC 5084), by another implementation, since openssl writes none.
#[test]
fn aes_gcm_opens() {
    use pkcs8::pkcs5::pbes2::{EncryptionScheme, Kdf, Parameters, Pbkdf2Params};
    let made = FileKey::generate(anyrole_keys::KeySpec::EcP256).unwrap();
    let der = made.to_pkcs8_der().unwrap();
    let nonce = [7; 12];
    for encryption in [
        EncryptionScheme::Aes128Gcm { nonce },
        EncryptionScheme::Aes256Gcm { nonce },
    ] {
        let kdf: Kdf = Pbkdf2Params::hmac_sha256(1000, b"saltsalt").unwrap().into();
        let parameters = Parameters { kdf, encryption };
        let info = pkcs8::PrivateKeyInfoRef::try_from(der.as_slice()).unwrap();
        let locked = info.encrypt_with_params(parameters, PASSWORD).unwrap();
        let key = FileKey::parse(locked.as_bytes(), Some(&Password::from(PASSWORD))).unwrap();
        assert_eq!(key.public_key_der(), made.public_key_der());
        let wrong = FileKey::parse(locked.as_bytes(), Some(&Password::from("wrong horse")));
        assert!(matches!(wrong, Err(KeyError::WrongPassword)), "{wrong:?}");
    }
}
