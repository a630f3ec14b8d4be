"""Roles with their policies through botocore."""

import re

import boto3

from checks import allow, document, refused, trust

client = boto3.client("iam")
S3_FULL = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
S3_READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def make_and_read():
    # botocore decodes documents that come back percent-encoded; so the text is full of what must be encoded.
    condition = {"StringEquals": {"aws:PrincipalTag/x509Subject/OU": ["a b+c%20/é", "100%"]}}
    answer = client.create_role(
        RoleName="App+1=a,b.c@d-e", Path="/team/a/", AssumeRolePolicyDocument=trust(condition),
        Description="what <it> & that does", MaxSessionDuration=7200, Tags=[{"Key": "k", "Value": "v w"}],
    )
    role = answer["Role"]
    assert role["Arn"] == "arn:aws:iam::000000000000:role/team/a/App+1=a,b.c@d-e", role
    assert re.fullmatch("AROA[A-Z2-7]{17}", role["RoleId"]), role
    assert (role["Path"], role["MaxSessionDuration"]) == ("/team/a/", 7200)
    assert role["Description"] == "what <it> & that does" and role["Tags"] == [{"Key": "k", "Value": "v w"}]
    read = client.get_role(RoleName="App+1=a,b.c@d-e")["Role"]
    assert read["AssumeRolePolicyDocument"]["Statement"][0]["Condition"] == condition
    assert read["CreateDate"] == role["CreateDate"] and read["RoleId"] == role["RoleId"]
    # Names differ by more than their case.
    with refused("EntityAlreadyExists", "Role with name", 409):
        client.create_role(RoleName="app+1=a,b.c@d-e", AssumeRolePolicyDocument=trust())
    assert client.get_role(RoleName="APP+1=a,b.c@d-e")["Role"]["RoleId"] == role["RoleId"]
    plain = client.create_role(RoleName="plain", AssumeRolePolicyDocument=trust())["Role"]
    assert (plain["Path"], plain["MaxSessionDuration"]) == ("/", 3600)
    client.update_assume_role_policy(RoleName="plain", PolicyDocument=trust(condition))
    assert client.get_role(RoleName="plain")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]


def list_by_pages():
    for number in range(5):
        client.create_role(RoleName=f"page{number}", Path="/page/", AssumeRolePolicyDocument=trust())
    first = client.list_roles(MaxItems=3)
    assert first["IsTruncated"] is True and len(first["Roles"]) == 3
    second = client.list_roles(MaxItems=3, Marker=first["Marker"])
    paginator = client.get_paginator("list_roles")
    names = [r["RoleName"] for page in paginator.paginate(PaginationConfig={"PageSize": 2}) for r in page["Roles"]]
    assert names == sorted(names) and len(names) == len(set(names)) == 7, names
    assert [r["RoleName"] for r in first["Roles"] + second["Roles"]] == names[:6]
    under = client.list_roles(PathPrefix="/page/", MaxItems=4)
    assert [r["RoleName"] for r in under["Roles"]] == ["page0", "page1", "page2", "page3"] and under["IsTruncated"]
    rest = client.list_roles(PathPrefix="/page/", Marker=under["Marker"])
    assert [r["RoleName"] for r in rest["Roles"]] == ["page4"] and not rest["IsTruncated"]


def inline_policies():
    for name in ("b", "a", "c"):
        client.put_role_policy(RoleName="plain", PolicyName=name, PolicyDocument=allow("s3:" + name.upper() + "et*"))
    read = client.get_role_policy(RoleName="plain", PolicyName="b")
    assert (read["RoleName"], read["PolicyName"]) == ("plain", "b")
    assert read["PolicyDocument"]["Statement"][0]["Action"] == ["s3:Bet*"]
    client.put_role_policy(RoleName="plain", PolicyName="b", PolicyDocument=allow("sts:*"))
    replaced = client.get_role_policy(RoleName="plain", PolicyName="b")
    assert replaced["PolicyDocument"]["Statement"][0]["Action"] == ["sts:*"]
    page = client.list_role_policies(RoleName="plain", MaxItems=2)
    assert page["PolicyNames"] == ["a", "b"] and page["IsTruncated"]
    assert client.list_role_policies(RoleName="plain", Marker=page["Marker"])["PolicyNames"] == ["c"]


def managed_policies():
    for arn in (S3_READ, S3_FULL, S3_FULL):
        client.attach_role_policy(RoleName="plain", PolicyArn=arn)
    page = client.list_attached_role_policies(RoleName="plain", MaxItems=1)
    assert page["AttachedPolicies"] == [{"PolicyName": "AmazonS3FullAccess", "PolicyArn": S3_FULL}]
    rest = client.list_attached_role_policies(RoleName="plain", Marker=page["Marker"])
    assert rest["AttachedPolicies"] == [{"PolicyName": "AmazonS3ReadOnlyAccess", "PolicyArn": S3_READ}]
    with refused("NoSuchEntity", "does not exist or is not attachable", 404):
        client.attach_role_policy(RoleName="plain", PolicyArn="arn:aws:iam::aws:policy/Nothing")


