//! Chains that must be accepted: every kind of key, depth, order and clutter; and what is then known.

#![expect(clippy::unwrap_used, reason = "tests")]

mod made;

use anyrole_x509::{
    AnchorCertificates, KeyKind, LeafSignatureAlgorithm, PresentedChain, Reason, Revocation,
    sha256_fingerprint, verify_chain,
};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
};
use made::{Authority, ca_params, key, key_of, leaf_params, noon, verify, verify_at};
use rcgen::{ExtendedKeyUsagePurpose, KeyPair, SignatureAlgorithm, date_time_ymd};

fn key_algorithms() -> [&'static SignatureAlgorithm; 11] {
    [
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
        &rcgen::PKCS_ECDSA_P521_SHA256,
        &rcgen::PKCS_ECDSA_P521_SHA384,
        &rcgen::PKCS_ECDSA_P521_SHA512,
        &rcgen::PKCS_RSA_SHA256,
        &rcgen::PKCS_RSA_SHA384,
        &rcgen::PKCS_RSA_SHA512,
        &rcgen::PKCS_ML_DSA_44,
        &rcgen::PKCS_ML_DSA_65,
        &rcgen::PKCS_ML_DSA_87,
    ]
}

#[test]
fn every_key_under_every_key_at_every_depth() {
    let leaf_keys: Vec<KeyPair> = key_algorithms().into_iter().map(key_of).collect();
    let mut accepted = 0;
    for algorithm in key_algorithms() {
        let root = Authority::root_of(ca_params("Root"), key_of(algorithm));
        let mut chain = vec![root];
        for depth in 0..=5 {
            for leaf_key in &leaf_keys {
                let leaf = chain[depth].sign(&leaf_params("leaf"), leaf_key);
                let below: Vec<&[u8]> = chain[1..]
                    .iter()
                    .map(|authority| authority.der.as_slice())
                    .collect();
                let verified = verify(&leaf, &below, &chain[0]).unwrap();
                assert_eq!(verified.path_fingerprints().len(), depth + 2);
                accepted += 1;
            }
            let next = chain[depth].intermediate(&format!("Intermediate {depth}"));
            chain.push(next);
        }
    }
    assert_eq!(accepted, 11 * 6 * 11);
}

#[test]
fn order_and_clutter_do_not_matter() {
    let root = Authority::root("Root");
    let one = root.intermediate("One");
    let two = one.intermediate("Two");
    let leaf = two.leaf("leaf");
    let stranger = Authority::root("Stranger");
    let namesake = Authority::root("Two");
    let expected: Vec<[u8; 32]> = [&leaf, &two.der, &one.der, &root.der]
        .map(|der| sha256_fingerprint(der))
        .to_vec();
    let pool: [&[u8]; 6] = [
        &one.der,
        &two.der,
        &root.der,
        &leaf,
        &stranger.der,
        &namesake.der,
    ];
    // Every sequence of up to four of these, with repetition.
    let mut accepted = 0;
    for number in 0..6_usize.pow(4) {
        let chain: Vec<&[u8]> = (0..4)
            .map(|digit| pool[number / 6_usize.pow(digit) % 6])
            .collect();
        let complete = chain.contains(&pool[0]) && chain.contains(&pool[1]);
        let verdict = verify(&leaf, &chain, &root);
        if complete {
            assert_eq!(verdict.unwrap().path_fingerprints()[..], expected);
            accepted += 1;
        } else {
            assert_eq!(verdict.unwrap_err().reason, Reason::Untrusted);
        }
    }
    assert!(accepted > 300, "{accepted}");
}

#[test]
fn an_intermediate_can_be_the_anchor() {
    let root = Authority::root("Root");
    let one = root.intermediate("One");
    let two = one.intermediate("Two");
    let leaf = two.leaf("leaf");
    let chains: [&[&[u8]]; 3] = [
        &[&two.der],
        &[&root.der, &two.der, &one.der],
        &[&two.der, &root.der],
    ];
    for chain in chains {
        let verified = verify(&leaf, chain, &one).unwrap();
        let expected = [&leaf, &two.der, &one.der].map(|der| sha256_fingerprint(der));
        assert_eq!(verified.path_fingerprints()[..], expected);
    }
    assert_eq!(
        verify(&leaf, &[], &two).unwrap().path_fingerprints().len(),
        2
    );
    // The anchor that issued nothing here.
    let reason = verify(&leaf, &[&two.der], &root).unwrap_err().reason;
    assert_eq!(reason, Reason::Untrusted);
}

