//! A bucket and an object, by S3's wire API with the session's credentials; and a call that its session policy forbids.

use anyhow::{Context as _, bail, ensure};

use super::super::walk::Walk;
use crate::signed_client::{Call, CallError};
use crate::xml;

const BUCKET: &str = "quickstart-bucket";
const KEY: &str = "hello.txt";
const TEXT: &str = "Hello from a certificate";

pub fn create_bucket(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    let there = bucket(walk, "HEAD", "", &[]);
    if let Ok(Ok(_)) = there {
        commands.push(format!(
            "aws s3api head-bucket --bucket {BUCKET} --profile anyrole"
        ));
        return Ok(format!("already there: {BUCKET}"));
    }
    commands.push(format!("aws s3 mb s3://{BUCKET} --profile anyrole"));
    if let Err(error) = there?
        && !error.is_not_found()
    {
        return Err(error.into());
    }
    // The first region of S3 has no name in this place (API_CreateBucket, LocationConstraint).
    let configuration = match walk.place.region.as_str() {
        "us-east-1" => String::new(),
        region => format!(
            "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
        ),
    };
    bucket(walk, "PUT", "", configuration.as_bytes())??;
    Ok(format!("made {BUCKET}"))
}

pub fn put(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    commands.push(format!("echo '{TEXT}' > {KEY}"));
    commands.push(format!(
        "aws s3 cp {KEY} s3://{BUCKET}/{KEY} --profile anyrole"
    ));
    let text = format!("{TEXT}\n");
    std::fs::write(walk.place.file(KEY), &text)
        .with_context(|| format!("{KEY} can't be written"))?;
    object(walk, "PUT", text.as_bytes())??;
    Ok(format!("{KEY}, {} bytes", text.len()))
}

pub fn list(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    commands.push(format!("aws s3 ls s3://{BUCKET}/ --profile anyrole"));
    let answer = bucket(walk, "GET", "list-type=2", &[])??;
    let keys = xml::texts(&answer, "Key");
    ensure!(
        keys.iter().any(|key| key == KEY),
        "the list has no {KEY}, but: {}",
        keys.join(", ")
    );
    Ok(keys.join(", "))
}

pub fn get(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    commands.push(format!("aws s3 cp s3://{BUCKET}/{KEY} - --profile anyrole"));
    let text = object(walk, "GET", &[])??;
    ensure!(
        text.trim_end() == TEXT,
        "the object holds something else: {text}"
    );
    Ok(text.trim_end().to_owned())
}

pub fn delete(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    commands.push(format!("aws s3 rm s3://{BUCKET}/{KEY} --profile anyrole"));
    match object(walk, "DELETE", &[])? {
        Ok(_) => bail!("it was deleted, and that should have been refused"),
        Err(refusal)
            if refusal.is_refusal("AccessDenied")
                && refusal.to_string().contains("session policy") =>
        {
            Ok(format!("refused, as expected: {refusal}"))
        }
        Err(other) => Err(other.into()),
    }
}

fn bucket(
    walk: &Walk,
    method: &'static str,
    query: &str,
    body: &[u8],
) -> anyhow::Result<Result<String, CallError>> {
    send(walk, method, &format!("/{BUCKET}"), query, body)
}

fn object(
    walk: &Walk,
    method: &'static str,
    body: &[u8],
) -> anyhow::Result<Result<String, CallError>> {
    send(walk, method, &format!("/{BUCKET}/{KEY}"), "", body)
}

fn send(
    walk: &Walk,
    method: &'static str,
    path: &str,
    query: &str,
    body: &[u8],
) -> anyhow::Result<Result<String, CallError>> {
    walk.as_session(&Call {
        service: "s3",
        method,
        path,
        query,
        content_type: "application/octet-stream",
        body,
    })
}
