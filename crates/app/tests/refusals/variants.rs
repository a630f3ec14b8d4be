//! CreateSession as every client says it: what they do differently must be granted all the same, and what only looks like
//! one of those ways must be refused. The clients: AWS's helper of each SDK generation, its PKCS#11 and PKCS#12 forms, the
//! Python and Java libraries, needroleshere, and what gateways in front make of them.

use anyrole_testkit::certificates::{Authority, CertificateRequest};
use anyrole_testkit::exchange as exchange_bytes;
use serde_json::{Value, json};

use super::create_session::{INVALID_SIGNATURE, row};
use super::exchange::{Request, check};
use super::session_request::{Leaf, SessionRequest, base64};
use super::stage::Stage;

/// What is signed is sent and must be granted; the session's name is the certificate's serial number.
fn grants(stage: &Stage, name: &str, request: &Request) {
    let answer = request.send(&stage.server);
    assert!(
        answer.is_granted() && answer.status == 201,
        "{name}: {answer:?}"
    );
    let user = &answer.json()["credentialSet"][0]["assumedRoleUser"];
    let arn = user["arn"].as_str().unwrap();
    assert!(arn.ends_with("/app/1001"), "{name}: {arn}");
}

#[test]
fn members_stand_where_each_client_puts_them() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let sound = SessionRequest::new(&stage, &leaf);
    let query = sound.sign().query;
    let all = json!({
        "trustAnchorArn": stage.anchor,
        "profileArn": stage.profile,
        "roleArn": Stage::role_arn("app"),
    });
    let and = |more: Value| {
        let mut all = all.clone();
        all.as_object_mut()
            .unwrap()
            .append(&mut more.as_object().unwrap().clone());
        all.to_string()
    };
    let nulls = json!({"durationSeconds": null, "sessionName": null, "roleSessionName": null, "instanceProperties": null});
    let no_arns = json!({"trustAnchorArn": null, "profileArn": null, "roleArn": null, "durationSeconds": 900});
    let one_each = query
        .split('&')
        .find(|pair| pair.starts_with("roleArn"))
        .unwrap();
    for (name, query, body) in [
        ("in the body", "", all.to_string()),
        ("in the body, with nulls", "", and(nulls.clone())),
        ("in the query, with nulls", &query, nulls.to_string()),
        (
            "in the query, null in the body",
            &query,
            no_arns.to_string(),
        ),
        ("in both, the same", &query, all.to_string()),
        (
            "one in the query, two in the body",
            one_each,
            and(json!({"roleArn": null})),
        ),
        ("in the query, without a body", &query, String::new()),
        (
            "a session name of old",
            "",
            and(json!({"sessionName": "build"})),
        ),
        (
            "members that nobody knows",
            "",
            and(json!({"cert": "x", "next": {"a": [1]}})),
        ),
        (
            "instance properties",
            "",
            and(json!({"instanceProperties": {"rack": "7"}})),
        ),
    ] {
        let request = sound.sign().query(query).body(body);
        grants(&stage, name, &sound.sign_request(request));
    }
}

#[test]
fn aliases_stand_for_the_arns_that_have_them() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let sound = SessionRequest::new(&stage, &leaf);
    let alias = |arn: &str, path: &str, noun: &str| {
        let (start, id) = arn.rsplit_once('/').unwrap();
        let asked = json!({"aliasName": "team/prod"});
        stage.rolesanywhere("PATCH", &format!("{path}/{id}"), &asked);
        let (start, _) = start.rsplit_once(':').unwrap();
        format!("{start}:alias/{noun}/team/prod")
    };
    let anchor = alias(&stage.anchor, "/trustanchor", "trust-anchor");
    let profile = alias(&stage.profile, "/profile", "profile");
    let by_alias = sound
        .clone()
        .with(|asked| (asked.anchor, asked.profile) = (anchor, profile));
    grants(&stage, "by alias", &by_alias.sign());
    grants(&stage, "by ARN", &sound.sign());
    let moved = by_alias.with(|asked| asked.anchor.push('x'));
    let text = "Specified Trust Anchor wasn't found.";
    check(
        &stage.server,
        &[row(
            "no such alias",
            moved.sign(),
            text,
            "unknown-trust-anchor",
        )],
    );
}

#[test]
fn any_content_type_will_do() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let sound = SessionRequest::new(&stage, &leaf);
    for content_type in [
        "application/x-amz-json-1.0",
        "application/json; charset=UTF-8",
        "application/x-amz-json-1.1",
        "application/x-www-form-urlencoded",
        "text/plain",
    ] {
        let request = sound.sign().header("content-type", content_type);
        grants(&stage, content_type, &sound.sign_request(request));
    }
    let mut without = sound.sign();
    without.headers.remove("content-type");
    grants(&stage, "none", &sound.sign_request(without));
}

#[test]
fn headers_are_signed_as_each_client_signs_them() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let sound = SessionRequest::new(&stage, &leaf);
    let with = |headers: &[(&str, &str)]| {
        let mut request = sound.sign();
        for (name, value) in headers {
            request = request.header(name, value);
        }
        sound.sign_request(request)
    };
    let sdk = [
        (
            "amz-sdk-invocation-id",
            "4d1f4c0a-9a4c-4c3f-8ed4-0a8a7a0a3d11",
        ),
        ("amz-sdk-request", "attempt=1; max=3"),
    ];
    grants(&stage, "SDK headers", &with(&sdk));
    grants(
        &stage,
        "the public host",
        &with(&[("host", "rolesanywhere.us-east-1.amazonaws.com")]),
    );
    grants(
        &stage,
        "a host without port",
        &with(&[("host", "127.0.0.1")]),
    );
    let length = sound.sign().body.len().to_string();
    let mut signed_length = with(&[("content-length", &length)]);
    // It is sent with every request.
    signed_length.headers.remove("content-length");
    grants(&stage, "content-length", &signed_length);
    // Spaces are folded before they are signed, whatever a proxy makes of them.
    let folded = with(&[("amz-sdk-request", "attempt=1; max=3"), ("x-note", "a b")]);
    let wider = folded
        .clone()
        .header("amz-sdk-request", "  attempt=1;    max=3 ")
        .header("x-note", " a  b  ");
    grants(&stage, "wider spaces", &wider);
    let narrower = folded.header("amz-sdk-request", "attempt=1;max=3");
    check(
        &stage.server,
        &[row(
            "no space",
            narrower,
            INVALID_SIGNATURE,
            "signature-invalid",
        )],
    );
}