#[test]
fn cross_signed_authorities_reach_either_root() {
    let old = Authority::root("Old root");
    let new = Authority::root("New root");
    let intermediate = old.intermediate("Shared");
    let crossed = new.sign(&ca_params("Shared"), intermediate.issuer.key());
    let leaf = intermediate.leaf("leaf");
    for chain in [
        [intermediate.der.as_slice(), &crossed],
        [&crossed, &intermediate.der],
    ] {
        let by_old = verify(&leaf, &chain, &old).unwrap();
        assert_eq!(
            by_old.path_fingerprints()[1],
            sha256_fingerprint(&intermediate.der)
        );
        let by_new = verify(&leaf, &chain, &new).unwrap();
        assert_eq!(by_new.path_fingerprints()[1], sha256_fingerprint(&crossed));
    }
    // One of two paths is expired: the other is found, whichever comes first.
    let mut ended = ca_params("Shared");
    ended.not_after = date_time_ymd(2030, 2, 1);
    let ended = old.sign(&ended, intermediate.issuer.key());
    for chain in [
        [intermediate.der.as_slice(), &ended],
        [&ended, &intermediate.der],
    ] {
        let verified = verify(&leaf, &chain, &old).unwrap();
        assert_eq!(
            verified.path_fingerprints()[1],
            sha256_fingerprint(&intermediate.der)
        );
    }
}

#[test]
fn an_anchor_of_two_certificates_is_either_of_them() {
    // A root that was renewed: same name and key, one of them expired.
    let key_pair = key();
    let mut ended = ca_params("Root");
    ended.not_after = date_time_ymd(2030, 2, 1);
    let ended = ended.self_signed(&key_pair).unwrap();
    let current = Authority::root_of(ca_params("Root"), key_pair);
    let other = Authority::root("Other");
    for bundle in [
        format!("{}{}", ended.pem(), current.pem),
        format!("# the new one\n{}\n{}", current.pem, ended.pem()),
        format!("{}{}", other.pem, current.pem),
        format!("{}{}", current.pem, current.pem),
    ] {
        let anchor = AnchorCertificates::parse_bundle(&bundle).unwrap();
        assert_eq!(anchor.certificates().len(), 2);
        let presented = PresentedChain::from_der(current.leaf("leaf"), Vec::new()).unwrap();
        let verified = verify_chain(&presented, &anchor, &Revocation::NONE, noon()).unwrap();
        assert_eq!(
            verified.path_fingerprints()[1],
            sha256_fingerprint(&current.der)
        );
    }
}

#[test]
fn validity_includes_both_ends_and_ends_with_the_shortest() {
    let root = Authority::root("Root");
    let mut params = ca_params("Intermediate");
    params.not_before = date_time_ymd(2030, 3, 1);
    params.not_after = date_time_ymd(2030, 9, 1);
    let intermediate = root.intermediate_of(params, key());
    let leaf = intermediate.leaf("leaf");
    let at = |time: &str| {
        verify_at(&leaf, &[&intermediate.der], &root, time.parse().unwrap())
            .map(|chain| chain.valid_until().to_string())
            .map_err(|refusal| refusal.reason)
    };
    let until = Ok("2030-09-01T00:00:00Z".to_owned());
    assert_eq!(
        at("2030-02-28T23:59:59.999Z"),
        Err(Reason::IntermediateNotYetValid)
    );
    assert_eq!(at("2030-03-01T00:00:00Z"), until);
    assert_eq!(at("2030-09-01T00:00:00.999Z"), until);
    assert_eq!(at("2030-09-01T00:00:01Z"), Err(Reason::IntermediateExpired));
    // A certificate without an end (RFC 5280 section 4.1.2.5).
    let mut forever = ca_params("Root");
    forever.not_after = date_time_ymd(9999, 12, 31).replace_hour(23).unwrap();
    let forever = Authority::root_of(forever, key());
    let mut params = leaf_params("leaf");
    params.not_after = date_time_ymd(9999, 12, 31).replace_hour(23).unwrap();
    let chain = verify(&forever.sign(&params, &key()), &[], &forever).unwrap();
    assert!(chain.valid_until().to_string().starts_with("9999-12-30"));
}

