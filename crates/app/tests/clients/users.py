"""Users, groups, access keys and account aliases through botocore; what a user may do is decided by all that it has."""

import json
import re
import time

import boto3

from checks import allow, document, refused, trust

client = boto3.client("iam")
ACCOUNT = "000000000000"
S3_FULL = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
S3_READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def make_and_read():
    answer = client.create_user(
        UserName="Ann+1=a,b.c@d-e", Path="/team/a/", PermissionsBoundary=S3_READ, Tags=[{"Key": "k", "Value": "v w"}]
    )
    user = answer["User"]
    assert user["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/team/a/Ann+1=a,b.c@d-e", user
    assert re.fullmatch("AIDA[A-Z2-7]{17}", user["UserId"]), user
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == S3_READ
    assert user["PermissionsBoundary"]["PermissionsBoundaryType"] == "Policy"
    read = client.get_user(UserName="ann+1=A,b.c@d-e")["User"]
    assert read == user and read["Tags"] == [{"Key": "k", "Value": "v w"}]
    with refused("EntityAlreadyExists", "User with name ann+1=a,b.c@d-e already exists.", 409):
        client.create_user(UserName="ann+1=a,b.c@d-e")
    root = client.get_user()["User"]
    assert (root["UserId"], root["Arn"]) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"), root
    with refused("NoSuchEntity", "Scope ARN: arn:aws:iam::aws:policy/Nothing does not exist or is not attachable.", 404):
        client.create_user(UserName="bounded", PermissionsBoundary="arn:aws:iam::aws:policy/Nothing")
    with refused("NoSuchEntity", "The user with name bounded cannot be found.", 404):
        client.get_user(UserName="bounded")
    with refused("ValidationError", "at 'userName'", 400):
        client.create_user(UserName="no spaces")


def list_by_pages():
    for number in range(5):
        client.create_user(UserName=f"page{number}", Path="/page/")
    first = client.list_users(MaxItems=3)
    assert first["IsTruncated"] is True and len(first["Users"]) == 3
    pages = client.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 2})
    names = [user["UserName"] for page in pages for user in page["Users"]]
    assert names == ["Ann+1=a,b.c@d-e", "page0", "page1", "page2", "page3", "page4"], names
    under = client.list_users(PathPrefix="/page/")
    assert len(under["Users"]) == 5 and not under["IsTruncated"] and "Tags" not in under["Users"][0]


def rename():
    before = client.get_user(UserName="page4")["User"]
    key = client.create_access_key(UserName="page4")["AccessKey"]
    client.add_user_to_group(GroupName="group", UserName="page4")
    with refused("EntityAlreadyExists", "User with name PAGE3 already exists.", 409):
        client.update_user(UserName="page4", NewUserName="PAGE3")
    client.update_user(UserName="page4", NewUserName="Page4", NewPath="/moved/")
    after = client.get_user(UserName="page4")["User"]
    assert after["UserId"] == before["UserId"] and after["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/moved/Page4", after
    keys = client.list_access_keys(UserName="Page4")["AccessKeyMetadata"]
    assert [each["AccessKeyId"] for each in keys] == [key["AccessKeyId"]]
    groups = client.list_groups_for_user(UserName="Page4")["Groups"]
    assert [group["GroupName"] for group in groups] == ["group"]


def tags():
    client.tag_user(UserName="page0", Tags=[{"Key": "b", "Value": "1"}, {"Key": "a", "Value": ""}])
    client.tag_user(UserName="page0", Tags=[{"Key": "B", "Value": "2"}])
    page = client.list_user_tags(UserName="page0", MaxItems=1)
    assert page["Tags"] == [{"Key": "B", "Value": "2"}] and page["IsTruncated"], page
    assert client.list_user_tags(UserName="page0", Marker=page["Marker"])["Tags"] == [{"Key": "a", "Value": ""}]
    client.untag_user(UserName="page0", TagKeys=["b", "none"])
    assert client.list_user_tags(UserName="page0")["Tags"] == [{"Key": "a", "Value": ""}]
    many = [{"Key": f"k{number}", "Value": ""} for number in range(50)]
    try:
        client.tag_user(UserName="page0", Tags=many)
        raise AssertionError("51 tags were taken")
    except client.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] in ("InvalidInput", "LimitExceeded"), error


