//! CreateSession as both programs send it, header by header, and that each signature is one of the certificate's key.

use std::path::Path;

use anyrole_testkit::{Program, TestServer};
use tempfile::TempDir;

use super::service::Request;
use super::transcript::folder;
use super::{Block, Stage};
use crate::way_in::{ANYROLE, script};

/// Of our requests and the official ones: what differs, and why that is no matter.
const DIFFERENT: [&str; 2] = [
    // Who it is; nobody decides by it.
    "user-agent",
    // Answers are a few KiB: nothing to unpack.
    "accept-encoding",
];
/// What is another at each call.
const FRESH: [&str; 3] = ["amz-sdk-invocation-id", "x-amz-date", "authorization"];

#[test]
fn the_request_is_the_official_one() {
    let stage = Stage::new("requests beside the official helper's");
    for words in [
        "{files} {arns} --endpoint {service}",
        "{files} {arns} --endpoint {service}/svc/ --session-duration 900 --role-session-name me@host",
        "--certificate ec.crt --private-key ec.key {arns} --endpoint {service}",
        "{files} --intermediates middle.crt {arns} --endpoint {service} --region eu-west-1",
    ] {
        for request in both_requests(&stage, words, words).iter().flatten() {
            assert_eq!(request.header("amz-sdk-invocation-id").unwrap().len(), 36);
            assert_verifies(request, words);
        }
    }
}

/// ML-DSA-65 and 87: the text itself is signed, under one name for all sizes.
#[test]
fn ml_dsa_is_signed_with_as_the_official_helper_does() {
    let stage = Stage::new("ML-DSA beside the official helper");
    let folder = TempDir::new().unwrap();
    let server = TestServer::start_default(ANYROLE).unwrap();
    let python = server.aws_cli();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    script(
        &python,
        "ml_dsa_chain.py",
        &[folder.path().to_str().unwrap()],
    );
    for (leaf, above, length) in [
        ("direct", None, 3309),
        ("under", Some("middle.pem"), 3309),
        ("deep", None, 4627),
    ] {
        let certificate = file(&format!("{leaf}.pem"));
        let above = above.map_or(String::new(), |name| {
            format!("--intermediates {}", file(name))
        });
        // The two helpers read the seed alone in two forms.
        let words = [".seed.key", ".key"].map(|form| {
            let key = file(&format!("{leaf}{form}"));
            format!("--certificate {certificate} --private-key {key} {above} {{arns}} --endpoint {{service}}")
        });
        let [ours, theirs] = &words;
        for request in both_requests(&stage, ours, theirs).iter().flatten() {
            let (head, signature) = signed(request);
            assert!(head.starts_with("AWS4-X509-MLDSA Credential="), "{head}");
            let signature = hex_simd::decode_to_vec(signature).unwrap();
            assert_eq!(signature.len(), length, "{leaf}");
            std::fs::write(file("signature"), signature).unwrap();
            std::fs::write(file("text"), text_to_sign(request)).unwrap();
            let files = [certificate.as_str(), &file("signature"), &file("text")];
            script(&python, "ml_dsa_verify.py", &files);
        }
    }
}

/// The request of ours, and the official one where that helper is there, which are the same but for what is told above.
fn both_requests(stage: &Stage, words: &str, theirs: &str) -> [Option<Request>; 2] {
    let request_of = |program: &Path, words: &str| {
        let block = Block {
            words: format!("credential-process {words}"),
            ..Block::default()
        };
        let outcome = stage.outcome(program, &block);
        assert_eq!(outcome.status, "0", "{words}: {outcome:?}");
        let [request] = <[Request; 1]>::try_from(stage.service.taken()).unwrap();
        request
    };
    let ours = request_of(&stage.ours, words);
    let Some(official) = &stage.official else {
        return [Some(ours), None];
    };
    let theirs = request_of(official.program(), theirs);
    assert_eq!(ours.line, theirs.line, "{words}");
    assert_eq!(ours.body, theirs.body, "{words}");
    let names = |request: &Request| {
        let names = request.headers.iter().map(|(name, _)| name.to_lowercase());
        let mut names: Vec<_> = names
            .filter(|name| !DIFFERENT.contains(&name.as_str()))
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&ours), names(&theirs), "{words}");
    for name in names(&ours) {
        if !FRESH.contains(&name.as_str()) {
            assert_eq!(ours.header(&name), theirs.header(&name), "{words}: {name}");
        }
    }
    assert_eq!(signed(&ours).0, signed(&theirs).0, "{words}");
    [Some(ours), Some(theirs)]
}

