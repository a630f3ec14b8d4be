//! One row per reason: what makes it; `refusals.txt` has its code and the text that a caller sees.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod anchors;
#[path = "../made/mod.rs"]
mod made;

use std::collections::HashSet;

use anyrole_x509::{
    Certificate, LeafSignatureAlgorithm, PresentedChain, Reason, Refusal, Revocation,
    RevocationList, anchor_refusals, intermediate_refusals, is_issued_by, leaf_refusals,
    verify_chain,
};
use made::{
    Authority, CA_EXTENSIONS, EC, LEAF_EXTENSIONS, ca_params, key, key_of, leaf_params, noon,
    openssl, openssl_signed, verify, verify_at,
};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyUsagePurpose, NameConstraints, SerialNumber,
    date_time_ymd,
};

type Row = (Reason, Refusal);

fn leaf_refusal(change: impl FnOnce(&mut CertificateParams)) -> Refusal {
    let root = Authority::root("Root");
    let mut params = leaf_params("leaf");
    change(&mut params);
    let leaf = root.sign(&params, &key());
    let refusal = verify(&leaf, &[], &root).unwrap_err();
    let parsed = Certificate::parse_der(leaf).unwrap();
    assert_eq!(
        leaf_refusals(&parsed, noon()),
        std::slice::from_ref(&refusal)
    );
    refusal
}

fn intermediate_refusal(change: impl FnOnce(&mut CertificateParams)) -> Refusal {
    let root = Authority::root("Root");
    let mut params = ca_params("Intermediate");
    change(&mut params);
    let intermediate = root.intermediate_of(params, key());
    let parsed = Certificate::parse_der(intermediate.der.clone()).unwrap();
    let issuer = Certificate::parse_der(root.der.clone()).unwrap();
    assert!(intermediate_refusals(&parsed, noon()).len() < 2);
    assert!(is_issued_by(&parsed, &issuer) && !is_issued_by(&issuer, &parsed));
    verify(&intermediate.leaf("leaf"), &[&intermediate.der], &root).unwrap_err()
}

fn critical_extension() -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![0x05, 0x00]);
    extension.set_criticality(true);
    extension
}

/// A nameConstraints extension without constraints.
fn no_name_constraints() -> CustomExtension {
    CustomExtension::from_oid_content(&[2, 5, 29, 30], vec![0x30, 0x00])
}

/// One with something else in the place of its subtrees.
fn broken_constraints() -> CustomExtension {
    CustomExtension::from_oid_content(&[2, 5, 29, 30], vec![0x30, 0x02, 0xa5, 0x00])
}

/// A leaf of openssl's under a fresh root.
fn openssl_leaf_refusal(request: &str, sign: &str, extensions: Option<&str>) -> Refusal {
    let folder = tempfile::tempdir().unwrap();
    let root = Authority::root("Root");
    root.write(folder.path(), "ca");
    let request = format!("{request} -subj /CN=leaf");
    let leaf = openssl_signed(folder.path(), &request, sign, extensions);
    verify(&leaf, &[], &root).unwrap_err()
}

/// An intermediate of openssl's under a fresh root, with a leaf that openssl signs with its key.
fn openssl_intermediate_refusal(request: &str, sign: &str, extensions: Option<&str>) -> Refusal {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let root = Authority::root("Root");
    root.write(path, "ca");
    let request = format!("{request} -subj /CN=Intermediate");
    let intermediate = openssl_signed(path, &request, sign, extensions);
    std::fs::rename(path.join("made.key"), path.join("ca.key")).unwrap();
    std::fs::write(path.join("ca.der"), &intermediate).unwrap();
    openssl(path, "x509 -inform DER -in ca.der -out ca.pem");
    let leaf = openssl_signed(
        path,
        &format!("{EC} -subj /CN=leaf"),
        "",
        Some(LEAF_EXTENSIONS),
    );
    verify(&leaf, &[&intermediate], &root).unwrap_err()
}

