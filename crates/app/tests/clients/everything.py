"""Prints all that the control plane and the object store hold, as sorted JSON. With `make CA.pem` it makes some first."""

import json
import sys

import boto3

from checks import allow, trust

anywhere, iam, s3 = boto3.client("rolesanywhere"), boto3.client("iam"), boto3.client("s3")


def make(pem):
    anchor = anywhere.create_trust_anchor(
        name="kept", enabled=True,
        source={"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": pem}},
    )["trustAnchor"]
    iam.create_role(RoleName="Kept", Path="/a/", AssumeRolePolicyDocument=trust(
        {"ArnEquals": {"aws:SourceArn": anchor["trustAnchorArn"]}}), Tags=[{"Key": "a", "Value": "b"}])
    iam.put_role_policy(RoleName="Kept", PolicyName="in", PolicyDocument=allow("s3:Get*"))
    iam.attach_role_policy(RoleName="Kept", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    anywhere.create_profile(name="kept", roleArns=["arn:aws:iam::000000000000:role/a/Kept"],
                            sessionPolicy=allow("s3:*"), tags=[{"key": "a", "value": "b"}])
    gone = anywhere.create_profile(name="gone", roleArns=[])["profile"]
    anywhere.delete_profile(profileId=gone["profileId"])
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="a/b", Body=b"body", Metadata={"m": "n"}, ContentType="text/x")


def everything():
    roles = iam.list_roles()["Roles"]
    return {
        "anchors": anywhere.list_trust_anchors()["trustAnchors"],
        "profiles": anywhere.list_profiles()["profiles"],
        "roles": [iam.get_role(RoleName=role["RoleName"])["Role"] for role in roles],
        "inline": [iam.get_role_policy(RoleName="Kept", PolicyName="in")["PolicyDocument"]],
        "attached": iam.list_attached_role_policies(RoleName="Kept")["AttachedPolicies"],
        "buckets": s3.list_buckets()["Buckets"],
        "object": s3.head_object(Bucket="kept", Key="a/b")["Metadata"],
        "body": s3.get_object(Bucket="kept", Key="a/b")["Body"].read(),
        "caller": boto3.client("sts").get_caller_identity()["Arn"],
    }


if sys.argv[1:2] == ["make"]:
    make(open(sys.argv[2]).read())
print(json.dumps(everything(), sort_keys=True, default=str))
