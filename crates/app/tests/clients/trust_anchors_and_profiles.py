"""Roles Anywhere's control plane through botocore. Arguments: a CA certificate, another, one that is no CA (PEM files)."""

import sys

import boto3
from botocore.config import Config

from checks import allow, refused

ca, other_ca, leaf = (open(path).read() for path in sys.argv[1:4])
client = boto3.client("rolesanywhere")
# botocore checks some limits itself; this one leaves them to the server.
careless = boto3.client("rolesanywhere", config=Config(parameter_validation=False))
AGO = "arn:aws:rolesanywhere:us-east-1:000000000000:%s/00000000-0000-4000-8000-000000000000"


def bundle(pem):
    return {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": pem}}


def pages(call, key, size):
    sizes, items, more = [], [], {}
    while True:
        answer = call(pageSize=size, **more)
        sizes.append(len(answer[key]))
        items += answer[key]
        if "nextToken" not in answer:
            return sizes, items
        more = {"nextToken": answer["nextToken"]}


def trust_anchors():
    # What is around the certificates comes back, too: byte for byte.
    pem = "Our root\n" + ca.replace("\n", "\r\n") + "\n# end\n"
    created = client.create_trust_anchor(
        name="first anchor_1-a", enabled=True, source=bundle(pem), tags=[{"key": "team", "value": "a b"}]
    )
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    first = created["trustAnchor"]
    assert first["source"] == bundle(pem), first["source"]
    assert first["trustAnchorArn"] == (
        "arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/" + first["trustAnchorId"]
    )
    assert first["name"] == "first anchor_1-a" and first["enabled"] is True
    assert first["createdAt"] == first["updatedAt"] and first["createdAt"].tzinfo is not None
    assert {s["event"]: (s["enabled"], s["threshold"], s["channel"], s["configuredBy"])
            for s in first["notificationSettings"]} == {
        event: (True, 45, "ALL", "rolesanywhere.amazonaws.com")
        for event in ("CA_CERTIFICATE_EXPIRY", "END_ENTITY_CERTIFICATE_EXPIRY")
    }

    # The model says "UUID or ARN" of identifiers; both name the same.
    for name in (first["trustAnchorId"], first["trustAnchorArn"]):
        assert client.get_trust_anchor(trustAnchorId=name)["trustAnchor"] == first
    arn = first["trustAnchorArn"]
    changed = client.update_trust_anchor(trustAnchorId=arn, name="renamed", source=bundle(other_ca))["trustAnchor"]
    assert (changed["name"], changed["source"]) == ("renamed", bundle(other_ca))
    assert changed["updatedAt"] > changed["createdAt"] == first["createdAt"]
    only_name = client.update_trust_anchor(trustAnchorId=arn, name="again")["trustAnchor"]
    assert (only_name["name"], only_name["source"]) == ("again", bundle(other_ca))
    assert client.disable_trust_anchor(trustAnchorId=arn)["trustAnchor"]["enabled"] is False
    assert client.get_trust_anchor(trustAnchorId=arn)["trustAnchor"]["enabled"] is False
    assert client.enable_trust_anchor(trustAnchorId=first["trustAnchorId"])["trustAnchor"]["enabled"] is True

    # Without `enabled` it is off; both CA certificates may stand in one bundle.
    both = client.create_trust_anchor(name="both", source=bundle(ca + other_ca))["trustAnchor"]
    assert both["enabled"] is False and both["source"] == bundle(ca + other_ca)
    made = {first["trustAnchorId"], both["trustAnchorId"]}
    for number in range(3):
        anchor = client.create_trust_anchor(name="page", source=bundle(ca), enabled=bool(number))["trustAnchor"]
        made.add(anchor["trustAnchorId"])
    sizes, listed = pages(client.list_trust_anchors, "trustAnchors", 2)
    assert sizes == [2, 2, 1], sizes
    assert {anchor["trustAnchorId"] for anchor in listed} == made
    paginator = client.get_paginator("list_trust_anchors")
    everything = [a for page in paginator.paginate(pageSize=4) for a in page["trustAnchors"]]
    assert everything == listed

    gone = client.delete_trust_anchor(trustAnchorId=both["trustAnchorArn"])["trustAnchor"]
    assert gone == both
    with refused("ResourceNotFoundException", status=404):
        client.get_trust_anchor(trustAnchorId=both["trustAnchorId"])
    for call in (client.get_trust_anchor, client.delete_trust_anchor, client.enable_trust_anchor,
                 client.disable_trust_anchor, client.update_trust_anchor):
        with refused("ResourceNotFoundException", status=404):
            call(trustAnchorId=AGO % "trust-anchor")
    # An ARN of another kind breaks the model's pattern; another account's or region's is no trust anchor of ours.
    with refused("ValidationException", "'trustAnchorId'", 400):
        client.get_trust_anchor(trustAnchorId=AGO % "profile")
    for name in (arn.replace("000000000000", "111111111111"), arn.replace("us-east-1", "eu-west-1")):
        with refused("ResourceNotFoundException", status=404):
            client.get_trust_anchor(trustAnchorId=name)


def refused_trust_anchors():
    with refused("ValidationException", "Incorrect basic constraints for CA certificate", 400):
        client.create_trust_anchor(name="leaf", source=bundle(leaf))
    with refused("ValidationException", status=400):
        client.create_trust_anchor(name="junk", source=bundle("junk"))
    with refused("ValidationException", status=400):
        client.create_trust_anchor(name="dots.are.not.allowed", source=bundle(ca))
    with refused("ValidationException", status=400):
        client.create_trust_anchor(name="tags", source=bundle(ca), tags=[{"key": "a", "value": "<>"}])
    with refused("ValidationException", status=400):
        client.create_trust_anchor(
            name="pca", source={"sourceType": "AWS_ACM_PCA", "sourceData": {"acmPcaArn": "arn:aws:acm-pca:x"}}
        )
    with refused("ValidationException", status=400):
        client.list_trust_anchors(nextToken="no token of ours!")


def tokens():
    """A token is of one call, and no byte of it can be changed."""
    token = client.list_trust_anchors(pageSize=1)["nextToken"]
    assert client.list_trust_anchors(nextToken=token)["trustAnchors"]
    assert "trust-anchor" not in token and "arn" not in token
    changed = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    for call, wrong in (
        (client.list_trust_anchors, changed), (client.list_trust_anchors, token[:-4]), (client.list_profiles, token),
    ):
        with refused("ValidationException", "nextToken", 400):
            call(nextToken=wrong)


def distribution_points():
    new = client.create_trust_anchor(name="new", source=bundle(ca), crlDpRevocationEnabled=True)["trustAnchor"]
    assert new["crlDpRevocationEnabled"] is True
    key = dict(trustAnchorId=new["trustAnchorId"])
    # What is left out stays.
    assert client.update_trust_anchor(name="other", **key)["trustAnchor"]["crlDpRevocationEnabled"] is True
    assert client.update_trust_anchor(crlDpRevocationEnabled=False, **key)["trustAnchor"]["crlDpRevocationEnabled"] is False
    assert client.get_trust_anchor(**key)["trustAnchor"]["crlDpRevocationEnabled"] is False
    # The default, and an alias that is empty.
    new = client.create_trust_anchor(name="new", source=bundle(ca), aliasName="")["trustAnchor"]
    assert new["crlDpRevocationEnabled"] is False and "aliasName" not in new


def profiles():
    role = "arn:aws:iam::000000000000:role/app"
    # White space and the order of keys come back byte for byte.
    policy = '{ "Version" : "2012-10-17",\n\t"Statement":[{"Resource":"*","Action":"s3:*","Effect":"Allow"}] }\n'
    made = client.create_profile(
        name="full", roleArns=[role], sessionPolicy=policy, enabled=True, durationSeconds=7200,
        managedPolicyArns=["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"], acceptRoleSessionName=True,
        requireInstanceProperties=True, tags=[{"key": "team", "value": "x"}],
    )
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    full = made["profile"]
    assert full["sessionPolicy"] == policy
    assert full["roleArns"] == [role] and full["durationSeconds"] == 7200 and full["enabled"] is True
    assert full["managedPolicyArns"] == ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]
    assert full["acceptRoleSessionName"] is True and full["requireInstanceProperties"] is True
    assert full["createdBy"] == "arn:aws:iam::000000000000:root"
    assert [(m["certificateField"], [r["specifier"] for r in m["mappingRules"]])
            for m in full["attributeMappings"]] == [
        ("x509Issuer", ["*"]), ("x509SAN", ["DNS", "URI", "Name/*"]), ("x509Subject", ["*"]),
    ]
    arn = full["profileArn"]
    for name in (full["profileId"], arn):
        assert client.get_profile(profileId=name)["profile"] == full

    bare = client.create_profile(name="bare", roleArns=[])["profile"]
    assert (bare["enabled"], bare["durationSeconds"], bare["acceptRoleSessionName"]) == (False, 3600, False)
    assert bare["roleArns"] == [] and "sessionPolicy" not in bare

    changed = client.update_profile(
        profileId=arn, name="less", roleArns=[role + "2", role], sessionPolicy=allow("s3:GetObject"),
        managedPolicyArns=[], durationSeconds=900, acceptRoleSessionName=False,
    )["profile"]
    assert changed["name"] == "less" and changed["roleArns"] == [role + "2", role]
    assert changed["sessionPolicy"] == allow("s3:GetObject") and changed["managedPolicyArns"] == []
    assert changed["durationSeconds"] == 900 and changed["acceptRoleSessionName"] is False
    assert changed["enabled"] is True and changed["updatedAt"] > full["updatedAt"]
    kept = client.update_profile(profileId=full["profileId"], name="kept")["profile"]
    for member in ("roleArns", "sessionPolicy", "managedPolicyArns", "durationSeconds", "createdAt", "createdBy"):
        assert kept[member] == changed[member], member
    assert client.disable_profile(profileId=arn)["profile"]["enabled"] is False
    assert client.enable_profile(profileId=full["profileId"])["profile"]["enabled"] is True

    for number in range(3):
        client.create_profile(name=f"page {number}", roleArns=[])
    sizes, listed = pages(client.list_profiles, "profiles", 3)
    assert sizes == [3, 2], sizes
    assert len({profile["profileArn"] for profile in listed}) == 5
    assert client.delete_profile(profileId=arn)["profile"]["name"] == "kept"
    for call in (client.get_profile, client.delete_profile, client.enable_profile, client.disable_profile,
                 client.update_profile):
        with refused("ResourceNotFoundException", status=404):
            call(profileId=arn)


