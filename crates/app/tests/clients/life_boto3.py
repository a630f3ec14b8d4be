"""A table of `life.py` by boto3. Argument: the file with what it needs to know."""

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError

from life import SERVICE, Refused, identities, play

clients = {
    whom: boto3.client(
        SERVICE, endpoint_url=who["AWS_ENDPOINT_URL"], aws_access_key_id=who["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=who["AWS_SECRET_ACCESS_KEY"], aws_session_token=who.get("AWS_SESSION_TOKEN"))
    for whom, who in identities().items()
}


def call(whom, operation, members):
    try:
        return getattr(clients[whom], xform_name(operation))(**members)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        # The SDK has a class for each error of the model, and must find it by our header or code.
        if code != "AccessDenied":
            name = code if code.endswith("Exception") else code + "Exception"
            assert isinstance(error, getattr(clients[whom].exceptions, name)), error
        raise Refused(code, error.response["ResponseMetadata"]["HTTPStatusCode"], str(error)) from error


play("boto3", call, newest=True)
