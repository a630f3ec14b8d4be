// GetCallerIdentity by the AWS SDK for JavaScript, with credentials of a web identity token file. Argument: the folder of its modules.
"use strict";

const path = require("path");
const sdk = (name) => require(path.join(process.argv[2], "@aws-sdk", name));
const { STSClient, AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand } = sdk("client-sts");
const { fromTokenFile } = sdk("credential-provider-web-identity");

const place = { region: "us-east-1", endpoint: process.env.AWS_ENDPOINT_URL };

// The SDK's own assumer of this version takes no endpoint.
async function roleAssumerWithWebIdentity(members) {
  const { Credentials: made } = await new STSClient(place).send(new AssumeRoleWithWebIdentityCommand(members));
  return { accessKeyId: made.AccessKeyId, secretAccessKey: made.SecretAccessKey, sessionToken: made.SessionToken };
}

async function main() {
  const client = new STSClient({ ...place, credentials: fromTokenFile({ roleAssumerWithWebIdentity }) });
  const { Arn } = await client.send(new GetCallerIdentityCommand({}));
  console.log(JSON.stringify({ Arn }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
