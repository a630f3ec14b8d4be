"""STS by boto3 and the AWS CLI. Arguments: access key id, secret and token of a Roles Anywhere session of the role `edge`, which
may assume roles, by a certificate of the common name `edge`; its ARN; the command that runs `sts.js`, as JSON."""

import json
import os
import subprocess
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from checks import allow, document, refused

ACCOUNT = "000000000000"
AWS = os.path.join(os.path.dirname(sys.executable), "aws")
iam = boto3.client("iam")
sts = boto3.client("sts")
edge = boto3.Session(*sys.argv[1:4])
edge_arn = sys.argv[4]
NODE = json.loads(sys.argv[5])


def role_arn(name):
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def trusting(*statements):
    return document(*[{"Effect": "Allow", **statement} for statement in statements])


def make_role(name, trust, policy=None, **more):
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **more)
    if policy:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
    return role_arn(name)


def make_user(name, policy=None):
    iam.create_user(UserName=name)
    if policy:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])


def session_of(answer):
    made = answer["Credentials"]
    return boto3.Session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


def identity(session):
    who = session.client("sts").get_caller_identity()
    return who["Arn"], who["UserId"]


TAGGED = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
ann = make_user("ann", allow("sts:*"))
bob = make_user("bob")
ann_arn = f"arn:aws:iam::{ACCOUNT}:user/ann"


def forms_of_callers():
    assert identity(boto3.Session()) == (f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
    arn, user_id = identity(ann)
    assert arn == ann_arn and user_id.startswith("AIDA"), (arn, user_id)
    assert identity(edge)[0] == edge_arn
    # An explicit deny of everything does not keep anyone from asking who they are.
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=document(
        {"Effect": "Deny", "Action": "*", "Resource": "*"}))
    assert identity(bob)[0].endswith(":user/bob")
    iam.delete_user_policy(UserName="bob", PolicyName="own")
    info = ann.client("sts").get_access_key_info
    assert info(AccessKeyId=ann.get_credentials().access_key)["Account"] == ACCOUNT
    assert info(AccessKeyId=edge.get_credentials().access_key)["Account"] == ACCOUNT
    with refused("ValidationError", "not known here", 400):
        info(AccessKeyId="AKIAAAAAAAAAAAAAAAAA")


