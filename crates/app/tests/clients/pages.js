// Pages of profiles by the AWS SDK for JavaScript. Arguments: the folder of its modules, the page size, how many pages, and
// where wanted the token to begin with. Prints the names and the token of the last page, as JSON.
"use strict";

const path = require("path");
const sdk = require(path.join(process.argv[2], "@aws-sdk/client-rolesanywhere"));
const [pageSize, most, startingToken] = process.argv.slice(3);

async function list() {
  const client = new sdk.RolesAnywhereClient({ region: "us-east-1", endpoint: process.env.AWS_ENDPOINT_URL, maxAttempts: 1 });
  const names = [];
  let token;
  let pages = 0;
  for await (const page of sdk.paginateListProfiles({ client, startingToken }, { pageSize: Number(pageSize) })) {
    names.push(...page.profiles.map((profile) => profile.name));
    token = page.nextToken;
    pages += 1;
    if (pages === Number(most)) break;
  }
  console.log(JSON.stringify({ names, token }));
}

list().catch((error) => {
  console.error(error);
  process.exit(1);
});
