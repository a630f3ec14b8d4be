"""AssumeRoleWithWebIdentity against a small OpenID Connect provider on loopback, by boto3, the AWS CLI and the SDK for JavaScript.
Arguments: the port that the server may ask, the command that runs `web_identity.js` as JSON."""

import base64
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from checks import allow, document, refused

ACCOUNT = "000000000000"
AWS = os.path.join(os.path.dirname(sys.executable), "aws")
PORT = int(sys.argv[1])
NODE = json.loads(sys.argv[2])
NAME = f"127.0.0.1:{PORT}"
ISSUER = f"http://{NAME}"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{NAME}"
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
CURVES = {"256": ("P-256", ec.SECP256R1(), 32), "384": ("P-384", ec.SECP384R1(), 48), "512": ("P-521", ec.SECP521R1(), 66)}

iam = boto3.client("iam")
web = boto3.client("sts", config=Config(signature_version=UNSIGNED, retries={"max_attempts": 0}))


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """A key of the provider."""

    def __init__(self, kid, algorithm):
        self.kid, self.algorithm, self.size = kid, algorithm, algorithm[2:]
        if algorithm.startswith("RS"):
            self.key = rsa.generate_private_key(65537, 2048)
        else:
            self.key = ec.generate_private_key(CURVES[self.size][1])

    def public(self):
        shown = {"kid": self.kid, "alg": self.algorithm, "use": "sig"}
        numbers = self.key.public_key().public_numbers()
        if self.algorithm.startswith("RS"):
            return {**shown, "kty": "RSA", "n": b64(numbers.n.to_bytes(256, "big")), "e": b64(numbers.e.to_bytes(3, "big"))}
        name, _, length = CURVES[self.size]
        return {**shown, "kty": "EC", "crv": name, "x": b64(numbers.x.to_bytes(length, "big")),
                "y": b64(numbers.y.to_bytes(length, "big"))}

    def sign(self, message):
        digest = HASHES[self.size]
        if self.algorithm.startswith("RS"):
            return self.key.sign(message, padding.PKCS1v15(), digest)
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(digest)))
        length = CURVES[self.size][2]
        return r.to_bytes(length, "big") + s.to_bytes(length, "big")

    def token(self, header=None, **claims):
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": "sts.amazonaws.com", "sub": "repo:one/two:ref:main", "iat": now, "exp": now + 600, **claims}
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT", **(header or {})}
        header = {name: value for name, value in header.items() if value is not None}
        signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
        return f"{signed}.{b64(self.sign(signed.encode()))}"


class Provider(http.server.BaseHTTPRequestHandler):
    keys = []
    asked = []
    broken = False

    def do_GET(self):
        Provider.asked.append(self.path)
        answers = {
            "/.well-known/openid-configuration": {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"},
            "/keys": {"keys": [key.public() for key in Provider.keys] + [{"kty": "OKP", "crv": "X"}]},
        }
        answer = None if Provider.broken else answers.get(self.path)
        self.send_response(200 if answer else 503)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        pass


rs256, es256 = Key("one", "RS256"), Key("two", "ES256")
others = [Key(name, name) for name in ("RS384", "RS512", "ES384", "ES512")]
second = Key("three", "RS256")
Provider.keys = [rs256, second, es256, *others]
served = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Provider)
threading.Thread(target=served.serve_forever, daemon=True).start()


def trusting(name, conditions=None, actions=("sts:AssumeRoleWithWebIdentity",), policy=allow("s3:*")):
    statement = {"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": list(actions)}
    if conditions:
        statement["Condition"] = conditions
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(statement))
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def assume(role, token, **more):
    return web.assume_role_with_web_identity(RoleArn=role, RoleSessionName="job", WebIdentityToken=token, **more)


def session_of(answer):
    made = answer["Credentials"]
    return boto3.Session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


