// Users, groups, keys and the simulator by the AWS SDK for JavaScript. Argument: the folder of its modules.
"use strict";

const assert = require("assert");
const path = require("path");
const sdk = require(path.join(process.argv[2], "@aws-sdk/client-iam"));

const READ = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
const policy = (Action, Resource) => JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Action, Resource } });

function client(credentials) {
  return new sdk.IAMClient({ region: "us-east-1", endpoint: process.env.AWS_ENDPOINT_URL, maxAttempts: 1, credentials });
}

async function refused(name, call) {
  await assert.rejects(call, (error) => {
    assert.strictEqual(error.name, name, error.message);
    return true;
  });
}

async function main() {
  const root = client();
  const send = (command, input) => root.send(new sdk[command + "Command"](input));
  const { User } = await send("CreateUser", { UserName: "js", Path: "/js/", Tags: [{ Key: "team", Value: "red" }] });
  assert.match(User.UserId, /^AIDA[A-Z2-7]{17}$/);
  assert.strictEqual(User.Arn, "arn:aws:iam::000000000000:user/js/js");
  assert.ok(User.CreateDate instanceof Date);
  await refused("EntityAlreadyExistsException", () => send("CreateUser", { UserName: "JS" }));
  await refused("NoSuchEntityException", () => send("GetUser", { UserName: "none" }));
  await send("PutUserPolicy", { UserName: "js", PolicyName: "own", PolicyDocument: policy("iam:GetUser", "*") });
  const read = await send("GetUserPolicy", { UserName: "js", PolicyName: "own" });
  assert.strictEqual(decodeURIComponent(read.PolicyDocument), policy("iam:GetUser", "*"));
  await send("AttachUserPolicy", { UserName: "js", PolicyArn: READ });
  const attached = await send("ListAttachedUserPolicies", { UserName: "js" });
  assert.deepStrictEqual(attached.AttachedPolicies, [{ PolicyName: "AmazonS3ReadOnlyAccess", PolicyArn: READ }]);
  await send("CreateGroup", { GroupName: "jsers" });
  await send("PutGroupPolicy", { GroupName: "jsers", PolicyName: "p", PolicyDocument: policy("iam:List*", "*") });
  await send("AddUserToGroup", { GroupName: "jsers", UserName: "js" });
  const { AccessKey } = await send("CreateAccessKey", { UserName: "js" });
  const own = client({ accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey });
  assert.strictEqual((await own.send(new sdk.GetUserCommand({}))).User.UserName, "js");
  const names = [];
  for await (const page of sdk.paginateListUsers({ client: own, pageSize: 1 }, {})) {
    names.push(...page.Users.map((user) => user.UserName));
  }
  assert.deepStrictEqual(names, ["js"]);
  await refused("AccessDenied", () => own.send(new sdk.DeleteUserCommand({ UserName: "js" })));
  const { EvaluationResults } = await send("SimulatePrincipalPolicy", {
    PolicySourceArn: User.Arn,
    ActionNames: ["iam:ListUsers", "iam:DeleteUser"],
    ResourceArns: [User.Arn],
  });
  assert.deepStrictEqual(EvaluationResults.map((result) => result.EvalDecision), ["allowed", "implicitDeny"]);
  assert.strictEqual(EvaluationResults[0].MatchedStatements[0].SourcePolicyType, "group");
  const { SummaryMap } = await send("GetAccountSummary", {});
  assert.strictEqual(SummaryMap.Users, 1);
  await refused("DeleteConflictException", () => send("DeleteUser", { UserName: "js" }));
  await send("DeleteAccessKey", { UserName: "js", AccessKeyId: AccessKey.AccessKeyId });
  await send("RemoveUserFromGroup", { GroupName: "jsers", UserName: "js" });
  await send("DetachUserPolicy", { UserName: "js", PolicyArn: READ });
  await send("DeleteUserPolicy", { UserName: "js", PolicyName: "own" });
  await send("DeleteUser", { UserName: "js" });
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
