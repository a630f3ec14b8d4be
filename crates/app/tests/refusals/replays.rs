//! A captured request that is sent again: accepted inside the date window as AWS does, refused with `--replay-cache`.

use anyrole_signing::X509Algorithm;
use anyrole_testkit::TestServer;
use anyrole_testkit::certificates::{CertificateRequest, KeyKind};

use super::create_session::{INVALID_SIGNATURE, row};
use super::exchange::{Request, Row, check};
use super::session_request::{Leaf, SessionRequest};
use super::stage::Stage;

/// The order of P-256 (SEC 2, section 2.4.2).
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

/// The same signature with n - s for s, which verifies as well: ECDSA lets anybody do this.
fn mirrored(request: &Request) -> Request {
    let authorization = request.header_text("authorization");
    let (before, signature) = authorization.rsplit_once("Signature=").unwrap();
    let der = hex_simd::decode_to_vec(signature).unwrap();
    let r = &der[4..4 + usize::from(der[3])];
    let s = &der[4 + r.len() + 2..];
    let order = hex_simd::decode_to_vec(ORDER).unwrap();
    let mut padded = vec![0; 33 - s.len()];
    padded.extend_from_slice(s);
    let mut difference = vec![0];
    difference.extend_from_slice(&order);
    let mut borrow = 0;
    for (place, subtracted) in difference.iter_mut().zip(&padded).rev() {
        let value = i16::from(*place) - i16::from(*subtracted) - borrow;
        borrow = i16::from(value < 0);
        *place = u8::try_from(value.rem_euclid(256)).unwrap();
    }
    while difference[0] == 0 && difference[1] < 0x80 {
        difference.remove(0);
    }
    let integer = |bytes: &[u8]| [&[2, u8::try_from(bytes.len()).unwrap()], bytes].concat();
    let inner = [integer(r), integer(&difference)].concat();
    let der = [&[0x30, u8::try_from(inner.len()).unwrap()], &*inner].concat();
    let signature = hex_simd::encode_to_string(der, hex_simd::AsciiCase::Lower);
    request
        .clone()
        .header("authorization", &format!("{before}Signature={signature}"))
}

fn stage_with(arguments: &[&str]) -> Stage {
    let mut builder = TestServer::builder(env!("CARGO_BIN_EXE_anyrole"));
    for argument in arguments {
        builder = builder.arg(*argument);
    }
    Stage::on(builder.start().unwrap())
}

#[test]
fn a_request_may_come_again_unless_the_setting_forbids_it() {
    let stage = stage_with(&[]);
    let leaf = Leaf::client(&stage);
    let request = SessionRequest::new(&stage, &leaf).sign();
    for again in [&request, &request, &mirrored(&request)] {
        assert!(again.send(&stage.server).is_granted());
    }
}

#[test]
fn a_request_that_comes_again_is_refused_where_the_setting_says_so() {
    let stage = stage_with(&["--replay-cache", "4"]);
    let leaf = Leaf::client(&stage);
    let rsa = CertificateRequest::leaf("rsa").key(KeyKind::Rsa(2048));
    let rsa = Leaf::issue(&stage, "rsa", 4098, rsa);
    let sound = SessionRequest::new(&stage, &leaf);
    let by_rsa =
        SessionRequest::new(&stage, &rsa).with(|asked| asked.algorithm = X509Algorithm::RsaSha256);
    let [first, second] = [sound.sign(), by_rsa.sign()];
    // What does not verify is not remembered.
    let forged = first.clone().body("{\n}");
    let rows = [row(
        "forged",
        forged,
        INVALID_SIGNATURE,
        "signature-invalid",
    )];
    check(&stage.server, &rows);
    assert!(first.send(&stage.server).is_granted());
    assert!(second.send(&stage.server).is_granted());
    let again = |name, request| row(name, request, INVALID_SIGNATURE, "replayed-request");
    let rows = [
        again("again", first.clone()),
        again("again, mirrored", mirrored(&first)),
        again("again, by RSA", second),
    ];
    check(&stage.server, &rows);
    // Signed anew it is another request, until no more can be remembered.
    assert!(sound.sign().send(&stage.server).is_granted());
    assert!(sound.sign().send(&stage.server).is_granted());
    let full = Row {
        status: 503,
        code: "ServiceUnavailableException",
        ..row(
            "full",
            sound.sign(),
            "The service is too busy; try again.",
            "replay-cache-full",
        )
    };
    check(&stage.server, &[full]);
}
