"""Prints the errors that botocore's model declares for each operation of Roles Anywhere, as JSON."""

import json

import botocore.session

model = botocore.session.get_session().get_service_model("rolesanywhere")
print(json.dumps({
    name: [shape.name for shape in model.operation_model(name).error_shapes]
    for name in model.operation_names
}))
