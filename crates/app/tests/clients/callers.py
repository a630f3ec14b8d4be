"""Who calls, and what is not served. Arguments: access key id, secret and token of a role session, its ARN."""

import os
import sys
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree

import boto3
from botocore.config import Config

from checks import refused

key, secret, token, arn = sys.argv[1:5]
session = boto3.Session(key, secret, token)


def caller_identity():
    root = boto3.client("sts").get_caller_identity()
    assert (root["Account"], root["UserId"]) == ("000000000000", "000000000000"), root
    assert root["Arn"] == "arn:aws:iam::000000000000:root"
    client = session.client("sts")
    own = client.get_caller_identity()
    assert own["Arn"] == arn, own
    role_id, name = own["UserId"].split(":")
    assert role_id.startswith("AROA") and arn.endswith("/" + name)

    # A presigned GET is what tools hand to others as a proof of who they are.
    url = client.generate_presigned_url("get_caller_identity", HttpMethod="GET")
    answer = ElementTree.fromstring(urllib.request.urlopen(url).read())
    namespace = "{https://sts.amazonaws.com/doc/2011-06-15/}"
    assert answer.findtext(f".//{namespace}Arn") == arn
    try:
        urllib.request.urlopen(url.replace("GetCallerIdentity", "GetCallerIdentitx"))
        raise AssertionError("a changed URL was taken")
    except urllib.error.HTTPError as error:
        assert error.code == 403 and b"SignatureDoesNotMatch" in error.read()


def wrong(text):
    """Another text of the same length, whatever the text ends with."""
    return text[:-1] + ("y" if text.endswith("x") else "x")


def strangers():
    with refused("InvalidClientTokenId", status=403):
        boto3.client("sts", aws_access_key_id="AKIAAAAAAAAAAAAAAAAA", aws_secret_access_key="x").get_caller_identity()
    with refused("InvalidClientTokenId", status=403):
        boto3.Session(key, secret, token[:-4] + "AAAA").client("sts").get_caller_identity()
    with refused("SignatureDoesNotMatch", status=403):
        boto3.Session(key, wrong(secret), token).client("sts").get_caller_identity()
    with refused("UnrecognizedClientException", status=403):
        boto3.Session("AKIAAAAAAAAAAAAAAAAA", "x").client("rolesanywhere").list_profiles()
    with refused("InvalidSignatureException", status=403):
        boto3.Session(key, wrong(secret), token).client("rolesanywhere").list_profiles()


def denied():
    with refused("AccessDenied", f"User: {arn} is not authorized to perform: iam:ListRoles", 403):
        session.client("iam").list_roles()
    with refused("AccessDeniedException", "rolesanywhere:ListTrustAnchors", 403):
        session.client("rolesanywhere").list_trust_anchors()


def not_served():
    with refused("UnknownOperationException", status=404):
        # A path of no operation.
        boto3.client("rolesanywhere", endpoint_url=os.environ["AWS_ENDPOINT_URL"] + "/none").list_crls()
    with refused("InvalidAction", status=400):
        boto3.client("iam").list_virtual_mfa_devices()
    with refused("InvalidAction", status=400):
        boto3.client("sts").get_web_identity_token(Audience=["a"], SigningAlgorithm="RS256")
    # A service that isn't there is refused in the form that its clients read.
    for service, call, code in (
        ("ec2", "describe_instances", "InvalidAction"),
        ("cloudformation", "list_stacks", "InvalidAction"),
        ("dynamodb", "list_tables", "404"),  # it looks for a code in the body only
        ("lambda", "list_functions", "UnknownOperationException"),
    ):
        client = boto3.client(service, config=Config(retries={"max_attempts": 0}))
        with refused(code, "Anyrole does not serve"):
            getattr(client, call)()



caller_identity()
strangers()
denied()
not_served()