#[test]
fn extended_key_usage_may_be_absent_or_any() {
    use ExtendedKeyUsagePurpose::{Any, ClientAuth, ServerAuth};
    let root = Authority::root("Root");
    for usages in [
        vec![],
        vec![Any],
        vec![ServerAuth, ClientAuth],
        vec![ServerAuth, Any],
    ] {
        let mut ca = ca_params("Intermediate");
        ca.extended_key_usages.clone_from(&usages);
        let intermediate = root.intermediate_of(ca, key());
        let mut params = leaf_params("leaf");
        params.extended_key_usages = usages;
        let leaf = intermediate.sign(&params, &key());
        verify(&leaf, &[&intermediate.der], &root).unwrap();
    }
}

#[test]
fn headers_are_base64_joined_by_commas() {
    let root = Authority::root("Root");
    let one = root.intermediate("One");
    let two = one.intermediate("Two");
    let leaf = two.leaf("leaf");
    let encode = |der: &[u8]| base64_simd::STANDARD.encode_to_string(der);
    let joined = format!("{},{}", encode(&one.der), encode(&two.der));
    let spaced = format!(" {} , {} ", encode(&two.der), encode(&one.der));
    for chain in [joined, spaced] {
        let presented =
            PresentedChain::from_headers(encode(&leaf).as_bytes(), Some(chain.as_bytes())).unwrap();
        assert_eq!(presented.leaf_der(), leaf);
        assert_eq!(*presented.leaf_fingerprint(), sha256_fingerprint(&leaf));
        verify_chain(&presented, &root.anchor(), &Revocation::NONE, noon()).unwrap();
    }
    let direct = encode(&root.leaf("leaf"));
    for chain in [None, Some(&b""[..])] {
        let presented = PresentedChain::from_headers(direct.as_bytes(), chain).unwrap();
        verify_chain(&presented, &root.anchor(), &Revocation::NONE, noon()).unwrap();
    }
    for broken in ["", ",", "MIIB,", "!"] {
        let refusal =
            PresentedChain::from_headers(direct.as_bytes(), Some(broken.as_bytes())).err();
        assert_eq!(refusal.is_none(), broken.is_empty(), "{broken}");
    }
}

#[test]
fn a_broken_chain_certificate_matters_only_where_it_is_needed() {
    let root = Authority::root("Root");
    let one = root.intermediate("One");
    let rubbish = [0x30, 0x03, 0x02, 0x01, 0x00];
    verify(&one.leaf("leaf"), &[&rubbish, &one.der], &root).unwrap();
    let refusal = verify(&one.leaf("leaf"), &[&rubbish], &root).unwrap_err();
    assert_eq!(refusal.reason, Reason::CertificateMalformed);
}

