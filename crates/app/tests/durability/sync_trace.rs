//! The server under strace: each kind of change is synced before its answer, and the check would see if it were not.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyrole_testkit::certificates::Authority;
use anyrole_testkit::{Program, TestServer};
use serde_json::{Value, json};

use crate::client::{Client, Request, elements};
use crate::objects::s3;
use crate::roles::{create_role, iam};
use crate::unsynced::{Findings, Judge};

/// Requests that change something, in order; what each must have synced, by the end of the path.
const CHANGES: [(&str, &[&str]); 19] = [
    ("POST / ", &["anyrole.db-wal"]),
    ("POST / ", &["anyrole.db-wal"]),
    ("POST /trustanchors", &["anyrole.db-wal"]),
    ("PATCH /trustanchor/", &["anyrole.db-wal"]),
    ("POST /profiles", &["anyrole.db-wal"]),
    ("DELETE /trustanchor/", &["anyrole.db-wal"]),
    ("PUT /bucket", &["/bucket.json", "/objects", "/buckets"]),
    (
        "PUT /bucket/key",
        &["/objects/tmp/", "/buckets/bucket/objects/"],
    ),
    (
        "PUT /bucket/key",
        &["/objects/tmp/", "/buckets/bucket/objects/"],
    ),
    (
        "PUT /bucket/large",
        &["/objects/tmp/", "/buckets/bucket/objects/"],
    ),
    (
        "PUT /bucket/copy",
        &["/objects/tmp/", "/buckets/bucket/objects/"],
    ),
    (
        "POST /bucket/parts?uploads",
        &["/upload.json", "/buckets/bucket/uploads"],
    ),
    (
        "PUT /bucket/parts?partNumber",
        &["/objects/tmp/", "/buckets/bucket/uploads/"],
    ),
    (
        "POST /bucket/parts?uploadId",
        &[
            "/objects/tmp/",
            "/buckets/bucket/objects/",
            "/buckets/bucket/uploads",
        ],
    ),
    ("DELETE /bucket/key", &["/buckets/bucket/objects/"]),
    ("POST /bucket?delete", &["/buckets/bucket/objects/"]),
    ("DELETE /bucket/parts", &["/buckets/bucket/objects/"]),
    ("DELETE /bucket/copy", &["/buckets/bucket/objects/"]),
    ("DELETE /bucket", &["/buckets"]),
];

#[test]
fn each_change_is_synced_before_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().canonicalize().unwrap().join("data");
    let trace = traced(&data, &[]);
    let judge = Judge {
        data: &data,
        audit: false,
    };
    let findings = judge.judge(&trace);
    assert_eq!(findings.violations, Vec::<String>::new());
    each_change_has_its_syncs(&findings);
    without_any_of_them_it_is_seen(&judge, &trace, &findings);
    let with_audit = Judge {
        audit: true,
        ..judge
    };
    assert!(!with_audit.judge(&trace).violations.is_empty());
}

#[test]
fn with_audit_sync_the_trail_is_synced_before_each_answer() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().canonicalize().unwrap().join("data");
    let trace = traced(&data, &["--audit-sync"]);
    let judge = Judge {
        data: &data,
        audit: true,
    };
    let findings = judge.judge(&trace);
    assert_eq!(findings.violations, Vec::<String>::new());
    for answered in findings
        .answered
        .iter()
        .filter(|answered| !answered.request.contains("/-/"))
    {
        let trail = answered
            .syncs
            .iter()
            .filter(|(_, path)| path.ends_with("audit.jsonl"));
        assert_eq!(trail.count(), 1, "{answered:?}");
    }
    without_any_of_them_it_is_seen(&judge, &trace, &findings);
}

/// Starts the server under strace, makes all changes one after another, stops it; gives the trace.
fn traced(data: &Path, arguments: &[&str]) -> String {
    let output = data.with_file_name("trace");
    let calls = "trace=desc,file,network";
    let path = output.to_str().unwrap();
    let program = Program::Strace.path().unwrap();
    let program = program.to_str().unwrap();
    let strace = [
        program, "-D", "-f", "-yy", "-s", "200", "-o", path, "-e", calls,
    ];
    let mut builder = TestServer::builder(env!("CARGO_BIN_EXE_anyrole"))
        .data(data)
        .under(&strace);
    for argument in arguments {
        builder = builder.arg(*argument);
    }
    let mut server = builder.start().unwrap();
    let authority = Authority::root(&data.with_file_name("authority")).unwrap();
    let mut client = Client::new(server.address(), &server.root_key().unwrap());
    change_control_plane(&mut client, &authority.own().certificate_pem().unwrap());
    change_objects(&mut client);
    assert_eq!(server.sigterm().unwrap().code(), Some(0));
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let trace = std::fs::read_to_string(&output).unwrap();
        if trace.trim_end().ends_with("+++ exited with 0 +++") {
            return trace;
        }
        assert!(Instant::now() < deadline, "strace did not end");
        thread::sleep(Duration::from_millis(20));
    }
}

