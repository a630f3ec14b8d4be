// GetCallerIdentity by the AWS SDK for JavaScript, with credentials of a web identity token file. Argument: the folder of its modules.
"use strict";

const path = require("path");
const sdk = (name) => require(path.join(process.argv[2], "@aws-sdk", name));
const { STSClient, GetCallerIdentityCommand, getDefaultRoleAssumerWithWebIdentity } = sdk("client-sts");
const { fromTokenFile } = sdk("credential-provider-web-identity");

const region = "us-east-1";
const endpoint = process.env.AWS_ENDPOINT_URL;

async function main() {
  const credentials = fromTokenFile({
    roleAssumerWithWebIdentity: getDefaultRoleAssumerWithWebIdentity({ region, endpoint }),
  });
  const client = new STSClient({ region, endpoint, credentials });
  const { Arn } = await client.send(new GetCallerIdentityCommand({}));
  console.log(JSON.stringify({ Arn }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
