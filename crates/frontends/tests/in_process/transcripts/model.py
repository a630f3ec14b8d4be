"""The rolesanywhere model that botocore carries. `operations` prints each operation with its declared errors as JSON;
`check FOLDER` holds the transcripts in a folder against the model and prints what doesn't fit it."""

import datetime
import json
import sys
from pathlib import Path

import botocore.session

model = botocore.session.get_session().get_service_model("rolesanywhere")


def operations():
    return {name: [shape.name for shape in model.operation_model(name).error_shapes] for name in model.operation_names}


def wrong(shape, value, path):
    """What of a JSON value is not as the shape says."""
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            return [f"{path}: not a structure"]
        found = [f"{path}.{name}: not in the model" for name in value if name not in shape.members]
        found += [f"{path}.{name}: missing" for name in shape.required_members if name not in value]
        return found + [text for name, member in value.items() if name in shape.members
                        for text in wrong(shape.members[name], member, f"{path}.{name}")]
    if kind == "list":
        if not isinstance(value, list):
            return [f"{path}: not a list"]
        return [text for index, member in enumerate(value) for text in wrong(shape.member, member, f"{path}[{index}]")]
    if kind == "timestamp":
        try:
            return [] if datetime.datetime.fromisoformat(value).tzinfo else [f"{path}: no zone"]
        except (TypeError, ValueError):
            return [f"{path}: no timestamp"]
    types = {"string": str, "boolean": bool, "integer": int, "blob": str, "map": dict}
    if type(value) is not types[kind]:
        return [f"{path}: {value!r} is no {kind}"]
    if kind == "string" and shape.enum and value not in shape.enum:
        return [f"{path}: {value!r} is none of {shape.enum}"]
    return []


def check(case):
    operation = model.operation_model(case.parent.name)
    head, body = (case / "response.http").read_text().split("\n\n", 1)
    start, *headers = head.splitlines()
    status = int(start.split()[1])
    headers = dict(line.split(": ", 1) for line in headers)
    error = headers.get("x-amzn-errortype")
    if error is None:
        shape, wanted = operation.output_shape, operation.http.get("responseCode", 200)
    else:
        shape = next((shape for shape in operation.error_shapes if shape.name == error), None)
        if shape is None:
            return [f"{error} is not declared"]
        wanted = shape.metadata.get("error", {}).get("httpStatusCode")
    found = [] if status == wanted else [f"status {status}, not {wanted}"]
    if headers.get("content-type") != "application/json":
        found.append(f"content type {headers.get('content-type')}")
    return found + wrong(shape, json.loads(body), "")


if sys.argv[1] == "operations":
    print(json.dumps(operations()))
else:
    cases = [case for case in sorted(Path(sys.argv[2]).glob("*/*")) if case.parent.name in model.operation_names]
    found = {f"{case.parent.name}/{case.name}": check(case) for case in cases}
    print(json.dumps({"read": len(cases), "wrong": [f"{case}: {text}" for case, texts in found.items() for text in texts]}))