#[test]
fn request_signatures_verify_under_the_leaf() {
    let root = Authority::root("Root");
    let random = SystemRandom::new();
    let message = b"AWS4-X509-ECDSA-SHA256\n20300615T120000Z";
    let ec_key = key();
    let chain = verify(&root.sign(&leaf_params("leaf"), &ec_key), &[], &root).unwrap();
    assert_eq!(chain.leaf().key, KeyKind::EcP256);
    let signer =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &ec_key.serialize_der()).unwrap();
    let signature = signer.sign(&random, message).unwrap();
    let verdict = |message: &[u8], signature: &[u8], algorithm| {
        chain
            .verify_leaf_signature(algorithm, message, signature)
            .map_err(|r| r.reason)
    };
    use LeafSignatureAlgorithm::{EcdsaSha256, RsaSha256};
    assert_eq!(verdict(message, signature.as_ref(), EcdsaSha256), Ok(()));
    assert_eq!(
        verdict(b"other", signature.as_ref(), EcdsaSha256),
        Err(Reason::SignatureInvalid)
    );
    assert_eq!(
        verdict(message, b"", EcdsaSha256),
        Err(Reason::SignatureInvalid)
    );
    assert_eq!(
        verdict(message, signature.as_ref(), RsaSha256),
        Err(Reason::SignatureAlgorithmMismatch)
    );

    let rsa_key = key_of(&rcgen::PKCS_RSA_SHA256);
    let chain = verify(&root.sign(&leaf_params("leaf"), &rsa_key), &[], &root).unwrap();
    assert_eq!(chain.leaf().key, KeyKind::Rsa { bits: 2048 });
    let signer = RsaKeyPair::from_pkcs8(&rsa_key.serialize_der()).unwrap();
    for (padding, expected) in [
        (
            &RSA_PKCS1_SHA256 as &dyn aws_lc_rs::signature::RsaEncoding,
            Ok(()),
        ),
        (&RSA_PSS_SHA256, Err(Reason::SignatureInvalid)),
    ] {
        let mut signature = vec![0; signer.public_modulus_len()];
        signer
            .sign(padding, &random, message, &mut signature)
            .unwrap();
        let verdict = chain.verify_leaf_signature(RsaSha256, message, &signature);
        assert_eq!(verdict.map_err(|refusal| refusal.reason), expected);
    }
}

#[test]
fn a_verified_chain_can_be_shared() {
    fn shareable<T: Send + Sync + 'static>() {}
    shareable::<anyrole_x509::VerifiedChain>();
    shareable::<AnchorCertificates>();
    shareable::<PresentedChain>();
}

/// Each single bit of a leaf and of an intermediate is covered by a signature or by a rule.
#[test]
fn no_bit_can_be_changed() {
    let root = Authority::root("Root");
    let intermediate = root.intermediate("Intermediate");
    let leaf = intermediate.leaf("leaf");
    verify(&leaf, &[&intermediate.der], &root).unwrap();
    for (original, is_leaf) in [(&leaf, true), (&intermediate.der, false)] {
        for bit in 0..original.len() * 8 {
            let mut changed = original.clone();
            *changed.get_mut(bit / 8).unwrap() ^= 1 << (bit % 8);
            let verdict = if is_leaf {
                verify(&changed, &[&intermediate.der], &root)
            } else {
                verify(&leaf, &[&changed], &root)
            };
            assert!(verdict.is_err(), "bit {bit}, leaf: {is_leaf}");
        }
    }
}

#[test]
fn cut_certificates_are_refused() {
    let root = Authority::root("Root");
    let leaf = root.leaf("leaf");
    for length in 0..leaf.len() {
        let cut: Vec<u8> = leaf.iter().copied().take(length).collect();
        let reason = verify(&cut, &[], &root).unwrap_err().reason;
        assert_eq!(reason, Reason::CertificateMalformed, "{length} bytes");
    }
    let mut longer = leaf;
    longer.push(0);
    assert_eq!(
        verify(&longer, &[], &root).unwrap_err().reason,
        Reason::CertificateMalformed
    );
}

#[test]
fn a_remembered_verdict_ends_with_its_path() {
    let root = Authority::root("Root");
    let chain = verify(&root.leaf("leaf"), &[], &root).unwrap();
    assert!(chain.is_valid_at("2031-01-01T00:00:00.999Z".parse().unwrap()));
    assert!(!chain.is_valid_at("2031-01-01T00:00:01Z".parse().unwrap()));
}

#[test]
fn a_refused_leaf_can_still_be_named() {
    let leaf = Authority::root("Root").leaf("leaf");
    let presented = PresentedChain::from_der(leaf, Vec::new()).unwrap();
    let summary = presented.unverified_leaf().unwrap();
    assert_eq!(summary.subject.to_string(), "CN=leaf");
    let rubbish = PresentedChain::from_der(vec![0x30, 0x00], Vec::new()).unwrap();
    assert_eq!(rubbish.unverified_leaf(), None);
}
