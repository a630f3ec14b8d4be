"""Prints where boto3 found credentials, and the role that they are of."""

import boto3

session = boto3.Session()
credentials = session.get_credentials()
role = session.client("sts").get_caller_identity()["Arn"].split("/")[1]
print(credentials.method, role)
