"""S3 through boto3, as a role session with AmazonS3FullAccess. Argument: a folder for files."""

import hashlib
import io
import os
import sys
import urllib.error
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

from checks import refused

folder = sys.argv[1]
s3 = boto3.client("s3", config=Config(signature_version="s3v4"))
BUCKET = "round-trip.bucket-1"
MEBIBYTE = 1024 * 1024


def body(key, **more):
    return s3.get_object(Bucket=BUCKET, Key=key, **more)["Body"].read()


def keys(**more):
    return [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET, **more).get("Contents", [])]


def buckets():
    s3.create_bucket(Bucket=BUCKET)
    head = s3.head_bucket(Bucket=BUCKET)
    assert head["ResponseMetadata"]["HTTPStatusCode"] == 200 and head.get("BucketRegion") == "us-east-1", head
    assert s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] is None
    listed = s3.list_buckets()
    assert [b["Name"] for b in listed["Buckets"]] == [BUCKET] and listed["Owner"]["ID"]
    # us-east-1 answers 200 to the owner who makes a bucket again.
    s3.create_bucket(Bucket=BUCKET)
    for name in ("Upper", "a", "-a-", "192.168.5.4"):
        try:
            s3.create_bucket(Bucket=name)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "InvalidBucketName", (name, error)
        else:
            raise AssertionError(f"{name} is no bucket's name")
    with refused("NoSuchBucket", status=404):
        s3.get_bucket_location(Bucket="not-there")
    with refused("404", status=404):
        s3.head_bucket(Bucket="not-there")
    with refused("NoSuchBucket", status=404):
        s3.list_objects_v2(Bucket="not-there")