def delete():
    with refused("DeleteConflict", "must detach all policies first", 409):
        client.delete_role(RoleName="plain")
    client.detach_role_policy(RoleName="plain", PolicyArn=S3_READ)
    with refused("NoSuchEntity", status=404):
        client.detach_role_policy(RoleName="plain", PolicyArn=S3_READ)
    client.detach_role_policy(RoleName="plain", PolicyArn=S3_FULL)
    with refused("DeleteConflict", "must delete policies first", 409):
        client.delete_role(RoleName="plain")
    for name in ("a", "b", "c"):
        client.delete_role_policy(RoleName="plain", PolicyName=name)
    with refused("NoSuchEntity", "The role policy with name a cannot be found.", 404):
        client.delete_role_policy(RoleName="plain", PolicyName="a")
    client.delete_role(RoleName="plain")
    calls = [
        lambda: client.get_role(RoleName="plain"),
        lambda: client.delete_role(RoleName="plain"),
        lambda: client.update_assume_role_policy(RoleName="plain", PolicyDocument=trust()),
        lambda: client.put_role_policy(RoleName="plain", PolicyName="a", PolicyDocument=allow("s3:*")),
        lambda: client.get_role_policy(RoleName="plain", PolicyName="a"),
        lambda: client.list_role_policies(RoleName="plain"),
        lambda: client.list_attached_role_policies(RoleName="plain"),
        lambda: client.attach_role_policy(RoleName="plain", PolicyArn=S3_FULL),
        lambda: client.detach_role_policy(RoleName="plain", PolicyArn=S3_FULL),
    ]
    for call in calls:
        with refused("NoSuchEntity", "The role with name plain cannot be found.", 404):
            call()


def malformed():
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    table = {
        "not JSON": "{",
        "empty": "{}",
        "unknown operator": document({**statement, "Condition": {"StringMatches": {"aws:userid": "x"}}}),
        "unknown element": document({**statement, "Actions": "s3:*"}),
        "no resource": document({"Effect": "Allow", "Action": "s3:*"}),
        "principal in an identity policy": document({**statement, "Principal": "*"}),
        "wrong version": '{"Version":"2020-01-01","Statement":[]}',
        "effect": document({**statement, "Effect": "allow"}),
    }
    for why, text in table.items():
        with refused("MalformedPolicyDocument", status=400):
            client.put_role_policy(RoleName="page0", PolicyName="bad", PolicyDocument=text)
            raise AssertionError(why)
    assert client.list_role_policies(RoleName="page0")["PolicyNames"] == [], "a refused policy was stored"
    with refused("MalformedPolicyDocument", "Has prohibited field Resource", 400):
        client.create_role(
            RoleName="bad",
            AssumeRolePolicyDocument=document({"Effect": "Allow", "Principal": "*", "Action": "sts:*", "Resource": "*"}),
        )
    with refused("MalformedPolicyDocument", status=400):
        client.update_assume_role_policy(RoleName="page0", PolicyDocument=trust({"NumericGreater": {"a": "1"}}))
    with refused("ValidationError", "at 'roleName'", 400):
        client.create_role(RoleName="no spaces", AssumeRolePolicyDocument=trust())
    with refused("ValidationError", "at 'maxSessionDuration'", 400):
        client.create_role(RoleName="long", AssumeRolePolicyDocument=trust(), MaxSessionDuration=43201)


def boundary():
    client.create_role(RoleName="bounded", AssumeRolePolicyDocument=trust(), PermissionsBoundary=S3_READ)
    role = client.get_role(RoleName="bounded")["Role"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == S3_READ, role
    client.put_role_permissions_boundary(RoleName="bounded", PermissionsBoundary=S3_FULL)
    assert client.get_role(RoleName="bounded")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == S3_FULL
    client.delete_role_permissions_boundary(RoleName="bounded")
    assert "PermissionsBoundary" not in client.get_role(RoleName="bounded")["Role"]
    with refused("NoSuchEntity", "Scope ARN: ", 404):
        client.create_role(RoleName="unbounded", AssumeRolePolicyDocument=trust(), PermissionsBoundary=S3_READ + "x")
    with refused("NoSuchEntity", status=404):
        client.get_role(RoleName="unbounded")


def not_served():
    # A parameter that nobody reads may be one that restricts.
    with refused("InvalidAction", status=400):
        client.create_login_profile(UserName="somebody", Password="secret")


make_and_read()
list_by_pages()
inline_policies()
managed_policies()
delete()
malformed()
boundary()
not_served()
