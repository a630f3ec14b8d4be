// The role whose credentials the AWS SDK for JavaScript finds by itself. Argument: the folder of its modules.
"use strict";

const path = require("path");
const sts = require(path.join(process.argv[2], "@aws-sdk", "client-sts"));

const client = new sts.STSClient({ region: "us-east-1", endpoint: process.env.AWS_ENDPOINT_URL, maxAttempts: 1 });
client.send(new sts.GetCallerIdentityCommand({})).then(
  ({ Arn }) => console.log(Arn.split("/")[1]),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
