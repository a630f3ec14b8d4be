//! One request as bytes on a connection, and what is known of its refusal afterwards: the answer and the audit record.

use std::fs;
use std::path::Path;

use anyrole_testkit::{RawResponse, TestServer, exchange};
use http::{HeaderMap, HeaderName};
use serde_json::Value;

use super::explained;

/// A request, to be changed at will before it is sent as it is.
#[derive(Clone)]
pub struct Request {
    pub method: &'static str,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Request {
    pub fn new(server: &TestServer, method: &'static str, path: &str) -> Self {
        let request = Self {
            method,
            path: path.to_owned(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: Vec::new(),
        };
        request.header("host", &server.address().to_string())
    }

    /// Sets a header, in place of an earlier one.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    pub fn query(mut self, query: &str) -> Self {
        query.clone_into(&mut self.query);
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn header_text(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub fn send(&self, server: &TestServer) -> Answer {
        let question = if self.query.is_empty() { "" } else { "?" };
        let mut bytes = format!(
            "{} {}{question}{} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
            self.method,
            self.path,
            self.query,
            self.body.len()
        )
        .into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        let response = exchange(server.address(), &bytes).unwrap();
        Answer::of(server.data(), response)
    }
}

/// An answer with the audit record that bears its request id.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// AWS's code; empty where the answer has none.
    pub code: String,
    /// What the caller is told.
    pub text: String,
    pub body: String,
    /// The audit record; `null` where there is none.
    pub record: Value,
}

impl Answer {
    fn of(data: &Path, response: RawResponse) -> Self {
        let body = response.text();
        let json: Value = serde_json::from_str(&body).unwrap_or_default();
        let (code, text) = match response.header("x-amzn-errortype") {
            Some(code) => (
                code.to_owned(),
                json["message"].as_str().unwrap().to_owned(),
            ),
            None => (element(&body, "Code"), element(&body, "Message")),
        };
        let id = response.header("x-amzn-requestid").unwrap();
        Self {
            status: response.status,
            code,
            text,
            body,
            record: record(data, id),
        }
    }

    /// Our own reason code, as it is in the audit trail.
    pub fn reason(&self) -> &str {
        self.record["reason"].as_str().unwrap_or_default()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Whether the answer and the trail agree that the request was granted.
    pub fn is_granted(&self) -> bool {
        (200..300).contains(&self.status)
            && self.record["outcome"] == "granted"
            && self.reason() == "ok"
    }
}

/// The audit record of a request; it is there before the answer is.
fn record(data: &Path, request_id: &str) -> Value {
    let trail = fs::read_to_string(data.join("audit.jsonl")).unwrap();
    let mut records = trail
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|record| record["request_id"] == request_id);
    let found = records.next().unwrap_or_default();
    assert!(records.next().is_none(), "two records of one request");
    found
}

/// The content of the first element of this name in an XML answer, unescaped.
pub fn element(xml: &str, name: &str) -> String {
    let found = xml
        .split_once(&format!("<{name}>"))
        .and_then(|(_, rest)| rest.split_once(&format!("</{name}>")))
        .map(|(content, _)| content);
    let mut text = found.unwrap_or_default().to_owned();
    for (escaped, plain) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        text = text.replace(escaped, plain);
    }
    text
}

/// What a row of a table expects.
pub struct Row {
    pub name: &'static str,
    pub request: Request,
    pub status: u16,
    pub code: &'static str,
    pub text: String,
    pub reason: &'static str,
}

/// Sends every row and compares; says all differences at once.
pub fn check(server: &TestServer, rows: &[Row]) {
    let mut wrong = Vec::new();
    for row in rows {
        let answer = row.request.send(server);
        let found = (
            answer.status,
            answer.code.as_str(),
            answer.text.as_str(),
            answer.reason(),
        );
        let expected = (row.status, row.code, row.text.as_str(), row.reason);
        let recorded = answer.record["outcome"] == "refused"
            && answer.record["message"].as_str().is_some_and(|message| {
                // S3 says some refusals in words of its own, after the trail has been told.
                message == answer.text || answer.body.starts_with("<?xml")
            });
        let explained = explained::faults(server, row, &answer);
        if found != expected || !recorded || !explained.is_empty() {
            wrong.push(format!(
                "{}\n  expected {expected:?}\n  found    {found:?}\n  record   {}\n  body     {}\n  explain  {explained}",
                row.name, answer.record, answer.body
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} rows:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}
