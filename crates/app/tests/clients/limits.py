"""Every limit of botocore's rolesanywhere model against the server: for each member of each input, values at, under and over
each limit. What the model allows must not be refused for that member, what it forbids must be, in AWS's words. Arguments: a
CA certificate and a CRL of it (PEM files)."""

import base64
import copy
import json
import os
import re
import sys
from urllib.parse import quote, urlencode

import boto3
import botocore.session
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from model_values import ABSENT, probes, valid

session = boto3.Session()
model = botocore.session.get_session().get_service_model("rolesanywhere")
client = session.client("rolesanywhere")
endpoint = os.environ["AWS_ENDPOINT_URL"]
signer = SigV4Auth(session.get_credentials(), "rolesanywhere", "us-east-1")
pool = urllib3.PoolManager()

ca = open(sys.argv[1]).read()
source = {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": ca}}
anchor = client.create_trust_anchor(name="limits", source=source)["trustAnchor"]
profile = client.create_profile(name="limits", roleArns=[])["profile"]

# What the server is told besides the member in question, where a value made from the model would be refused for another
# reason than its form.
REAL = {
    "source": source,
    "crlData": open(sys.argv[2], "rb").read(),
    "trustAnchorId": anchor["trustAnchorId"],
    "trustAnchorArn": anchor["trustAnchorArn"],
    "profileId": profile["profileId"],
    "resourceArn": profile["profileArn"],
}

# Where the service is not as its model says: operation or *, member, broken constraint or None. Each with its reason.
EXCEPTIONS = [
    # A path without its identifier is another path.
    ("*", "trustAnchorId", "Member must not be null"),
    ("*", "profileId", "Member must not be null"),
    ("*", "crlId", "Member must not be null"),
    ("*", "subjectId", "Member must not be null"),
    ("*", "trustAnchorId", "Member must have length greater than or equal to 1"),
    ("*", "profileId", "Member must have length greater than or equal to 1"),
    ("*", "crlId", "Member must have length greater than or equal to 1"),
    # The model gives no limits here; those of UpdateProfile's member are kept (docs/aws-divergences.md).
    ("CreateProfile", "sessionPolicy", None),
]


FIRST_WORDS = re.compile(r"\d+ validation errors? detected: Value")


def base(shape):
    """A whole input that is in order."""
    return {name: REAL.get(name, valid(member)) for name, member in shape.members.items() if name in shape.required_members}


def with_value(whole, shape, probe):
    """The input with the probe's value in its place; what leads there is made where it isn't."""
    whole = copy.deepcopy(whole)
    holder = whole
    *way, last = probe.place
    for step in way:
        shape = shape.member if isinstance(step, int) else shape.members[step]
        if isinstance(step, int):
            holder = holder[step]
        else:
            holder = holder.setdefault(step, REAL.get(step) or valid(shape))
    if probe.value is ABSENT:
        holder.pop(last, None)
    else:
        holder[last] = probe.value
    return whole


def plain(value):
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    return [plain(member) for member in value] if isinstance(value, list) else value


def send(operation, whole):
    """Status, error type and message."""
    target, query, body = operation.http["requestUri"], [], {}
    for name, value in whole.items():
        place = operation.input_shape.members[name].serialization
        if place.get("location") == "uri":
            target = target.replace("{%s}" % place["name"], quote(str(value), safe=""))
        elif place.get("location") == "querystring":
            texts = value if isinstance(value, list) else [value]
            query += [(place["name"], str(text)) for text in texts if text is not None]
        else:
            body[name] = plain(value)
    data = json.dumps(body).encode() if body or operation.http["method"] in ("POST", "PATCH", "PUT") else b""
    url = endpoint + target + ("?" + urlencode(query, quote_via=quote) if query else "")
    request = AWSRequest(method=operation.http["method"], url=url, data=data, headers={"Content-Type": "application/json"})
    signer.add_auth(request)
    answer = pool.request(request.method, url, body=data, headers=dict(request.headers), retries=False)
    return answer.status, answer.headers.get("x-amzn-errortype", ""), json.loads(answer.data).get("message", "")


def excepted(operation, probe):
    return any(name in ("*", operation) and at == probe.at and breaks == probe.breaks for name, at, breaks in EXCEPTIONS)


def wrong(operation, probe):
    """What is wrong with the server's answer, if anything."""
    shape = operation.input_shape
    status, error, message = send(operation, with_value(base(shape), shape, probe))
    about = f"at '{probe.at}' failed to satisfy constraint: "
    if status >= 500 or error == "UnknownOperationException":
        return f"{status} {error}: {message}"
    if probe.breaks is None:
        return f"refused: {message}" if about in message else None
    if (status, error) != (400, "ValidationException"):
        return f"not refused: {status} {error} {message}"
    # One value can break several constraints; those of a list's plain members are said in one bracket.
    said = [text.split(" at '")[0] for text in message.split(about)[1:]]
    if not any(probe.breaks in text for text in said) or not FIRST_WORDS.match(message):
        return f"refused by another text: {message}"
    return None


found, sent = [], 0
for name in model.operation_names:
    operation = model.operation_model(name)
    for probe in probes(operation.input_shape):
        if excepted(name, probe):
            continue
        sent += 1
        text = wrong(operation, probe)
        if text:
            shown = "absent" if probe.value is ABSENT else repr(probe.value)[:60]
            found.append(f"{name} {probe.at} = {shown} ({probe.breaks}): {text[:300]}")
assert not found, f"{len(found)} of {sent}:\n" + "\n".join(found)
print(sent)
