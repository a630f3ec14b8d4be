#!/usr/bin/env python3
"""Makes botocore.json: requests signed by botocore, the oracle of crates/signing/tests/vectors.rs.

Run with any Python that has botocore (made with 1.44.5): python make.py > botocore.json
published.json beside it holds signatures that AWS has printed in its documentation; it is written by hand.
"""
import datetime
import json
import sys

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2026, 11, 20, 8, 9, 10, tzinfo=datetime.timezone.utc)
botocore.auth.get_current_datetime = lambda *args, **kwargs: NOW
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQ+/=="

# name, signer, service, region, method, path and query on the wire, extra headers, body, session token
S3, S3Q = botocore.auth.S3SigV4Auth, botocore.auth.S3SigV4QueryAuth
V4, V4Q = botocore.auth.SigV4Auth, botocore.auth.SigV4QueryAuth
CASES = [
    ("s3-get", S3, "s3", "us-east-1", "GET", "/bucket/key", {}, b"", None),
    ("s3-range-token", S3, "s3", "eu-central-1", "GET", "/bucket/key", {"Range": "bytes=0-9"}, b"", TOKEN),
    ("s3-put-body", S3, "s3", "us-east-1", "PUT", "/bucket/a/b.txt", {"Content-Type": "text/plain"}, b"hello", None),
    ("s3-odd-key", S3, "s3", "us-east-1", "GET", "/bucket/a%20b%2Bc%26d%3De%27%28%29%21%2A~%C3%A4%E2%82%AC", {}, b"", None),
    ("s3-dots-and-slashes", S3, "s3", "us-east-1", "GET", "/bucket//a/../b/./c//", {}, b"", None),
    ("s3-list", S3, "s3", "us-east-1", "GET", "/bucket?list-type=2&prefix=a%2Fb%20c&delimiter=%2F&encoding-type=url", {}, b"", None),
    ("s3-subresource", S3, "s3", "us-east-1", "GET", "/bucket?versions", {}, b"", None),
    ("s3-copy", S3, "s3", "us-east-1", "PUT", "/bucket/to", {"x-amz-copy-source": "/bucket/from%20x", "x-amz-meta-a": "  b   c "}, b"", None),
    ("s3-unsigned-payload", S3, "s3", "us-east-1", "PUT", "/bucket/k", {"Content-MD5": "nU5JaEa2PAZkMmKRUvjV0Q=="}, b"x", None),
    ("s3-presigned-get", S3Q, "s3", "us-east-1", "GET", "/bucket/a%20b", {}, b"", None),
    ("s3-presigned-token-query", S3Q, "s3", "us-east-1", "GET", "/bucket/k?response-content-type=text%2Fplain", {}, b"", TOKEN),
    ("s3-presigned-put-header", S3Q, "s3", "us-east-1", "PUT", "/bucket/k", {"x-amz-acl": "private"}, b"", None),
    ("sts-form", V4, "sts", "us-east-1", "POST", "/", {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, b"Action=GetCallerIdentity&Version=2011-06-15", TOKEN),
    ("iam-form", V4, "iam", "us-east-1", "POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, b"Action=ListRoles&Version=2010-05-08", None),
    ("rolesanywhere-arn-in-path", V4, "rolesanywhere", "us-east-1", "GET", "/profile/arn%3Aaws%3Arolesanywhere%3Aus-east-1%3A000000000000%3Aprofile%2Fteam%2Fprod", {}, b"", None),
    ("rolesanywhere-repeated-keys", V4, "rolesanywhere", "us-east-1", "DELETE", "/profiles/1/mappings?specifiers=Name%2FCN&specifiers=DNS&certificateField=x509SAN&specifiers=A%2BB", {}, b"", None),
    ("dot-segments", V4, "execute-api", "us-east-1", "GET", "/a/./b//../c%20d/", {}, b"", None),
    ("query-odd", V4, "execute-api", "us-east-1", "GET", "/?b=~&a-b=1&a=2&A=3&empty=&plus=1%2B1&u=%C3%A4", {}, b"", None),
    ("sts-presigned", V4Q, "sts", "us-east-1", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15", {"x-k8s-aws-id": "cluster"}, b"", TOKEN),
]


def sign(name, signer, service, region, method, target, headers, body, token):
    request = AWSRequest(method, "https://host.example:8443" + target, headers=dict(headers), data=body)
    request.context["has_streaming_input"] = "Content-MD5" in headers
    canonical = []
    auth = signer(Credentials(KEY, SECRET, token), service, region)
    original = auth.canonical_request
    auth.canonical_request = lambda r: canonical.append(original(r)) or canonical[-1]
    auth.add_auth(request)
    url = request.url.split("host.example:8443", 1)[1]
    path, _, query = url.partition("?")
    sent = [["host", "host.example:8443"]] + [[k.lower(), v] for k, v in request.headers.items()]
    return {
        "name": name, "service": service, "region": region, "at": NOW.isoformat().replace("+00:00", "Z"),
        "access_key_id": KEY, "secret_access_key": SECRET, "session_token": token,
        "method": method, "path": path, "query": query, "unsigned_query": target.partition("?")[2],
        "headers": sent, "body": body.decode(), "canonical_request": canonical[0],
    }


json.dump([sign(*case) for case in CASES], sys.stdout, indent=1)
print()
