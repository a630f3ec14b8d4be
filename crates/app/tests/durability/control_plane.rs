//! A client of trust anchors or of profiles: created, changed, switched on and off, deleted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::client::{Client, Request, Unanswered};
use crate::random::Random;
use crate::writer::Writer;

/// So many are there at most: a listing is one page.
const MOST: usize = 12;

/// Which of the two.
pub struct Kind {
    /// `trustanchor`: its plural is the collection's path.
    pub path: &'static str,
    /// `trustAnchor`: the member of an answer.
    pub member: &'static str,
    /// What a body holds, but for its name.
    pub body: Box<dyn Fn(&mut Random) -> Value + Send>,
}

impl Kind {
    /// Trust anchors, each with one of these PEM bundles.
    pub fn trust_anchors(bundles: Vec<String>) -> Self {
        Self {
            path: "trustanchor",
            member: "trustAnchor",
            body: Box::new(move |random| {
                let bundle = random.pick(&bundles);
                json!({"source": {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": bundle}}})
            }),
        }
    }

    /// Profiles, each with a session policy of its own, small or large.
    pub fn profiles(role_arn: String) -> Self {
        Self {
            path: "profile",
            member: "profile",
            body: Box::new(move |random| {
                json!({
                    "roleArns": [role_arn],
                    "durationSeconds": 900 + random.below(1000),
                    "sessionPolicy": session_policy(random),
                })
            }),
        }
    }
}

fn session_policy(random: &mut Random) -> String {
    let mark = random.next();
    let resources: Vec<_> = (0..random.below(20))
        .map(|number| format!("arn:aws:s3:::bucket-{mark:x}/{number}/*"))
        .chain([format!("arn:aws:s3:::bucket-{mark:x}")])
        .collect();
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": resources}]})
        .to_string()
}

/// An unanswered change.
enum Change {
    Create(Value),
    Update(String, Value),
    Delete(String),
}

pub struct ControlPlaneWriter {
    kind: Kind,
    /// The detail that the last answer gave, by id.
    acknowledged: BTreeMap<String, Value>,
    in_flight: Option<Change>,
    names: usize,
}

impl ControlPlaneWriter {
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            acknowledged: BTreeMap::new(),
            in_flight: None,
            names: 0,
        }
    }

    fn create(&mut self, client: &mut Client, random: &mut Random) -> Result<(), Unanswered> {
        let mut body = (self.kind.body)(random);
        self.names += 1;
        body["name"] = json!(format!("{}-{}", self.kind.path, self.names));
        body["enabled"] = json!(random.below(2) == 0);
        self.in_flight = Some(Change::Create(body.clone()));
        let path = format!("/{}s", self.kind.path);
        let detail = self.call(client, ("POST", &path), Some(&body))?;
        self.keep(detail);
        Ok(())
    }

    fn update(
        &mut self,
        id: &str,
        client: &mut Client,
        random: &mut Random,
    ) -> Result<(), Unanswered> {
        let body = (self.kind.body)(random);
        self.in_flight = Some(Change::Update(id.to_owned(), body.clone()));
        let path = format!("/{}/{id}", self.kind.path);
        let detail = self.call(client, ("PATCH", &path), Some(&body))?;
        self.keep(detail);
        Ok(())
    }

    fn switch(&mut self, id: &str, client: &mut Client) -> Result<(), Unanswered> {
        let enabled = self.acknowledged[id]["enabled"] == json!(false);
        self.in_flight = Some(Change::Update(id.to_owned(), json!({"enabled": enabled})));
        let switch = if enabled { "enable" } else { "disable" };
        let path = format!("/{}/{id}/{switch}", self.kind.path);
        let detail = self.call(client, ("POST", &path), None)?;
        assert_eq!(detail["enabled"], json!(enabled));
        self.keep(detail);
        Ok(())
    }

    fn delete(&mut self, id: &str, client: &mut Client) -> Result<(), Unanswered> {
        self.in_flight = Some(Change::Delete(id.to_owned()));
        let path = format!("/{}/{id}", self.kind.path);
        self.call(client, ("DELETE", &path), None)?;
        self.acknowledged.remove(id);
        self.in_flight = None;
        Ok(())
    }

    fn call(
        &self,
        client: &mut Client,
        to: (&str, &str),
        body: Option<&Value>,
    ) -> Result<Value, Unanswered> {
        let (method, path) = to;
        let body = body.map(Value::to_string).unwrap_or_default();
        let answer = client.send(&Request {
            service: "rolesanywhere",
            method,
            path,
            headers: &[("content-type", "application/json")],
            body: body.as_bytes(),
            ..Request::default()
        })?;
        assert!(
            matches!(answer.status, 200 | 201),
            "{method} {path} {body}: {}",
            answer.text()
        );
        let mut answer: Value = serde_json::from_slice(&answer.body).unwrap();
        Ok(answer[self.kind.member].take())
    }

    fn id(&self, detail: &Value) -> String {
        let id = &detail[format!("{}Id", self.kind.member)];
        id.as_str().unwrap().to_owned()
    }

    fn keep(&mut self, detail: Value) {
        self.in_flight = None;
        self.acknowledged.insert(self.id(&detail), detail);
    }

    fn list(&self, client: &mut Client) -> BTreeMap<String, Value> {
        let path = format!("/{}s", self.kind.path);
        let answer = client.send(&Request {
            service: "rolesanywhere",
            method: "GET",
            path: &path,
            query: "pageSize=1000",
            ..Request::default()
        });
        let answer: Value = serde_json::from_slice(&answer.unwrap().expect(200).body).unwrap();
        let rows = answer[format!("{}s", self.kind.member)].as_array().unwrap();
        rows.iter().map(|row| (self.id(row), row.clone())).collect()
    }
}

impl Writer for ControlPlaneWriter {
    fn step(&mut self, client: &mut Client, random: &mut Random) -> Result<(), Unanswered> {
        let ids: Vec<_> = self.acknowledged.keys().cloned().collect();
        if ids.is_empty() {
            return self.create(client, random);
        }
        let id = random.pick(&ids);
        match random.below(6) {
            0 | 1 if ids.len() < MOST => self.create(client, random),
            0..=2 => self.delete(id, client),
            3 => self.switch(id, client),
            _ => self.update(id, client, random),
        }
    }