/// A self-signed root of openssl's.
#[test]
fn every_reason_has_its_code_and_text() {
    let mut rows = presented_rows();
    rows.extend(leaf_rows());
    rows.extend(intermediate_rows());
    rows.extend(path_rows());
    rows.extend(revocation_rows());
    rows.extend(signature_rows());
    rows.extend(anchors::rows());
    let wrong: Vec<String> = rows
        .iter()
        .filter(|(reason, refusal)| refusal.reason != *reason || refusal.detail.is_empty())
        .map(|(reason, refusal)| format!("{reason}: {refusal}"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let seen: HashSet<Reason> = rows.iter().map(|row| row.0).collect();
    let missing: Vec<_> = Reason::ALL
        .iter()
        .filter(|reason| !seen.contains(reason))
        .collect();
    assert!(missing.is_empty(), "no row for {missing:?}");
    // Codes and texts are kept stable by hand, in a file that people can read too.
    let table: String = Reason::ALL
        .iter()
        .map(|reason| format!("{}: {}\n", reason.code(), reason.public_text()))
        .collect();
    assert_eq!(table, include_str!("refusals.txt"));
    let codes: HashSet<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len(), "codes are unique");
}

#[test]
fn a_holder_learns_all_that_is_wrong_at_once() {
    let root = Authority::root("Root");
    let mut params = leaf_params("leaf");
    params.key_usages = Vec::new();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.not_after = date_time_ymd(2030, 2, 1);
    let leaf = Certificate::parse_der(root.sign(&params, &key())).unwrap();
    let reasons: Vec<_> = leaf_refusals(&leaf, noon())
        .into_iter()
        .map(|refusal| refusal.reason.code())
        .collect();
    assert_eq!(
        reasons,
        [
            "no-digital-signature",
            "leaf-extended-key-usage",
            "leaf-expired"
        ]
    );
    let reasons = intermediate_refusals(&leaf, noon());
    assert_eq!(reasons.first().unwrap().reason, Reason::IntermediateNotCa);
}

#[test]
fn who_makes_an_anchor_learns_all_that_is_wrong_at_once() {
    let codes = |der: Vec<u8>| -> Vec<_> {
        let certificate = Certificate::parse_der(der).unwrap();
        let refusals = anchor_refusals(&certificate, noon()).into_iter();
        refusals.map(|refusal| refusal.reason.code()).collect()
    };
    let root = Authority::root("Root");
    assert!(codes(root.der.clone()).is_empty());
    let mut params = ca_params("Late");
    params.key_usages = vec![KeyUsagePurpose::CrlSign];
    params.not_before = date_time_ymd(2049, 1, 1);
    params.not_after = date_time_ymd(2050, 1, 1);
    let late = root.intermediate_of(params, key()).der;
    assert_eq!(codes(late), ["anchor-no-cert-sign", "anchor-not-yet-valid"]);
    let leaf = codes(root.leaf("leaf"));
    assert_eq!(leaf, ["anchor-not-ca", "anchor-no-cert-sign"]);
}

fn presented_rows() -> Vec<Row> {
    let leaf = Authority::root("Root").leaf("leaf");
    let encoded = base64_simd::STANDARD.encode_to_string(&leaf);
    // Repetitions count only until they are absurd.
    let absurd = [encoded.as_str(); 13].join(",");
    let different = (0..6).map(|number| Authority::root(&format!("Root {number}")).der);
    let six = PresentedChain::from_der(leaf.clone(), different.collect()).unwrap_err();
    let headers = |x509: &str, chain: Option<&str>| {
        PresentedChain::from_headers(x509.as_bytes(), chain.map(str::as_bytes)).unwrap_err()
    };
    let root = Authority::root("Root");
    // The tag of the part that is signed.
    let mut broken = leaf.clone();
    *broken.get_mut(4).unwrap() ^= 0xff;
    vec![
        (Reason::CertificateNotBase64, headers("MII*", None)),
        (
            Reason::CertificateNotBase64,
            headers(&encoded, Some("MII*")),
        ),
        (Reason::CertificateMalformed, headers("MIIB", None)),
        (
            Reason::CertificateMalformed,
            verify(&broken, &[], &root).unwrap_err(),
        ),
        (
            Reason::CertificateTooLarge,
            headers(&"A".repeat(40_000), None),
        ),
        (
            Reason::TooManyCertificates,
            headers(&encoded, Some(&absurd)),
        ),
        (Reason::TooManyCertificates, six),
    ]
}

fn leaf_rows() -> Vec<Row> {
    let root = Authority::root("Root");
    let ed25519 = key_of(&rcgen::PKCS_ED25519);
    let ed25519_leaf = verify(&root.sign(&leaf_params("leaf"), &ed25519), &[], &root).unwrap_err();
    let ed25519_root = Authority::root_of(ca_params("Root"), key_of(&rcgen::PKCS_ED25519));
    let by_ed25519 = verify(&ed25519_root.leaf("leaf"), &[], &root).unwrap_err();
    let leaf = root.leaf("leaf");
    let at = |time: &str| verify_at(&leaf, &[], &root, time.parse().unwrap()).unwrap_err();
    let extensions = Some(LEAF_EXTENSIONS);
    vec![
        (Reason::LeafVersion, openssl_leaf_refusal(EC, "", None)),
        (
            Reason::LeafIsCa,
            leaf_refusal(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
        ),
        (
            Reason::NoDigitalSignature,
            leaf_refusal(|params| params.key_usages = vec![KeyUsagePurpose::KeyEncipherment]),
        ),
        (
            Reason::NoDigitalSignature,
            leaf_refusal(|params| params.key_usages.clear()),
        ),
        (
            Reason::LeafCertSign,
            leaf_refusal(|params| params.key_usages.push(KeyUsagePurpose::KeyCertSign)),
        ),
        (
            Reason::LeafNameConstraints,
            leaf_refusal(|params| params.custom_extensions.push(no_name_constraints())),
        ),
        (
            Reason::LeafExtendedKeyUsage,
            leaf_refusal(|params| {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            }),
        ),
        (
            Reason::LeafWeakSignature,
            openssl_leaf_refusal(EC, "-sha1", extensions),
        ),
        (Reason::LeafUnsupportedSignature, by_ed25519),
        (
            Reason::LeafWeakKey,
            openssl_leaf_refusal("-newkey rsa:1024", "", extensions),
        ),
        (Reason::LeafUnsupportedKey, ed25519_leaf),
        (
            Reason::LeafUnsupportedKey,
            openssl_leaf_refusal(
                "-newkey ec -pkeyopt ec_paramgen_curve:secp256k1",
                "",
                extensions,
            ),
        ),
        (
            Reason::LeafEmptySubject,
            leaf_refusal(|params| params.distinguished_name = DistinguishedName::new()),
        ),
        (
            Reason::LeafSerial,
            leaf_refusal(|params| params.serial_number = Some(SerialNumber::from_slice(&[0]))),
        ),
        (
            Reason::LeafSerial,
            leaf_refusal(|params| {
                params.serial_number = Some(SerialNumber::from_slice(&[0x11; 21]));
            }),
        ),
        (
            Reason::LeafSerial,
            openssl_leaf_refusal(EC, "-set_serial -5", extensions),
        ),
        (
            Reason::LeafUnknownCriticalExtension,
            leaf_refusal(|params| params.custom_extensions.push(critical_extension())),
        ),
        (Reason::LeafExpired, at("2031-01-01T00:00:01Z")),
        (Reason::LeafNotYetValid, at("2029-12-31T23:59:59Z")),
    ]
}

fn intermediate_rows() -> Vec<Row> {
    let root = Authority::root("Root");
    let ed25519 = root.intermediate_of(ca_params("Intermediate"), key_of(&rcgen::PKCS_ED25519));
    // The leaf under an Ed25519 intermediate falls on its own rule first, so the key of the kind
    // that is not supported stands one step higher.
    let ed25519_above = ed25519.intermediate("Lower");
    let unsupported_signature = verify(
        &ed25519_above.leaf("leaf"),
        &[&ed25519_above.der, &ed25519.der],
        &root,
    )
    .unwrap_err();
    let same_name = root.intermediate("Intermediate");
    let unsupported_key = verify(&same_name.leaf("leaf"), &[&ed25519.der], &root).unwrap_err();
    vec![
        (
            Reason::IntermediateVersion,
            openssl_intermediate_refusal(EC, "", None),
        ),
        (
            Reason::IntermediateNotCa,
            intermediate_refusal(|params| params.is_ca = IsCa::ExplicitNoCa),
        ),
        (
            Reason::IntermediateNoCertSign,
            intermediate_refusal(|params| params.key_usages = vec![KeyUsagePurpose::CrlSign]),
        ),
        (
            Reason::IntermediateExtendedKeyUsage,
            intermediate_refusal(|params| {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            }),
        ),
        (
            Reason::IntermediateWeakSignature,
            openssl_intermediate_refusal(EC, "-sha1", Some(CA_EXTENSIONS)),
        ),
        (
            Reason::IntermediateUnsupportedSignature,
            unsupported_signature,
        ),
        (
            Reason::IntermediateWeakKey,
            openssl_intermediate_refusal("-newkey rsa:1024", "", Some(CA_EXTENSIONS)),
        ),
        (Reason::IntermediateUnsupportedKey, unsupported_key),
        (
            Reason::IntermediateEmptySubject,
            intermediate_refusal(|params| params.distinguished_name = DistinguishedName::new()),
        ),
        (
            Reason::IntermediateSerial,
            intermediate_refusal(|params| {
                params.serial_number = Some(SerialNumber::from_slice(&[0]));
            }),
        ),
        (
            Reason::IntermediateUnknownCriticalExtension,
            intermediate_refusal(|params| params.custom_extensions.push(critical_extension())),
        ),
        (
            Reason::IntermediateNameConstraints,
            intermediate_refusal(|params| params.custom_extensions.push(broken_constraints())),
        ),
        (
            Reason::IntermediateExpired,
            intermediate_refusal(|params| params.not_after = date_time_ymd(2030, 6, 15)),
        ),
        (
            Reason::IntermediateNotYetValid,
            intermediate_refusal(|params| params.not_before = date_time_ymd(2030, 6, 16)),
        ),
    ]
}

fn path_rows() -> Vec<Row> {
    let root = Authority::root("Root");
    let other = Authority::root("Other");
    let namesake = Authority::root("Root");
    let under = |change: &dyn Fn(&mut CertificateParams)| {
        let mut params = ca_params("Root");
        change(&mut params);
        Authority::root_of(params, key())
    };
    let expired = under(&|params| params.not_after = date_time_ymd(2030, 6, 15));
    let early = under(&|params| params.not_before = date_time_ymd(2030, 6, 16));
    let no_intermediate =
        under(&|params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    let below = no_intermediate.intermediate("Intermediate");
    let mut short = ca_params("Short");
    short.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let short = root.intermediate_of(short, key());
    let too_deep = short.intermediate("Too deep");
    let one_domain = under(&|params| {
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DnsName("example.com".to_owned())],
            excluded_subtrees: Vec::new(),
        });
    });
    let mut elsewhere = leaf_params("leaf");
    elsewhere.subject_alt_names = vec![rcgen::SanType::DnsName(
        "leaf.example.net".try_into().unwrap(),
    )];
    // Five CAs of one name that the anchor signed: more orders to try than the search is willing to.
    let crowd: Vec<Authority> = (0..5).map(|_| root.intermediate("Root")).collect();
    let crowd: Vec<&[u8]> = crowd
        .iter()
        .map(|authority| authority.der.as_slice())
        .collect();
    let mut with_identifier = ca_params("Root");
    with_identifier.key_identifier_method = rcgen::KeyIdMethod::PreSpecified(vec![1; 20]);
    let with_identifier = Authority::root_of(with_identifier, key());
    let mut of_another = leaf_params("leaf");
    let another = [&[0x30, 22, 0x80, 20][..], &[2; 20]].concat();
    of_another
        .custom_extensions
        .push(CustomExtension::from_oid_content(&[2, 5, 29, 35], another));
    vec![
        (
            Reason::Untrusted,
            verify(&other.leaf("leaf"), &[], &root).unwrap_err(),
        ),
        (
            Reason::ChainSignatureInvalid,
            verify(&namesake.leaf("leaf"), &[], &root).unwrap_err(),
        ),
        (
            Reason::KeyIdentifier,
            verify(
                &with_identifier.sign(&of_another, &key()),
                &[],
                &with_identifier,
            )
            .unwrap_err(),
        ),
        (
            Reason::AnchorExpired,
            verify(&expired.leaf("leaf"), &[], &expired).unwrap_err(),
        ),
        (
            Reason::AnchorNotYetValid,
            verify(&early.leaf("leaf"), &[], &early).unwrap_err(),
        ),
        (
            Reason::PathLength,
            verify(&below.leaf("leaf"), &[&below.der], &no_intermediate).unwrap_err(),
        ),
        (
            Reason::PathLength,
            verify(&too_deep.leaf("leaf"), &[&too_deep.der, &short.der], &root).unwrap_err(),
        ),
        (
            Reason::NameConstraint,
            verify(&one_domain.sign(&elsewhere, &key()), &[], &one_domain).unwrap_err(),
        ),
        (
            Reason::ChainTooComplex,
            verify(&namesake.leaf("leaf"), &crowd, &root).unwrap_err(),
        ),
    ]
}

