//! Multipart uploads of an `ObjectWriter`: begun, given parts, completed or aborted, and what a crash may leave of them.

use std::sync::Arc;

use md5::{Digest as _, Md5};

use crate::client::{Client, Request, Unanswered, elements};
use crate::objects::{Object, ObjectWriter, hex, s3};
use crate::random::Random;

/// The least size of a part that is not the last (Amazon S3 multipart upload limits).
const LEAST_PART: usize = 5 * 1024 * 1024;

/// How far an upload has come; the named step is unanswered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Creating,
    AddingParts,
    Completing,
    Aborting,
}

/// The one upload that a writer has at a time.
#[derive(Debug)]
pub struct Upload {
    key: &'static str,
    id: String,
    stage: Stage,
    object: Object,
    /// Entity tags of the acknowledged parts.
    parts: Vec<String>,
    /// So many parts will there be.
    wanted: usize,
}

impl Upload {
    fn completion(&self) -> String {
        let parts: String = (1..)
            .zip(&self.parts)
            .map(|(number, etag)| {
                format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
            })
            .collect();
        format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>")
    }

    fn query(&self) -> String {
        format!("uploadId={}", self.id)
    }
}

impl ObjectWriter {
    /// A whole upload, step by step; mostly of one part, since others must be large.
    pub fn upload(
        &mut self,
        key: &'static str,
        client: &mut Client,
        random: &mut Random,
    ) -> Result<(), Unanswered> {
        let sizes: &[usize] = match random.below(8) {
            0 => &[LEAST_PART, 1000],
            _ => &[50_000],
        };
        let contents: Vec<Vec<u8>> = sizes.iter().map(|size| random.bytes(*size)).collect();
        let sums: Vec<u8> = contents
            .iter()
            .flat_map(|part| Md5::digest(part).to_vec())
            .collect();
        let mut object = Object::new(random, 0);
        object.etag = format!("\"{}-{}\"", hex(&Md5::digest(&sums)), contents.len());
        object.content = Arc::new(contents.concat());
        let mark = object.mark.clone();
        self.upload = Some(Upload {
            key,
            id: String::new(),
            stage: Stage::Creating,
            object,
            parts: Vec::new(),
            wanted: contents.len(),
        });
        let path = self.path(key);
        let created = client.send(&Request {
            headers: &[("x-amz-meta-mark", &mark)],
            ..s3("POST", &path, "uploads=")
        })?;
        let id = elements(&created.expect(200).text(), "UploadId").remove(0);
        let upload = self.upload.as_mut().unwrap();
        upload.id = id;
        upload.stage = Stage::AddingParts;
        for (number, content) in (1..).zip(&contents) {
            let query = format!("partNumber={number}&{}", upload.query());
            let part = client.send(&Request {
                body: content,
                ..s3("PUT", &path, &query)
            })?;
            upload
                .parts
                .push(part.expect(200).header("etag").unwrap().to_owned());
        }
        match random.below(4) {
            0 => self.abort(client)?,
            _ => self.complete(client)?,
        }
        self.upload = None;
        Ok(())
    }

    fn abort(&mut self, client: &mut Client) -> Result<(), Unanswered> {
        let upload = self.upload.as_mut().unwrap();
        upload.stage = Stage::Aborting;
        let (key, query) = (upload.key, upload.query());
        client
            .send(&s3("DELETE", &self.path(key), &query))?
            .expect(204);
        Ok(())
    }

    fn complete(&mut self, client: &mut Client) -> Result<(), Unanswered> {
        let upload = self.upload.as_mut().unwrap();
        upload.stage = Stage::Completing;
        let (key, query, completion) = (upload.key, upload.query(), upload.completion());
        self.in_flight.insert(key, Some(upload.object.clone()));
        let answer = client.send(&Request {
            body: completion.as_bytes(),
            ..s3("POST", &self.path(key), &query)
        })?;
        let text = answer.expect(200).text();
        assert!(text.contains("CompleteMultipartUploadResult"), "{text}");
        self.acknowledge();
        Ok(())
    }

    /// Called when the keys have been checked. Ends what is left of an upload, by completing it where it can be.
    pub fn check_uploads(&mut self, client: &mut Client) {
        let listed = self.list_uploads(client);
        let Some(upload) = &self.upload else {
            assert!(listed.is_empty(), "{}: {listed:?} were ended", self.bucket);
            return;
        };
        let path = self.path(upload.key);
        match (upload.stage, &*listed) {
            (Stage::Creating | Stage::Completing | Stage::Aborting, []) => {}
            (Stage::Creating, [id]) => {
                let query = format!("uploadId={id}");
                client
                    .send(&s3("DELETE", &path, &query))
                    .unwrap()
                    .expect(204);
            }
            (_, [id]) => {
                assert_eq!(*id, upload.id);
                let parts = client.send(&s3("GET", &path, &upload.query())).unwrap();
                let parts = elements(&parts.expect(200).text(), "ETag");
                let acknowledged = &upload.parts;
                let one_more =
                    parts.len() == acknowledged.len() + 1 && parts.len() <= upload.wanted;
                assert!(
                    parts.starts_with(acknowledged),
                    "{parts:?} {acknowledged:?}"
                );
                assert!(parts.len() == acknowledged.len() || one_more);
                // A crash between the object's commit and the upload's end is mended by the same call again.
                if upload.stage != Stage::Aborting && acknowledged.len() == upload.wanted {
                    self.complete(client).unwrap();
                } else {
                    self.abort(client).unwrap();
                }
            }
            (stage, listed) => panic!("{path}: {stage:?}, found uploads {listed:?}"),
        }
        assert!(self.list_uploads(client).is_empty());
        if let Some(completed) = self
            .upload
            .take()
            .filter(|upload| upload.stage == Stage::Completing)
        {
            // The upload is gone: so the object must be there.
            let head = client.send(&s3("HEAD", &path, "")).unwrap().expect(200);
            assert_eq!(head.header("etag"), Some(&*completed.object.etag));
        }
    }

    fn list_uploads(&self, client: &mut Client) -> Vec<String> {
        let path = format!("/{}", self.bucket);
        let listing = client
            .send(&s3("GET", &path, "uploads="))
            .unwrap()
            .expect(200)
            .text();
        elements(&listing, "UploadId")
    }
}
