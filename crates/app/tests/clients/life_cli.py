"""A table of `life.py` by the AWS CLI, whose own main function is called for each command line, so that it starts only once.
Argument: the file with what it needs to know."""

import contextlib
import io
import json
import os
import re

from awscli.clidriver import create_clidriver
from botocore import xform_name

from life import SERVICE, Refused, identities, play

IDENTITIES = identities()
# One for each identity, since its credentials are kept; more would only be slower.
DRIVERS = {}
REFUSED = re.compile(r"An error occurred \((\w+)\) when calling the (\w+) operation.*?: (.*)", re.S)


def call(whom, operation, members):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        os.environ.pop(name, None)
    os.environ.update(IDENTITIES[whom])
    words = [SERVICE, xform_name(operation, "-"), "--cli-input-json", json.dumps(members), "--output", "json"]
    out, complaints = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(complaints):
        if whom not in DRIVERS:
            DRIVERS[whom] = create_clidriver()
        status = DRIVERS[whom].main(words)
    if status == 0:
        return json.loads(out.getvalue() or "{}")
    refused = REFUSED.search(complaints.getvalue())
    assert refused and refused[2] == operation, (words, status, complaints.getvalue())
    raise Refused(refused[1], None, refused[3])


play("cli", call, newest=False)
