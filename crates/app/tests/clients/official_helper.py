"""Ways in by AWS's own helper as botocore's credential_process: each must be the session it should be, and open S3.
Arguments: a JSON file with the ways (`name`, `role`, `serial`). The AWS config file has a profile for each way."""

import json
import sys

import boto3

for way in json.load(open(sys.argv[1])):
    name = way["name"]
    try:
        session = boto3.Session(profile_name=name)
        caller = session.client("sts").get_caller_identity()
        role = way["role"].split("/")[-1]
        assert caller["Arn"] == f"arn:aws:sts::000000000000:assumed-role/{role}/{way['serial']}", caller
        s3 = session.client("s3")
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="a/b", Body=name.encode())
        assert s3.get_object(Bucket=name, Key="a/b")["Body"].read() == name.encode()
        assert name in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    except Exception:
        print("failed:", name, file=sys.stderr)
        raise
