// STS by the AWS SDK for JavaScript, as root but for what a role's session does. Arguments: the folder of its modules, a user's access
// key id and secret, a role that the user may assume.
"use strict";

const path = require("path");
const sts = require(path.join(process.argv[2], "@aws-sdk", "client-sts"));

const [, , , accessKeyId, secretAccessKey, RoleArn] = process.argv;
const client = (credentials) => new sts.STSClient({
  region: "us-east-1", endpoint: process.env.AWS_ENDPOINT_URL, maxAttempts: 1, credentials,
});
const session = ({ Credentials: made }) => client({
  accessKeyId: made.AccessKeyId, secretAccessKey: made.SecretAccessKey, sessionToken: made.SessionToken,
});
const user = client({ accessKeyId, secretAccessKey });

function assert(holds, text) {
  if (!holds) throw new Error(text);
}

async function refused(call, name, text) {
  try {
    await call;
  } catch (error) {
    assert(error.name === name && error.message.includes(text), `${error.name}: ${error.message}`);
    return;
  }
  throw new Error(`not refused; ${name} was expected`);
}

async function main() {
  const assume = (more) => user.send(new sts.AssumeRoleCommand({ RoleArn, RoleSessionName: "js", ...more }));
  const made = await assume({ Tags: [{ Key: "team", Value: "blue" }], TransitiveTagKeys: ["team"], SourceIdentity: "ann" });
  assert(made.SourceIdentity === "ann" && made.PackedPolicySize > 0, JSON.stringify(made));
  const who = await session(made).send(new sts.GetCallerIdentityCommand({}));
  assert(who.Arn === made.AssumedRoleUser.Arn && who.UserId === made.AssumedRoleUser.AssumedRoleId, JSON.stringify(who));
  const federated = await user.send(new sts.GetFederationTokenCommand({ Name: "carl" }));
  assert(federated.FederatedUser.Arn.endsWith(":federated-user/carl"), JSON.stringify(federated));
  const temporary = await user.send(new sts.GetSessionTokenCommand({}));
  await refused(session(temporary).send(new sts.GetSessionTokenCommand({})), "AccessDenied", "with session credentials");
  await refused(assume({ Policy: "{" }), "MalformedPolicyDocumentException", "");
  await refused(assume({ RoleArn: `${RoleArn}x` }), "AccessDenied", "is not authorized to perform: sts:AssumeRole");
  await refused(user.send(new sts.DecodeAuthorizationMessageCommand({ EncodedMessage: "x" })),
    "InvalidAuthorizationMessageException", "");
  const { Account } = await user.send(new sts.GetAccessKeyInfoCommand({ AccessKeyId: accessKeyId }));
  assert(Account === "000000000000", Account);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