fn revocation_rows() -> Vec<Row> {
    let root = Authority::root("Root");
    let intermediate = root.intermediate("Intermediate");
    let leaf = intermediate.leaf("leaf");
    let presented = PresentedChain::from_der(leaf, vec![intermediate.der.clone()]).unwrap();
    let path = verify_chain(&presented, &root.anchor(), &Revocation::NONE, noon()).unwrap();
    let serial_of = |der: &[u8]| {
        let read = Certificate::parse_der(der.to_vec()).unwrap();
        hex_simd::decode_to_vec(&read.summary().serial_hex).unwrap()
    };
    let refusal = |authority: &Authority, serial: &[u8], until| {
        let entry = rcgen::RevokedCertParams {
            serial_number: SerialNumber::from_slice(serial),
            revocation_time: date_time_ymd(2030, 2, 3),
            reason_code: None,
            invalidity_date: None,
        };
        let params = rcgen::CertificateRevocationListParams {
            this_update: date_time_ymd(2030, 6, 1),
            next_update: until,
            crl_number: SerialNumber::from_slice(&[1]),
            issuing_distribution_point: None,
            revoked_certs: vec![entry],
            key_identifier_method: rcgen::KeyIdMethod::Sha256,
        };
        let der = params.signed_by(&authority.issuer).unwrap();
        let list = RevocationList::parse(der.der()).unwrap();
        let list = match list.verify_issued_on_path(&presented, &path) {
            Ok(list) => list,
            Err(_) => {
                let list = RevocationList::parse(der.der()).unwrap();
                list.verify_issued_by(&root.anchor()).unwrap()
            }
        };
        let revocation = Revocation {
            lists: &[std::sync::Arc::new(list)],
            ..Revocation::NONE
        };
        path.check_revocation(&revocation, noon()).unwrap_err()
    };
    let (past, later) = (date_time_ymd(2030, 6, 2), date_time_ymd(2030, 7, 1));
    let leaf_serial = serial_of(presented.leaf_der());
    let intermediate_serial = serial_of(&intermediate.der);
    vec![
        (
            Reason::LeafRevoked,
            refusal(&intermediate, &leaf_serial, later),
        ),
        (
            Reason::IntermediateRevoked,
            refusal(&root, &intermediate_serial, later),
        ),
        (
            Reason::RevocationListExpired,
            refusal(&root, &leaf_serial, past),
        ),
    ]
}

fn signature_rows() -> Vec<Row> {
    let root = Authority::root("Root");
    let chain = verify(&root.leaf("leaf"), &[], &root).unwrap();
    let refused = |algorithm| {
        chain
            .verify_leaf_signature(algorithm, b"text", &[0; 64])
            .unwrap_err()
    };
    vec![
        (
            Reason::SignatureAlgorithmMismatch,
            refused(LeafSignatureAlgorithm::RsaSha256),
        ),
        (
            Reason::SignatureInvalid,
            refused(LeafSignatureAlgorithm::EcdsaSha256),
        ),
    ]
}
