"""The whole life of each resource and each declared error, as `whole_life.json` has them, played by a client. The clients
(`life_boto3.py`, `life_cli.py`) bring `call(as_whom, operation, members)`, which returns the answer or raises `Refused`.
`life.js` is the same for JavaScript."""

import json
import sys
from pathlib import Path

TABLE = json.loads((Path(__file__).parent / "whole_life.json").read_text())
# ServiceUnavailable needs a server that can't write; TooManyTags one tag more than may be.
STATUS = {"ValidationException": 400, "AccessDeniedException": 403, "ResourceNotFoundException": 404,
          "TooManyTagsException": 400, "ServiceUnavailableException": 503}


class Refused(Exception):
    def __init__(self, code, status, message):
        super().__init__(f"{code} ({status}): {message}")
        self.code, self.status = code, status


def filled(value, names):
    """The value with what its `${names}` stand for."""
    if isinstance(value, dict):
        return {key: filled(member, names) for key, member in value.items()}
    if isinstance(value, list):
        return [filled(member, names) for member in value]
    if not isinstance(value, str):
        return value
    if value.startswith("${") and value.endswith("}") and value.count("${") == 1:
        return names[value[2:-1]]
    for name, text in names.items():
        value = value.replace("${%s}" % name, str(text))
    return value


def at(answer, path):
    for step in path.split("."):
        answer = answer[int(step)] if step.isdigit() else answer[step]
    return answer


def fits(member, wanted):
    return all(member.get(key) == value for key, value in wanted.items())


def check(step, answer, names):
    for path, wanted in filled(step.get("then", {}), names).items():
        assert at(answer, path) == wanted, f"{path} is {at(answer, path)!r}, not {wanted!r}"
    for path, wanted in filled(step.get("has", {}), names).items():
        assert any(fits(member, wanted) for member in at(answer, path)), f"no {wanted} in {at(answer, path)}"
    for path, unwanted in filled(step.get("hasNot", {}), names).items():
        assert not any(fits(member, unwanted) for member in at(answer, path)), f"{unwanted} is in {at(answer, path)}"
    for name, path in step.get("keep", {}).items():
        names[name] = at(answer, path)


def provoke(call, context, names):
    """Each declared error of each operation."""
    provoked = 0
    for operation, errors in context["declared"].items():
        row = TABLE["errors"][operation]
        for error in errors:
            members = filled({**row["with"], **row.get(error, {})}, names)
            whom = {"AccessDeniedException": "nobody", "ServiceUnavailableException": "full"}.get(error, "root")
            try:
                call(whom, operation, members)
            except Refused as refusal:
                assert refusal.code == error, f"{operation}: {refusal}, not {error}"
                assert refusal.status in (None, STATUS[error]), f"{operation}: {refusal}"
                provoked += 1
                continue
            raise AssertionError(f"{operation}: no {error}")
    return provoked


def play(client, call, newest):
    """Plays the table; prints how many operations went well and how many errors were met."""
    context = json.loads(Path(sys.argv[1]).read_text())
    names = {**context["names"], "client": client}
    went, provoked = set(), 0
    for step in TABLE["life"]:
        if "errors" in step:
            provoked = provoke(call, context, names)
            continue
        if step["do"] not in context["declared"] or step.get("newest") and not newest:
            continue
        try:
            check(step, call("root", step["do"], filled(step["with"], names)), names)
        except Exception:
            print("failed:", step["do"], file=sys.stderr)
            raise
        went.add(step["do"])
    print(json.dumps({"operations": len(went), "provoked": provoked}))


def identities():
    """The environment of each identity: who calls, and which server."""
    context = json.loads(Path(sys.argv[1]).read_text())
    return context["identities"]
