"""What AWS's session library says when it is refused, and its other settings. Arguments: a way in as JSON with
`password_key`, `strange_certificate` and `strange_key`; the server's CA certificate."""

import json
import os
import sys
from urllib.parse import urlsplit

from iam_rolesanywhere_session import IAMRolesAnywhereSession
from iam_rolesanywhere_session.exceptions import CredentialsRetrievalError

way = json.loads(sys.argv[1])
netloc = urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc


def session(**changes):
    settings = dict(
        profile_arn=way["profile"], role_arn=way["role"], trust_anchor_arn=way["anchor"],
        certificate=way["certificate"], private_key=way["key"], endpoint=netloc, verify=sys.argv[2],
    )
    return IAMRolesAnywhereSession(**{**settings, **changes}).get_session()


def arn(**changes):
    return session(**changes).client("sts").get_caller_identity()["Arn"]


def refused(text, **changes):
    try:
        arn(**changes)
    except CredentialsRetrievalError as error:
        assert "403" in str(error) and text in str(error), error
        return
    raise AssertionError(f"not refused: {text}")


assert arn(role_session_name="by.name", instance_properties={"a": "b"}).endswith("/by.name")
assert arn(private_key=way["password_key"], private_key_passphrase="a password")
assert arn(certificate=open(way["certificate"], "rb").read(), private_key=open(way["key"], "rb").read())
frozen = session(session_duration=900).get_credentials()
frozen.get_frozen_credentials()
remaining = (frozen._expiry_time - frozen._time_fetcher()).total_seconds()
assert 880 < remaining <= 900, remaining
refused("Untrusted signing certificate", certificate=way["strange_certificate"], private_key=way["strange_key"])
refused("Invalid signature", private_key=way["strange_key"])
refused("Requested Role isn't one of those listed in the Profile.", role_arn=way["role"] + "x")
