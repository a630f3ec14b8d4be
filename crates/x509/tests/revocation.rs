//! Revocation lists of rcgen's and of openssl's: which are taken, what they revoke, and when they end.

#![expect(clippy::unwrap_used, reason = "tests")]

mod made;

use std::sync::Arc;

use anyrole_x509::{
    ExpiredListRule, PresentedChain, Reason, Refusal, Revocation, RevocationList,
    RevocationListError, VerifiedChain, VerifiedRevocationList, verify_chain,
};
use jiff::Timestamp;
use made::{Authority, ca_params, key, leaf_params, noon, openssl};
use rcgen::{
    CertificateRevocationListParams, KeyIdMethod, KeyUsagePurpose, RevocationReason,
    RevokedCertParams, SerialNumber, date_time_ymd,
};

fn entry(serial: &[u8], reason: Option<RevocationReason>) -> RevokedCertParams {
    RevokedCertParams {
        serial_number: SerialNumber::from_slice(serial),
        revocation_time: date_time_ymd(2030, 2, 3),
        reason_code: reason,
        invalidity_date: None,
    }
}

fn list_params(entries: Vec<RevokedCertParams>) -> CertificateRevocationListParams {
    CertificateRevocationListParams {
        this_update: date_time_ymd(2030, 6, 1),
        next_update: date_time_ymd(2030, 7, 1),
        crl_number: SerialNumber::from_slice(&[0x12, 0x34]),
        issuing_distribution_point: None,
        revoked_certs: entries,
        key_identifier_method: KeyIdMethod::Sha256,
    }
}

fn list_der(authority: &Authority, entries: Vec<RevokedCertParams>) -> Vec<u8> {
    let list = list_params(entries).signed_by(&authority.issuer).unwrap();
    list.der().to_vec()
}

fn list(authority: &Authority, serials: &[&[u8]]) -> Arc<VerifiedRevocationList> {
    let entries = serials.iter().map(|serial| entry(serial, None)).collect();
    let list = RevocationList::parse(&list_der(authority, entries)).unwrap();
    Arc::new(list.verify_issued_by(&authority.anchor()).unwrap())
}

fn numbered(authority: &Authority, serial: &[u8]) -> Vec<u8> {
    let mut params = leaf_params("leaf");
    params.serial_number = Some(SerialNumber::from_slice(serial));
    authority.sign(&params, &key())
}

fn numbered_ca(authority: &Authority, serial: &[u8]) -> Authority {
    let mut params = ca_params("Intermediate");
    params.serial_number = Some(SerialNumber::from_slice(serial));
    authority.intermediate_of(params, key())
}

fn verdict(
    leaf: &[u8],
    chain: &[&[u8]],
    root: &Authority,
    lists: &[Arc<VerifiedRevocationList>],
) -> Result<VerifiedChain, Refusal> {
    let chain = chain.iter().map(|der| der.to_vec()).collect();
    let presented = PresentedChain::from_der(leaf.to_vec(), chain).unwrap();
    let expired = ExpiredListRule::Refuse;
    let revocation = Revocation {
        lists,
        expired,
        issuers: None,
    };
    verify_chain(&presented, &root.anchor(), &revocation, noon())
}

fn reason(verdict: Result<VerifiedChain, Refusal>) -> Option<Reason> {
    verdict.err().map(|refusal| refusal.reason)
}

#[test]
fn a_list_is_read_as_der_and_as_pem() {
    let root = Authority::root("Root");
    let list = list_params(vec![entry(&[5], Some(RevocationReason::KeyCompromise))]);
    let list = list.signed_by(&root.issuer).unwrap();
    let pem = format!("a note\n{}", list.pem().unwrap());
    for bytes in [list.der().as_ref(), pem.as_bytes()] {
        let read = RevocationList::parse(bytes).unwrap();
        assert_eq!(read.der(), list.der().as_ref());
        assert_eq!(read.issuer().to_string(), "CN=Root");
        assert_eq!(read.number_hex(), "1234");
        assert_eq!(read.this_update().to_string(), "2030-06-01T00:00:00Z");
        assert_eq!(read.next_update().to_string(), "2030-07-01T00:00:00Z");
        assert_eq!(read.len(), 1);
        let found = read.find(&[5]).unwrap();
        assert_eq!(found.revoked_at.to_string(), "2030-02-03T00:00:00Z");
        assert_eq!(found.reason_name(), "keyCompromise");
        assert_eq!(read.find(&[0, 5]), Some(found));
        assert_eq!(read.find(&[6]), None);
        assert!(!read.is_expired("2030-07-01T00:00:00.9Z".parse().unwrap()));
        assert!(read.is_expired("2030-07-01T00:00:01Z".parse().unwrap()));
    }
}