def refused_profiles():
    role = "arn:aws:iam::000000000000:role/r"
    table = [
        ("'durationSeconds'", dict(durationSeconds=43201)),
        ("'durationSeconds'", dict(durationSeconds=899)),
        ("'roleArns'", dict(roleArns=["arn:aws:iam::000000000000:user/x"])),
        ("'roleArns'", dict(roleArns=[role] * 251)),
        ("'name'", dict(name="n" * 256)),
        ("'name'", dict(name="")),
        ("policy", dict(sessionPolicy="{}")),
        ("policy", dict(sessionPolicy=allow("s3:*").replace("Allow", "Perhaps"))),
        ("'sessionPolicy'", dict(sessionPolicy=" " * 100_001)),
        ("policy", dict(managedPolicyArns=["arn:aws:iam::aws:policy/None"])),
    ]
    before = len(client.list_profiles()["profiles"])
    for text, members in table:
        with refused("ValidationException", text, 400):
            careless.create_profile(**{"name": "bad", "roleArns": [], **members})
            raise AssertionError(members)
    with refused("ValidationException", status=400):
        careless.create_profile(roleArns=[])
    with refused("ValidationException", "'profileId'", 400):
        careless.get_profile(profileId="neither-a-uuid-nor-an-arn")
    assert len(client.list_profiles()["profiles"]) == before


trust_anchors()
refused_trust_anchors()
tokens()
distribution_points()
profiles()
refused_profiles()
