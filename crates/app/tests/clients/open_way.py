"""Makes trust anchor, role and profile as root, for each object of a JSON list, and prints their ARNs as a JSON list.

An object has `name`, `ca` (a PEM file) or `ca_arn` (an authority of the server), and where wanted the `condition` of the trust policy, `managed` and `inline`
policies of the role, and further members of the `profile`."""

import json
import sys

import boto3

from checks import trust

anywhere, iam = boto3.client("rolesanywhere"), boto3.client("iam")


def open_way(asked):
    name = asked["name"]
    if "ca_arn" in asked:
        source = {"sourceType": "AWS_ACM_PCA", "sourceData": {"acmPcaArn": asked["ca_arn"]}}
    else:
        source = {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": open(asked["ca"]).read()}}
    anchor = anywhere.create_trust_anchor(name=name, enabled=True, source=source)["trustAnchor"]["trustAnchorArn"]
    condition = asked.get("condition", {"ArnEquals": {"aws:SourceArn": anchor}})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(condition))["Role"]["Arn"]
    for arn in asked.get("managed", []):
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    for policy, text in asked.get("inline", {}).items():
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(text))
    profile = anywhere.create_profile(name=name, enabled=True, roleArns=[role], **asked.get("profile", {}))
    return {"anchor": anchor, "role": role, "profile": profile["profile"]["profileArn"]}


print(json.dumps([open_way(asked) for asked in json.loads(sys.argv[1])]))
