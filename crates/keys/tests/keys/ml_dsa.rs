//! ML-DSA keys in each form of RFC 9881 section 6, with an implementation of another kind (the `ml-dsa` crate) as the judge
//! of keys and signatures; the openssl of this machine may know nothing of ML-DSA.

use anyrole_keys::{
    FileKey, KeyAlgorithm, KeyError, KeySpec, Password, SignatureScheme, SigningKey,
};
use aws_lc_rs::rand::SystemRandom;
use ml_dsa::{EncodedSignature, ExpandedSigningKey, MlDsa44, MlDsa65, MlDsa87, Signature};
use pkcs8::der::pem;

/// DER of tag, length and content.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let header = match length {
        0..=0x7f => vec![tag, u8::try_from(length).unwrap()],
        0x80..=0xff => vec![tag, 0x81, u8::try_from(length).unwrap()],
        _ => {
            let [high, low] = u16::try_from(length).unwrap().to_be_bytes();
            vec![tag, 0x82, high, low]
        }
    };
    [header, content.to_vec()].concat()
}

fn pkcs8(last_arc: u8, private_key: &[u8]) -> String {
    let oid = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, last_arc];
    let algorithm = element(0x30, &element(0x06, &oid));
    let content = [element(0x02, &[0]), algorithm, element(0x04, private_key)];
    let der = element(0x30, &content.concat());
    pem::encode_string("PRIVATE KEY", pem::LineEnding::LF, &der).unwrap()
}

macro_rules! each_form_of {
    ($name:ident, $set:ty, $spec:ident, $last_arc:literal) => {
        #[test]
        fn $name() {
            let seed: [u8; 32] = std::array::from_fn(|at| u8::try_from(at).unwrap());
            let theirs = ExpandedSigningKey::<$set>::from_seed(&seed.into());
            #[expect(deprecated, reason = "files hold the expanded form too")]
            let expanded = theirs.to_expanded();
            let public = theirs.verifying_key().encode();
            let both = [element(0x04, &seed), element(0x04, &expanded)].concat();
            let forms = [
                element(0x80, &seed),
                element(0x04, &expanded),
                element(0x30, &both),
            ];
            for form in &forms {
                let pem = pkcs8($last_arc, form);
                let ours = FileKey::parse(pem.as_bytes(), None).unwrap();
                assert_eq!(ours.algorithm(), KeyAlgorithm::$spec);
                assert!(ours.public_key_der().ends_with(&public));
                let signature = ours.sign(SignatureScheme::MlDsa, b"text").unwrap();
                let encoded = EncodedSignature::<$set>::try_from(&signature[..]).unwrap();
                let signature = Signature::decode(&encoded).unwrap();
                let verifying = theirs.verifying_key();
                assert!(verifying.verify_with_context(b"text", b"", &signature));
                assert!(!verifying.verify_with_context(b"other", b"", &signature));
                let other = ours.sign(SignatureScheme::EcdsaSha256, b"text");
                assert!(matches!(other, Err(KeyError::SchemeMismatch { .. })));
            }
            // Both, of two different keys.
            let both = [element(0x04, &[9; 32]), element(0x04, &expanded)].concat();
            let pem = pkcs8($last_arc, &element(0x30, &both));
            let mixed = FileKey::parse(pem.as_bytes(), None);
            assert!(
                matches!(mixed, Err(KeyError::BrokenKey { .. })),
                "{mixed:?}"
            );
        }
    };
}

each_form_of!(ml_dsa_44_in_each_form, MlDsa44, MlDsa44, 17);
each_form_of!(ml_dsa_65_in_each_form, MlDsa65, MlDsa65, 18);
each_form_of!(ml_dsa_87_in_each_form, MlDsa87, MlDsa87, 19);

#[test]
fn made_keys_come_back_from_their_files() {
    for spec in [KeySpec::MlDsa44, KeySpec::MlDsa65, KeySpec::MlDsa87] {
        let made = FileKey::generate(spec).unwrap();
        let plain = FileKey::parse(made.to_pem().unwrap().as_bytes(), None).unwrap();
        assert_eq!(plain.public_key_der(), made.public_key_der());
        let password = Password::from("correct horse");
        let pem = made
            .to_encrypted_pem(&password, &SystemRandom::new())
            .unwrap();
        let opened = FileKey::parse(pem.as_bytes(), Some(&password)).unwrap();
        assert_eq!(opened.public_key_der(), made.public_key_der());
        assert_eq!(opened.algorithm(), made.algorithm());
    }
}
