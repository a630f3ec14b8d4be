"""Aliases through botocore. Argument: a CA certificate (PEM file)."""

import sys

import boto3
from botocore.config import Config

from checks import refused

client = boto3.client("rolesanywhere")
careless = boto3.client("rolesanywhere", config=Config(parameter_validation=False))
source = {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": open(sys.argv[1]).read()}}
PREFIX = "arn:aws:rolesanywhere:us-east-1:000000000000:alias/"

anchor = client.create_trust_anchor(name="a", source=source, aliasName="team/Prod-1")["trustAnchor"]
assert anchor["aliasName"] == "team/Prod-1" and anchor["aliasArn"] == PREFIX + "trust-anchor/team/Prod-1"
assert "previousAliasName" not in anchor
# The same name is free for another kind, and names differ by case.
profile = client.create_profile(name="p", roleArns=[], aliasName="team/Prod-1")["profile"]
assert profile["aliasArn"] == PREFIX + "profile/team/Prod-1"
client.create_profile(name="p", roleArns=[], aliasName="team/prod-1")

alias = profile["aliasArn"]
assert client.get_profile(profileId=alias)["profile"] == profile
assert client.enable_profile(profileId=alias)["profile"]["enabled"] is True
assert client.disable_profile(profileId=alias)["profile"]["enabled"] is False
kept = client.update_profile(profileId=alias, name="renamed")["profile"]
assert kept["aliasName"] == "team/Prod-1" and "previousAliasName" not in kept
assert client.get_trust_anchor(trustAnchorId=anchor["aliasArn"])["trustAnchor"] == anchor

# A new one takes the old one's place; the old one can be given again.
moved = client.update_profile(profileId=alias, aliasName="b")["profile"]
assert (moved["aliasName"], moved["aliasArn"], moved["previousAliasName"]) == ("b", PREFIX + "profile/b", "team/Prod-1")
assert "previousAliasName" not in client.get_profile(profileId=moved["aliasArn"])["profile"]
with refused("ResourceNotFoundException", status=404):
    client.get_profile(profileId=alias)
other = client.create_profile(name="other", roleArns=[], aliasName="team/Prod-1")["profile"]
assert client.get_profile(profileId=alias)["profile"]["profileId"] == other["profileId"]
same = client.update_profile(profileId=moved["aliasArn"], aliasName="b")["profile"]
assert same["aliasName"] == "b" and "previousAliasName" not in same
removed = client.update_profile(profileId=moved["aliasArn"], aliasName="")["profile"]
assert removed["previousAliasName"] == "b" and "aliasName" not in removed and "aliasArn" not in removed
with refused("ResourceNotFoundException", status=404):
    client.get_profile(profileId=moved["aliasArn"])

for name, text in (("team/Prod-1", "in use"), ("aws/x", "reserved"), ("AWS/x", "reserved"), ("9", "'aliasName'"),
                   ("a//b", "'aliasName'"), ("a/", "'aliasName'"), ("a" * 257, "'aliasName'"), ("a b", "'aliasName'")):
    with refused("ValidationException", text, 400):
        careless.create_profile(name="new", roleArns=[], aliasName=name)
    with refused("ValidationException", text, 400):
        careless.update_profile(profileId=profile["profileId"], aliasName=name)
assert client.delete_profile(profileId=alias)["profile"]["profileId"] == other["profileId"]
client.create_profile(name="again", roleArns=[], aliasName="team/Prod-1")
# Tags are of the resource's own ARN.
with refused("ResourceNotFoundException", status=404):
    client.list_tags_for_resource(resourceArn=alias)
