"""The calls of Terraform's AWS provider for `aws_iam_role`, `aws_iam_policy`, `aws_iam_role_policy_attachment` and
`aws_iam_instance_profile`, in its order: create and read, a plan that must show no change, update, destroy. By boto3, or, with
the argument `cli`, by the AWS CLI."""

import json
import sys

import boto3

from checks import allow, document, refused, trust
from cli_client import CliClient

make_client = CliClient if sys.argv[1:] == ["cli"] else boto3.client
iam, sts = make_client("iam"), make_client("sts")
VIEW = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"


def read_role(name):
    """What the provider reads of aws_iam_role."""
    role = iam.get_role(RoleName=name)["Role"]
    assert role["Arn"].startswith("arn:"), role
    names = iam.list_role_policies(RoleName=name)["PolicyNames"]
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return {
        "arn": role["Arn"], "unique_id": role["RoleId"], "create_date": role["CreateDate"], "path": role["Path"],
        "assume_role_policy": role["AssumeRolePolicyDocument"], "description": role.get("Description", ""),
        "max_session_duration": role["MaxSessionDuration"],
        "permissions_boundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
        "tags": {tag["Key"]: tag["Value"] for tag in role.get("Tags", [])},
        "inline": {policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"] for policy in names},
        "managed": sorted(policy["PolicyArn"] for policy in attached),
    }


def read_policy(arn):
    """What the provider reads of aws_iam_policy."""
    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    version = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    return {"name": policy["PolicyName"], "path": policy["Path"], "policy_id": policy["PolicyId"],
            "description": policy.get("Description", ""), "policy": version["Document"],
            "tags": {tag["Key"]: tag["Value"] for tag in policy.get("Tags", [])}}


def update_policy(arn, text):
    """As the provider does: the oldest version makes room at five, and the new one is in force."""
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    if len(versions) >= 5:
        oldest = min((v for v in versions if not v["IsDefaultVersion"]), key=lambda v: (v["CreateDate"], int(v["VersionId"][1:])))
        iam.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)


assert sts.get_caller_identity()["Account"] == "000000000000"

# terraform apply: the policy, the role with its boundary, inline policy and attachments, the instance profile.
policy = iam.create_policy(PolicyName="tf", Path="/", Description="made by hand", PolicyDocument=allow("s3:Get*"),
                           Tags=[{"Key": "team", "Value": "a"}])["Policy"]["Arn"]
made_policy = read_policy(policy)
assert made_policy["policy"] == json.loads(allow("s3:Get*")) and made_policy["tags"] == {"team": "a"}, made_policy

# A role that trusts one that is not there yet is retried on this prefix.
admin_trust = document({"Effect": "Allow", "Action": "sts:AssumeRole",
                        "Principal": {"AWS": "arn:aws:iam::000000000000:role/admin"}})
with refused("MalformedPolicyDocument", "Invalid principal in policy", 400):
    iam.create_role(RoleName="tf", AssumeRolePolicyDocument=admin_trust)
first_admin = iam.create_role(RoleName="admin", AssumeRolePolicyDocument=trust())["Role"]["RoleId"]
iam.create_role(RoleName="tf", Path="/", AssumeRolePolicyDocument=admin_trust, Description="one", MaxSessionDuration=3600,
                PermissionsBoundary=policy, Tags=[{"Key": "team", "Value": "a"}])
iam.put_role_policy(RoleName="tf", PolicyName="inline", PolicyDocument=allow("s3:List*"))
iam.attach_role_policy(RoleName="tf", PolicyArn=policy)
iam.attach_role_policy(RoleName="tf", PolicyArn=VIEW)
role = read_role("tf")
assert role["assume_role_policy"] == json.loads(admin_trust) and role["permissions_boundary"] == policy, role
assert role["managed"] == sorted([policy, VIEW]) and role["inline"] == {"inline": json.loads(allow("s3:List*"))}, role
iam.create_instance_profile(InstanceProfileName="tf", Path="/")
iam.add_role_to_instance_profile(InstanceProfileName="tf", RoleName="tf")
profile = iam.get_instance_profile(InstanceProfileName="tf")["InstanceProfile"]
assert [held["RoleName"] for held in profile["Roles"]] == ["tf"], profile

# terraform plan: nothing has changed.
assert (read_role("tf"), read_policy(policy)) == (role, made_policy)

