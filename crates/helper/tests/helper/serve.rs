//! The rows of the metadata service and the container endpoint, and one CreateSession for any number of callers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use anyrole_helper::{ContainerToken, Metadata, MetadataParts, Reach, Step};
use http::{HeaderMap, Method};

use crate::clock::Clock;
use crate::served::{LOCAL, ROLES, Source, TOKEN, TTL, body, role, served, served_with};

/// Method, path, headers, and the status that answers.
type Request<'a> = (&'a str, &'a str, &'a [(&'static str, &'a str)], u16);
/// And how the answer's body begins.
type Row<'a> = (
    &'a str,
    &'a str,
    &'a [(&'static str, &'a str)],
    u16,
    &'a str,
);

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_path_answers_as_the_metadata_service_does() {
    let served = served(LOCAL);
    let token = served.token();
    let token = (TOKEN, token.as_str());
    let role = format!("{ROLES}/app");
    let other = format!("{ROLES}/other");
    let below = format!("{ROLES}/app/more");
    let doubled = format!("/{ROLES}//app/");
    let extended = format!("{ROLES}-extended/");
    let extended_role = format!("{extended}app");
    let rows: [Row<'_>; 35] = [
        ("PUT", "/latest/api/token/", &[], 200, ""),
        ("PUT", "/latest/api/token", &[(TTL, "1")], 200, ""),
        (
            "PUT",
            "/latest/api/token",
            &[(TTL, "0")],
            400,
            "invalid token TTL",
        ),
        (
            "PUT",
            "/latest/api/token",
            &[(TTL, "21601")],
            400,
            "invalid token TTL",
        ),
        (
            "PUT",
            "/latest/api/token",
            &[(TTL, "x")],
            400,
            "invalid token TTL",
        ),
        (
            "PUT",
            "/latest/api/token",
            &[("x-forwarded-for", "1.2.3.4")],
            400,
            "unable to",
        ),
        ("GET", "/latest/api/token", &[], 405, ""),
        ("GET", ROLES, &[], 401, "no token provided"),
        (
            "GET",
            ROLES,
            &[(TOKEN, "AAAA")],
            401,
            "invalid token provided",
        ),
        ("GET", ROLES, &[token], 200, "app"),
        ("POST", ROLES, &[token], 405, ""),
        ("HEAD", ROLES, &[token], 405, ""),
        ("GET", &role, &[token], 200, r#"{"AccessKeyId":"ASIA0","#),
        // The official helper answers these two with the role's name and its credentials.
        ("GET", &other, &[token], 404, "404 page not found"),
        ("GET", &below, &[token], 404, "404 page not found"),
        (
            "GET",
            "/latest/meta-data/placement/region",
            &[token],
            200,
            "eu-west-1",
        ),
        (
            "GET",
            "/latest/meta-data/placement/availability-zone/",
            &[token],
            200,
            "eu-west-1a",
        ),
        (
            "GET",
            "/latest/dynamic/instance-identity/document",
            &[token],
            200,
            r#"{"accountId":"111122223333","availabilityZone":"eu-west-1a","region":"eu-west-1","#,
        ),
        (
            "GET",
            "/latest/meta-data/",
            &[token],
            200,
            "iam/\nplacement/",
        ),
        ("GET", "/latest/meta-data/iam/info", &[token], 404, "404"),
        ("GET", "/latest/user-data", &[], 401, "no token provided"),
        ("GET", &extended, &[token], 200, "app"),
        (
            "GET",
            &extended_role,
            &[token],
            200,
            r#"{"AccessKeyId":"ASIA0","#,
        ),
        // An endpoint that is written with a slash at its end, and IMDSv1, which has no token.
        ("GET", &doubled, &[token], 200, r#"{"AccessKeyId":"ASIA0","#),
        ("PUT", "//latest/api/token", &[], 200, ""),
        ("GET", &role, &[], 401, "no token provided"),
        ("GET", "/", &[], 404, "404 page not found"),
        (
            "GET",
            "/v1/credentials",
            &[("authorization", "let me in")],
            200,
            r#"{"AccessKeyId":"ASIA0","#,
        ),
        ("GET", "/v1/credentials", &[], 401, "invalid token provided"),
        (
            "POST",
            "/role/app",
            &[("authorization", "let me in")],
            405,
            "",
        ),
        ("GET", "/-/healthy", &[], 200, "ok"),
        (
            "GET",
            "/role/app",
            &[("authorization", "let me in")],
            200,
            r#"{"AccessKeyId":"ASIA0","#,
        ),
        (
            "GET",
            "/role/app",
            &[("authorization", "let me i")],
            401,
            "invalid token provided",
        ),
        ("GET", "/role/app", &[], 401, "invalid token provided"),
        (
            "GET",
            "/role/other",
            &[("authorization", "let me in")],
            404,
            "404 page not found",
        ),
    ];
    for (method, path, headers, status, start) in rows {
        let answer = served.ask(method, path, headers);
        let said = body(&answer);
        assert_eq!(
            answer.status(),
            status,
            "{method} {path} {headers:?}: {said}"
        );
        assert!(said.starts_with(start), "{method} {path}: {said}");
    }
}

#[test]
fn the_document_is_what_sdks_read_and_a_token_ends() {
    let served = served(LOCAL);
    let token = served.token();
    let token = (TOKEN, token.as_str());
    let answer = served.ask("GET", &format!("{ROLES}/app/"), &[token]);
    assert_eq!(answer.headers().get(TTL).unwrap(), "21600");
    assert_eq!(answer.headers().get("content-type").unwrap(), "text/plain");
    assert_eq!(answer.body().last(), Some(&b'\n'));
    let order = [
        "AccessKeyId",
        "SecretAccessKey",
        "Token",
        "Code",
        "Type",
        "Expiration",
        "LastUpdated",
    ];
    let text = body(&answer);
    let places: Vec<_> = order
        .iter()
        .map(|name| text.find(&format!("\"{name}\":")).unwrap())
        .collect();
    assert!(places.is_sorted(), "{text}");
    let document: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(
        document,
        serde_json::json!({
            "AccessKeyId": "ASIA0", "SecretAccessKey": "secret", "Token": "token", "Code": "Success", "Type": "AWS-HMAC",
            "Expiration": "2030-01-01T01:00:00Z", "LastUpdated": "2030-01-01T00:00:00Z",
        })
    );
    served.clock.pass(21_600);
    let ended = served.ask("GET", ROLES, &[token]);
    assert_eq!(
        (ended.status().as_u16(), body(&ended)),
        (401, "invalid token provided".to_owned())
    );
}

#[test]
fn no_token_is_forgotten_before_its_time() {
    let served = served(LOCAL);
    let tokens: Vec<String> = (0..300).map(|_| served.token()).collect();
    for token in &tokens {
        let answer = served.ask("GET", ROLES, &[(TOKEN, token)]);
        assert_eq!(answer.status(), 200);
    }
}

#[test]
fn a_name_that_only_dns_leads_here_is_refused() {
    let served = served(LOCAL);
    for (host, status) in [
        ("localhost", 200),
        ("127.0.0.1", 200),
        ("LOCALHOST:1", 200),
        ("[::1]:9911", 200),
        ("169.254.169.254", 200),
        ("169.254.170.2", 200),
        ("[fd00:ec2::254]", 200),
        ("evil.example:9911", 403),
        ("127.0.0.1.evil.example", 403),
        ("", 403),
    ] {
        let answer = served.ask("PUT", "/latest/api/token", &[("host", host)]);
        assert_eq!(answer.status(), status, "{host}");
    }
}

#[test]
fn where_every_role_wants_a_token_there_is_no_metadata_service() {
    let served = served_with(LOCAL, &[("app", Some("let me in"), false)]);
    for (method, path) in [("PUT", "/latest/api/token"), ("GET", ROLES)] {
        assert_eq!(
            served.ask(method, path, &[(TOKEN, "AAAA")]).status(),
            404,
            "{path}"
        );
    }
    let opened = served.ask("GET", "/role/app", &[("authorization", "let me in")]);
    assert_eq!(opened.status(), 200);
}

#[test]
fn other_machines_learn_no_names() {
    let served = served(Reach::Network);
    let health = body(&served.ask("GET", "/-/healthy", &[]));
    assert_eq!(health, "there are no valid credentials of role 1\n");
    let metrics = body(&served.ask("GET", "/-/metrics", &[]));
    assert!(
        metrics.contains("{role=\"role 1\"}") && !metrics.contains("app"),
        "{metrics}"
    );
}

#[test]
fn whoever_is_not_on_this_machine_needs_the_token() {
    let served = served(Reach::Network);
    let rows: [Request<'_>; 4] = [
        ("PUT", "/latest/api/token", &[], 404),
        (
            "GET",
            "/role/app",
            &[("authorization", "let me in"), ("host", "node.example")],
            200,
        ),
        ("GET", "/role/app", &[("host", "node.example")], 401),
        ("GET", ROLES, &[(TOKEN, "AAAA")], 404),
    ];
    for (method, path, headers, status) in rows {
        let answer = served.ask(method, path, headers);
        assert_eq!(answer.status(), status, "{method} {path}");
    }
}

#[test]
fn two_hosts_are_no_host_and_a_socket_of_the_file_system_needs_none() {
    let method = Method::PUT;
    let uri = "/latest/api/token".parse().unwrap();
    let mut two = HeaderMap::new();
    two.append("host", "127.0.0.1".parse().unwrap());
    two.append("host", "evil.example".parse().unwrap());
    for (reach, headers, status) in [
        (LOCAL, &two, 403),
        (LOCAL, &HeaderMap::new(), 403),
        (Reach::Socket, &HeaderMap::new(), 200),
    ] {
        let Step::Answer(answer) = served(reach).view.step(&method, &uri, headers) else {
            unreachable!("a token")
        };
        assert_eq!(answer.status(), status, "{reach:?} {headers:?}");
    }
    let own: std::net::IpAddr = "127.0.0.53".parse().unwrap();
    let answer =
        served(Reach::of(own)).ask("PUT", "/latest/api/token", &[("host", "127.0.0.53:80")]);
    assert_eq!(answer.status(), 200);
    assert_eq!(
        Reach::of("::ffff:10.0.0.1".parse().unwrap()),
        Reach::Network
    );
}

#[test]
fn several_roles_are_kept_apart() {
    let served = served_with(
        LOCAL,
        &[
            ("app", None, true),
            ("batch", Some("token of the batch"), false),
            ("both", Some("token of the other"), true),
        ],
    );
    let token = served.token();
    let token = (TOKEN, token.as_str());
    assert_eq!(body(&served.ask("GET", ROLES, &[token])), "app\nboth");
    let rows: [Request<'_>; 8] = [
        (
            "GET",
            "/latest/meta-data/iam/security-credentials/both",
            &[token],
            200,
        ),
        (
            "GET",
            "/latest/meta-data/iam/security-credentials/batch",
            &[token],
            404,
        ),
        (
            "GET",
            "/role/app",
            &[("authorization", "token of the batch")],
            404,
        ),
        (
            "GET",
            "/role/both",
            &[("authorization", "token of the batch")],
            401,
        ),
        (
            "GET",
            "/role/batch",
            &[("authorization", "token of the batch")],
            200,
        ),
        (
            "GET",
            "/v1/credentials",
            &[("authorization", "token of the thirds")],
            401,
        ),
        ("GET", "/v1/credentials", &[token], 401),
        ("GET", "/-/healthy", &[], 503),
    ];
    for (method, path, headers, status) in rows {
        let answer = served.ask(method, path, headers);
        assert_eq!(answer.status(), status, "{path} {headers:?}");
    }
    let answer = served.ask(
        "GET",
        "/v1/credentials",
        &[("authorization", "token of the batch")],
    );
    let document: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(
        document["RoleArn"],
        "arn:aws:iam::111122223333:role/path/batch"
    );
    assert_eq!(document["AccountId"], "111122223333");
    let unhealthy = body(&served.ask("GET", "/-/healthy", &[]));
    assert_eq!(unhealthy, "there are no valid credentials of app\n");
}

#[test]
fn a_token_file_can_be_replaced_and_without_one_nobody_gets_in() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("token");
    let clock = Clock::at("2030-01-01T00:00:00Z");
    let source = Arc::new(Source {
        clock: clock.clone(),
        asked: AtomicU64::new(0),
        fails: Mutex::new(false),
    });
    let mut role = role(&source, "app", None, false);
    role.container_token = Some(ContainerToken::File(file.clone()));
    let metadata = Metadata::new(MetadataParts {
        roles: vec![role],
        surroundings: clock,
        secret: [3; 32],
    });
    let view = metadata.view(Reach::Network, None);
    let ask = |token: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", token.parse().unwrap());
        match view.step(&Method::GET, &"/role/app".parse().unwrap(), &headers) {
            Step::Answer(answer) => answer.status().as_u16(),
            Step::Credentials(wanted) => wanted.wait().status().as_u16(),
        }
    };
    let (first, second) = ("Bearer 0123456789", "abcdefghijklmnop");
    let mut seen = vec![ask(first)];
    for content in [first, second, "\nabcdefghijklmnop\n", "short", ""] {
        std::fs::write(&file, content).unwrap();
        seen.extend([ask(first), ask(second), ask(content.trim())]);
    }
    assert_eq!(
        seen,
        [
            503, 200, 401, 200, 401, 200, 200, 401, 200, 200, 503, 503, 503, 503, 503, 503
        ]
    );
}

