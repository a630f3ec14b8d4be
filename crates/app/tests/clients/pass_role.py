"""Who may hand a role to Roles Anywhere. Arguments: access key id, secret and token of a session whose role has
rolesanywhere:* inline, the role's name."""

import sys

import boto3

from checks import allow, document, refused

key, secret, token, role = sys.argv[1:5]
own = boto3.Session(key, secret, token).client("rolesanywhere")
iam = boto3.client("iam")
TARGET = "arn:aws:iam::000000000000:role/admin"

assert own.list_profiles()["profiles"], "rolesanywhere:* allows to list"
bare = own.create_profile(name="bare", roleArns=[])["profile"]
assert bare["createdBy"].startswith(f"arn:aws:sts::000000000000:assumed-role/{role}/"), bare
with refused("AccessDeniedException", f"iam:PassRole on resource: {TARGET}", 403):
    own.create_profile(name="admin", roleArns=[TARGET])
with refused("AccessDeniedException", "iam:PassRole", 403):
    own.update_profile(profileId=bare["profileId"], roleArns=[TARGET])
root = boto3.client("rolesanywhere")
root.update_profile(profileId=bare["profileId"], roleArns=[TARGET])
for call in (own.enable_profile, own.update_profile):
    with refused("AccessDeniedException", "iam:PassRole", 403):
        call(profileId=bare["profileId"])
assert root.get_profile(profileId=bare["profileId"])["profile"]["enabled"] is False

# For another service, or another role, it is still not enough; then it is, from the next call on.
pass_role = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": TARGET}


def may_pass(statement, service):
    condition = {"StringEquals": {"iam:PassedToService": service}}
    iam.put_role_policy(RoleName=role, PolicyName="pass", PolicyDocument=document({**statement, "Condition": condition}))


may_pass(pass_role, "ec2.amazonaws.com")
with refused("AccessDeniedException", "iam:PassRole", 403):
    own.create_profile(name="admin", roleArns=[TARGET])
may_pass(pass_role, "rolesanywhere.amazonaws.com")
assert own.create_profile(name="admin", roleArns=[TARGET])["profile"]["roleArns"] == [TARGET]
with refused("AccessDeniedException", f"iam:PassRole on resource: {TARGET}2", 403):
    own.create_profile(name="both", roleArns=[TARGET, TARGET + "2"])
iam.put_role_policy(RoleName=role, PolicyName="pass", PolicyDocument=allow("s3:*"))
with refused("AccessDeniedException", "iam:PassRole", 403):
    own.create_profile(name="admin", roleArns=[TARGET])
