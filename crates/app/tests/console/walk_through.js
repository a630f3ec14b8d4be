// A public walk-through by hand: sign in, anchor, role, profile. Returns the three ARNs and the trust policy that the fields wrote.
"use strict";

const { run } = require("./driver.js");
const clicks = require("./clicks.js");

run(async (session) => {
  const { pem, subject, bound, fields, managed, scripts } = session.given;
  await session.open({ javaScriptEnabled: scripts });
  await clicks.signIn(session);
  const anchor = await clicks.createTrustAnchor(session, { name: "walk", pem, subject });
  const role = await clicks.createRole(session, { name: "walker", anchor: bound ? anchor : null, fields, managed });
  const profile = await clicks.createProfile(session, { name: "walk", role: "walker" });
  return { anchor, role: role.arn, policy: role.policy, profile };
});
