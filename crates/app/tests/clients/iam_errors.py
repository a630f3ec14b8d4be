"""Each error that all of IAM's operations have in common, and those that take some doing, by boto3 and by the AWS CLI. Those of
one operation are in `iam_life.json`. Argument: a file with what is asked where and by whom."""

import json
import sys
from pathlib import Path

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from checks import document, refused, trust
from cli_client import KEYS, CliClient

CONTEXT = json.loads(Path(sys.argv[1]).read_text())
ROOT = CONTEXT["root"]


def by_boto3(who, unsigned=False, change=None):
    client = boto3.client(
        "iam", endpoint_url=who["AWS_ENDPOINT_URL"], aws_access_key_id=who[KEYS[0]], aws_secret_access_key=who[KEYS[1]],
        aws_session_token=who.get(KEYS[2]), config=Config(signature_version=UNSIGNED) if unsigned else None)
    if change:
        client.meta.events.register("before-send.iam", change)
    return client


def by_the_cli(who, unsigned=False, change=None):
    client = CliClient("iam", who, ["--no-sign-request"] if unsigned else [])
    if change:
        client.driver.session.register("before-send.iam", change)
    return client


def cut_signature(request, **_):
    """Leaves out the last part of the header."""
    whole = request.headers["Authorization"]
    whole = whole.decode() if isinstance(whole, bytes) else whole
    del request.headers["Authorization"]
    request.headers["Authorization"] = whole.split(", Signature=")[0]


def meet(client):
    root = client(ROOT)
    with refused("ValidationError", "at 'roleName'", 400):
        root.get_role(RoleName="a b")
    with refused("InvalidAction", "iam:CreateLoginProfile", 400):
        root.create_login_profile(UserName="a", Password="secret")
    with refused("InvalidClientTokenId", "security token included in the request is invalid", 403):
        client({**ROOT, KEYS[0]: "AKIA" + "A" * 16}).list_roles()
    with refused("SignatureDoesNotMatch", status=403):
        client({**ROOT, KEYS[1]: "another"}).list_roles()
    with refused("ExpiredToken", "security token included in the request is expired", 403):
        client({**ROOT, **CONTEXT["expired"]}).list_roles()
    with refused("AccessDenied", "is not authorized to perform: iam:ListRoles", 403):
        client({**ROOT, **CONTEXT["nobody"]}).list_roles()
    with refused("MissingAuthenticationToken", status=403):
        client(ROOT, unsigned=True).list_roles()
    with refused("IncompleteSignature", status=400):
        client(ROOT, change=cut_signature).list_roles()
    with refused("ServiceFailure", "An internal error occurred.", 500):
        client({**ROOT, **CONTEXT["unopened"]}).list_roles()
    number = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*",
              "Condition": {"NumericLessThan": {"s3:max-keys": "10"}}}
    with refused("PolicyEvaluation", "NumericLessThan can't compare `many`, which is given for s3:max-keys", 500):
        root.simulate_custom_policy(
            PolicyInputList=[document(number)], ActionNames=["s3:ListBucket"],
            ContextEntries=[{"ContextKeyName": "s3:max-keys", "ContextKeyValues": ["many"], "ContextKeyType": "string"}])
    slow = client(CONTEXT["slow"])
    with refused("Throttling", "Rate exceeded", 400):
        for _ in range(100):
            slow.list_roles()
    with refused("ConcurrentModification", "at the same time", 409):
        client(CONTEXT["contended"]).create_role(RoleName="late", AssumeRolePolicyDocument=trust())


meet(by_boto3)
meet(by_the_cli)
