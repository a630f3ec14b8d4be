"""Buckets as hosts. Arguments: the domain, the port. Every name is looked up as 127.0.0.1, as a wildcard record would."""

import socket
import sys
import urllib.request

import boto3
from botocore.config import Config

domain, port = sys.argv[1:3]
looked_up = set()
real = socket.getaddrinfo


def getaddrinfo(host, *rest, **more):
    looked_up.add(host)
    return real("127.0.0.1", *rest, **more)


socket.getaddrinfo = getaddrinfo
s3 = boto3.client(
    "s3", endpoint_url=f"http://{domain}:{port}",
    config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}),
)
s3.create_bucket(Bucket="by-host")
s3.put_object(Bucket="by-host", Key="a/b c", Body=b"body")
assert s3.get_object(Bucket="by-host", Key="a/b c")["Body"].read() == b"body"
assert [c["Key"] for c in s3.list_objects_v2(Bucket="by-host")["Contents"]] == ["a/b c"]
url = s3.generate_presigned_url("get_object", Params={"Bucket": "by-host", "Key": "a/b c"})
assert url.startswith(f"http://by-host.{domain}:{port}/a/b%20c?"), url
assert urllib.request.urlopen(url).read() == b"body"
# The same bucket by its path, and the services beside S3 on the domain itself.
by_path = boto3.client("s3", endpoint_url=f"http://{domain}:{port}", config=Config(s3={"addressing_style": "path"}))
assert by_path.get_object(Bucket="by-host", Key="a/b c")["Body"].read() == b"body"
assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["by-host"]
s3.delete_object(Bucket="by-host", Key="a/b c")
s3.delete_bucket(Bucket="by-host")
assert looked_up == {domain, f"by-host.{domain}"}, looked_up
