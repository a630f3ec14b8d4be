"""Pages of profiles by boto3. `make COUNT` makes so many; `first SIZE` prints the names of the first page with its token;
`rest TOKEN SIZE` prints those of the pages that follow. As JSON."""

import concurrent.futures
import json
import sys

import boto3

client = boto3.client("rolesanywhere")


def make(count):
    def one(number):
        return client.create_profile(name=f"page {number:04}", roleArns=[])["profile"]["name"]

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return {"names": list(pool.map(one, range(count)))}


def first(size):
    page = client.list_profiles(pageSize=size)
    return {"names": [profile["name"] for profile in page["profiles"]], "token": page["nextToken"]}


def rest(token, size):
    pages = list(client.get_paginator("list_profiles").paginate(pageSize=size, PaginationConfig={"StartingToken": token}))
    # Every page but the last is as long as was asked for.
    assert all(len(page["profiles"]) == size for page in pages[:-1]), [len(page["profiles"]) for page in pages]
    return {"names": [profile["name"] for page in pages for profile in page["profiles"]]}


mode, *arguments = sys.argv[1:]
if mode == "make":
    print(json.dumps(make(int(arguments[0]))))
elif mode == "first":
    print(json.dumps(first(int(arguments[0]))))
else:
    print(json.dumps(rest(arguments[0], int(arguments[1]))))
