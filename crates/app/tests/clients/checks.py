"""What the scripts beside this one share: asserting refusals, and policy documents."""

import contextlib
import json

from botocore.exceptions import ClientError


@contextlib.contextmanager
def refused(code, text=None, status=None):
    """The block must be refused with this error code, a message that has `text`, and this HTTP status."""
    try:
        yield
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        if text is not None:
            assert text in error.response["Error"]["Message"], error
        if status is not None:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == status, error
        assert error.response["ResponseMetadata"].get("RequestId"), error.response
        return
    raise AssertionError(f"not refused; {code} was expected")


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(condition=None):
    """A trust policy for Roles Anywhere."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "rolesanywhere.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
    }
    if condition is not None:
        statement["Condition"] = condition
    return document(statement)


def allow(*actions, resource="*"):
    """An identity or session policy."""
    return document({"Effect": "Allow", "Action": list(actions), "Resource": resource})