def policies_of(noun, name, put, get, list_, delete, attach, detach, list_attached, most):
    """The same for users and groups."""
    of = {f"{noun}Name": name}
    for policy in ("b", "a", "c"):
        put(**of, PolicyName=policy, PolicyDocument=allow("s3:" + policy.upper() + "et*"))
    read = get(**of, PolicyName="b")
    assert (read[f"{noun}Name"], read["PolicyName"]) == (name, "b")
    assert read["PolicyDocument"]["Statement"][0]["Action"] == ["s3:Bet*"]
    page = list_(**of, MaxItems=2)
    assert page["PolicyNames"] == ["a", "b"] and page["IsTruncated"]
    assert list_(**of, Marker=page["Marker"])["PolicyNames"] == ["c"]
    with refused("LimitExceeded", f"Maximum policy size of {most} bytes exceeded for {noun.lower()} {name}", 409):
        put(**of, PolicyName="long", PolicyDocument=allow("s3:Get*", resource="arn:aws:s3:::" + "x" * most))
    with refused("MalformedPolicyDocument", status=400):
        put(**of, PolicyName="bad", PolicyDocument="{}")
    for policy in ("a", "b", "c"):
        delete(**of, PolicyName=policy)
    with refused("NoSuchEntity", f"The {noun.lower()} policy with name a cannot be found.", 404):
        delete(**of, PolicyName="a")
    for arn in (S3_READ, S3_FULL, S3_FULL):
        attach(**of, PolicyArn=arn)
    page = list_attached(**of, MaxItems=1)
    assert page["AttachedPolicies"] == [{"PolicyName": "AmazonS3FullAccess", "PolicyArn": S3_FULL}]
    rest = list_attached(**of, Marker=page["Marker"])
    assert rest["AttachedPolicies"] == [{"PolicyName": "AmazonS3ReadOnlyAccess", "PolicyArn": S3_READ}]
    assert list_attached(**of, PathPrefix="/none/")["AttachedPolicies"] == []
    with refused("NoSuchEntity", "does not exist or is not attachable", 404):
        attach(**of, PolicyArn="arn:aws:iam::aws:policy/Nothing")
    for arn in (S3_READ, S3_FULL):
        detach(**of, PolicyArn=arn)
    with refused("NoSuchEntity", f"Policy {S3_READ} was not found.", 404):
        detach(**of, PolicyArn=S3_READ)
    missing = {f"{noun}Name": "nobody"}
    with refused("NoSuchEntity", f"The {noun.lower()} with name nobody cannot be found.", 404):
        list_(**missing)


def policies():
    c = client
    policies_of(
        "User", "page1", c.put_user_policy, c.get_user_policy, c.list_user_policies, c.delete_user_policy,
        c.attach_user_policy, c.detach_user_policy, c.list_attached_user_policies, 2048,
    )
    policies_of(
        "Group", "group", c.put_group_policy, c.get_group_policy, c.list_group_policies, c.delete_group_policy,
        c.attach_group_policy, c.detach_group_policy, c.list_attached_group_policies, 5120,
    )


def groups():
    group = client.create_group(GroupName="group", Path="/g/")["Group"]
    assert group["Arn"] == f"arn:aws:iam::{ACCOUNT}:group/g/group", group
    assert re.fullmatch("AGPA[A-Z2-7]{17}", group["GroupId"]), group
    with refused("EntityAlreadyExists", "Group with name GROUP already exists.", 409):
        client.create_group(GroupName="GROUP")
    client.create_group(GroupName="another")
    for number in (2, 0, 1):
        client.add_user_to_group(GroupName="group", UserName=f"page{number}")
    client.add_user_to_group(GroupName="group", UserName="page0")
    first = client.get_group(GroupName="group", MaxItems=2)
    assert first["Group"]["GroupId"] == group["GroupId"] and first["IsTruncated"]
    rest = client.get_group(GroupName="group", Marker=first["Marker"])
    assert [user["UserName"] for user in first["Users"] + rest["Users"]] == ["page0", "page1", "page2"]
    assert [each["GroupName"] for each in client.list_groups()["Groups"]] == ["another", "group"]
    assert [each["GroupName"] for each in client.list_groups(PathPrefix="/g/")["Groups"]] == ["group"]
    client.add_user_to_group(GroupName="another", UserName="page0")
    mine = client.list_groups_for_user(UserName="page0")["Groups"]
    assert [each["GroupName"] for each in mine] == ["another", "group"]
    client.remove_user_from_group(GroupName="another", UserName="page0")
    with refused("NoSuchEntity", status=404):
        client.remove_user_from_group(GroupName="another", UserName="page0")
    with refused("NoSuchEntity", "The user with name nobody cannot be found.", 404):
        client.add_user_to_group(GroupName="group", UserName="nobody")
    client.update_group(GroupName="another", NewGroupName="Other", NewPath="/o/")
    assert client.get_group(GroupName="other")["Group"]["Path"] == "/o/"
    client.delete_group(GroupName="Other")
    with refused("NoSuchEntity", "The group with name other cannot be found.", 404):
        client.get_group(GroupName="other")
    with refused("DeleteConflict", "Cannot delete entity, must remove users from group first.", 409):
        client.delete_group(GroupName="group")


