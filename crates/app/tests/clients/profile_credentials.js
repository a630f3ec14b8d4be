// The access key id that AWS_PROFILE of AWS_CONFIG_FILE gives to the AWS SDK for JavaScript. Argument: the folder of its modules.
"use strict";

const path = require("path");
const sdk = require(path.join(process.argv[2], "@aws-sdk/client-iam"));

new sdk.IAMClient({ region: "us-east-1" }).config
  .credentials()
  .then((credentials) => console.log(credentials.accessKeyId))
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
