"""A site of account 123456789012 in eu-central-1: which regions requests may be signed for. Argument: a CA certificate."""

import sys

import boto3

from checks import refused, trust

anchor = boto3.client("rolesanywhere", "eu-central-1").create_trust_anchor(
    name="a", source={"sourceType": "CERTIFICATE_BUNDLE",
                      "sourceData": {"x509CertificateData": open(sys.argv[1]).read()}})["trustAnchor"]
assert anchor["trustAnchorArn"].startswith("arn:aws:rolesanywhere:eu-central-1:123456789012:trust-anchor/")
# IAM is global and STS was: both are signed for us-east-1 by some clients, for the region by others.
for region in ("us-east-1", "eu-central-1"):
    assert boto3.client("sts", region).get_caller_identity()["Account"] == "123456789012"
    role = boto3.client("iam", region).create_role(RoleName=region, AssumeRolePolicyDocument=trust())["Role"]
    assert role["Arn"] == f"arn:aws:iam::123456789012:role/{region}"
s3 = boto3.client("s3", "eu-central-1")
s3.create_bucket(Bucket="here", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
assert s3.get_bucket_location(Bucket="here")["LocationConstraint"] == "eu-central-1"
with refused("InvalidSignatureException", "Credential should be scoped to a valid region", 403):
    boto3.client("rolesanywhere", "us-east-1").list_profiles()
with refused("SignatureDoesNotMatch", "Credential should be scoped to a valid region", 403):
    boto3.client("sts", "eu-west-1").get_caller_identity()
with refused("AuthorizationHeaderMalformed", "eu-central-1", 400):
    boto3.client("s3", "us-east-1").list_buckets()