def group_limit():
    for number in range(10):
        client.create_group(GroupName=f"many{number}")
        if number < 9:
            client.add_user_to_group(GroupName=f"many{number}", UserName="page0")
    with refused("LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10", 409):
        client.add_user_to_group(GroupName="many9", UserName="page0")
    for number in range(9):
        client.remove_user_from_group(GroupName=f"many{number}", UserName="page0")


def access_keys():
    key = client.create_access_key(UserName="page2")["AccessKey"]
    assert re.fullmatch("AKIA[A-Z2-7]{16}", key["AccessKeyId"]) and len(key["SecretAccessKey"]) == 40, key
    assert (key["UserName"], key["Status"]) == ("page2", "Active")
    mine = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
    who = mine.client("sts").get_caller_identity()
    user = client.get_user(UserName="page2")["User"]
    assert (who["Arn"], who["UserId"], who["Account"]) == (user["Arn"], user["UserId"], ACCOUNT), who
    # A user may do nothing that no policy of its own allows.
    denied = f"User: {user['Arn']} is not authorized to perform: iam:GetUser on resource: {user['Arn']}"
    with refused("AccessDenied", denied + " because no identity-based policy allows the iam:GetUser action", 403):
        mine.client("iam").get_user()
    own = document({
        "Effect": "Allow", "Action": ["iam:GetUser", "iam:*AccessKey*"],
        "Resource": f"arn:aws:iam::{ACCOUNT}:user/*/${{aws:username}}",
    })
    client.put_user_policy(UserName="page2", PolicyName="own", PolicyDocument=own)
    assert mine.client("iam").get_user()["User"]["UserName"] == "page2"
    with refused("AccessDenied", "iam:GetUser on resource", 403):
        mine.client("iam").get_user(UserName="page1")
    # It changes its own key for another one.
    second = mine.client("iam").create_access_key()["AccessKey"]
    with refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", 409):
        client.create_access_key(UserName="page2")
    listed = client.list_access_keys(UserName="page2", MaxItems=1)
    assert listed["IsTruncated"] and len(listed["AccessKeyMetadata"]) == 1
    other = boto3.Session(second["AccessKeyId"], second["SecretAccessKey"])
    other.client("iam").update_access_key(AccessKeyId=key["AccessKeyId"], Status="Inactive")
    with refused("InvalidClientTokenId", status=403):
        mine.client("sts").get_caller_identity()
    statuses = {each["AccessKeyId"]: each["Status"] for each in client.list_access_keys(UserName="page2")["AccessKeyMetadata"]}
    assert statuses == {key["AccessKeyId"]: "Inactive", second["AccessKeyId"]: "Active"}
    last = client.get_access_key_last_used(AccessKeyId=second["AccessKeyId"])
    assert last["UserName"] == "page2", last
    assert (last["AccessKeyLastUsed"]["ServiceName"], last["AccessKeyLastUsed"]["Region"]) == ("iam", "us-east-1"), last
    assert abs(last["AccessKeyLastUsed"]["LastUsedDate"].timestamp() - time.time()) < 600
    never = client.create_access_key(UserName="page3")["AccessKey"]["AccessKeyId"]
    last = client.get_access_key_last_used(AccessKeyId=never)["AccessKeyLastUsed"]
    assert (last["ServiceName"], last["Region"]) == ("N/A", "N/A") and "LastUsedDate" not in last, last
    client.delete_access_key(UserName="page3", AccessKeyId=never)
    with refused("NoSuchEntity", f"The Access Key with id {never} cannot be found.", 404):
        client.delete_access_key(UserName="page3", AccessKeyId=never)
    with refused("NoSuchEntity", f"The Access Key with id {key['AccessKeyId']} cannot be found.", 404):
        client.delete_access_key(UserName="page1", AccessKeyId=key["AccessKeyId"])
    with refused("DeleteConflict", "Cannot delete entity, must delete access keys first.", 409):
        client.delete_user(UserName="page2")
    other.client("iam").delete_access_key(AccessKeyId=key["AccessKeyId"])
    client.delete_access_key(UserName="page2", AccessKeyId=second["AccessKeyId"])
    with refused("InvalidClientTokenId", status=403):
        other.client("sts").get_caller_identity()


