//! A client of S3 objects in a bucket of its own: new, overwritten, copied, deleted one by one and many at once.
//! Its multipart uploads are in `uploads.rs`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use md5::{Digest as _, Md5};

use crate::client::{Client, Request, Unanswered, elements};
use crate::random::Random;
use crate::uploads::Upload;
use crate::writer::Writer;

/// Keys that lie inside each other, so that a folder taken for a key would show.
const KEYS: [&str; 7] = ["a", "a/b", "a/b/c", "b", "c.txt", "d", "e"];
const SIZES: [usize; 8] = [0, 1, 100, 4096, 4096, 70_000, 300_000, 1_500_000];

/// An object as it was sent: what every answer about it must agree with.
#[derive(Debug, Clone)]
pub struct Object {
    pub content: Arc<Vec<u8>>,
    pub etag: String,
    /// Its user metadata, another one for each write.
    pub mark: String,
}

impl Object {
    pub fn new(random: &mut Random, size: usize) -> Self {
        let content = random.bytes(size);
        Self {
            etag: format!("\"{}\"", hex(&Md5::digest(&content))),
            content: Arc::new(content),
            mark: format!("{:016x}", random.next()),
        }
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub struct ObjectWriter {
    pub bucket: String,
    /// The last acknowledged state of each key.
    pub acknowledged: BTreeMap<&'static str, Object>,
    /// Keys with an unanswered request, and the state that it would make.
    pub in_flight: BTreeMap<&'static str, Option<Object>>,
    pub upload: Option<Upload>,
}

impl ObjectWriter {
    pub fn new(bucket: &str, client: &mut Client) -> Self {
        let path = format!("/{bucket}");
        client.send(&s3("PUT", &path, "")).unwrap().expect(200);
        Self {
            bucket: bucket.to_owned(),
            acknowledged: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            upload: None,
        }
    }

    pub fn path(&self, key: &str) -> String {
        format!("/{}/{key}", self.bucket)
    }

    /// The answer has come: what was in flight is so.
    pub fn acknowledge(&mut self) {
        for (key, object) in std::mem::take(&mut self.in_flight) {
            match object {
                Some(object) => self.acknowledged.insert(key, object),
                None => self.acknowledged.remove(key),
            };
        }
    }

    fn put(
        &mut self,
        key: &'static str,
        client: &mut Client,
        random: &mut Random,
    ) -> Result<(), Unanswered> {
        let size = *random.pick(&SIZES);
        let object = Object::new(random, size);
        self.in_flight.insert(key, Some(object.clone()));
        let answer = client.send(&Request {
            headers: &[("x-amz-meta-mark", &object.mark)],
            body: &object.content,
            ..s3("PUT", &self.path(key), "")
        })?;
        assert_eq!(answer.expect(200).header("etag"), Some(&*object.etag));
        self.acknowledge();
        Ok(())
    }

    fn delete(&mut self, key: &'static str, client: &mut Client) -> Result<(), Unanswered> {
        self.in_flight.insert(key, None);
        client.send(&s3("DELETE", &self.path(key), ""))?.expect(204);
        self.acknowledge();
        Ok(())
    }

    fn delete_two(
        &mut self,
        keys: [&'static str; 2],
        client: &mut Client,
    ) -> Result<(), Unanswered> {
        let listed: String = keys
            .iter()
            .map(|key| format!("<Object><Key>{key}</Key></Object>"))
            .collect();
        let body = format!("<Delete>{listed}</Delete>");
        self.in_flight.extend(keys.map(|key| (key, None)));
        let answer = client.send(&Request {
            body: body.as_bytes(),
            ..s3("POST", &format!("/{}", self.bucket), "delete=")
        })?;
        let answer = answer.expect(200).text();
        assert!(!answer.contains("<Error>"), "{answer}");
        self.acknowledge();
        Ok(())
    }

    fn copy(
        &mut self,
        key: &'static str,
        client: &mut Client,
        random: &mut Random,
    ) -> Result<(), Unanswered> {
        let sources: Vec<_> = self
            .acknowledged
            .keys()
            .copied()
            .filter(|source| *source != key)
            .collect();
        if sources.is_empty() {
            return Ok(());
        }
        let source = *random.pick(&sources);
        self.in_flight
            .insert(key, Some(self.acknowledged[source].clone()));
        let answer = client.send(&Request {
            headers: &[("x-amz-copy-source", &self.path(source))],
            ..s3("PUT", &self.path(key), "")
        })?;
        answer.expect(200);
        self.acknowledge();
        Ok(())
    }

    /// GET, HEAD and the listing agree on one of the states that the key may have; tells whether that is a new one.
    fn check_key(
        &mut self,
        key: &'static str,
        listed: Option<&(String, usize)>,
        client: &mut Client,
    ) -> bool {
        let head = client.send(&s3("HEAD", &self.path(key), "")).unwrap();
        let get = client.send(&s3("GET", &self.path(key), "")).unwrap();
        let may_be = |candidate: Option<&Object>| match candidate {
            None => get.status == 404 && head.status == 404 && listed.is_none(),
            Some(object) => {
                let is_it = |answer: &crate::client::Answer| {
                    answer.status == 200
                        && answer.header("etag") == Some(&*object.etag)
                        && answer.header("x-amz-meta-mark") == Some(&*object.mark)
                        && answer.header("content-length")
                            == Some(&*object.content.len().to_string())
                };
                is_it(&get)
                    && is_it(&head)
                    && get.body == *object.content
                    && listed == Some(&(object.etag.clone(), object.content.len()))
            }
        };
        let acknowledged = self.acknowledged.get(key).cloned();
        let in_flight = self.in_flight.remove(key);
        if may_be(acknowledged.as_ref()) {
            return false;
        }
        match in_flight {
            Some(state) if may_be(state.as_ref()) => {
                match state {
                    Some(object) => self.acknowledged.insert(key, object),
                    None => self.acknowledged.remove(key),
                };
                true
            }
            in_flight => panic!(
                "{}: acknowledged {:?}, in flight {:?}; found GET {} {:?} {} bytes, HEAD {} {:?}, listed {listed:?}",
                self.path(key),
                acknowledged.map(|object| (object.etag, object.mark)),
                in_flight.map(|object| object.map(|object| (object.etag, object.mark))),
                get.status,
                get.headers,
                get.body.len(),
                head.status,
                head.headers,
            ),
        }
    }
}

impl Writer for ObjectWriter {
    fn step(&mut self, client: &mut Client, random: &mut Random) -> Result<(), Unanswered> {
        let key = *random.pick(&KEYS);
        match random.below(12) {
            0..=5 => self.put(key, client, random),
            6..=7 => self.delete(key, client),
            8 => self.delete_two([key, *random.pick(&KEYS)], client),
            9 => self.copy(key, client, random),
            _ => self.upload(key, client, random),
        }
    }

    fn check(&mut self, client: &mut Client) -> Option<bool> {
        let path = format!("/{}", self.bucket);
        let listing = client
            .send(&s3("GET", &path, "list-type=2"))
            .unwrap()
            .expect(200)
            .text();
        let listed: BTreeMap<String, (String, usize)> = elements(&listing, "Contents")
            .iter()
            .map(|entry| {
                let one = |name| elements(entry, name).remove(0);
                (one("Key"), (one("ETag"), one("Size").parse().unwrap()))
            })
            .collect();
        assert!(listed.keys().all(|key| KEYS.contains(&&**key)), "{listing}");
        let mut done = self.in_flight.first_key_value().map(|_| false);
        for key in KEYS {
            if self.check_key(key, listed.get(key), client) {
                done = Some(true);
            }
        }
        self.check_uploads(client);
        done
    }
}

/// A request to S3 without a body.
pub fn s3<'a>(method: &'a str, path: &'a str, query: &'a str) -> Request<'a> {
    Request {
        service: "s3",
        method,
        path,
        query,
        ..Request::default()
    }
}