#[test]
fn a_thousand_callers_at_the_end_of_credentials_make_one_session() {
    let served = served(LOCAL);
    served.keeper.get().unwrap();
    served.clock.pass(3600);
    let ids = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..1000)
            .map(|_| {
                scope.spawn(|| {
                    served
                        .keeper
                        .get()
                        .unwrap()
                        .credentials
                        .access_key_id
                        .clone()
                })
            })
            .collect();
        callers
            .into_iter()
            .map(|caller| caller.join().unwrap())
            .collect::<Vec<_>>()
    });
    assert!(ids.iter().all(|id| id == "ASIA1"), "{ids:?}");
    assert_eq!(served.source.asked.load(Ordering::SeqCst), 2);
}

#[test]
fn good_credentials_stay_while_asking_fails_and_then_the_reason_is_said() {
    let served = served(LOCAL);
    let token = served.token();
    let ask = || served.ask("GET", &format!("{ROLES}/app"), &[(TOKEN, &token)]);
    assert_eq!(ask().status(), 200);
    *served.source.fails.lock().unwrap() = true;
    // 55 minutes later the keeper asks, and fails four times; the old ones are still good.
    served.clock.pass(3300);
    let outcomes = Mutex::new(Vec::new());
    served.keeper.keep(
        || outcomes.lock().unwrap().len() < 5,
        |outcome, next| outcomes.lock().unwrap().push((outcome.is_ok(), next)),
    );
    let outcomes = outcomes.into_inner().unwrap();
    assert!(outcomes[0].0, "what a caller got is told of, too");
    let pauses: Vec<i64> = outcomes[1..]
        .windows(2)
        .map(|pair| pair[1].1.duration_since(pair[0].1).as_secs())
        .collect();
    assert_eq!(pauses, [20, 40, 80], "{outcomes:?}");
    assert_eq!(ask().status(), 200);
    assert!(body(&ask()).contains("ASIA0"));
    // At their end there are none, and nobody spins.
    served.clock.pass(300);
    let asked = served.source.asked.load(Ordering::SeqCst);
    for _ in 0..20 {
        let answer = ask();
        assert_eq!(answer.status(), 503);
        assert!(
            body(&answer).contains("CredentialsUnavailable"),
            "{}",
            body(&answer)
        );
    }
    assert!(served.source.asked.load(Ordering::SeqCst) <= asked + 1);
    assert_eq!(served.ask("GET", "/-/healthy", &[]).status(), 503);
    // Back to normal within one pause.
    *served.source.fails.lock().unwrap() = false;
    served.clock.pass(120);
    assert_eq!(ask().status(), 200);
    let (counts, failure) = served.keeper.standing();
    assert!(
        counts.good == 2 && counts.failed >= 4 && failure.is_none(),
        "{counts:?}"
    );
    served.view.count(http::StatusCode::SERVICE_UNAVAILABLE);
    let metrics = body(&served.ask("GET", "/-/metrics", &[]));
    for row in [
        "create_session_total{role=\"app\",outcome=\"granted\"} 2\n",
        "credentials_left_seconds{role=\"app\"} 3600\n",
        "failures_in_a_row{role=\"app\"} 0\n",
        "responses_total{class=\"5xx\"} 1\n",
    ] {
        assert!(
            metrics.contains(&format!("\nanyrole_serve_{row}")),
            "{metrics}"
        );
    }
}
