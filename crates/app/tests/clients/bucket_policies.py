"""Bucket policies, object tags and requests that nobody signed, by boto3, the AWS CLI's own calls and curl.

Arguments: the role's ARN, and the session's access key id, secret and token; the environment has the root's key. The
role has no policies of its own.
"""

import json
import subprocess
import sys
import urllib.error
import urllib.request

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from checks import refused

role, key_id, secret, token = sys.argv[1:5]
BUCKET = "policies.bucket-1"
V4 = Config(signature_version="s3v4")
root = boto3.client("s3", config=V4)
session = boto3.client(
    "s3", config=V4, aws_access_key_id=key_id, aws_secret_access_key=secret, aws_session_token=token
)
nobody = boto3.client("s3", config=Config(signature_version=UNSIGNED))
endpoint = root.meta.endpoint_url


def statement(effect="Allow", principal="*", action="s3:GetObject", resource="*", **more):
    """A statement on the bucket's objects, or on the bucket itself where `resource` is `None`."""
    below = "" if resource is None else f"/{resource}"
    return {
        "Effect": effect, "Principal": principal, "Action": action, "Resource": f"arn:aws:s3:::{BUCKET}{below}", **more,
    }


def put(*statements):
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=1)
    root.put_bucket_policy(Bucket=BUCKET, Policy=text)
    assert root.get_bucket_policy(Bucket=BUCKET)["Policy"] == text
    return text


def body(client, key, **more):
    return client.get_object(Bucket=BUCKET, Key=key, **more)["Body"].read()


def curl(path, *words):
    """The status that curl gets, without any credentials."""
    words = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", *words, f"{endpoint}/{BUCKET}/{path}"]
    return int(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def policies():
    with refused("NoSuchBucketPolicy", status=404):
        root.get_bucket_policy(Bucket=BUCKET)
    with refused("MalformedPolicy", "Policy has invalid resource", 400):
        put({**statement(), "Resource": "*"})
    with refused("MalformedPolicy", "Invalid principal in policy", 400):
        put(statement(principal={"AWS": f"{role}-gone"}))
    with refused("MalformedPolicy", status=400):
        root.put_bucket_policy(Bucket=BUCKET, Policy="{}")
    with refused("AccessDenied", status=403):
        body(session, "public/a")
    put(statement(principal={"AWS": role}))
    assert body(session, "public/a") == b"public"
    with refused("AccessDenied", "is not authorized to perform: s3:PutObject on resource", 403):
        session.put_object(Bucket=BUCKET, Key="x", Body=b"")
    with refused("AccessDenied", status=403):
        session.get_bucket_policy(Bucket=BUCKET)


def unsigned():
    assert curl("public/a") == 403
    put(statement(resource="public/*"))
    assert curl("public/a") == 200 and curl("private/a") == 403
    assert curl("public/a", "-X", "PUT", "--data", "x") == 403
    assert curl("public/none") == 403
    assert body(nobody, "public/a") == b"public"
    with refused("AccessDenied", "Access Denied", 403):
        body(nobody, "private/a")
    with refused("AccessDenied", status=403):
        nobody.list_objects_v2(Bucket=BUCKET)
    with refused("AccessDenied", status=403):
        nobody.list_buckets()
    put(statement(action=["s3:GetObject", "s3:PutObject"]), statement(action="s3:ListBucket", resource=None))
    assert curl("public/none") == 404
    nobody.put_object(Bucket=BUCKET, Key="dropped", Body=b"by nobody")
    assert body(root, "dropped") == b"by nobody"
    assert "dropped" in [item["Key"] for item in nobody.list_objects_v2(Bucket=BUCKET)["Contents"]]


def conditions():
    presigned = {"StringEquals": {"s3:authType": "REST-QUERY-STRING"}, "NumericLessThan": {"s3:signatureAge": 60000}}
    put(statement(principal={"AWS": role}, Condition=presigned))
    url = session.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "public/a"})
    assert urllib.request.urlopen(url).read() == b"public"
    with refused("AccessDenied", status=403):
        body(session, "public/a")
    below = {"StringLike": {"s3:prefix": "public/*"}}
    put(statement(action="s3:ListBucket", resource=None, Condition=below))
    assert session.list_objects_v2(Bucket=BUCKET, Prefix="public/")["KeyCount"] == 1
    with refused("AccessDenied", status=403):
        session.list_objects_v2(Bucket=BUCKET)
    put(statement("Deny", action="s3:GetObject", Condition={"Bool": {"aws:SecureTransport": "false"}}))
    with refused("AccessDenied", "with an explicit deny in a resource-based policy", 403):
        body(root, "public/a")


