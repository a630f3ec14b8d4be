"""The calls of Terraform's AWS provider, in its order: start, create and read, a plan that must show no change, update, import
and destroy, of a role, a trust anchor and a profile. Argument: a CA certificate (PEM file)."""

import json
import sys

import boto3

from checks import allow, refused, trust

anywhere, iam, sts = (boto3.client(service) for service in ("rolesanywhere", "iam", "sts"))
ca = open(sys.argv[1]).read()


def read_role(name):
    """What the provider reads of aws_iam_role."""
    role = iam.get_role(RoleName=name)["Role"]
    names = iam.list_role_policies(RoleName=name)["PolicyNames"]
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return {
        "arn": role["Arn"],
        "assume_role_policy": role["AssumeRolePolicyDocument"],
        "max_session_duration": role["MaxSessionDuration"],
        "tags": role.get("Tags", []),
        "inline": {policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"] for policy in names},
        "managed": [policy["PolicyArn"] for policy in attached],
    }


def tags_of(arn):
    return sorted((tag["key"], tag["value"]) for tag in anywhere.list_tags_for_resource(resourceArn=arn)["tags"])


def read_anchor(anchor_id):
    anchor = anywhere.get_trust_anchor(trustAnchorId=anchor_id)["trustAnchor"]
    settings = sorted((s["event"], s["enabled"], s["threshold"], s["channel"]) for s in anchor["notificationSettings"])
    return {"arn": anchor["trustAnchorArn"], "name": anchor["name"], "enabled": anchor["enabled"], "source": anchor["source"],
            "notification_settings": settings, "tags_all": tags_of(anchor["trustAnchorArn"])}


def read_profile(profile_id):
    profile = anywhere.get_profile(profileId=profile_id)["profile"]
    return {**{name: profile.get(name) for name in (
        "profileArn", "name", "enabled", "roleArns", "managedPolicyArns", "sessionPolicy", "durationSeconds",
        "requireInstanceProperties", "acceptRoleSessionName")}, "tags_all": tags_of(profile["profileArn"])}


def tag(arn, old, new):
    """As the provider's tag helper: take away what is gone, then put what is new or other."""
    gone = [key for key in old if key not in new]
    changed = [{"key": key, "value": value} for key, value in new.items() if old.get(key) != value]
    if gone:
        anywhere.untag_resource(resourceArn=arn, tagKeys=gone)
    if changed:
        anywhere.tag_resource(resourceArn=arn, tags=changed)


def source(pem):
    return {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": pem}}


# The provider starts.
assert sts.get_caller_identity()["Account"] == "000000000000"

# terraform apply: the role, then what stands on it.
document = json.dumps(json.loads(trust()), indent=2)
iam.create_role(RoleName="tf", Path="/", AssumeRolePolicyDocument=document, MaxSessionDuration=3600,
                Tags=[{"Key": "team", "Value": "a"}])
iam.put_role_policy(RoleName="tf", PolicyName="inline", PolicyDocument=allow("s3:Get*"))
iam.attach_role_policy(RoleName="tf", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
role = read_role("tf")
assert role["arn"] == "arn:aws:iam::000000000000:role/tf" and role["inline"]["inline"] == json.loads(allow("s3:Get*")), role
assert role["assume_role_policy"] == json.loads(document) and len(role["managed"]) == 1

settings = [{"enabled": True, "event": "CA_CERTIFICATE_EXPIRY", "threshold": 60, "channel": "ALL"}]
made = anywhere.create_trust_anchor(name="tf", enabled=True, source=source(ca), notificationSettings=settings,
                                    tags=[{"key": "team", "value": "a"}])["trustAnchor"]
anchor_id = made["trustAnchorId"]
anchor = read_anchor(anchor_id)
assert anchor["source"] == source(ca) and anchor["enabled"] is True and anchor["tags_all"] == [("team", "a")], anchor
# The setting that wasn't given is there by default, so the provider sees two.
assert [s[:3] for s in anchor["notification_settings"]] == [
    ("CA_CERTIFICATE_EXPIRY", True, 60), ("END_ENTITY_CERTIFICATE_EXPIRY", True, 45)], anchor

policy = "  " + json.dumps(json.loads(allow("s3:*")), indent=4) + "\n"
made = anywhere.create_profile(name="tf", roleArns=[role["arn"]], sessionPolicy=policy,
                               tags=[{"key": "team", "value": "a"}])["profile"]
profile_id = made["profileId"]
profile = read_profile(profile_id)
# Terraform compares what it gave with what it reads, and takes a profile that was made without `enabled` as off.
assert profile["sessionPolicy"] == policy and profile["enabled"] is False and profile["durationSeconds"] == 3600, profile
bare = anywhere.create_profile(name="bare", roleArns=[])["profile"]["profileId"]
assert read_profile(bare)["roleArns"] == []

# terraform plan: nothing has changed.
assert (read_role("tf"), read_anchor(anchor_id), read_profile(profile_id)) == (role, anchor, profile)

# terraform apply with changes: only members that changed are sent, then on or off, then tags; each time it reads again.
iam.update_assume_role_policy(RoleName="tf", PolicyDocument=trust({"StringEquals": {"aws:PrincipalTag/x509Subject/CN": "a"}}))
assert read_role("tf")["assume_role_policy"] != role["assume_role_policy"]
anywhere.update_trust_anchor(trustAnchorId=anchor_id, name="tf-2", source=source(ca + "\n"))
anywhere.disable_trust_anchor(trustAnchorId=anchor_id)
tag(anchor["arn"], {"team": "a"}, {"stage": "b"})
changed = read_anchor(anchor_id)
assert changed == {**anchor, "name": "tf-2", "source": source(ca + "\n"), "enabled": False, "tags_all": [("stage", "b")]}, changed
anywhere.enable_trust_anchor(trustAnchorId=anchor_id)
assert read_anchor(anchor_id)["enabled"] is True

anywhere.update_profile(profileId=profile_id, durationSeconds=7200)
anywhere.enable_profile(profileId=profile_id)
tag(made["profileArn"], {"team": "a"}, {"team": "b", "stage": ""})
changed = read_profile(profile_id)
assert changed == {**profile, "durationSeconds": 7200, "enabled": True, "tags_all": [("stage", ""), ("team", "b")]}, changed
anywhere.update_profile(profileId=profile_id, roleArns=[])
assert read_profile(profile_id) == {**changed, "roleArns": []}

# Attribute mappings: put for each field, and for those that go a delete of the whole field.
anywhere.put_attribute_mapping(profileId=profile_id, certificateField="x509Subject",
                               mappingRules=[{"specifier": "CN"}, {"specifier": "OU"}])
anywhere.delete_attribute_mapping(profileId=profile_id, certificateField="x509SAN")
mappings = {m["certificateField"]: [r["specifier"] for r in m["mappingRules"]]
            for m in anywhere.get_profile(profileId=profile_id)["profile"]["attributeMappings"]}
assert mappings["x509Subject"] == ["CN", "OU"] and "x509SAN" not in mappings, mappings

# terraform import takes bare ids; what it reads is what is there.
assert read_anchor(anchor_id)["arn"] == anchor["arn"] and read_profile(profile_id)["profileArn"] == made["profileArn"]

# terraform destroy, and once more of what is gone already.
for gone in (profile_id, bare):
    anywhere.delete_profile(profileId=gone)
    with refused("ResourceNotFoundException", status=404):
        anywhere.delete_profile(profileId=gone)
    with refused("ResourceNotFoundException", status=404):
        anywhere.get_profile(profileId=gone)
anywhere.delete_trust_anchor(trustAnchorId=anchor_id)
with refused("ResourceNotFoundException", status=404):
    anywhere.delete_trust_anchor(trustAnchorId=anchor_id)
assert iam.list_instance_profiles_for_role(RoleName="tf")["InstanceProfiles"] == []
with refused("DeleteConflict", status=409):
    iam.delete_role(RoleName="tf")
iam.detach_role_policy(RoleName="tf", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
iam.delete_role_policy(RoleName="tf", PolicyName="inline")
iam.delete_role(RoleName="tf")
with refused("NoSuchEntity", status=404):
    iam.get_role(RoleName="tf")
with refused("NoSuchEntity", status=404):
    iam.list_instance_profiles_for_role(RoleName="tf")
