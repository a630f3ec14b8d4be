"""Commands of the AWS CLI come in as a JSON list of shell lines; those that it does not take leave as one, with what it says.

The CLI reads and checks each as always: operation, flags, shorthand, required members, types. Only the request is never made."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile

import botocore.client
from awscli.clidriver import create_clidriver


class Answer:
    status_code = 200


sent = []


def keep(_client, operation, request, _context):
    sent.append((operation.name, request))
    return Answer(), {}


botocore.client.BaseClient._make_request = keep


def words_of(line):
    """The words as a shell reads them."""
    shell = "aws() { printf '%s\\0' \"$@\"; }\n" + line
    ended = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True)
    return [filled_in(word) for word in ended.stdout.split("\0")[:-1]]


def filled_in(word):
    """What is left to its reader, as a reader would fill it in."""
    word = re.sub(r"\b([A-Z]+_)?ARN\b", "arn:aws:iam::000000000000:policy/one", word)
    return re.sub(r"\b(DAYS|SECONDS|NUMBER)\b", "45", word)


def complaint(driver, line):
    for name in re.findall(r"fileb?://([\w.-]+)", line):
        with open(name, "w", encoding="ascii") as file:
            file.write("content")
    said = io.StringIO()
    before = len(sent)
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            status = driver.main(words_of(line))
        except SystemExit as end:
            status = end.code
    is_one = len(sent) == before + 1 and status == 0
    return None if is_one else f"{line}\n{said.getvalue()[-600:]}"


lines = json.load(sys.stdin)
os.environ.update(
    AWS_ACCESS_KEY_ID="AKIAEXAMPLE",
    AWS_SECRET_ACCESS_KEY="none",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_CONFIG_FILE="/nonexistent",
    AWS_SHARED_CREDENTIALS_FILE="/nonexistent",
)
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    driver = create_clidriver()
    complaints = [complaint(driver, line) for line in lines]
    os.chdir("/")
json.dump([one for one in complaints if one], sys.stdout)