    fn check(&mut self, client: &mut Client) -> Option<bool> {
        let found = self.list(client);
        for (id, detail) in &found {
            let path = format!("/{}/{id}", self.kind.path);
            let read = self.call(client, ("GET", &path), None).unwrap();
            assert_eq!(read, *detail, "GET and the listing differ");
        }
        let mut expected = self.acknowledged.clone();
        let change = self.in_flight.take();
        let done = change.as_ref().map(|_| found != expected);
        if found != expected {
            let change = change.unwrap_or_else(|| {
                panic!("nothing was in flight; acknowledged {expected:?}; found {found:?}")
            });
            take_over(&mut expected, &change, &found);
        }
        assert_eq!(found, expected);
        self.acknowledged = found;
        done
    }
}

/// Makes the change in `expected`, taking from `found` only what the server chooses: ids, times, defaults.
fn take_over(
    expected: &mut BTreeMap<String, Value>,
    change: &Change,
    found: &BTreeMap<String, Value>,
) {
    match change {
        Change::Delete(id) => {
            expected.remove(id);
        }
        Change::Update(id, body) => {
            let detail = expected.get_mut(id).unwrap();
            overlay(detail, body);
            detail["updatedAt"] = found[id]["updatedAt"].clone();
        }
        Change::Create(body) => {
            let new = found.iter().find(|(id, _)| !expected.contains_key(*id));
            let (id, detail) = new.expect("only a new row can make the difference");
            let mut detail = detail.clone();
            overlay(&mut detail, body);
            expected.insert(id.clone(), detail);
        }
    }
}

fn overlay(detail: &mut Value, body: &Value) {
    for (name, value) in body.as_object().unwrap() {
        detail[name] = value.clone();
    }
}