def providers():
    made = iam.create_open_id_connect_provider(
        Url=ISSUER, ClientIDList=["first"], ThumbprintList=["a" * 40], Tags=[{"Key": "team", "Value": "a"}])
    assert made["OpenIDConnectProviderArn"] == PROVIDER and made["Tags"] == [{"Key": "team", "Value": "a"}], made
    arn = {"OpenIDConnectProviderArn": PROVIDER}
    with refused("EntityAlreadyExists", f"Provider with url {ISSUER} already exists.", 409):
        iam.create_open_id_connect_provider(Url=ISSUER)
    iam.add_client_id_to_open_id_connect_provider(ClientID="sts.amazonaws.com", **arn)
    iam.add_client_id_to_open_id_connect_provider(ClientID="sts.amazonaws.com", **arn)
    iam.remove_client_id_from_open_id_connect_provider(ClientID="first", **arn)
    iam.remove_client_id_from_open_id_connect_provider(ClientID="never", **arn)
    iam.update_open_id_connect_provider_thumbprint(ThumbprintList=["b" * 40], **arn)
    iam.tag_open_id_connect_provider(Tags=[{"Key": "stage", "Value": "t"}, {"Key": "team", "Value": "b"}], **arn)
    iam.untag_open_id_connect_provider(TagKeys=["stage"], **arn)
    found = iam.get_open_id_connect_provider(**arn)
    assert (found["Url"], found["ClientIDList"], found["ThumbprintList"]) == (NAME, ["sts.amazonaws.com"], ["b" * 40]), found
    assert found["Tags"] == [{"Key": "team", "Value": "b"}] and found["CreateDate"], found
    assert iam.list_open_id_connect_provider_tags(**arn)["Tags"] == [{"Key": "team", "Value": "b"}]
    other = iam.create_open_id_connect_provider(Url="https://issuer.example/path/A")["OpenIDConnectProviderArn"]
    listed = [entry["Arn"] for entry in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    assert listed == [PROVIDER, other], listed
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=other)
    for call in (iam.get_open_id_connect_provider, iam.delete_open_id_connect_provider):
        with refused("NoSuchEntity", f"OpenIDConnect Provider not found for arn {other}", 404):
            call(OpenIDConnectProviderArn=other)
    for url in ("issuer.example", "http://issuer.example", "https://a@issuer.example", "https://issuer.example?a=b"):
        with refused("InvalidInput", "Invalid Open ID Connect Provider URL", 400):
            iam.create_open_id_connect_provider(Url=url)
    with refused("LimitExceeded", "ClientIdsPerOpenIdConnectProvider", 409):
        iam.create_open_id_connect_provider(Url="https://many.example", ClientIDList=[f"c{n}" for n in range(101)])


def tokens_are_taken():
    role = trusting("job", {"StringEquals": {f"{NAME}:aud": "sts.amazonaws.com"}, "StringLike": {f"{NAME}:sub": "repo:one/*"}})
    for key in (rs256, es256, *others):
        made = assume(role, key.token(), DurationSeconds=900)
    # A token need not name its key where only one fits.
    assume(role, es256.token(header={"kid": None}))
    assert made["SubjectFromWebIdentityToken"] == "repo:one/two:ref:main", made
    assert (made["Audience"], made["Provider"]) == ("sts.amazonaws.com", PROVIDER), made
    assert made["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/job/job", made
    assert session_of(made).client("s3").list_buckets()["Buckets"] == []
    # The documents were asked for once.
    assert Provider.asked == ["/.well-known/openid-configuration", "/keys"], Provider.asked
    narrow = assume(role, rs256.token(), Policy=allow("s3:ListAllMyBuckets"))
    with refused("AccessDenied", status=403):
        session_of(narrow).client("s3").create_bucket(Bucket="not-for-jobs")
    with refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403):
        assume(role, rs256.token(sub="repo:other/two"))
    # A claim whose name differs in case alone stands for none.
    for shadow in ({"Sub": "repo:one/two"}, {"SUB": ["repo:one/two"]}, {"Aud": "sts.amazonaws.com"}):
        with refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403):
            assume(role, rs256.token(sub="repo:other/two", **shadow))
    with refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403):
        assume(role.replace("job", "none"), rs256.token())
    with refused("MalformedPolicyDocument", status=400):
        assume(role, rs256.token(), Policy="{}")
    with refused("ValidationError", "MaxSessionDuration", 400):
        assume(role, rs256.token(), DurationSeconds=3601)
    return role