def objects():
    put = s3.put_object(
        Bucket=BUCKET, Key="a b/ü+%25&=?#.txt", Body=b"0123456789", ContentType="text/plain; charset=utf-8",
        Metadata={"made-by": "boto3", "empty": ""}, CacheControl="no-cache", ContentDisposition="inline",
        ContentEncoding="identity", ContentLanguage="de",
    )
    assert put["ETag"] == '"%s"' % hashlib.md5(b"0123456789").hexdigest(), put
    # SDKs of today send a CRC by themselves, and the server gives it back.
    assert put.get("ChecksumCRC32") or put.get("ChecksumCRC64NVME"), put
    got = s3.get_object(Bucket=BUCKET, Key="a b/ü+%25&=?#.txt", ChecksumMode="ENABLED")
    head = s3.head_object(Bucket=BUCKET, Key="a b/ü+%25&=?#.txt")
    assert got["Body"].read() == b"0123456789"
    for answer in (got, head):
        assert answer["ContentLength"] == 10 and answer["ETag"] == put["ETag"]
        assert answer["ContentType"] == "text/plain; charset=utf-8"
        assert answer["Metadata"] == {"made-by": "boto3", "empty": ""}, answer["Metadata"]
        assert answer["CacheControl"] == "no-cache" and answer["ContentDisposition"] == "inline"
        assert answer["ContentLanguage"] == "de" and answer["AcceptRanges"] == "bytes"
        assert answer["LastModified"] == head["LastModified"]
    for algorithm in ("CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"):
        if algorithm in ("CRC32C", "CRC64NVME"):
            continue  # these need awscrt, which is not installed
        put = s3.put_object(Bucket=BUCKET, Key="sum", Body=b"x" * 1000, ChecksumAlgorithm=algorithm)
        assert put["Checksum" + algorithm], put
    with refused("BadDigest", status=400):
        s3.put_object(Bucket=BUCKET, Key="wrong", Body=b"x", ChecksumCRC32="AAAAAA==")
    with refused("BadDigest", status=400):
        s3.put_object(Bucket=BUCKET, Key="wrong", Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
    with refused("NoSuchKey", status=404):
        body("wrong")
    with refused("404", status=404):
        s3.head_object(Bucket=BUCKET, Key="wrong")
    s3.put_object(Bucket=BUCKET, Key="empty", Body=b"")
    assert body("empty") == b""
    # A body of unknown length goes in signed or unsigned chunks.
    s3.put_object(Bucket=BUCKET, Key="stream", Body=io.BytesIO(b"s" * 200_000))
    assert body("stream") == b"s" * 200_000


def names():
    """A key is any text: the folder of files behind must not show."""
    table = ["n/x", "n/x/y", "n/x/y/", "n/x//y", "n/", "n/*", "n/..a", "n/a/..b", "n/a\nb", "n/a\rb", "n/a\x7fb", "n/con", "n/a:b",
             "n/a\\b", "n/\u00e9", "n/e\u0301", "n/\u2028", "n/😀", "n/" + "s" * 300 + "/t", "n/" + "k" * 1022, "n/a?b=c&d#e+%2F"]
    for key in table:
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    for key in table:
        assert body(key) == key.encode(), key
    found = [c["Key"] for page in s3.get_paginator("list_objects_v2").paginate(
        Bucket=BUCKET, Prefix="n/", PaginationConfig={"PageSize": 4}) for c in page["Contents"]]
    assert found == sorted(table, key=str.encode), found
    s3.delete_object(Bucket=BUCKET, Key="n/x")
    assert body("n/x/y") == b"n/x/y"
    with refused("KeyTooLongError", status=400):
        s3.put_object(Bucket=BUCKET, Key="k" * 1025, Body=b"")


def promises():
    """What would be a promise that is not kept is refused, and stores nothing."""
    table = [
        ("NotImplemented", dict(ServerSideEncryption="AES256")),
        ("NotImplemented", dict(ServerSideEncryption="aws:kms", SSEKMSKeyId="k")),
        ("NotImplemented", dict(ObjectLockLegalHoldStatus="ON")),
        ("NotImplemented", dict(WriteOffsetBytes=0)),
        ("AccessControlListNotSupported", dict(ACL="public-read")),
        ("InvalidStorageClass", dict(StorageClass="GLACIER")),
        ("AccessDenied", dict(ExpectedBucketOwner="111111111111")),
    ]
    for code, members in table:
        try:
            s3.put_object(Bucket=BUCKET, Key="promise", Body=b"x", **members)
        except ClientError as error:
            assert error.response["Error"]["Code"] == code, (members, error)
        else:
            raise AssertionError(f"{members} was taken")
    with refused("404", status=404):
        s3.head_object(Bucket=BUCKET, Key="promise")
    s3.put_object(Bucket=BUCKET, Key="promise", Body=b"x", ACL="private", StorageClass="STANDARD",
                  ExpectedBucketOwner="000000000000")


def ranges():
    s3.put_object(Bucket=BUCKET, Key="r", Body=b"0123456789")
    for asked, part, content_range in (
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=8-100", b"89", "bytes 8-9/10"),
        ("bytes=0-0", b"0", "bytes 0-0/10"),
    ):
        got = s3.get_object(Bucket=BUCKET, Key="r", Range=asked)
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert got["Body"].read() == part and got["ContentRange"] == content_range, asked
        assert got["ContentLength"] == len(part)
    with refused("InvalidRange", status=416):
        body("r", Range="bytes=10-")
    tag = s3.head_object(Bucket=BUCKET, Key="r")["ETag"]
    assert body("r", IfMatch=tag) == b"0123456789"
    with refused("PreconditionFailed", status=412):
        body("r", IfMatch='"0"')
    with refused("304", status=304):
        body("r", IfNoneMatch=tag)
    with refused("PreconditionFailed", status=412):
        s3.put_object(Bucket=BUCKET, Key="r", Body=b"other", IfNoneMatch="*")
    assert body("r") == b"0123456789"


def copies():
    s3.put_object(Bucket=BUCKET, Key="from/ö", Body=b"copied", Metadata={"a": "b"}, ContentType="text/x")
    copied = s3.copy_object(Bucket=BUCKET, Key="to", CopySource={"Bucket": BUCKET, "Key": "from/ö"})
    assert copied["CopyObjectResult"]["ETag"] == '"%s"' % hashlib.md5(b"copied").hexdigest()
    head = s3.head_object(Bucket=BUCKET, Key="to")
    assert head["Metadata"] == {"a": "b"} and head["ContentType"] == "text/x"
    s3.copy_object(Bucket=BUCKET, Key="to", CopySource={"Bucket": BUCKET, "Key": "to"}, Metadata={"c": "d"},
                   MetadataDirective="REPLACE")
    assert s3.head_object(Bucket=BUCKET, Key="to")["Metadata"] == {"c": "d"} and body("to") == b"copied"
    with refused("InvalidRequest", status=400):
        s3.copy_object(Bucket=BUCKET, Key="to", CopySource={"Bucket": BUCKET, "Key": "to"})
    with refused("NoSuchKey", status=404):
        s3.copy_object(Bucket=BUCKET, Key="to", CopySource={"Bucket": BUCKET, "Key": "not-there"})


def multipart():
    data = os.urandom(9 * MEBIBYTE + 123)
    path = os.path.join(folder, "large")
    with open(path, "wb") as file:
        file.write(data)
    config = TransferConfig(multipart_threshold=8 * MEBIBYTE, multipart_chunksize=5 * MEBIBYTE)
    s3.upload_file(path, BUCKET, "large", Config=config, ExtraArgs={"Metadata": {"m": "n"}})
    head = s3.head_object(Bucket=BUCKET, Key="large")
    assert head["ContentLength"] == len(data) and head["ETag"].endswith('-2"') and head["Metadata"] == {"m": "n"}
    s3.download_file(BUCKET, "large", path + "2", Config=config)
    assert open(path + "2", "rb").read() == data
    s3.copy({"Bucket": BUCKET, "Key": "large"}, BUCKET, "larger", Config=config)  # by UploadPartCopy
    assert hashlib.sha256(body("larger")).digest() == hashlib.sha256(data).digest()

    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="parts", ContentType="text/y")["UploadId"]
    part = dict(Bucket=BUCKET, Key="parts", UploadId=upload)
    tags = {number: s3.upload_part(**part, PartNumber=number, Body=data[:size])["ETag"]
            for number, size in ((1, 5 * MEBIBYTE), (3, 10), (2, 5 * MEBIBYTE))}
    listed = s3.list_parts(**part, MaxParts=2)
    assert [(p["PartNumber"], p["Size"], p["ETag"]) for p in listed["Parts"]] == [
        (1, 5 * MEBIBYTE, tags[1]), (2, 5 * MEBIBYTE, tags[2])] and listed["IsTruncated"]
    rest = s3.list_parts(**part, PartNumberMarker=listed["NextPartNumberMarker"])
    assert [p["PartNumber"] for p in rest["Parts"]] == [3]
    uploads = s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]
    assert [(u["Key"], u["UploadId"]) for u in uploads] == [("parts", upload)]
    assert "parts" not in keys(), "an upload that isn't complete is no object"

    def complete(*numbers):
        parts = [{"PartNumber": number, "ETag": tags[number]} for number in numbers]
        return s3.complete_multipart_upload(**part, MultipartUpload={"Parts": parts})

    with refused("InvalidPartOrder", status=400):
        complete(2, 1)
    with refused("EntityTooSmall", status=400):
        complete_small_parts()
    done = complete(1, 2, 3)
    assert done["ETag"].endswith('-3"') and done["Key"] == "parts"
    assert body("parts") == data[: 5 * MEBIBYTE] * 2 + data[:10]
    with refused("NoSuchUpload", status=404):
        s3.list_parts(**part)

    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="aborted")["UploadId"]
    part = dict(Bucket=BUCKET, Key="aborted", UploadId=upload)
    s3.upload_part(**part, PartNumber=1, Body=b"x")
    s3.abort_multipart_upload(**part)
    with refused("NoSuchUpload", status=404):
        s3.upload_part(**part, PartNumber=2, Body=b"x")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=BUCKET)