def root_keys():
    first = client.list_access_keys()["AccessKeyMetadata"][0]["AccessKeyId"]
    with refused("LimitExceeded", "last active access key", 409):
        client.update_access_key(AccessKeyId=first, Status="Inactive")
    second = client.create_access_key()["AccessKey"]
    session = boto3.Session(second["AccessKeyId"], second["SecretAccessKey"])
    assert session.client("sts").get_caller_identity()["Arn"].endswith(":root")
    client.delete_access_key(AccessKeyId=second["AccessKeyId"])


def delete():
    client.attach_user_policy(UserName="page2", PolicyArn=S3_READ)
    with refused("DeleteConflict", "Cannot delete entity, must remove users from group first.", 409):
        client.delete_user(UserName="page2")
    client.remove_user_from_group(GroupName="group", UserName="page2")
    with refused("DeleteConflict", "Cannot delete entity, must detach all policies first.", 409):
        client.delete_user(UserName="page2")
    client.detach_user_policy(UserName="page2", PolicyArn=S3_READ)
    with refused("DeleteConflict", "Cannot delete entity, must delete policies first.", 409):
        client.delete_user(UserName="page2")
    client.delete_user_policy(UserName="page2", PolicyName="own")
    before = client.get_user(UserName="page2")["User"]["UserId"]
    client.delete_user(UserName="page2")
    with refused("NoSuchEntity", "The user with name page2 cannot be found.", 404):
        client.delete_user(UserName="page2")
    # One that is made again is another principal.
    assert client.create_user(UserName="page2")["User"]["UserId"] != before


def boundary():
    client.put_user_permissions_boundary(UserName="page0", PermissionsBoundary=S3_FULL)
    assert client.get_user(UserName="page0")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == S3_FULL
    client.delete_user_permissions_boundary(UserName="page0")
    assert "PermissionsBoundary" not in client.get_user(UserName="page0")["User"]
    with refused("NoSuchEntity", status=404):
        client.put_user_permissions_boundary(UserName="page0", PermissionsBoundary="arn:aws:iam::aws:policy/Nothing")


