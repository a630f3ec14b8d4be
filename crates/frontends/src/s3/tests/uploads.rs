//! Multipart uploads and their checksums.

use super::*;

#[tokio::test]
async fn multipart_with_checksums() {
    for (kind, expected) in [("COMPOSITE", "-2"), ("FULL_OBJECT", "=")] {
        let bench = Bench::new().with_bucket().await;
        let headers = [
            ("x-amz-checksum-algorithm", "CRC32"),
            ("x-amz-checksum-type", kind),
            ("content-type", "x/y"),
        ];
        let begun = bench.send("POST", "/bucket/m?uploads", &headers, b"").await;
        let id = begun.element("UploadId");
        assert_eq!(id.len(), 32, "{}", begun.text());
        let first: Vec<u8> = (0..5 * 1024 * 1024).map(|i| (i % 255) as u8).collect();
        let named = [("x-amz-sdk-checksum-algorithm", "CRC32")];
        let uri = format!("/bucket/m?partNumber=1&uploadId={id}");
        let one = bench.send("PUT", &uri, &named, &first).await;
        bench.send("PUT", "/bucket/src", &[], b"0123456789").await;
        let copy = [
            ("x-amz-copy-source", "bucket/src"),
            ("x-amz-copy-source-range", "bytes=2-5"),
        ];
        let uri = format!("/bucket/m?partNumber=2&uploadId={id}");
        let two = bench.send("PUT", &uri, &copy, b"").await;
        assert_eq!(
            (one.status.as_u16(), two.status.as_u16()),
            (200, 200),
            "{}",
            two.text()
        );
        let listed = bench.get(&format!("/bucket/m?uploadId={id}")).await;
        assert_eq!(listed.elements("PartNumber"), ["1", "2"]);
        assert_eq!(
            bench.get("/bucket?uploads").await.elements("UploadId"),
            std::slice::from_ref(&id)
        );
        let etags = (
            one.header("etag").replace('"', ""),
            two.element("ETag").replace("&quot;", "").replace('"', ""),
        );
        let crc = one.header("x-amz-checksum-crc32");
        let body = |crc: &str| {
            format!(
                "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <Part><PartNumber>1</PartNumber><ETag>{}</ETag><ChecksumCRC32>{crc}</ChecksumCRC32></Part>\
             <Part><PartNumber>2</PartNumber><ETag>{}</ETag></Part></CompleteMultipartUpload>",
                etags.0, etags.1
            )
        };
        let uri = format!("/bucket/m?uploadId={id}");
        let wrong = bench
            .send("POST", &uri, &[], body("AAAAAA==").as_bytes())
            .await;
        assert_eq!(wrong.element("Code"), "InvalidPart");
        let done = bench.send("POST", &uri, &[], body(crc).as_bytes()).await;
        assert_eq!(done.status, 200, "{}", done.text());
        let checksum = done.element("ChecksumCRC32");
        assert!(checksum.ends_with(expected), "{kind} {checksum}");
        let whole = [first.as_slice(), b"2345"].concat();
        let got = bench
            .send(
                "GET",
                "/bucket/m",
                &[("x-amz-checksum-mode", "ENABLED")],
                b"",
            )
            .await;
        assert!(got.body == whole);
        assert_eq!(got.header("content-type"), "x/y");
        assert_eq!(got.header("x-amz-checksum-type"), kind);
        if kind == "FULL_OBJECT" {
            let put = bench.send("PUT", "/bucket/w", &named, &whole).await;
            assert_eq!(put.header("x-amz-checksum-crc32"), checksum);
        }
        let part = bench.get("/bucket/m?partNumber=2").await;
        assert_eq!((part.status.as_u16(), part.text()), (206, "2345"));
        assert_eq!(part.header("x-amz-mp-parts-count"), "2");
        assert_eq!(bench.get("/bucket/m?partNumber=3").await.status, 416);
        let gone = bench.send("DELETE", &uri, &[], b"").await;
        assert_eq!(gone.element("Code"), "NoSuchUpload");
    }
}

#[tokio::test]
async fn parts_are_named_in_order_and_at_most_10000() {
    let bench = Bench::new().with_bucket().await;
    let begun = bench.send("POST", "/bucket/m?uploads", &[], b"").await;
    let uri = format!("/bucket/m?uploadId={}", begun.element("UploadId"));
    let complete = async |numbers: Vec<u32>| {
        let parts: String = numbers
            .iter()
            .map(|n| format!("<Part><ETag>x</ETag><PartNumber>{n}</PartNumber></Part>"))
            .collect();
        let body = format!(
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{parts}</CompleteMultipartUpload>"
        );
        let answer = bench.send("POST", &uri, &[], body.as_bytes()).await;
        answer.element("Code")
    };
    assert_eq!(complete((1..=10_001).collect()).await, "MalformedXML");
    assert_eq!(complete((1..=10_000).collect()).await, "InvalidPart");
    for numbers in [vec![2, 1], vec![1, 1], vec![1, 3, 2]] {
        assert_eq!(complete(numbers).await, "InvalidPartOrder");
    }
    assert_eq!(complete(vec![0, 1]).await, "InvalidArgument");
}

#[tokio::test]
async fn some_of_the_parts_may_be_chosen() {
    let bench = Bench::new().with_bucket().await;
    let begun = bench.send("POST", "/bucket/m?uploads", &[], b"").await;
    let id = begun.element("UploadId");
    let mut etags = Vec::new();
    for number in [9, 2, 5] {
        let uri = format!("/bucket/m?partNumber={number}&uploadId={id}");
        let part = bench
            .send("PUT", &uri, &[], number.to_string().as_bytes())
            .await;
        etags.push(part.header("etag").replace('"', ""));
    }
    let uri = format!("/bucket/m?uploadId={id}");
    for (number, etag, code) in [
        (5, &etags[0], "InvalidPart"),
        (4, &etags[2], "InvalidPart"),
        (10, &etags[0], "InvalidPart"),
        (5, &etags[2], ""),
    ] {
        let body = format!(
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part><ETag>{etag}</ETag><PartNumber>{number}</PartNumber></Part></CompleteMultipartUpload>"
        );
        let answer = bench.send("POST", &uri, &[], body.as_bytes()).await;
        assert_eq!(answer.element("Code"), code, "{number}");
    }
    assert_eq!(bench.get("/bucket/m").await.text(), "5");
}
