"""TagResource, UntagResource, ListTagsForResource. Arguments: a CA certificate (PEM file), access key id, secret and token of
a session whose role may tag and untag what has the tag team=a, with the keys team and stage only, read tags, and read subjects that have that tag."""

import sys

import boto3
from botocore.config import Config

from checks import refused

ca, key, secret, token = sys.argv[1:5]
root = boto3.client("rolesanywhere")
careless = boto3.client("rolesanywhere", config=Config(parameter_validation=False))
own = boto3.Session(key, secret, token).client("rolesanywhere")


def tags(pairs):
    return [{"key": key, "value": value} for key, value in pairs.items()]


def of(arn, client=root):
    return {tag["key"]: tag["value"] for tag in client.list_tags_for_resource(resourceArn=arn)["tags"]}


source = {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": open(ca).read()}}
anchor = root.create_trust_anchor(name="a", source=source, tags=tags({"team": "a"}))["trustAnchor"]
profile = root.create_profile(name="p", roleArns=[])["profile"]
for arn, read in (
    (anchor["trustAnchorArn"], lambda: root.get_trust_anchor(trustAnchorId=anchor["trustAnchorId"])["trustAnchor"]),
    (profile["profileArn"], lambda: root.get_profile(profileId=profile["profileId"])["profile"]),
):
    before = read()
    answer = root.tag_resource(resourceArn=arn, tags=tags({"team": "a", "stage": "", "c:/=+-@._ d": "x y"}))
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert of(arn) == {"team": "a", "stage": "", "c:/=+-@._ d": "x y"}
    # A key ignores case, as conditions on it do.
    root.tag_resource(resourceArn=arn, tags=tags({"Stage": "two"}))
    assert of(arn) == {"team": "a", "Stage": "two", "c:/=+-@._ d": "x y"}
    answer = root.untag_resource(resourceArn=arn, tagKeys=["Stage", "not there", "c:/=+-@._ d"])
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert of(arn) == {"team": "a"}
    # A tag is not a change of the resource.
    assert read() == before

    # 50 in all, those that are there counted.
    root.tag_resource(resourceArn=arn, tags=tags({f"k{n}": "" for n in range(49)}))
    assert len(of(arn)) == 50
    with refused("TooManyTagsException", status=400):
        root.tag_resource(resourceArn=arn, tags=tags({"one more": ""}))
    root.tag_resource(resourceArn=arn, tags=tags({"k0": "changed"}))
    root.untag_resource(resourceArn=arn, tagKeys=[f"k{n}" for n in range(49)])
    with refused("TooManyTagsException", status=400):
        root.tag_resource(resourceArn=arn, tags=tags({f"k{n}": "" for n in range(200)}))
    for wrong, text in (
        (tags({f"k{n}": "" for n in range(201)}), "'tags'"), (tags({"a<": ""}), "'tags.1.member.key'"),
        (tags({"a": "v" * 257}), "'tags.1.member.value'"), (tags({"": ""}), "'tags.1.member.key'"),
        (tags({"aws:x": ""}), "reserved"), (tags({"a": "1", "A": "2"}), "Duplicate"), ([{"key": "a"}], "must not be null"),
    ):
        with refused("ValidationException", text, 400):
            careless.tag_resource(resourceArn=arn, tags=wrong)
    assert of(arn) == {"team": "a"}

# The session's own certificate is a subject.
subject = root.list_subjects()["subjects"][0]["subjectArn"]
assert of(subject) == {}
root.tag_resource(resourceArn=subject, tags=tags({"team": "b", "other": ""}))
root.tag_resource(resourceArn=subject, tags=tags({"Team": "a"}))
assert of(subject) == {"Team": "a", "other": ""}
with refused("TooManyTagsException", status=400):
    root.tag_resource(resourceArn=subject, tags=tags({f"k{n}": "" for n in range(49)}))
own.get_subject(subjectId=subject.rpartition("/")[2])
root.untag_resource(resourceArn=subject, tagKeys=["TEAM", "other"])
assert of(subject) == {}
with refused("AccessDeniedException", "rolesanywhere:GetSubject", 403):
    own.get_subject(subjectId=subject.rpartition("/")[2])
with refused("AccessDeniedException", "rolesanywhere:TagResource", 403):
    own.tag_resource(resourceArn=subject, tags=tags({"team": "a"}))

gone = profile["profileArn"][:-12] + "000000000000"
for arn in (gone, subject[:-12] + "000000000000", gone.replace("profile", "nothing"), "no arn", gone.replace("us-east-1", "eu-west-1")):
    with refused("ResourceNotFoundException", status=404):
        root.tag_resource(resourceArn=arn, tags=tags({"a": "b"}))
    with refused("ResourceNotFoundException", status=404):
        root.untag_resource(resourceArn=arn, tagKeys=["a"])
    with refused("ResourceNotFoundException", status=404):
        root.list_tags_for_resource(resourceArn=arn)

# What conditions say: aws:ResourceTag, aws:RequestTag, aws:TagKeys.
arn, other = profile["profileArn"], root.create_profile(name="o", roleArns=[])["profile"]["profileArn"]
assert of(arn, own) == {"team": "a"}
own.tag_resource(resourceArn=arn, tags=tags({"stage": "test"}))
own.untag_resource(resourceArn=arn, tagKeys=["stage"])
with refused("AccessDeniedException", "rolesanywhere:TagResource", 403):
    own.tag_resource(resourceArn=other, tags=tags({"stage": "test"}))
with refused("AccessDeniedException", "rolesanywhere:TagResource", 403):
    own.tag_resource(resourceArn=arn, tags=tags({"stage": "prod"}))
with refused("AccessDeniedException", "rolesanywhere:TagResource", 403):
    own.tag_resource(resourceArn=arn, tags=tags({"stage": "test", "more": "x"}))
with refused("AccessDeniedException", "rolesanywhere:UntagResource", 403):
    own.untag_resource(resourceArn=arn, tagKeys=["stage", "more"])
with refused("AccessDeniedException", "rolesanywhere:UntagResource", 403):
    own.untag_resource(resourceArn=other, tagKeys=["stage"])
assert of(arn) == {"team": "a"}