#[test]
fn every_entry_of_a_long_list_is_found_and_no_other() {
    let root = Authority::root("Root");
    // Even numbers of one to three octets, in an order that is not theirs.
    let number = |index: u32| (index.wrapping_mul(7919) % 30_000) * 2;
    let octets = |number: u32| number.to_be_bytes().to_vec();
    let entries = (0..30_000).map(|index| entry(&octets(number(index)), None));
    let list = RevocationList::parse(&list_der(&root, entries.collect())).unwrap();
    assert_eq!(list.len(), 30_000);
    for number in 0..60_000_u32 {
        assert_eq!(list.find(&octets(number)).is_some(), number % 2 == 0);
    }
}

#[test]
fn a_revoked_leaf_and_a_revoked_intermediate_are_refused() {
    let root = Authority::root("Root");
    let intermediate = numbered_ca(&root, &[0x77]);
    let leaf = numbered(&intermediate, &[0x05]);
    let chain: [&[u8]; 1] = [&intermediate.der];
    let direct = numbered(&root, &[0x05]);
    let judge = |leaf: &[u8], lists: &[Arc<VerifiedRevocationList>]| {
        reason(verdict(leaf, &chain, &root, lists))
    };
    assert_eq!(judge(&leaf, &[]), None);
    assert_eq!(judge(&leaf, &[list(&root, &[])]), None);
    // The root's list says nothing of what the intermediate issued.
    assert_eq!(judge(&leaf, &[list(&root, &[&[5]])]), None);
    assert_eq!(
        judge(&direct, &[list(&root, &[&[5]])]),
        Some(Reason::LeafRevoked)
    );
    let both = [list(&root, &[]), list(&root, &[&[9], &[0x77]])];
    assert_eq!(judge(&leaf, &both), Some(Reason::IntermediateRevoked));
    let refusal = verdict(&leaf, &chain, &root, &both).unwrap_err();
    assert_eq!(
        refusal.detail,
        "an intermediate certificate with the serial number 77 was revoked at 2030-02-03T00:00:00Z \
         (unspecified) by the CRL of `CN=Root` with the number 1234, of 2030-06-01T00:00:00Z until \
         2030-07-01T00:00:00Z"
    );
}

#[test]
fn an_intermediates_own_list_is_verified_on_the_path() {
    let root = Authority::root("Root");
    let intermediate = numbered_ca(&root, &[0x77]);
    let leaf = numbered(&intermediate, &[0x05]);
    let presented = PresentedChain::from_der(leaf.clone(), vec![intermediate.der.clone()]).unwrap();
    let path = verify_chain(&presented, &root.anchor(), &Revocation::NONE, noon()).unwrap();
    let parse = |authority: &Authority| {
        RevocationList::parse(&list_der(authority, vec![entry(&[5], None)])).unwrap()
    };
    let by_anchor = parse(&intermediate).verify_issued_by(&root.anchor());
    assert_eq!(by_anchor.unwrap_err().code(), "crl-unknown-issuer");
    let of_root = parse(&root).verify_issued_on_path(&presented, &path);
    assert_eq!(of_root.unwrap_err().code(), "crl-unknown-issuer");
    let namesake = Authority::root("Intermediate");
    let forged = parse(&namesake).verify_issued_on_path(&presented, &path);
    assert_eq!(forged.unwrap_err().code(), "crl-signature-invalid");

    let list = parse(&intermediate);
    let list = Arc::new(list.verify_issued_on_path(&presented, &path).unwrap());
    let revocation = Revocation {
        lists: &[list],
        expired: ExpiredListRule::Refuse,
        issuers: None,
    };
    let refused = path.check_revocation(&revocation, noon()).unwrap_err();
    assert_eq!(refused.reason, Reason::LeafRevoked);
}