def s3_decisions():
    """A user with a boundary and a group: what the group grants, within the boundary, unless its own policy denies."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="shared")
    for key in ("red/a", "red/secret", "blue/a"):
        s3.put_object(Bucket="shared", Key=key, Body=key.encode())
    client.create_user(UserName="reader", Path="/s3/", Tags=[{"Key": "team", "Value": "red"}])
    key = client.create_access_key(UserName="reader")["AccessKey"]
    mine = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"]).client("s3")

    def get(name):
        return mine.get_object(Bucket="shared", Key=name)["Body"].read()

    with refused("AccessDenied", status=403):
        get("red/a")
    client.create_group(GroupName="readers")
    team = document({
        "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": "arn:aws:s3:::shared/${aws:PrincipalTag/team}/*",
    })
    client.put_group_policy(GroupName="readers", PolicyName="team", PolicyDocument=team)
    with refused("AccessDenied", status=403):
        get("red/a")
    client.add_user_to_group(GroupName="readers", UserName="reader")
    assert get("red/a") == b"red/a"
    mine.put_object(Bucket="shared", Key="red/b", Body=b"b")
    with refused("AccessDenied", status=403):
        get("blue/a")
    # A group's policy is read at each request.
    client.attach_group_policy(GroupName="readers", PolicyArn=S3_READ)
    assert get("blue/a") == b"blue/a"
    client.detach_group_policy(GroupName="readers", PolicyArn=S3_READ)
    with refused("AccessDenied", status=403):
        get("blue/a")
    client.put_user_permissions_boundary(UserName="reader", PermissionsBoundary=S3_READ)
    assert get("red/a") == b"red/a"
    with refused("AccessDenied", status=403):
        mine.put_object(Bucket="shared", Key="red/b", Body=b"c")
    deny = document({"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::shared/*/secret"})
    client.put_user_policy(UserName="reader", PolicyName="deny", PolicyDocument=deny)
    with refused("AccessDenied", status=403):
        get("red/secret")
    client.delete_user_permissions_boundary(UserName="reader")
    mine.put_object(Bucket="shared", Key="red/b", Body=b"c")
    client.tag_user(UserName="reader", Tags=[{"Key": "team", "Value": "blue"}])
    assert get("blue/a") == b"blue/a"
    with refused("AccessDenied", status=403):
        get("red/a")
    client.remove_user_from_group(GroupName="readers", UserName="reader")
    with refused("AccessDenied", status=403):
        get("blue/a")


def aliases():
    assert client.list_account_aliases()["AccountAliases"] == []
    client.create_account_alias(AccountAlias="an-alias")
    with refused("EntityAlreadyExists", "The account alias an-alias already exists.", 409):
        client.create_account_alias(AccountAlias="an-alias")
    client.create_account_alias(AccountAlias="another")
    assert client.list_account_aliases()["AccountAliases"] == ["another"]
    with refused("NoSuchEntity", "The account alias an-alias cannot be found.", 404):
        client.delete_account_alias(AccountAlias="an-alias")
    with refused("ValidationError", "accountAlias", 400):
        client.create_account_alias(AccountAlias="An-alias")
    client.delete_account_alias(AccountAlias="another")
    assert client.list_account_aliases()["AccountAliases"] == []


def summary():
    counts = client.get_account_summary()["SummaryMap"]
    users = len(client.list_users()["Users"])
    assert counts["Users"] == users and counts["Groups"] == len(client.list_groups()["Groups"]), counts
    assert (counts["AccessKeysPerUserQuota"], counts["UsersQuota"], counts["AccountAccessKeysPresent"]) == (2, 5000, 1)


def details():
    """All that may do something, with what it may do."""
    client.create_user(UserName="detail", Path="/d/", PermissionsBoundary=S3_FULL, Tags=[{"Key": "k", "Value": "v"}])
    client.put_user_policy(UserName="detail", PolicyName="own", PolicyDocument=allow("s3:Get*"))
    client.create_group(GroupName="details")
    client.attach_group_policy(GroupName="details", PolicyArn=S3_READ)
    client.add_user_to_group(GroupName="details", UserName="detail")
    client.create_role(RoleName="detail", AssumeRolePolicyDocument=trust())
    client.put_role_policy(RoleName="detail", PolicyName="own", PolicyDocument=allow("s3:Put*"))
    policy = client.create_policy(PolicyName="detail", PolicyDocument=allow("s3:List*"), Description="what")["Policy"]["Arn"]
    client.create_policy_version(PolicyArn=policy, PolicyDocument=allow("s3:List*", "s3:Get*"), SetAsDefault=True)
    client.attach_role_policy(RoleName="detail", PolicyArn=policy)
    found = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    for page in client.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 3}):
        for name, rows in found.items():
            rows.extend(page[name])
    user = next(each for each in found["UserDetailList"] if each["UserName"] == "detail")
    assert (user["Path"], user["GroupList"], user["Tags"]) == ("/d/", ["details"], [{"Key": "k", "Value": "v"}]), user
    assert user["UserPolicyList"][0]["PolicyDocument"]["Statement"][0]["Action"] == ["s3:Get*"], user
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == S3_FULL and user["AttachedManagedPolicies"] == []
    group = next(each for each in found["GroupDetailList"] if each["GroupName"] == "details")
    assert group["AttachedManagedPolicies"] == [{"PolicyName": "AmazonS3ReadOnlyAccess", "PolicyArn": S3_READ}], group
    role = next(each for each in found["RoleDetailList"] if each["RoleName"] == "detail")
    assert role["AssumeRolePolicyDocument"] == json.loads(trust()) and role["InstanceProfileList"] == [], role
    assert role["RolePolicyList"][0]["PolicyName"] == "own" and role["AttachedManagedPolicies"][0]["PolicyArn"] == policy
    local = next(each for each in found["Policies"] if each["Arn"] == policy)
    assert (local["DefaultVersionId"], local["AttachmentCount"], local["Description"]) == ("v2", 1, "what"), local
    assert [each["VersionId"] for each in local["PolicyVersionList"]] == ["v2", "v1"], local
    users = [each["UserName"] for page in [client.list_users()] for each in page["Users"]]
    assert [each["UserName"] for each in found["UserDetailList"]] == users
    assert len({each["Arn"] for each in found["Policies"]}) == len(found["Policies"])
    s3_read = next(each for each in found["Policies"] if each["Arn"] == S3_READ)
    assert s3_read["AttachmentCount"] >= 1 and s3_read["PolicyVersionList"][0]["IsDefaultVersion"] is True
    only = client.get_account_authorization_details(Filter=["LocalManagedPolicy", "Group"], MaxItems=1000)
    assert [each["Arn"] for each in only["Policies"]] == [policy] and only["GroupDetailList"] and not only["UserDetailList"]
    with refused("ValidationError", "at 'filter", 400):
        client.get_account_authorization_details(Filter=["Robot"])
    # The simulator knows the role's policies, the customer's and its boundary.
    arn = role["Arn"]
    client.put_role_permissions_boundary(RoleName="detail", PermissionsBoundary=S3_READ)
    asked = {"PolicySourceArn": arn, "ActionNames": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]}
    results = client.simulate_principal_policy(**asked)["EvaluationResults"]
    assert [each["EvalDecision"] for each in results] == ["allowed", "implicitDeny", "allowed"], results
    assert results[1]["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    assert results[0]["MatchedStatements"][0]["SourcePolicyType"] == "user-managed"
    free = client.simulate_principal_policy(**asked, PolicyExclusionList=[
        {"PolicyType": "permission-boundary"}, {"PolicyArn": policy}])["EvaluationResults"]
    assert [each["EvalDecision"] for each in free] == ["implicitDeny", "allowed", "implicitDeny"], free


def decisions(results):
    return [(each["EvalActionName"], each["EvalResourceName"], each["EvalDecision"]) for each in results]


def simulate():
    """What the simulator says of a user is what the server decides of it."""
    client.create_user(UserName="sim", Tags=[{"Key": "team", "Value": "red"}])
    key = client.create_access_key(UserName="sim")["AccessKey"]
    client.create_group(GroupName="sims")
    client.add_user_to_group(GroupName="sims", UserName="sim")
    own = document(
        {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::shared/${aws:PrincipalTag/team}/*"},
        {"Sid": "No", "Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::*/secret"},
    )
    client.put_user_policy(UserName="sim", PolicyName="own", PolicyDocument=own)
    client.attach_group_policy(GroupName="sims", PolicyArn=S3_READ)
    client.put_user_permissions_boundary(UserName="sim", PermissionsBoundary=S3_READ)
    arn = client.get_user(UserName="sim")["User"]["Arn"]
    keys = ["red/a", "red/secret", "blue/a"]
    asked = {
        "PolicySourceArn": arn, "ActionNames": ["s3:GetObject", "s3:PutObject"],
        "ResourceArns": [f"arn:aws:s3:::shared/{key}" for key in keys],
    }
    pages = client.get_paginator("simulate_principal_policy").paginate(**asked, PaginationConfig={"PageSize": 2})
    results = [result for page in pages for result in page["EvaluationResults"]]
    s3 = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"]).client("s3")

    def served(action, name):
        try:
            if action == "s3:GetObject":
                s3.get_object(Bucket="shared", Key=name)
            else:
                s3.put_object(Bucket="shared", Key=name, Body=b"")
            return True
        except s3.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDenied", error
            return False

    said = {(action, resource): decision for action, resource, decision in decisions(results)}
    assert len(said) == 6
    for (action, resource), decision in said.items():
        assert served(action, resource.split(":::shared/")[1]) == (decision == "allowed"), (action, resource, decision)
    assert said["s3:GetObject", "arn:aws:s3:::shared/red/secret"] == "explicitDeny"
    assert said["s3:PutObject", "arn:aws:s3:::shared/red/a"] == "implicitDeny"
    denied = results[1]["ResourceSpecificResults"][0]["MatchedStatements"]
    # Where a statement denies, it alone is named, with its place in the document.
    assert [each["SourcePolicyId"] for each in denied] == ["user_sim_own"] and denied[0]["SourcePolicyType"] == "user"
    start = denied[0]["StartPosition"]
    assert (start["Line"], own[start["Column"] - 1]) == (1, "{") and own[start["Column"]:].startswith('"Sid": "No"'), start
    assert own[: denied[0]["EndPosition"]["Column"] - 1].endswith("}"), denied
    assert results[3]["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    free = client.simulate_principal_policy(**asked, PolicyExclusionList=[{"PolicyType": "permission-boundary"}])
    assert free["EvaluationResults"][3]["EvalDecision"] == "allowed"
    mixed = document({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {
        "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}}})
    needed = client.get_context_keys_for_custom_policy(PolicyInputList=[mixed])["ContextKeyNames"]
    assert sorted(name.lower() for name in needed) == ["aws:sourceip", "aws:tagkeys"]
    custom = {"PolicyInputList": [mixed], "ActionNames": ["s3:GetObject"]}
    nothing = client.simulate_custom_policy(**custom)["EvaluationResults"][0]
    assert nothing["EvalDecision"] == "implicitDeny"
    assert sorted(name.lower() for name in nothing["MissingContextValues"]) == ["aws:sourceip", "aws:tagkeys"]
    entries = [
        {"ContextKeyName": "aws:SourceIp", "ContextKeyValues": ["10.1.2.3"], "ContextKeyType": "ip"},
        {"ContextKeyName": "aws:TagKeys", "ContextKeyValues": ["x", "b"], "ContextKeyType": "stringList"},
    ]
    all_there = client.simulate_custom_policy(**custom, ContextEntries=entries)["EvaluationResults"][0]
    assert (all_there["EvalDecision"], all_there["MissingContextValues"]) == ("allowed", [])
    # A page of many statements is shorter than was asked for, and says so.
    many = document(*[{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}] * 200)
    actions = [f"s3:GetA{number}" for number in range(600)]
    page = client.simulate_custom_policy(PolicyInputList=[many], ActionNames=actions, MaxItems=1000)
    assert (len(page["EvaluationResults"]), page["IsTruncated"]) == (500, True)
    rest = client.simulate_custom_policy(PolicyInputList=[many], ActionNames=actions, Marker=page["Marker"])
    assert (len(rest["EvaluationResults"]), rest["IsTruncated"]) == (100, False)
    assert rest["EvaluationResults"][-1]["EvalActionName"] == "s3:GetA599"
    long = {"ContextKeyName": "aws:UserAgent", "ContextKeyValues": ["x" * 2049], "ContextKeyType": "string"}
    with refused("InvalidInput", "longer than 2048 bytes", 400):
        client.simulate_custom_policy(**custom, ContextEntries=[long])
    with refused("InvalidInput", "At most 1000 actions", 400):
        client.simulate_custom_policy(PolicyInputList=[mixed], ActionNames=actions * 2)
    with refused("InvalidInput", "Invalid policy PolicyInputList.1", 400):
        client.simulate_custom_policy(PolicyInputList=["{}"], ActionNames=["s3:GetObject"])
    with refused("NoSuchEntity", status=404):
        client.simulate_principal_policy(PolicySourceArn=arn + "x", ActionNames=["s3:GetObject"])
    sim = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"]).client("iam")
    with refused("AccessDenied", "iam:SimulatePrincipalPolicy on resource: " + arn, 403):
        sim.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["s3:GetObject"])


make_and_read()
list_by_pages()
groups()
group_limit()
tags()
policies()
rename()
access_keys()
root_keys()
boundary()
delete()
s3_decisions()
simulate()
details()
aliases()
summary()
print(json.dumps("done"))
