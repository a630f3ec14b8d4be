"""A client that is called as boto3's are and asks by the AWS CLI, whose own main function is run for each command line."""

import contextlib
import io
import json
import os

from awscli.clidriver import create_clidriver
from botocore.exceptions import ClientError

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


class CliClient:
    """`environment` stands in for the process's own; `words` go with each command."""

    def __init__(self, service, environment=None, words=()):
        self.service, self.words = service, list(words)
        self.environment = environment or {}
        self.parsed = None
        with self._surroundings():
            self.driver = create_clidriver()
        self.driver.session.register(f"after-call.{service}", self._answered)

    def _answered(self, parsed, **_):
        self.parsed = parsed

    @contextlib.contextmanager
    def _surroundings(self):
        before = dict(os.environ)
        if self.environment:
            for name in KEYS:
                os.environ.pop(name, None)
            os.environ.update(self.environment)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def __getattr__(self, name):
        return lambda **members: self._call(name, members)

    def _call(self, name, members):
        operation = name.replace("_", "-")
        words = [self.service, operation, "--cli-input-json", json.dumps(members), "--output", "json", *self.words]
        out, complaints = io.StringIO(), io.StringIO()
        self.parsed = None
        with self._surroundings(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(complaints):
            status = self.driver.main(words)
        if status == 0:
            return json.loads(out.getvalue() or "{}")
        # What the CLI has printed is what it was told.
        assert self.parsed, (words, complaints.getvalue())
        error = self.parsed["Error"]
        for told in (f"({error['Code']})", error.get("Message", "")):
            assert told.strip() in complaints.getvalue(), (told, complaints.getvalue())
        raise ClientError(self.parsed, name)