def tokens_are_refused(role):
    now = int(time.time())
    bad = "InvalidIdentityToken"
    for token, code, text in (
        ("none", bad, "not a valid JWT"),
        (rs256.token()[:-8] + "AAAAAAAA", bad, "signature"),
        (Key("one", "RS256").token(), bad, "signature"),
        (rs256.token(iss="https://issuer.example"), bad, "No OpenIDConnect provider found in your account for https://issuer.example"),
        (rs256.token(iss=None), bad, "No OpenIDConnect provider found"),
        (rs256.token(aud="other"), bad, "Incorrect token audience"),
        (rs256.token(aud=["sts.amazonaws.com", "other"]), bad, "Incorrect token audience"),
        (rs256.token(azp="other"), bad, "Incorrect token audience"),
        (rs256.token(aud=None), bad, "Incorrect token audience"),
        (rs256.token(sub=None, Sub="repo:one/two"), bad, "Missing a required claim: sub"),
        (rs256.token(exp=None), bad, "Missing a required claim: exp"),
        (rs256.token(iat=None), bad, "Missing a required claim: iat"),
        (rs256.token(nbf=now + 900), bad, "not valid yet"),
        (rs256.token(iat=now + 900, exp=now + 1000), bad, "not valid yet"),
        (rs256.token(header={"crit": ["b64"], "b64": False}), bad, "not a valid JWT"),
        (rs256.token(header={"alg": "ES256"}), bad, "Couldn't retrieve verification key"),
        (rs256.token(header={"kid": None}), bad, "Couldn't retrieve verification key"),
        (rs256.token(exp=now - 1), "ExpiredTokenException", "must be before the expiration date/time"),
    ):
        with refused(code, text, 400):
            assume(role, token)
    # No signature, and one whose secret is what everyone knows.
    claims = rs256.token().split(".")[1]
    none = f"{b64(json.dumps({'alg': 'none'}).encode())}.{claims}."
    header = b64(json.dumps({"alg": "HS256", "kid": "one"}).encode())
    mac = hmac.HMAC(json.dumps(rs256.public()).encode(), hashes.SHA256())
    mac.update(f"{header}.{claims}".encode())
    for token in (none, f"{header}.{claims}.{b64(mac.finalize())}"):
        with refused(bad, "algorithm that is not supported", 400):
            assume(role, token)
    with refused("ValidationError", "ProviderId", 400):
        assume(role, rs256.token(), ProviderId="www.amazon.com")


def claims_become_keys():
    role = trusting("tagged", {"StringEquals": {f"{NAME}:email": "a@b", "aws:RequestTag/team": "blue"},
                               "ForAnyValue:StringEquals": {f"{NAME}:amr": "mfa"}},
                    ("sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"),
                    document({"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*", "Condition": {"StringEquals": {
                        "aws:PrincipalTag/team": "blue", "aws:SourceIdentity": "ann", "aws:FederatedProvider": PROVIDER,
                        f"{NAME}:sub": "repo:one/two:ref:main", f"{NAME}:aud": "sts.amazonaws.com"}}}))
    good = {"email": "a@b", "amr": ["pwd", "mfa"], "azp": "sts.amazonaws.com", "aud": ["x", "y"],
            "https://aws.amazon.com/source_identity": "ann",
            "https://aws.amazon.com/tags": {"principal_tags": {"team": ["blue"]}, "transitive_tag_keys": ["team"]}}
    made = assume(role, rs256.token(**good))
    assert made["SourceIdentity"] == "ann", made
    assert session_of(made).client("s3").list_buckets()["Buckets"] == []
    for change in ({"email": "b@b"}, {"amr": ["pwd"]}, {"amr": None}, {"https://aws.amazon.com/tags": None}):
        with refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403):
            assume(role, rs256.token(**{**good, **change}))
    for change in ({"https://aws.amazon.com/tags": {"principal_tags": {"team": ["a", "b"]}}},
                   {"https://aws.amazon.com/source_identity": "not a name!"}):
        with refused("IDPRejectedClaim", "claim", 403):
            assume(role, rs256.token(**{**good, **change}))


def by_files(role):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "token")
        with open(path, "w") as file:
            file.write(es256.token())
        kept = {name: value for name, value in os.environ.items()
                if name not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE")}
        env = {**kept, "AWS_WEB_IDENTITY_TOKEN_FILE": path, "AWS_ROLE_ARN": role, "AWS_ROLE_SESSION_NAME": "from-file",
               "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_CONFIG_FILE": os.devnull, "AWS_REGION": "us-east-1",
               "AWS_DEFAULT_REGION": "us-east-1"}
        for command in ([AWS, "sts", "get-caller-identity"], NODE):
            output = subprocess.run(command, capture_output=True, text=True, env=env)
            assert output.returncode == 0, output
            arn = json.loads(output.stdout)["Arn"]
            assert arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/job/from-file", arn


def keys_change(role):
    """A key that is not known is asked for, but not more often than every half minute; a provider that is away is said to be."""
    new = Key("new", "RS256")
    asked = len(Provider.asked)
    with refused("InvalidIdentityToken", "Couldn't retrieve verification key", 400):
        assume(role, new.token())
    assert len(Provider.asked) == asked, "half a minute has not passed"
    away = boto3.client("sts", config=Config(signature_version=UNSIGNED, retries={"max_attempts": 0}))
    iam.create_open_id_connect_provider(Url=f"http://localhost:{PORT}", ClientIDList=["sts.amazonaws.com"])
    with refused("IDPCommunicationError", "could not be reached", 400):
        away.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="job", WebIdentityToken=rs256.token(iss=f"http://localhost:{PORT}"))
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)
    with refused("InvalidIdentityToken", "No OpenIDConnect provider found", 400):
        assume(role, rs256.token())


providers()
role = tokens_are_taken()
tokens_are_refused(role)
claims_become_keys()
by_files(role)
keys_change(role)