#[test]
fn a_path_around_a_revoked_certificate_is_found() {
    let root = Authority::root("Root");
    let revoked = numbered_ca(&root, &[0x77]);
    let mut params = ca_params("Intermediate");
    params.serial_number = Some(SerialNumber::from_slice(&[0x78]));
    let renewed = root.sign(&params, revoked.issuer.key());
    let leaf = revoked.leaf("leaf");
    let lists = [list(&root, &[&[0x77]])];
    for chain in [[revoked.der.as_slice(), &renewed], [&renewed, &revoked.der]] {
        assert_eq!(reason(verdict(&leaf, &chain, &root, &lists)), None);
    }
    let alone = reason(verdict(&leaf, &[&revoked.der], &root, &lists));
    assert_eq!(alone, Some(Reason::IntermediateRevoked));
}

#[test]
fn a_list_speaks_for_its_issuers_name_and_key_only() {
    let root = Authority::root("Root");
    let namesake = Authority::root("Root");
    let leaf = numbered(&root, &[5]);
    let judge = |lists: &[Arc<VerifiedRevocationList>]| reason(verdict(&leaf, &[], &root, lists));
    assert_eq!(judge(&[list(&namesake, &[&[5]])]), None);
    assert_eq!(judge(&[list(&root, &[&[5]])]), Some(Reason::LeafRevoked));
}

#[test]
fn an_expired_list_follows_the_rule() {
    let root = Authority::root("Root");
    let presented =
        |serial: &[u8]| PresentedChain::from_der(numbered(&root, serial), Vec::new()).unwrap();
    let chain = |serial: &[u8]| {
        verify_chain(
            &presented(serial),
            &root.anchor(),
            &Revocation::NONE,
            noon(),
        )
        .unwrap()
    };
    let (listed, other) = (chain(&[5]), chain(&[6]));
    let list = list(&root, &[&[5]]);
    let fresh = {
        let mut params = list_params(Vec::new());
        params.next_update = date_time_ymd(2030, 9, 1);
        let der = params.signed_by(&root.issuer).unwrap();
        let list = RevocationList::parse(der.der()).unwrap();
        Arc::new(list.verify_issued_by(&root.anchor()).unwrap())
    };
    let late: Timestamp = "2030-08-01T00:00:00Z".parse().unwrap();
    let ask = |chain: &VerifiedChain, lists: &[Arc<VerifiedRevocationList>], expired, at| {
        let stale = chain.check_revocation(
            &Revocation {
                lists,
                expired,
                issuers: None,
            },
            at,
        );
        stale.map(|stale| stale.len()).map_err(|no| no.reason)
    };
    let old = [list.clone()];
    let both = [list, fresh];
    let (refuse, warn) = (ExpiredListRule::Refuse, ExpiredListRule::Warn);
    let expired = Err(Reason::RevocationListExpired);
    assert_eq!(ask(&other, &old, refuse, noon()), Ok(0));
    assert_eq!(ask(&other, &old, refuse, late), expired);
    assert_eq!(ask(&other, &old, warn, late), Ok(1));
    assert_eq!(ask(&other, &both, refuse, late), Ok(0));
    for rule in [refuse, warn] {
        let revoked = Err(Reason::LeafRevoked);
        assert_eq!(ask(&listed, &old, rule, late), revoked);
        assert_eq!(ask(&listed, &both, rule, late), revoked);
    }
}

#[test]
fn lists_that_are_not_the_anchors_are_refused() {
    let root = Authority::root("Root");
    let code = |der: &[u8], root: &Authority| {
        let list = RevocationList::parse(der).unwrap();
        let refused = list.verify_issued_by(&root.anchor()).unwrap_err();
        assert!(!refused.detail().is_empty());
        refused.code()
    };
    let good = list_der(&root, vec![entry(&[5], None)]);
    assert_eq!(code(&good, &Authority::root("Other")), "crl-unknown-issuer");
    assert_eq!(
        code(&good, &Authority::root("Root")),
        "crl-signature-invalid"
    );
    let mut changed = good.clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    assert_eq!(code(&changed, &root), "crl-signature-invalid");
    let mut params = ca_params("Root");
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let key_pair = root.issuer.key();
    let no_crl_sign = params.self_signed(key_pair).unwrap();
    let anchor = anyrole_x509::AnchorCertificates::parse_bundle(&no_crl_sign.pem()).unwrap();
    let refused = RevocationList::parse(&good)
        .unwrap()
        .verify_issued_by(&anchor);
    assert_eq!(refused.unwrap_err(), RevocationListError::IssuerMayNotSign);
}

