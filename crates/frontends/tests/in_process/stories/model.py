"""Holds stories against the model that botocore carries and prints what doesn't fit it. Arguments: the service, files."""

import json
import sys
import xml.etree.ElementTree as ElementTree
from urllib.parse import parse_qs

import botocore.session

service, *files = sys.argv[1:]
models = {model.api_version: model for model in map(botocore.session.get_session().get_service_model, ("iam", "sts"))}
model = namespace = None


def name(element):
    return element.tag.removeprefix(namespace)


def wrong(shape, element, path):
    """What of an element is not as the shape says."""
    kind = shape.type_name
    if kind == "structure":
        found = [f"{path}.{name(child)}: not in the model" for child in element if name(child) not in shape.members]
        there = {name(child) for child in element}
        found += [f"{path}.{member}: missing" for member in shape.required_members if member not in there]
        found += [f"{path}.{name(child)}: twice" for child in element if len(element.findall(child.tag)) > 1]
        return found + [text for child in element if name(child) in shape.members
                        for text in wrong(shape.members[name(child)], child, f"{path}.{name(child)}")]
    if kind == "list":
        found = [f"{path}: {name(child)} in a list" for child in element if name(child) != "member"]
        return found + [text for child in element for text in wrong(shape.member, child, path + "[]")]
    if kind == "map":
        found = [f"{path}: {name(child)} in a map" for child in element if name(child) != "entry"]
        for entry in element:
            found += wrong(shape.key, entry.find(namespace + "key"), path + ".key")
            found += wrong(shape.value, entry.find(namespace + "value"), path + ".value")
        return found
    text = element.text or ""
    if kind == "boolean" and text not in ("true", "false"):
        return [f"{path}: {text!r} is no boolean"]
    if kind == "integer" and not text.lstrip("-").isdigit():
        return [f"{path}: {text!r} is no integer"]
    # AWS answers `Policy` here, which its own model doesn't know.
    known = shape.enum + ["Policy"] * path.endswith("PermissionsBoundaryType") if kind == "string" else []
    if kind == "string" and shape.enum and text not in known:
        return [f"{path}: {text!r} is none of {shape.enum}"]
    return []


# What every operation may answer (IAM API reference, common errors).
COMMON = {"AccessDenied": 403, "MissingAuthenticationToken": 403, "ValidationError": 400, "InvalidParameterValue": 400, "InvalidClientTokenId": 403, "InvalidAction": 400}
# Root has no name, neither as a user nor as the owner of a key.
NAMELESS = {".User.Path: missing", ".User.UserName: missing", ".AccessKey.UserName: missing"}


def check(form, status, body):
    global model, namespace
    model = models[parse_qs(form)["Version"][0]]
    namespace = "{" + model.metadata["xmlNamespace"] + "}"
    action = parse_qs(form)["Action"][0]
    root = ElementTree.fromstring(body)
    if name(root) == "ErrorResponse":
        code = root.find(f"{namespace}Error/{namespace}Code").text
        if code in COMMON:
            return [] if COMMON[code] == status else [f"{code} with {status}"]
        errors = model.operation_model(action).error_shapes
        declared = {shape.metadata["error"]["code"]: shape.metadata["error"]["httpStatusCode"] for shape in errors}
        if action == "GetAccessKeyLastUsed":
            declared["NoSuchEntity"] = 404  # it declares no error at all
        return [] if declared.get(code) == status else [f"{code} with {status}, declared are {declared}"]
    operation = model.operation_model(action)
    found = [] if (name(root), status) == (action + "Response", 200) else [f"{name(root)} with {status}"]
    result = root.find(f"{namespace}{action}Result")
    if operation.output_shape is None:
        return found + ([] if result is None else ["a result"])
    return found + [text for text in wrong(operation.output_shape, result, "") if text not in NAMELESS]


found, count = [], 0
for file in files:
    blocks, lines = [], []
    for line in open(file).read().splitlines():
        if "> Action=" in line:
            blocks.append((line.split("> ", 1)[1], []))
        elif blocks and line and not line.startswith("#"):
            blocks[-1][1].append(line)
    for form, (status, *body) in blocks:
        count += 1
        found += [f"{file}: {form}: {text}" for text in check(form, int(status), "".join(body))]
print(json.dumps({"read": count, "wrong": found}))