fn change_control_plane(client: &mut Client, bundle: &str) {
    let role = create_role(client, "traced");
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
    let policy = policy.to_string();
    let parameters = [
        ("RoleName", "traced"),
        ("PolicyName", "all"),
        ("PolicyDocument", &policy),
    ];
    iam(client, "PutRolePolicy", &parameters)
        .unwrap()
        .expect(200);
    let anchor = json!({
        "name": "traced", "enabled": true,
        "source": {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": bundle}},
    });
    let mut call = |method: &str, path: &str, body: &Value| -> Value {
        let answer = client.send(&Request {
            service: "rolesanywhere",
            method,
            path,
            body: body.to_string().as_bytes(),
            ..Request::default()
        });
        let answer = answer.unwrap();
        assert!(answer.status < 300, "{}", answer.text());
        serde_json::from_slice(&answer.body).unwrap()
    };
    let made = call("POST", "/trustanchors", &anchor);
    let path = format!(
        "/trustanchor/{}",
        made["trustAnchor"]["trustAnchorId"].as_str().unwrap()
    );
    call("PATCH", &path, &json!({"name": "renamed"}));
    call(
        "POST",
        "/profiles",
        &json!({"name": "traced", "roleArns": [role], "sessionPolicy": policy}),
    );
    call("DELETE", &path, &json!({}));
}

fn change_objects(client: &mut Client) {
    let mut call = |request: &Request<'_>| {
        let answer = client.send(request).unwrap();
        assert!(answer.status < 300, "{}", answer.text());
        answer
    };
    let put = |path: &'static str, body| Request {
        body,
        ..s3("PUT", path, "")
    };
    call(&s3("PUT", "/bucket", ""));
    call(&put("/bucket/key", b"new"));
    call(&put("/bucket/key", b"overwritten"));
    call(&put("/bucket/large", &vec![7; 3_000_000]));
    call(&Request {
        headers: &[("x-amz-copy-source", "/bucket/key")],
        ..s3("PUT", "/bucket/copy", "")
    });
    let upload = call(&s3("POST", "/bucket/parts", "uploads=")).text();
    let id = format!("uploadId={}", elements(&upload, "UploadId").remove(0));
    let part = call(&Request {
        body: b"part",
        ..s3("PUT", "/bucket/parts", &format!("partNumber=1&{id}"))
    });
    let etag = part.header("etag").unwrap();
    let completion = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    );
    call(&Request {
        body: completion.as_bytes(),
        ..s3("POST", "/bucket/parts", &id)
    });
    call(&s3("DELETE", "/bucket/key", ""));
    call(&Request {
        body: b"<Delete><Object><Key>large</Key></Object></Delete>",
        ..s3("POST", "/bucket", "delete=")
    });
    call(&s3("DELETE", "/bucket/parts", ""));
    call(&s3("DELETE", "/bucket/copy", ""));
    call(&s3("DELETE", "/bucket", ""));
}

fn each_change_has_its_syncs(findings: &Findings) {
    let changes = findings
        .answered
        .iter()
        .filter(|answered| !answered.request.contains("/-/"));
    let changes: Vec<_> = changes.collect();
    assert_eq!(changes.len(), CHANGES.len());
    for (answered, (request, synced)) in changes.into_iter().zip(CHANGES) {
        assert!(
            format!("{} ", answered.request).starts_with(request),
            "{answered:?}"
        );
        for part in synced {
            let has = answered
                .syncs
                .iter()
                .any(|(_, path)| path.to_string_lossy().contains(part));
            assert!(
                has,
                "{}: no sync of {part} in {:?}",
                answered.request, answered.syncs
            );
        }
    }
}

/// Takes each sync out of the trace in turn: the check must miss it.
fn without_any_of_them_it_is_seen(judge: &Judge<'_>, trace: &str, findings: &Findings) {
    let lines: Vec<&str> = trace.lines().collect();
    for answered in &findings.answered {
        for (sync, path) in &answered.syncs {
            let kept = lines
                .iter()
                .enumerate()
                .filter(|(number, _)| !sync.contains(number));
            let doctored: String = kept.flat_map(|(_, line)| [*line, "\n"]).collect();
            let seen = judge.judge(&doctored).violations;
            assert!(
                !seen.is_empty(),
                "{}: the sync of {} is not missed",
                answered.request,
                path.display()
            );
        }
    }
}