/// A CA folder of openssl's; `list` are extension lines of the list.
fn openssl_list(number: bool, list: &str, arguments: &str) -> (Authority, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let root = Authority::root("Root");
    root.write(folder.path(), "ca");
    let number = if number { "crlnumber=number" } else { "" };
    let config = format!(
        "[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\n{number}\ndefault_md=sha256\n\
         default_crl_days=30\n{}\n[list]\n{list}\n",
        if list.is_empty() {
            ""
        } else {
            "crl_extensions=list"
        },
    );
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("ca.cnf", &config);
    write("number", "2A\n");
    // Without number and reasons, nothing asks openssl for a list of version 2.
    let index = if number.is_empty() {
        "R\t310101000000Z\t300203040506Z\t05\tunknown\t/CN=leaf\n"
    } else {
        "R\t310101000000Z\t300203040506Z,keyCompromise\t05\tunknown\t/CN=leaf\n\
         R\t310101000000Z\t300203040506Z,CAkeyTime,20300101000000Z\t77\tunknown\t/CN=other\n"
    };
    write("index.txt", index);
    openssl(
        folder.path(),
        &format!(
            "ca -config ca.cnf -gencrl -cert ca.pem -keyfile ca.key -out list.pem {arguments}"
        ),
    );
    let pem = std::fs::read(folder.path().join("list.pem")).unwrap();
    (root, pem)
}

#[test]
fn openssls_lists_are_taken_or_refused_by_kind() {
    let (root, pem) = openssl_list(true, "", "");
    let list = RevocationList::parse(&pem).unwrap();
    assert_eq!((list.number_hex().as_str(), list.len()), ("2a", 2));
    assert_eq!(list.find(&[5]).unwrap().reason_name(), "keyCompromise");
    assert_eq!(list.find(&[0x77]).unwrap().reason_name(), "cACompromise");
    list.verify_issued_by(&root.anchor()).unwrap();

    let partition = "issuingDistributionPoint=critical,@point\n[point]\n";
    let rows: [(bool, &str, &str, &str); 10] = [
        (false, "", "", "crl-version"),
        (false, "1.2.3.4=ASN1:NULL", "", "crl-no-number"),
        (true, "", "-md sha1", "crl-unsupported-signature"),
        (true, "2.5.29.27=critical,ASN1:INTEGER:1", "", "crl-delta"),
        (
            true,
            &format!("{partition}fullname=URI:http://crl.example/1"),
            "",
            "crl-partitioned",
        ),
        (
            true,
            &format!("{partition}onlyuser=TRUE"),
            "",
            "crl-partitioned",
        ),
        (
            true,
            &format!("{partition}indirectCRL=TRUE"),
            "",
            "crl-indirect",
        ),
        (
            true,
            "1.2.3.4=critical,ASN1:NULL",
            "",
            "crl-unknown-critical-extension",
        ),
        (
            true,
            "authorityKeyIdentifier=keyid:always\n1.2.3.4=ASN1:NULL",
            "",
            "",
        ),
        (true, "2.5.29.20=ASN1:INTEGER:-1", "", "crl-malformed"),
    ];
    for (number, extensions, arguments, code) in rows {
        let (root, pem) = openssl_list(number, extensions, arguments);
        let verdict = RevocationList::parse(&pem)
            .and_then(|list| list.verify_issued_by(&root.anchor()))
            .map_or_else(|error| error.code(), |_| "");
        assert_eq!(verdict, code, "{extensions}");
    }
}

#[test]
fn what_is_no_list_is_malformed() {
    let root = Authority::root("Root");
    let good = list_der(&root, vec![entry(&[5], None)]);
    let code = |bytes: &[u8]| RevocationList::parse(bytes).unwrap_err().code();
    let pem = list_params(Vec::new()).signed_by(&root.issuer).unwrap();
    let pem = pem.pem().unwrap();
    for bytes in [
        b"".as_slice(),
        b"no list",
        root.pem.as_bytes(),
        &root.der,
        format!("{pem}{pem}").as_bytes(),
        format!("{pem}{}", root.pem).as_bytes(),
        pem.replace("MI", "M*").as_bytes(),
        &[&good[..], &[0]].concat(),
        &good[..good.len() - 1],
    ] {
        assert_eq!(code(bytes), "crl-malformed");
    }
    // Cut off or changed anywhere, it is refused or another list, and nothing falls over.
    for at in 0..good.len() {
        assert!(RevocationList::parse(&good[..at]).is_err());
        let mut changed = good.clone();
        changed[at] ^= 0x55;
        if let Ok(list) = RevocationList::parse(&changed) {
            assert!(list.verify_issued_by(&root.anchor()).is_err(), "{at}");
        }
    }
}