# terraform apply with changes: each member by a call of its own.
iam.update_assume_role_policy(RoleName="tf", PolicyDocument=trust())
iam.update_role_description(RoleName="tf", Description="two")
iam.update_role(RoleName="tf", MaxSessionDuration=7200)
iam.delete_role_permissions_boundary(RoleName="tf")
iam.put_role_permissions_boundary(RoleName="tf", PermissionsBoundary=VIEW)
iam.delete_role_policy(RoleName="tf", PolicyName="inline")
iam.put_role_policy(RoleName="tf", PolicyName="other", PolicyDocument=allow("s3:Put*"))
iam.detach_role_policy(RoleName="tf", PolicyArn=VIEW)
iam.untag_role(RoleName="tf", TagKeys=["team"])
iam.tag_role(RoleName="tf", Tags=[{"Key": "stage", "Value": "b"}])
changed = read_role("tf")
assert changed == {**role, "assume_role_policy": json.loads(trust()), "description": "two", "max_session_duration": 7200,
                   "permissions_boundary": VIEW, "inline": {"other": json.loads(allow("s3:Put*"))}, "managed": [policy],
                   "tags": {"stage": "b"}}, changed
for number in range(7):
    text = allow(f"s3:Get{number}")
    update_policy(policy, text)
    assert read_policy(policy)["policy"] == json.loads(text)
kept = [version["VersionId"] for version in iam.list_policy_versions(PolicyArn=policy)["Versions"]]
assert kept == ["v8", "v7", "v6", "v5", "v4"], kept
iam.tag_policy(PolicyArn=policy, Tags=[{"Key": "team", "Value": "b"}])
assert read_policy(policy)["tags"] == {"team": "b"}

# A role deleted and made again is another principal: who trusted it shows what is left of it, and can't trust that anew.
iam.update_assume_role_policy(RoleName="tf", PolicyDocument=admin_trust)
iam.delete_role(RoleName="admin")
gone = iam.get_role(RoleName="tf")["Role"]["AssumeRolePolicyDocument"]
assert gone["Statement"][0]["Principal"] == {"AWS": first_admin}, gone
second_admin = iam.create_role(RoleName="admin", AssumeRolePolicyDocument=trust())["Role"]["RoleId"]
assert second_admin != first_admin
assert iam.get_role(RoleName="tf")["Role"]["AssumeRolePolicyDocument"] == gone
with refused("MalformedPolicyDocument", "Invalid principal in policy", 400):
    iam.update_assume_role_policy(RoleName="tf", PolicyDocument=json.dumps(gone))
iam.update_assume_role_policy(RoleName="tf", PolicyDocument=admin_trust)
assert read_role("tf")["assume_role_policy"] == json.loads(admin_trust)

# terraform destroy.
for held in iam.list_instance_profiles_for_role(RoleName="tf")["InstanceProfiles"]:
    iam.remove_role_from_instance_profile(InstanceProfileName=held["InstanceProfileName"], RoleName="tf")
iam.delete_instance_profile(InstanceProfileName="tf")
with refused("DeleteConflict", "must detach all policies first", 409):
    iam.delete_role(RoleName="tf")
iam.detach_role_policy(RoleName="tf", PolicyArn=policy)
iam.delete_role_policy(RoleName="tf", PolicyName="other")
iam.delete_role(RoleName="tf")
for version in iam.list_policy_versions(PolicyArn=policy)["Versions"]:
    if not version["IsDefaultVersion"]:
        iam.delete_policy_version(PolicyArn=policy, VersionId=version["VersionId"])
iam.delete_policy(PolicyArn=policy)
with refused("NoSuchEntity", status=404):
    iam.get_policy(PolicyArn=policy)
with refused("NoSuchEntity", status=404):
    iam.get_role(RoleName="tf")

# What there is, page by page; the order does not change between pages. The CLI turns the pages itself.
if make_client is boto3.client:
    for number in range(7):
        iam.create_policy(PolicyName=f"page{number}", PolicyDocument=allow("s3:*"))
    for arguments in ({"Scope": "Local"}, {"Scope": "AWS"}, {}):
        pages = iam.get_paginator("list_policies").paginate(**arguments, PaginationConfig={"PageSize": 3})
        arns = [policy["Arn"] for page in pages for policy in page["Policies"]]
        whole = [policy["Arn"] for policy in iam.list_policies(**arguments, MaxItems=1000)["Policies"]]
        assert arns == whole and len(set(arns)) == len(arns) >= 7, (arns, whole)
    with refused("ValidationError", "not a marker", 400):
        iam.list_policies(Marker="bm90IG91cnM")
