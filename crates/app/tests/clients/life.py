"""The whole life of each resource and each error, as `whole_life.json` (Roles Anywhere) and `iam_life.json` have them, played by
a client. The clients (`life_boto3.py`, `life_cli.py`) bring `call(as_whom, operation, members)`, which returns the answer or
raises `Refused`. `life.js` is the same for JavaScript. Argument: the file with what they need to know."""

import json
import sys
from pathlib import Path

CONTEXT = json.loads(Path(sys.argv[1]).read_text())
SERVICE = CONTEXT.get("service", "rolesanywhere")
TABLE = json.loads((Path(__file__).parent / CONTEXT.get("table", "whole_life.json")).read_text())
# ServiceUnavailable needs a server that can't write; TooManyTags one tag more than may be.
STATUS = {"ValidationException": 400, "AccessDeniedException": 403, "ResourceNotFoundException": 404,
          "TooManyTagsException": 400, "ServiceUnavailableException": 503,
          "NoSuchEntity": 404, "EntityAlreadyExists": 409, "LimitExceeded": 409, "DeleteConflict": 409, "InvalidInput": 400,
          "MalformedPolicyDocument": 400, "PolicyNotAttachable": 400, "UnmodifiableEntity": 400, "AccessDenied": 403}


class Refused(Exception):
    def __init__(self, code, status, message):
        super().__init__(f"{code} ({status}): {message}")
        self.code, self.status, self.message = code, status, message


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


def refuse(step, call, names):
    """One call that must be refused, with this code and these words."""
    try:
        call("root", step["do"], filled(step["with"], names))
    except Refused as refusal:
        assert refusal.code == step["refused"], f"{refusal}, not {step['refused']}"
        assert refusal.status in (None, STATUS[refusal.code]), refusal
        assert filled(step.get("says", ""), names) in refusal.message, f"{refusal}, not {step['says']}"
        return
    raise AssertionError(f"no {step['refused']}")


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
    context = CONTEXT
    names = {**context["names"], "client": client}
    went, provoked = set(), 0
    for step in TABLE["life"] + (TABLE.get("once", []) if client == "boto3" else []):
        if "errors" in step:
            provoked = provoke(call, context, names)
            continue
        if "refused" in step:
            try:
                refuse(step, call, names)
            except Exception:
                print("failed:", step, file=sys.stderr)
                raise
            provoked += 1
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
    return CONTEXT["identities"]