def tags():
    pair = [{"Key": "class", "Value": "public"}, {"Key": "empty", "Value": ""}]
    where = {"Bucket": BUCKET, "Key": "tagged"}
    root.delete_bucket_policy(Bucket=BUCKET)
    root.put_object(**where, Body=b"x", Tagging="class=public&empty=")
    assert root.get_object_tagging(**where)["TagSet"] == pair
    assert root.get_object(**where)["TagCount"] == 2
    root.put_object_tagging(**where, Tagging={"TagSet": pair[:1]})
    assert root.get_object_tagging(**where)["TagSet"] == pair[:1]
    root.copy_object(Bucket=BUCKET, Key="copy", CopySource=where)
    assert root.get_object_tagging(Bucket=BUCKET, Key="copy")["TagSet"] == pair[:1]
    root.delete_object_tagging(Bucket=BUCKET, Key="copy")
    assert root.get_object_tagging(Bucket=BUCKET, Key="copy")["TagSet"] == []
    with refused("InvalidTag", status=400):
        root.put_object_tagging(**where, Tagging={"TagSet": [pair[0], pair[0]]})
    public = {"StringEquals": {"s3:ExistingObjectTag/class": "public"}}
    red = {"StringEquals": {"s3:RequestObjectTag/team": "red"}}
    put(
        statement(principal={"AWS": role}, Condition=public),
        statement(principal={"AWS": role}, action=["s3:PutObject", "s3:PutObjectTagging"], Condition=red),
    )
    assert body(session, "tagged") == b"x"
    assert "TagCount" not in session.get_object(**where), "told to who may read tags"
    with refused("AccessDenied", status=403):
        body(session, "copy")
    session.put_object(Bucket=BUCKET, Key="mine", Body=b"x", Tagging="team=red")
    with refused("AccessDenied", status=403):
        session.put_object(Bucket=BUCKET, Key="mine", Body=b"x", Tagging="team=blue")
    with refused("AccessDenied", status=403):
        session.put_object(Bucket=BUCKET, Key="mine", Body=b"x")


def attributes():
    asked = root.get_object_attributes(
        Bucket=BUCKET, Key="public/a", ObjectAttributes=["ETag", "ObjectSize", "StorageClass"]
    )
    assert (asked["ObjectSize"], asked["StorageClass"]) == (6, "STANDARD"), asked
    put(statement(principal={"AWS": role}))
    with refused("AccessDenied", "s3:GetObjectAttributes", 403):
        session.get_object_attributes(Bucket=BUCKET, Key="public/a", ObjectAttributes=["ETag"])


def locked_out():
    put(
        statement("Deny", action="s3:*"), statement("Deny", action="s3:*", resource=None),
    )
    with refused("AccessDenied", status=403):
        root.list_objects_v2(Bucket=BUCKET)
    root.delete_bucket_policy(Bucket=BUCKET)
    root.list_objects_v2(Bucket=BUCKET)


def made_again():
    put(statement())
    for item in root.list_objects_v2(Bucket=BUCKET)["Contents"]:
        root.delete_object(Bucket=BUCKET, Key=item["Key"])
    root.delete_bucket(Bucket=BUCKET)
    root.create_bucket(Bucket=BUCKET)
    with refused("NoSuchBucketPolicy", status=404):
        root.get_bucket_policy(Bucket=BUCKET)
    root.delete_bucket(Bucket=BUCKET)


root.create_bucket(Bucket=BUCKET)
root.put_object(Bucket=BUCKET, Key="public/a", Body=b"public")
root.put_object(Bucket=BUCKET, Key="private/a", Body=b"private")
for part in (policies, unsigned, conditions, tags, attributes, locked_out, made_again):
    part()
