"""Tags given on creation decide who may do what. Arguments: access key id, secret and token of a session, whose role may
create with the tag team=a and read and delete what has it."""

import sys

import boto3

from checks import refused

key, secret, token = sys.argv[1:4]
own, root = boto3.Session(key, secret, token).client("rolesanywhere"), boto3.client("rolesanywhere")


def tagged(value):
    return {"tags": [{"key": "team", "value": value}]}


ours = own.create_profile(name="ours", roleArns=[], **tagged("a"))["profile"]["profileId"]
with refused("AccessDeniedException", "rolesanywhere:CreateProfile", 403):
    own.create_profile(name="theirs", roleArns=[], **tagged("b"))
with refused("AccessDeniedException", "rolesanywhere:CreateProfile", 403):
    own.create_profile(name="no one", roleArns=[])
theirs = root.create_profile(name="theirs", roleArns=[], **tagged("b"))["profile"]["profileId"]
bare = root.create_profile(name="bare", roleArns=[])["profile"]["profileId"]
assert own.get_profile(profileId=ours)["profile"]["name"] == "ours"
for other in (theirs, bare):
    with refused("AccessDeniedException", "rolesanywhere:GetProfile", 403):
        own.get_profile(profileId=other)
    with refused("AccessDeniedException", "rolesanywhere:DeleteProfile", 403):
        own.delete_profile(profileId=other)
# Who may not read does not learn what is there.
with refused("AccessDeniedException", "rolesanywhere:GetProfile", 403):
    own.get_profile(profileId="00000000-0000-4000-8000-000000000000")
own.delete_profile(profileId=ours)
assert {p["profileId"] for p in root.list_profiles()["profiles"]} >= {theirs, bare}