def complete_small_parts():
    """Parts but the last have at least 5 MiB."""
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="small")["UploadId"]
    part = dict(Bucket=BUCKET, Key="small", UploadId=upload)
    tags = [s3.upload_part(**part, PartNumber=number, Body=b"x")["ETag"] for number in (1, 2)]
    try:
        s3.complete_multipart_upload(
            **part, MultipartUpload={"Parts": [{"PartNumber": n + 1, "ETag": t} for n, t in enumerate(tags)]})
    finally:
        s3.abort_multipart_upload(**part)


def presigned():
    def url(operation, **parameters):
        return s3.generate_presigned_url(operation, Params={"Bucket": BUCKET, **parameters}, ExpiresIn=600)

    def put(address, data, **headers):
        request = urllib.request.Request(address, data, headers, method="PUT")
        return urllib.request.urlopen(request).status

    def status(address, data=None, method=None, **headers):
        try:
            return urllib.request.urlopen(urllib.request.Request(address, data, headers, method=method)).status
        except urllib.error.HTTPError as error:
            return error.code

    assert put(url("put_object", Key="by url/ü"), b"by url") == 200
    address = url("get_object", Key="by url/ü", ResponseContentType="text/z")
    answer = urllib.request.urlopen(address)
    assert answer.read() == b"by url" and answer.headers["Content-Type"] == "text/z"
    request = urllib.request.Request(address, headers={"Range": "bytes=3-"})
    assert urllib.request.urlopen(request).read() == b"url"
    typed = url("put_object", Key="typed", ContentType="text/t")
    assert put(typed, b"t", **{"Content-Type": "text/t"}) == 200
    assert s3.head_object(Bucket=BUCKET, Key="typed")["ContentType"] == "text/t"
    # What the URL was not made for: another key, another method, another value of a signed header.
    assert status(address.replace("by%20url", "typed")) == 403
    assert status(address, method="DELETE") == 403
    assert status(typed, b"t", "PUT", **{"Content-Type": "text/html"}) == 403
    assert status(url("delete_object", Key="typed"), method="DELETE") == 204
    assert status(url("get_object", Key="typed")) == 404
    assert status(url("head_object", Key="by url/ü"), method="HEAD") == 200


