//! ML-DSA chains whose keys and signatures are all made by another implementation (the `ml-dsa` crate), and leaves that
//! sign requests with it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod made;

use anyrole_x509::{
    AnchorCertificates, KeyKind, LeafSignatureAlgorithm, PresentedChain, Reason, Revocation,
    VerifiedChain, verify_chain,
};
use made::{Authority, ca_params, key, leaf_params, noon, verify};
use ml_dsa::{ExpandedSigningKey, MlDsa44, MlDsa65, MlDsa87, MlDsaParams};
use rcgen::{Issuer, PublicKeyData, SignatureAlgorithm, SigningKey};

/// A key of the other implementation, for rcgen to sign with.
struct Theirs<P: MlDsaParams> {
    key: ExpandedSigningKey<P>,
    public: Vec<u8>,
    algorithm: &'static SignatureAlgorithm,
    context: &'static [u8],
}

impl<P: MlDsaParams> Theirs<P> {
    fn new(algorithm: &'static SignatureAlgorithm, seed: u8) -> Self {
        let key = ExpandedSigningKey::<P>::from_seed(&[seed; 32].into());
        let public = key.verifying_key().encode().to_vec();
        Self {
            key,
            public,
            algorithm,
            context: b"",
        }
    }

    fn sign_text(&self, text: &[u8], context: &[u8]) -> Vec<u8> {
        let signature = self.key.sign_deterministic(text, context).unwrap();
        signature.encode().to_vec()
    }
}

impl<P: MlDsaParams> PublicKeyData for Theirs<P> {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl<P: MlDsaParams> SigningKey for Theirs<P> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.sign_text(message, self.context))
    }
}

/// Root, intermediate and leaf of one parameter set.
fn chain_of<P: MlDsaParams>(algorithm: &'static SignatureAlgorithm) -> (VerifiedChain, Theirs<P>) {
    let [root_key, middle_key, leaf_key] = [1, 2, 3].map(|seed| Theirs::<P>::new(algorithm, seed));
    let root = ca_params("Root").self_signed(&root_key).unwrap();
    let anchor = AnchorCertificates::parse_bundle(&root.pem()).unwrap();
    let by_root = Issuer::new(ca_params("Root"), root_key);
    let middle = ca_params("Middle")
        .signed_by(&middle_key, &by_root)
        .unwrap();
    let by_middle = Issuer::new(ca_params("Middle"), middle_key);
    let leaf = leaf_params("leaf")
        .signed_by(&leaf_key, &by_middle)
        .unwrap();
    let presented =
        PresentedChain::from_der(leaf.der().to_vec(), vec![middle.der().to_vec()]).unwrap();
    let chain = verify_chain(&presented, &anchor, &Revocation::NONE, noon()).unwrap();
    (chain, leaf_key)
}

fn check<P: MlDsaParams>(algorithm: &'static SignatureAlgorithm, kind: KeyKind) {
    let (chain, key) = chain_of::<P>(algorithm);
    assert_eq!(chain.leaf().key, kind);
    assert_eq!(chain.path_fingerprints().len(), 3);
    let ask = |algorithm, text: &[u8], signature: &[u8]| {
        let verdict = chain.verify_leaf_signature(algorithm, text, signature);
        verdict.map_err(|refusal| refusal.reason)
    };
    let ml_dsa = LeafSignatureAlgorithm::MlDsa;
    let mismatch = Err(Reason::SignatureAlgorithmMismatch);
    let invalid = Err(Reason::SignatureInvalid);
    let mut signature = key.sign_text(b"text", b"");
    assert_eq!(ask(ml_dsa, b"text", &signature), Ok(()));
    assert_eq!(ask(ml_dsa, b"texu", &signature), invalid);
    for other in [
        LeafSignatureAlgorithm::RsaSha256,
        LeafSignatureAlgorithm::EcdsaSha256,
    ] {
        assert_eq!(ask(other, b"text", &signature), mismatch);
    }
    // Another context, a hash in place of the text, a signature that is cut or longer.
    assert_eq!(ask(ml_dsa, b"text", &key.sign_text(b"text", b"x")), invalid);
    let hash = anyrole_x509::sha256_fingerprint(b"text");
    assert_eq!(ask(ml_dsa, b"text", &key.sign_text(&hash, b"")), invalid);
    assert_eq!(ask(ml_dsa, b"text", &signature[1..]), invalid);
    signature.push(0);
    assert_eq!(ask(ml_dsa, b"text", &signature), invalid);
}

#[test]
fn chains_of_another_implementation_are_taken() {
    check::<MlDsa44>(&rcgen::PKCS_ML_DSA_44, KeyKind::MlDsa44);
    check::<MlDsa65>(&rcgen::PKCS_ML_DSA_65, KeyKind::MlDsa65);
    check::<MlDsa87>(&rcgen::PKCS_ML_DSA_87, KeyKind::MlDsa87);
}

#[test]
fn a_certificate_signed_with_a_context_is_refused() {
    let mut root_key = Theirs::<MlDsa44>::new(&rcgen::PKCS_ML_DSA_44, 1);
    let root = ca_params("Root").self_signed(&root_key).unwrap();
    let anchor = AnchorCertificates::parse_bundle(&root.pem()).unwrap();
    root_key.context = b"x";
    let issuer = Issuer::new(ca_params("Root"), root_key);
    let leaf = leaf_params("leaf").signed_by(&key(), &issuer).unwrap();
    let presented = PresentedChain::from_der(leaf.der().to_vec(), Vec::new()).unwrap();
    let refused = verify_chain(&presented, &anchor, &Revocation::NONE, noon()).unwrap_err();
    assert_eq!(refused.reason, Reason::ChainSignatureInvalid);
}

#[test]
fn the_words_of_other_kinds_do_not_fit() {
    let root = Authority::root("Root");
    let chain = verify(&root.leaf("leaf"), &[], &root).unwrap();
    let refused = chain.verify_leaf_signature(LeafSignatureAlgorithm::MlDsa, b"text", &[0; 64]);
    assert_eq!(
        refused.unwrap_err().reason,
        Reason::SignatureAlgorithmMismatch
    );
}