def trust_of_users():
    by_name = make_role("by-name", trusting({"Principal": {"AWS": ann_arn}, "Action": "sts:AssumeRole"}))
    by_account = make_role("by-account", trusting({"Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}))
    made = ann.client("sts").assume_role(RoleArn=by_name, RoleSessionName="s1")
    assert made["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/by-name/s1", made
    arn, user_id = identity(session_of(made))
    assert (arn, user_id) == (made["AssumedRoleUser"]["Arn"], made["AssumedRoleUser"]["AssumedRoleId"])
    assert user_id.startswith("AROA") and user_id.endswith(":s1")
    assert 0 < made["PackedPolicySize"] < 20, made
    assert "SourceIdentity" not in made
    # Named himself, a user needs no policy; where only the account is named, he does.
    assume = bob.client("sts").assume_role
    text = f"User: arn:aws:iam::{ACCOUNT}:user/bob is not authorized to perform: sts:AssumeRole on resource: {{}}"
    with refused("AccessDenied", text.format(by_name), 403):
        assume(RoleArn=by_name, RoleSessionName="s1")
    because = " because no identity-based policy allows the sts:AssumeRole action"
    with refused("AccessDenied", text.format(by_account) + because, 403):
        assume(RoleArn=by_account, RoleSessionName="s1")
    assert ann.client("sts").assume_role(RoleArn=by_account, RoleSessionName="s1")["Credentials"]
    with refused("AccessDenied", text.format(role_arn("none")), 403):
        assume(RoleArn=role_arn("none"), RoleSessionName="s1")
    with refused("AccessDenied", "Roles may not be assumed by root accounts.", 403):
        sts.assume_role(RoleArn=by_account, RoleSessionName="s1")
    iam.update_assume_role_policy(RoleName="by-account", PolicyDocument=document(
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"},
        {"Effect": "Deny", "Principal": {"AWS": ann_arn}, "Action": "sts:AssumeRole"}))
    with refused("AccessDenied", "with an explicit deny in a resource-based policy", 403):
        ann.client("sts").assume_role(RoleArn=by_account, RoleSessionName="s1")


def conditions_of_trust():
    asked = {"StringEquals": {"sts:ExternalId": "x-1", "sts:RoleSessionName": "s1", "sts:SourceIdentity": "ann"},
             "NumericLessThanEquals": {"sts:DurationSeconds": "900"},
             "ForAllValues:StringEquals": {"sts:TransitiveTagKeys": ["team"], "aws:TagKeys": ["team", "stage"]},
             "StringEqualsIfExists": {"aws:RequestTag/team": "blue"}}
    role = make_role("asking", trusting({"Principal": {"AWS": ACCOUNT}, "Action": TAGGED, "Condition": asked}))
    good = {"RoleArn": role, "RoleSessionName": "s1", "ExternalId": "x-1", "SourceIdentity": "ann", "DurationSeconds": 900,
            "Tags": [{"Key": "team", "Value": "blue"}, {"Key": "stage", "Value": "t"}], "TransitiveTagKeys": ["team"]}
    assume = ann.client("sts").assume_role
    made = assume(**good)
    assert made["SourceIdentity"] == "ann", made
    left = made["Credentials"]["Expiration"].timestamp() - time.time()
    assert 840 < left <= 900, left
    for change in ({"ExternalId": "x-2"}, {"RoleSessionName": "s2"}, {"SourceIdentity": "bob"}, {"DurationSeconds": 901},
                   {"Tags": [{"Key": "team", "Value": "red"}]}, {"TransitiveTagKeys": ["stage"]},
                   {"Tags": [{"Key": "team", "Value": "blue"}, {"Key": "other", "Value": "t"}]}):
        with refused("AccessDenied", "is not authorized to perform: sts:AssumeRole on resource", 403):
            assume(**{**good, **change})
    # Tags and a source identity are actions of their own.
    plain = make_role("plain", trusting({"Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}))
    with refused("AccessDenied", "sts:TagSession", 403):
        assume(RoleArn=plain, RoleSessionName="s1", Tags=[{"Key": "a", "Value": "b"}])
    with refused("AccessDenied", "sts:SetSourceIdentity", 403):
        assume(RoleArn=plain, RoleSessionName="s1", SourceIdentity="ann")


def tags_and_chains():
    own = allow("sts:*")
    trust = trusting({"Principal": {"AWS": ACCOUNT}, "Action": TAGGED})
    first = make_role("first", trust, own, MaxSessionDuration=7200)
    blue = allow("iam:GetRole")
    second = make_role("second", trust, document(
        {"Effect": "Allow", "Action": "sts:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*",
         "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue", "aws:SourceIdentity": "ann"}}},
        {"Effect": "Allow", "Action": "iam:ListRoles", "Resource": "*",
         "Condition": {"StringEquals": {"aws:PrincipalTag/stage": "t"}}}))
    assume = ann.client("sts").assume_role
    made = assume(RoleArn=first, RoleSessionName="one", SourceIdentity="ann", DurationSeconds=7200,
                  Tags=[{"Key": "Team", "Value": "blue"}, {"Key": "stage", "Value": "t"}], TransitiveTagKeys=["Team"])
    chain = session_of(made).client("sts")
    next_session = session_of(chain.assume_role(RoleArn=second, RoleSessionName="two"))
    # Team went along and stage did not; the source identity stays.
    assert next_session.client("iam").get_role(RoleName="first")
    with refused("AccessDenied", "iam:ListRoles", 403):
        next_session.client("iam").list_roles()
    third = next_session.client("sts").assume_role(RoleArn=second, RoleSessionName="three")
    assert third["SourceIdentity"] == "ann"
    assert session_of(third).client("iam").get_role(RoleName="first")
    with refused("InvalidParameterValue", "conflicts with a transitive tag key from the calling session", 400):
        chain.assume_role(RoleArn=second, RoleSessionName="two", Tags=[{"Key": "team", "Value": "red"}])
    with refused("AccessDenied", "sts:SetSourceIdentity", 403):
        chain.assume_role(RoleArn=second, RoleSessionName="two", SourceIdentity="bob")
    with refused("ValidationError",
                 "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.", 400):
        chain.assume_role(RoleArn=second, RoleSessionName="two", DurationSeconds=3601)
    with refused("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", 400):
        assume(RoleArn=first, RoleSessionName="one", DurationSeconds=7201)
    with refused("InvalidParameterValue", "must be included in the requested tags", 400):
        assume(RoleArn=first, RoleSessionName="one", TransitiveTagKeys=["a"])
    with refused("InvalidParameterValue", "Duplicate tag keys found", 400):
        assume(RoleArn=first, RoleSessionName="one", Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}])
    # A role deleted and made again is another: its sessions are not known any more.
    gone = session_of(assume(RoleArn=first, RoleSessionName="one"))
    iam.delete_role_policy(RoleName="first", PolicyName="own")
    iam.delete_role(RoleName="first")
    make_role("first", trust, blue)
    with refused("InvalidClientTokenId", "security token included in the request is invalid", 403):
        gone.client("iam").get_role(RoleName="first")


def session_policies():
    role = make_role("wide", trusting({"Principal": {"AWS": ACCOUNT}, "Action": TAGGED}), allow("iam:*", "s3:*"))
    assume = ann.client("sts").assume_role
    narrow = session_of(assume(RoleArn=role, RoleSessionName="s1", Policy=allow("iam:GetRole")))
    assert narrow.client("iam").get_role(RoleName="wide")
    with refused("AccessDenied", "because no session policy allows the iam:ListRoles action", 403):
        narrow.client("iam").list_roles()
    reading = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    both = session_of(assume(RoleArn=role, RoleSessionName="s1", Policy=allow("iam:GetRole"), PolicyArns=[{"arn": reading}]))
    assert both.client("iam").get_role(RoleName="wide")
    assert both.client("s3").list_buckets()["Buckets"] == []
    with refused("AccessDenied", status=403):
        both.client("s3").create_bucket(Bucket="not-for-readers")
    with refused("MalformedPolicyDocument", status=400):
        assume(RoleArn=role, RoleSessionName="s1", Policy='{"Statement": {"Effect": "Allow"}}')
    with refused("ValidationError", "does not exist or is not attachable", 400):
        assume(RoleArn=role, RoleSessionName="s1", PolicyArns=[{"arn": "arn:aws:iam::aws:policy/None"}])
    wide = allow(*[f"iam:Get{n:04}" for n in range(124)])
    assert 1900 < len(wide) < 2048
    made = assume(RoleArn=role, RoleSessionName="s1", Policy=wide)
    assert 60 < made["PackedPolicySize"] <= 100, made["PackedPolicySize"]
    assert len(made["Credentials"]["SessionToken"]) < 4096
    tags = [{"Key": f"k{n}", "Value": "v" * 200} for n in range(10)]
    with refused("PackedPolicyTooLarge", "Packed size of session tags and policies consumes", 400):
        assume(RoleArn=role, RoleSessionName="s1", Policy=wide, Tags=tags)
    with refused("PackedPolicyTooLarge", "Packed size of session tags consumes", 400):
        assume(RoleArn=role, RoleSessionName="s1", Tags=tags * 1 + [{"Key": f"l{n}", "Value": "v" * 200} for n in range(10)])
    with refused("PackedPolicyTooLarge", "Packed size of policies consumes", 400):
        assume(RoleArn=role, RoleSessionName="s1", Policy=allow(*[f"iam:Get{n:04}" for n in range(160)]))


def constraints():
    assume = ann.client("sts").assume_role
    role = role_arn("wide")
    for members, text in (
        ({"RoleSessionName": "a b"}, "Member must satisfy regular expression pattern: [\\w+=,.@-]*"),
        ({"RoleSessionName": "a"}, "Member must have length greater than or equal to 2"),
        ({"DurationSeconds": 899}, "Member must have value greater than or equal to 900"),
        ({"DurationSeconds": 43201}, "Member must have value less than or equal to 43200"),
    ):
        client = ann.client("sts", config=Config(parameter_validation=False))
        with refused("ValidationError", text, 400):
            client.assume_role(**{"RoleArn": role, "RoleSessionName": "s1", **members})
    with refused("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code", 403):
        assume(RoleArn=role, RoleSessionName="s1", SerialNumber=f"arn:aws:iam::{ACCOUNT}:mfa/a", TokenCode="123456")
    with refused("InvalidAction", "sts:GetWebIdentityToken", 400):
        sts.get_web_identity_token(Audience=["a"], SigningAlgorithm="RS256")
    with refused("InvalidAction", "sts:AssumeRoot", 400):
        sts.assume_root(TargetPrincipal=ACCOUNT, TaskPolicyArn={"arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"})


def last_uses_of_roles():
    role = make_role("used", trusting({"Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}), allow("iam:*"))
    session = session_of(ann.client("sts").assume_role(RoleArn=role, RoleSessionName="s1"))
    # To be assumed is no use yet.
    last = lambda name: iam.get_role(RoleName=name)["Role"]["RoleLastUsed"]
    assert last("used") == {}
    session.client("sts").get_caller_identity()
    used = last("used")
    assert abs(used["LastUsedDate"].timestamp() - time.time()) < 60 and used["Region"] == "us-east-1", used
    assert last("edge")["Region"] == "us-east-1"
    # A refused call is one, too.
    with refused("AccessDenied", "sts:DecodeAuthorizationMessage", 403):
        session.client("sts").decode_authorization_message(EncodedMessage="x")
    pages = iam.get_paginator("get_account_authorization_details").paginate(Filter=["Role"], PaginationConfig={"PageSize": 2})
    details = {role["RoleName"]: role["RoleLastUsed"] for page in pages for role in page["RoleDetailList"]}
    assert details["used"]["LastUsedDate"] >= used["LastUsedDate"] and details["plain"] == {}, details
    # Lists leave it out; one that is made again was never used.
    assert all("RoleLastUsed" not in role for role in iam.list_roles()["Roles"])
    iam.delete_role_policy(RoleName="used", PolicyName="own")
    iam.delete_role(RoleName="used")
    make_role("used", trusting({"Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}))
    assert last("used") == {}


def by_the_cli():
    """Each operation that signs, by the AWS CLI."""
    keys = ann.get_credentials()
    env = {**os.environ, "AWS_ACCESS_KEY_ID": keys.access_key, "AWS_SECRET_ACCESS_KEY": keys.secret_key}

    def run(*words):
        output = subprocess.run([AWS, "sts", *words, "--output", "json"], capture_output=True, text=True, env=env)
        assert output.returncode == 0, output
        return json.loads(output.stdout)

    assert run("get-caller-identity")["Arn"] == ann_arn
    assert run("get-access-key-info", "--access-key-id", keys.access_key) == {"Account": ACCOUNT}
    assert run("get-session-token", "--duration-seconds", "900")["Credentials"]["AccessKeyId"].startswith("ASIA")
    made = run("get-federation-token", "--name", "carl", "--policy", allow("s3:List*"))
    assert made["FederatedUser"]["FederatedUserId"] == f"{ACCOUNT}:carl", made
    made = run("assume-role", "--role-arn", role_arn("wide"), "--role-session-name", "cli", "--tags", "Key=team,Value=blue",
               "--transitive-tag-keys", "team", "--source-identity", "ann", "--duration-seconds", "900")
    assert made["AssumedRoleUser"]["Arn"].endswith(":assumed-role/wide/cli") and made["SourceIdentity"] == "ann", made


def tokens_of_users():
    made = ann.client("sts").get_session_token(DurationSeconds=900)
    temporary = session_of(made)
    assert identity(temporary) == identity(ann)
    assert temporary.client("sts").assume_role(RoleArn=role_arn("by-name"), RoleSessionName="s1")["Credentials"]
    text = "Cannot call {} with session credentials"
    with refused("AccessDenied", text.format("GetSessionToken"), 403):
        temporary.client("sts").get_session_token()
    with refused("AccessDenied", text.format("GetFederationToken"), 403):
        temporary.client("sts").get_federation_token(Name="carl")
    with refused("AccessDenied", text.format("GetSessionToken"), 403):
        edge.client("sts").get_session_token()
    with refused("InvalidClientTokenId", status=403):
        temporary.client("iam").list_roles()
    # Without any policy a user may; the root's is cut to an hour.
    assert bob.client("sts").get_session_token()["Credentials"]
    of_root = sts.get_session_token(DurationSeconds=7200)["Credentials"]
    assert of_root["Expiration"].timestamp() - time.time() <= 3600
    root_session = session_of({"Credentials": of_root})
    assert identity(root_session) == (f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
    assert root_session.client("s3").list_buckets()["Buckets"] == []


def federated_users():
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=allow("sts:*", "s3:*"))
    federate = ann.client("sts").get_federation_token
    made = federate(Name="carl", Policy=allow("s3:List*"), Tags=[{"Key": "team", "Value": "blue"}])
    arn = f"arn:aws:sts::{ACCOUNT}:federated-user/carl"
    assert made["FederatedUser"] == {"FederatedUserId": f"{ACCOUNT}:carl", "Arn": arn}, made
    carl = session_of(made)
    assert identity(carl) == (arn, f"{ACCOUNT}:carl")
    assert carl.client("s3").list_buckets()["Buckets"] == []
    with refused("AccessDenied", status=403):
        carl.client("s3").create_bucket(Bucket="not-for-carl")
    # Without session policies it may do nothing, whatever its user may.
    nobody = session_of(federate(Name="dora"))
    with refused("AccessDenied", status=403):
        nobody.client("s3").list_buckets()
    with refused("InvalidClientTokenId", status=403):
        carl.client("iam").list_roles()
    with refused("AccessDenied", "sts:AssumeRole", 403):
        carl.client("sts").assume_role(RoleArn=role_arn("wide"), RoleSessionName="s1")
    with refused("AccessDenied", "sts:GetFederationToken on resource: " + arn, 403):
        bob.client("sts").get_federation_token(Name="carl")
    with refused("PackedPolicyTooLarge", status=400):
        federate(Name="carl", Policy=allow("s3:*"), Tags=[{"Key": f"k{n}", "Value": "v" * 250} for n in range(20)])


def encoded_messages():
    try:
        bob.client("iam").get_role(RoleName="wide")
        raise AssertionError("bob may do nothing")
    except ClientError as error:
        text = error.response["Error"]["Message"]
    marker = ". Encoded authorization failure message: "
    assert marker in text, text
    encoded = text.split(marker)[1]
    assert len(encoded) <= 10240
    with refused("AccessDenied", "sts:DecodeAuthorizationMessage", 403):
        bob.client("sts").decode_authorization_message(EncodedMessage=encoded)
    decoded = json.loads(ann.client("sts").decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
    assert (decoded["allowed"], decoded["explicitDeny"]) == (False, False), decoded
    context = decoded["context"]
    assert context["principal"]["arn"].endswith(":user/bob") and context["principal"]["id"].startswith("AIDA"), context
    assert (context["action"], context["resource"]) == ("iam:GetRole", role_arn("wide"))
    keys = {item["key"]: [value["value"] for value in item["values"]["items"]] for item in context["conditions"]["items"]}
    assert keys["aws:PrincipalType"] == ["User"] and keys["aws:username"] == ["bob"], keys
    # An explicit deny names its statement.
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=document(
        {"Sid": "NoRoles", "Effect": "Deny", "Action": "iam:*", "Resource": "*"}))
    output = subprocess.run(
        [AWS, "iam", "get-role", "--role-name", "wide"], capture_output=True, text=True,
        env={**os.environ, "AWS_ACCESS_KEY_ID": bob.get_credentials().access_key,
             "AWS_SECRET_ACCESS_KEY": bob.get_credentials().secret_key})
    assert "(AccessDenied)" in output.stderr and "with an explicit deny in an identity-based policy" in output.stderr, output
    encoded = output.stderr.split(marker)[1].strip()
    output = subprocess.run([AWS, "sts", "decode-authorization-message", "--encoded-message", encoded],
                            capture_output=True, text=True, check=True)
    decoded = json.loads(json.loads(output.stdout)["DecodedMessage"])
    assert decoded["explicitDeny"], decoded
    assert [item["statementId"] for item in decoded["matchedStatements"]["items"]] == ["NoRoles"], decoded
    for wrong in (encoded[:-2] + ("AA" if not encoded.endswith("AA") else "BB"), "x", "not base64!"):
        with refused("InvalidAuthorizationMessageException", status=400):
            sts.decode_authorization_message(EncodedMessage=wrong)


def by_javascript():
    role = make_role("js", trusting({"Principal": {"AWS": ann_arn}, "Action": TAGGED}))
    keys = ann.get_credentials()
    output = subprocess.run([*NODE, keys.access_key, keys.secret_key, role], capture_output=True, text=True)
    assert output.returncode == 0, output


def from_a_certificate_to_an_object():
    """A Roles Anywhere session assumes a role, by the CLI's own chain, and that role opens S3."""
    store = make_role("store", trusting({"Principal": {"AWS": role_arn("edge")}, "Action": TAGGED, "Condition": {
        "StringEquals": {"aws:PrincipalTag/x509Subject/CN": "edge"}}}),
        allow("s3:*"))
    source = edge.get_credentials()
    config = os.path.join(os.environ.get("HOME", "."), "chain-config")
    with open(config, "w") as file:
        file.write(f"[profile edge]\naws_access_key_id = {source.access_key}\n"
                   f"aws_secret_access_key = {source.secret_key}\naws_session_token = {source.token}\n"
                   f"[profile store]\nrole_arn = {store}\nsource_profile = edge\nrole_session_name = chained\n")
    env = {**os.environ, "AWS_CONFIG_FILE": config, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_PROFILE": "store"}
    run = lambda *words: subprocess.run([AWS, *words], capture_output=True, text=True, env=env)
    made = run("s3", "mb", "s3://chained")
    assert made.returncode == 0, made
    who = json.loads(run("sts", "get-caller-identity").stdout)
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/store/chained", who
    assert [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]] == ["chained"]
    # The certificate's source identity goes along.
    made = edge.client("sts").assume_role(RoleArn=store, RoleSessionName="again")
    assert made["SourceIdentity"].startswith("CN="), made
    with refused("AccessDenied", status=403):
        edge.client("s3").list_buckets()


forms_of_callers()
trust_of_users()
conditions_of_trust()
tags_and_chains()
session_policies()
constraints()
tokens_of_users()
federated_users()
by_the_cli()
last_uses_of_roles()
encoded_messages()
by_javascript()
from_a_certificate_to_an_object()
