"""Every way in of a matrix, by boto3's credential_process and by AWS's session library. Arguments: a JSON file with the
ways, the server's CA certificate. The AWS config file has a profile for each way."""

import json
import os
import sys
from urllib.parse import urlsplit

import boto3
from cryptography import x509
from iam_rolesanywhere_session import IAMRolesAnywhereSession

ways = json.load(open(sys.argv[1]))
verify = sys.argv[2]
endpoint = os.environ["AWS_ENDPOINT_URL"]


def check(session, way, program):
    caller = session.client("sts").get_caller_identity()
    serial = format(x509.load_pem_x509_certificate(open(way["certificate"], "rb").read()).serial_number, "x")
    name = serial.rjust(len(serial) + len(serial) % 2, "0")
    wanted = f"arn:aws:sts::000000000000:assumed-role/{way['role'].split('/')[-1]}/{name}"
    assert caller["Arn"] == wanted, (program, caller, wanted)
    bucket = f"{program}-{way['name']}"
    s3 = session.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=way["name"].encode())
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == way["name"].encode()
    assert bucket in [b["Name"] for b in s3.list_buckets()["Buckets"]]


for way in ways:
    try:
        check(boto3.Session(profile_name=way["name"]), way, "process")
        library = IAMRolesAnywhereSession(
            profile_arn=way["profile"], role_arn=way["role"], trust_anchor_arn=way["anchor"],
            certificate=way["certificate"], private_key=way["key"], certificate_chain=way.get("chain"),
            endpoint=urlsplit(endpoint).netloc, verify=verify,
        )
        check(library.get_session(), way, "library")
    except Exception:
        print("failed:", way["name"], file=sys.stderr)
        raise

# The library names the hash of the certificate's own signature, though it signs with SHA-256.
words = {way["name"]: IAMRolesAnywhereSession(
    profile_arn=way["profile"], role_arn=way["role"], trust_anchor_arn=way["anchor"], certificate=way["certificate"],
    private_key=way["key"], endpoint="localhost")._request_signer.algorithm for way in ways if "sha" in way["name"]}
print(json.dumps(words, sort_keys=True))