def listings():
    for key in ("l/a", "l/b/1", "l/b/2", "l/c/1", "l/d", "l/e&<>", "l/f g"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    flat = ["l/a", "l/b/1", "l/b/2", "l/c/1", "l/d", "l/e&<>", "l/f g"]
    assert keys(Prefix="l/") == flat
    assert keys(Prefix="l/", StartAfter="l/c/1") == flat[4:]
    folded = s3.list_objects_v2(Bucket=BUCKET, Prefix="l/", Delimiter="/")
    assert [c["Key"] for c in folded["Contents"]] == ["l/a", "l/d", "l/e&<>", "l/f g"]
    assert [p["Prefix"] for p in folded["CommonPrefixes"]] == ["l/b/", "l/c/"] and folded["KeyCount"] == 6
    for operation, more in (("list_objects_v2", {}), ("list_objects", {}), ("list_objects_v2", {"FetchOwner": True})):
        for size in (1, 2, 3, 1000):
            pages = s3.get_paginator(operation).paginate(
                Bucket=BUCKET, Prefix="l/", Delimiter="/", PaginationConfig={"PageSize": size}, **more)
            seen = []
            for page in pages:
                items = [c["Key"] for c in page.get("Contents", [])]
                items += [p["Prefix"] for p in page.get("CommonPrefixes", [])]
                assert len(items) <= size
                seen += items
            assert sorted(seen) == ["l/a", "l/b/", "l/c/", "l/d", "l/e&<>", "l/f g"], (operation, size, seen)
    one = s3.list_objects_v2(Bucket=BUCKET, Prefix="l/a")["Contents"][0]
    assert one["Size"] == 3 and one["ETag"] == '"%s"' % hashlib.md5(b"l/a").hexdigest()
    assert one["StorageClass"] == "STANDARD" and one["LastModified"].tzinfo
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="none/")["KeyCount"] == 0
    versions = s3.list_object_versions(Bucket=BUCKET, Prefix="l/")["Versions"]
    assert [(v["Key"], v["VersionId"], v["IsLatest"]) for v in versions] == [(key, "null", True) for key in flat]
    first = s3.list_object_versions(Bucket=BUCKET, Prefix="l/", MaxKeys=5)
    rest = s3.list_object_versions(Bucket=BUCKET, Prefix="l/", KeyMarker=first["NextKeyMarker"])
    assert [v["Key"] for v in first["Versions"] + rest["Versions"]] == flat


def deletions():
    s3.delete_object(Bucket=BUCKET, Key="l/a")
    s3.delete_object(Bucket=BUCKET, Key="l/a")  # gone already: as good
    names = ["l/b/1", "l/b/2", "l/e&<>", "not-there"]
    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in names]})
    assert sorted(d["Key"] for d in answer["Deleted"]) == sorted(names) and "Errors" not in answer
    quiet = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "l/d"}], "Quiet": True})
    assert "Deleted" not in quiet
    assert keys(Prefix="l/") == ["l/c/1", "l/f g"]
    with refused("BucketNotEmpty", status=409):
        s3.delete_bucket(Bucket=BUCKET)


def not_served():
    bucket = dict(Bucket=BUCKET)
    calls = [
        lambda: s3.get_bucket_acl(**bucket),
        lambda: s3.get_bucket_versioning(**bucket),
        lambda: s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Enabled"}),
        lambda: s3.get_bucket_encryption(**bucket),
        lambda: s3.put_object_acl(**bucket, Key="r", ACL="public-read"),
        lambda: s3.put_bucket_cors(**bucket, CORSConfiguration={"CORSRules": [
            {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}),
        lambda: s3.restore_object(**bucket, Key="r"),
    ]
    for number, call in enumerate(calls):
        try:
            call()
        except ClientError as error:
            assert error.response["Error"]["Code"] == "NotImplemented", (number, error)
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 501, (number, error)
        else:
            raise AssertionError(f"call {number} was served")
    assert body("r") == b"0123456789", "an operation that isn't served changed an object"


def the_end():
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": c["Key"]} for c in page["Contents"]]})
    s3.delete_bucket(Bucket=BUCKET)
    assert s3.list_buckets()["Buckets"] == []


for step in (buckets, objects, names, promises, ranges, copies, multipart, presigned, listings, deletions, not_served, the_end):
    try:
        step()
    except Exception:
        print("failed in", step.__name__, file=sys.stderr)
        raise
