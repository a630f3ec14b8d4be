//! Object tags: in a header, on their own, counted, and through copies and uploads.

use super::*;

const TAGGING: &str = "x-amz-tagging";

fn document(tags: &[(&str, &str)]) -> Vec<u8> {
    let tag =
        |(key, value): &(&str, &str)| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>");
    let tags: String = tags.iter().map(tag).collect();
    format!("<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet>{tags}</TagSet></Tagging>")
        .into_bytes()
}

async fn tags(bench: &Bench, key: &str) -> Vec<(String, String)> {
    let answer = bench.get(&format!("/bucket/{key}?tagging")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let pairs = answer
        .elements("Key")
        .into_iter()
        .zip(answer.elements("Value"));
    pairs.collect()
}

fn pairs(tags: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    tags.iter().map(owned).collect()
}

#[tokio::test]
async fn tags_come_with_the_object_or_alone() {
    let bench = Bench::new().with_bucket().await;
    let header = [(TAGGING, "a%20b=c+d&empty=")];
    let put = bench.send("PUT", "/bucket/k", &header, b"x").await;
    assert_eq!(put.status, 200, "{}", put.text());
    assert_eq!(
        tags(&bench, "k").await,
        pairs(&[("a b", "c d"), ("empty", "")])
    );
    let before = bench.get("/bucket/k").await;
    assert_eq!(before.header("x-amz-tagging-count"), "2");
    let head = bench.send("HEAD", "/bucket/k", &[], b"").await;
    assert_eq!(head.header("x-amz-tagging-count"), "2");

    let set = bench
        .send(
            "PUT",
            "/bucket/k?tagging",
            &[],
            &document(&[("team", "red")]),
        )
        .await;
    assert_eq!(set.status, 200, "{}", set.text());
    assert_eq!(tags(&bench, "k").await, pairs(&[("team", "red")]));
    let after = bench.get("/bucket/k").await;
    assert_eq!(
        (after.text(), after.header("etag")),
        ("x", before.header("etag"))
    );
    assert_eq!(
        after.header("last-modified"),
        before.header("last-modified")
    );

    let deleted = bench.send("DELETE", "/bucket/k?tagging", &[], b"").await;
    assert_eq!(deleted.status, 204);
    assert_eq!(tags(&bench, "k").await, []);
    assert_eq!(
        bench.get("/bucket/k").await.header("x-amz-tagging-count"),
        ""
    );
    for method in ["GET", "DELETE"] {
        let missing = bench.send(method, "/bucket/none?tagging", &[], b"").await;
        assert_eq!(missing.element("Code"), "NoSuchKey", "{method}");
    }
}

#[tokio::test]
async fn copies_keep_tags_or_replace_them() {
    let bench = Bench::new().with_bucket().await;
    bench
        .send("PUT", "/bucket/k", &[(TAGGING, "from=source")], b"x")
        .await;
    let source = ("x-amz-copy-source", "bucket/k");
    let directive = "x-amz-tagging-directive";
    for (headers, expected) in [
        (vec![source], vec![("from", "source")]),
        // Without the directive they are not the copy's.
        (vec![source, (TAGGING, "new=1")], vec![("from", "source")]),
        (
            vec![source, (TAGGING, "new=1"), (directive, "REPLACE")],
            vec![("new", "1")],
        ),
        (vec![source, (directive, "REPLACE")], vec![]),
    ] {
        let copied = bench.send("PUT", "/bucket/copy", &headers, b"").await;
        assert_eq!(copied.status, 200, "{headers:?} {}", copied.text());
        assert_eq!(tags(&bench, "copy").await, pairs(&expected), "{headers:?}");
    }
    bench.asked();
    bench.send("PUT", "/bucket/copy", &[source], b"").await;
    let asked = bench.asked();
    for (action, key) in [
        ("s3:GetObjectTagging", "k"),
        ("s3:PutObjectTagging", "copy"),
    ] {
        let resource = format!("arn:aws:s3:::bucket/{key}");
        assert!(asked.contains(&(action.to_owned(), resource)), "{asked:?}");
    }
    let unknown = [source, (directive, "KEEP")];
    let refused = bench.send("PUT", "/bucket/copy", &unknown, b"").await;
    assert_eq!(refused.element("Code"), "InvalidArgument");
}

#[tokio::test]
async fn an_upload_gives_its_object_tags() {
    let bench = Bench::new().with_bucket().await;
    let begun = bench
        .send("POST", "/bucket/m?uploads", &[(TAGGING, "a=b")], b"")
        .await;
    let id = begun.element("UploadId");
    let uri = format!("/bucket/m?partNumber=1&uploadId={id}");
    let part = bench.send("PUT", &uri, &[], b"data").await;
    let etag = part.header("etag");
    let body = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    );
    let uri = format!("/bucket/m?uploadId={id}");
    let done = bench.send("POST", &uri, &[], body.as_bytes()).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(tags(&bench, "m").await, pairs(&[("a", "b")]));
}

#[tokio::test]
async fn tags_that_can_t_be() {
    let bench = Bench::new().with_bucket().await;
    bench.put("k", b"x").await;
    let eleven: Vec<String> = (0..11).map(|n| format!("k{n}=v")).collect();
    let eleven = eleven.join("&");
    for (header, code) in [
        (eleven.as_str(), "BadRequest"),
        ("=v", "InvalidTag"),
        ("aws:x=v", "InvalidTag"),
        ("a=%00", "InvalidTag"),
        ("a=1&A=2", "InvalidArgument"),
        ("a=%ff", "InvalidArgument"),
    ] {
        let refused = bench
            .send("PUT", "/bucket/new", &[(TAGGING, header)], b"x")
            .await;
        assert_eq!(
            (refused.status.as_u16(), refused.element("Code").as_str()),
            (400, code),
            "{header}"
        );
    }
    assert_eq!(bench.get("/bucket/new").await.status, 404);
    for (given, code) in [
        (document(&[("a", "1"), ("a", "2")]), "InvalidTag"),
        (document(&[("", "1")]), "InvalidTag"),
        (b"<Tagging>".to_vec(), "MalformedXML"),
    ] {
        let refused = bench.send("PUT", "/bucket/k?tagging", &[], &given).await;
        assert_eq!(
            (refused.status.as_u16(), refused.element("Code").as_str()),
            (400, code)
        );
    }
    assert_eq!(tags(&bench, "k").await, []);
}