#[test]
fn a_base_path_is_not_signed() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let sound = SessionRequest::new(&stage, &leaf);
    let at = |path: &str| Request {
        path: path.to_owned(),
        ..sound.sign()
    };
    for path in [
        "/svc/sessions",
        "/a/b/sessions",
        "/a%20b/sessions",
        "//sessions",
    ] {
        grants(&stage, path, &at(path));
    }
    let signed_at = sound.sign_request(at("/svc/sessions"));
    check(
        &stage.server,
        &[row(
            "the base path signed",
            signed_at,
            INVALID_SIGNATURE,
            "signature-invalid",
        )],
    );
    for path in ["/svc", "/sessions/", "/sessions/more", "/svcsessions2", "/"] {
        let answer = at(path).send(&stage.server);
        assert_eq!(
            (answer.status, answer.reason()),
            (404, "not-implemented"),
            "{path}"
        );
    }
}

#[test]
fn a_body_in_chunks_is_read_whole() {
    let stage = Stage::new();
    let leaf = Leaf::client(&stage);
    let request = SessionRequest::new(&stage, &leaf)
        .with(|asked| asked.duration = Some(900))
        .sign();
    let mut bytes = format!(
        "POST /sessions?{} HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n",
        request.query
    );
    for (name, value) in &request.headers {
        bytes += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    bytes += "\r\n";
    for part in request.body.chunks(7) {
        bytes += &format!(
            "{:x}\r\n{}\r\n",
            part.len(),
            std::str::from_utf8(part).unwrap()
        );
    }
    bytes += "0\r\n\r\n";
    let answer = exchange_bytes(stage.server.address(), bytes.as_bytes()).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
}

#[test]
fn chains_hold_what_tokens_and_stores_put_in() {
    let stage = Stage::new();
    let certificate = |authority: &Authority| authority.own().certificate_der().unwrap();
    let mut above = Vec::new();
    let mut path = Vec::new();
    for number in 0..5 {
        let request = CertificateRequest::authority(&format!("Level {number}"));
        let issuer = above.last().unwrap_or(&stage.ca);
        let next = issuer
            .intermediate(&format!("level-{number}"), &request)
            .unwrap();
        path.push(certificate(&next));
        above.push(next);
    }
    let request = CertificateRequest::leaf("client").serial("1001");
    let leaf = |issuer: &Authority, name| Leaf {
        issued: issuer.issue(name, &request).unwrap(),
        serial: 4097,
    };
    let strangers: Vec<Vec<u8>> = (0..2)
        .map(|number| {
            let request = CertificateRequest::authority(&format!("Stranger {number}"));
            let folder = stage.folder.path().join(format!("stranger-{number}"));
            certificate(&Authority::root_from(&folder, "root", &request).unwrap())
        })
        .collect();
    let root = certificate(&stage.ca);
    let below_root = leaf(&stage.ca, "below-root");
    let below_two = leaf(&above[1], "below-two");
    let below_five = leaf(&above[4], "below-five");
    let der = |leaf: &Leaf| leaf.issued.certificate_der().unwrap();
    let reversed: Vec<Vec<u8>> = path.iter().rev().cloned().collect();
    for (name, leaf, chain) in [
        (
            "a lone leaf, repeated (PKCS #12)",
            &below_root,
            vec![der(&below_root)],
        ),
        (
            "leaf first (PKCS #12)",
            &below_two,
            vec![der(&below_two), path[1].clone(), path[0].clone()],
        ),
        (
            "leaf twice, duplicates, strangers (PKCS #11)",
            &below_two,
            vec![
                der(&below_two),
                der(&below_two),
                strangers[0].clone(),
                path[0].clone(),
                path[0].clone(),
                strangers[1].clone(),
                path[1].clone(),
                root.clone(),
                root.clone(),
            ],
        ),
        (
            "with the root (Windows)",
            &below_two,
            vec![path[1].clone(), path[0].clone(), root.clone()],
        ),
        ("five, in order", &below_five, reversed.clone()),
        ("five, out of order, leaf in the middle", &below_five, {
            let mut all = path.clone();
            all.insert(2, der(&below_five));
            all
        }),
        ("strangers only", &below_root, strangers.clone()),
    ] {
        let asked = SessionRequest::new(&stage, leaf).with(|asked| {
            let chain: Vec<String> = chain.iter().map(|der| base64(der)).collect();
            asked.headers.push(("x-amz-x509-chain", chain.join(",")));
        });
        grants(&stage, name, &asked.sign());
    }
    let many = |count: usize| {
        SessionRequest::new(&stage, &below_root).with(|asked| {
            let chain = vec![base64(&root); count].join(",");
            asked.headers.push(("x-amz-x509-chain", chain));
        })
    };
    grants(&stage, "one twelve times", &many(12).sign());
    let thirteen = row(
        "one thirteen times",
        many(13).sign(),
        "Too many certificates in chain",
        "too-many-certificates",
    );
    check(&stage.server, &[thirteen]);
}