#[test]
fn an_attempt_more_is_numbered_and_signed_anew() {
    let stage = Stage::new("attempts beside the official helper's");
    let Some(official) = &stage.official else {
        return;
    };
    let block = Block {
        words: "credential-process {files} {arns} --endpoint {service}/throttle".to_owned(),
        environment: vec![("AWS_MAX_ATTEMPTS".to_owned(), "2".to_owned())],
        ..Block::default()
    };
    for program in [official.program(), &stage.ours] {
        assert_eq!(stage.outcome(program, &block).status, "1");
        let requests = stage.service.taken();
        let of = |name: &str| -> Vec<String> {
            let values = requests.iter().map(|request| request.header(name).unwrap());
            values.map(str::to_owned).collect()
        };
        let expected = ["attempt=1; max=2", "attempt=2; max=2"];
        assert_eq!(of("amz-sdk-request"), expected, "{program:?}");
        let ids = of("amz-sdk-invocation-id");
        assert_eq!(ids.first(), ids.last(), "{program:?}");
        for request in &requests {
            assert_verifies(request, "throttled");
        }
    }
}

/// All but the signature (with the day left out, which may change between two calls), and the signature.
fn signed(request: &Request) -> (String, String) {
    let authorization = request.header("authorization").unwrap();
    let (head, signature) = authorization.split_once(", Signature=").unwrap();
    let day = request.header("x-amz-date").unwrap().get(..8).unwrap();
    (head.replace(day, "DAY"), signature.to_owned())
}

/// Against the certificate that it came with, by openssl.
fn assert_verifies(request: &Request, what: &str) {
    let desk = TempDir::new().unwrap();
    let path = |name: &str| desk.path().join(name);
    let run = |words: &[&str]| {
        let mut command = Program::Openssl.command().unwrap();
        let output = command.args(words).output().unwrap();
        assert!(output.status.success(), "{what} {words:?}: {output:?}");
        output.stdout
    };
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (head, signature) = signed(request);
    let (algorithm, _) = head.split_once(' ').unwrap();
    std::fs::write(path("text"), text_to_sign(request)).unwrap();
    std::fs::write(
        path("signature"),
        hex_simd::decode_to_vec(signature).unwrap(),
    )
    .unwrap();
    let certificate = match algorithm {
        "AWS4-X509-RSA-SHA256" => "rsa.crt",
        _ => "ec.crt",
    };
    let certificate = folder().join("pki").join(certificate);
    let key = run(&["x509", "-in", &text(&certificate), "-noout", "-pubkey"]);
    std::fs::write(path("key"), key).unwrap();
    let [key, signature, signed] = ["key", "signature", "text"].map(|name| text(&path(name)));
    run(&[
        "dgst",
        "-sha256",
        "-verify",
        &key,
        "-signature",
        &signature,
        &signed,
    ]);
}

/// What a request's signature is of, by its own words.
fn text_to_sign(request: &Request) -> String {
    let sha256 = |text: &str| {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
        hex_simd::encode_to_string(digest, hex_simd::AsciiCase::Lower)
    };
    let (head, _) = signed(request);
    let (_, names) = head.split_once("SignedHeaders=").unwrap();
    let headers: String = names
        .split(';')
        .map(|name| format!("{name}:{}\n", request.header(name).unwrap()))
        .collect();
    let (_, query) = request.line.split_once('?').unwrap();
    let query = query.split(' ').next().unwrap();
    let body = sha256(&request.body);
    let canonical = format!("POST\n/sessions\n{query}\n{headers}\n{names}\n{body}");
    let date = request.header("x-amz-date").unwrap();
    let (algorithm, _) = head.split_once(' ').unwrap();
    let (_, scope) = head.split_once("Credential=").unwrap();
    let scope = scope.split(',').next().unwrap();
    let (_, scope) = scope.split_once('/').unwrap();
    let scope = scope.replace("DAY", date.get(..8).unwrap());
    let digest = sha256(&canonical);
    format!("{algorithm}\n{date}\n{scope}\n{digest}")
}
