// What people do on pages that links lead to, right and wrong, and the pages that this leads to: a table of deeds, each carried out and
// looked at. Called by pages.js once its crawl has found the pages that the deeds begin at.
"use strict";

/// The text that a form asks to be typed again, and another one.
const AGAIN = true;
const OTHER = "another";
/// What was typed wrong on purpose.
const BROKEN = '{\n  "Version": "2012-10-17",\n  "Statement": [\n    { "Effect": "Allow" "Action": "s3:*", "Resource": "*" }\n  ]\n}';
const RUBBISH = "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----";
const KEY = "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----";
const LIST = RUBBISH.replaceAll("CERTIFICATE", "X509 CRL");
const MANAGED = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
const ACTIONS = Array.from({ length: 60 }, (_, number) => `s3:Get${String.fromCharCode(65 + number % 26)}${number}`);

/// A deed has the page that it begins `at` (where the last one has led, if it has none), what to `type`, `pick` and `tick` by the labels of the form
/// with the button `press` (`again`: what it asks to be typed again), and the answer's `status`, 200 if it has none, with what the page then `says`. What follows is looked at, as the
/// page `is`, and its picture kept if it `isKept`; where it is none, the deed only has to be answered. Before it a link may be to `follow`.
const table = ({ pem, csr }) => [
  // Answers that are pages of their own.
  { is: "simulate decided", isKept: true, at: "simulate?principal", press: "Decide", says: "What would be decided", type: {
    "Actions": "s3:PutObject\ns3:DeleteBucket\nec2:RunInstances", "Resources": "arn:aws:s3:::backups/nightly.tar", "Condition keys": "aws:PrincipalTag/x509Subject/OU=Operations" } },
  { at: "simulate?principal", press: "Decide", type: { Actions: ACTIONS.join("\n") } },
  { is: "simulate decided, the next page", press: "Next page" },
  { is: "simulate with a broken policy", at: "simulate", press: "Decide", status: 400, says: "Line 4", type: { "Actions": "s3:PutObject", "Policy (JSON)": BROKEN } },
  { is: "join-tokens/new done", isKept: true, at: "join-tokens/new", press: "Create the token", says: "shown once", type: {
    "Subject": "web-*", "Alternative names": "web-*.example.org\nspiffe://example.org/web", "Description": "Web servers of the factory" } },
  { is: "join-tokens/new for everyone", at: "join-tokens/new", press: "Create the token", status: 400, type: { "Subject": "CN", "How many machines may use it": "many" } },
  { is: "join-tokens/:key/delete of another", at: "join-tokens/:key/delete", press: "Delete the token", status: 400, says: "to go on", again: OTHER },
  { is: "trust-anchors/create reviewed", isKept: true, at: "trust-anchors/create", press: "Look at the certificates", says: "What would be trusted", type: { "Name": "warehouse", "CA certificates, PEM": pem } },
  { is: "trust-anchors/create with rubbish", at: "trust-anchors/create", press: "Look at the certificates", status: 400, type: { "Name": "warehouse", "CA certificates, PEM": RUBBISH } },
  { is: "trust-anchors/create with a private key", isKept: true, at: "trust-anchors/create", press: "Look at the certificates", status: 400, says: "private key", type: { "Name": "warehouse", "CA certificates, PEM": KEY } },
  { is: "trust-anchors/create with a name too long", at: "trust-anchors/create", press: "Look at the certificates", status: 400, says: "255", type: { "Name": "w".repeat(256), "CA certificates, PEM": pem } },
  { is: "trust-anchors/:id/delete of another", at: "trust-anchors/:id/delete", press: "Delete for good", status: 400, again: OTHER },

  // What is typed wrong.
  { is: "profiles/create with a broken policy", isKept: true, at: "profiles/create", press: "Save", status: 400, says: "Line 4", type: { "Name": "nightly", "Session policy, JSON": BROKEN } },
  { is: "profiles/:id/delete of another", at: "profiles/:id/delete", press: "Delete for good", status: 400, again: OTHER },
  { is: "crls/import with rubbish", at: "crls/import?anchor", press: "Import", status: 400, type: { "Name": "revoked", "Revocation list, PEM": LIST } },
  { is: "crls/:id/delete of another", at: "crls/:id/delete", press: "Delete for good", status: 400, again: OTHER },
  { is: "roles/~new with a name too long", at: "roles/~new", press: "Create the role", status: 400, says: "64", type: { Name: "r".repeat(65) } },
  { is: "roles/~new written", isKept: true, at: "roles/~new", press: "Write the JSON from the fields", type: { "Name": "press", "Organizational unit (OU)": "Operations" } },
  { is: "roles/:name/trust broken", at: "roles/:name/trust", press: "Save the trust policy", status: 400, says: "Line 4", type: { "Trust policy (JSON)": BROKEN } },
  { is: "roles/:name/inline broken", at: "roles/:name/inline", press: "Save the policy", status: 400, says: "Line 4", type: { "Name of the policy": "more", "Policy (JSON)": BROKEN } },
  { is: "roles/:name/edit too short", at: "roles/:name/edit", press: "Save", status: 400, type: { "Longest session, in seconds": "60" } },
  { is: "roles/:name/delete of another", at: "roles/:name/delete", press: /^Delete/, status: 400, again: OTHER },
  { is: "policies/new broken", at: "policies/new", press: "Create the policy", status: 400, says: "Line 4", type: { "Name": "more", "Policy (JSON)": BROKEN } },
  { is: "policies/:arn/versions broken", at: "policies/:arn/versions", press: "Create the version", status: 400, says: "Line 4", type: { "Policy (JSON)": BROKEN } },
  { is: "policies/:arn/delete in use", at: "policies/:arn/delete", press: /^Delete/, status: 409, again: AGAIN },
  { is: "authorities/new with a name too long", at: "authorities/new", press: "Create the CA", status: 400, type: { "Common name (CN)": "c".repeat(65) } },
  { is: "authorities/:id/issue with rubbish", at: "authorities/:id/issue", press: "Issue the certificate", status: 400, type: { "Signing request (PEM)": RUBBISH } },
  { is: "authorities/:id/revocation refused", at: "authorities/:id/revocation", press: "Save", status: 400, tick: "Publish a revocation list", type: { "Days that a list holds": "none" } },
  { is: "authorities/:id/delete of another", at: "authorities/:id/delete", press: "Delete the CA", status: 400, again: OTHER },
  { is: "certificates/:id/:key/revoke of another", at: "certificates/:id/:key/revoke", press: "Revoke the certificate", status: 400, again: OTHER },

  // What is done right, with what the page says then.
  { is: "authorities/:id/issue done", at: "authorities/:id/issue", press: "Issue the certificate", says: "Created", type: { "Signing request (PEM)": csr } },
  { is: "certificates/:id/:key revoked", isKept: true, at: "certificates/:id/:key/revoke", press: "Revoke the certificate", says: "Revoked", pick: { Reason: "KEY_COMPROMISE" }, again: AGAIN },
  { is: "roles/:name detached", at: "roles/:name", press: /^Detach /, says: "Saved" },
  { press: "Attach", type: { "Attach a managed policy": MANAGED } },
  { is: "roles/:name attach refused", press: "Attach", status: 404, type: { "Attach a managed policy": "arn:aws:iam::aws:policy/NoSuch" } },
  { is: "roles/:name with a boundary", at: "roles/:name", press: "Set", says: "Nothing that the role does goes beyond", type: { "Set the boundary": MANAGED } },
  { press: "Remove the boundary" },
  { is: "roles/:name untagged", press: /^Remove the tag /, says: "No tags yet" },
  { press: "Set tag", type: { "Tag key": "team", "Tag value": "platform" } },
  { is: "policies/:arn in force again", at: "policies/:arn", press: "Put in force: version v1", says: "Saved" },
  { press: "Set tag", type: { "Tag key": "team", "Tag value": "platform" } },
  { press: /^Remove the tag / },
  { is: "policies/:arn/delete-version/:version of another", at: "policies/:arn/delete-version/:version", press: /^Delete/, status: 400, again: OTHER },
  { is: "policies/:arn without a version", at: "policies/:arn/delete-version/:version", press: /^Delete/, says: "Deleted", again: AGAIN },
  { is: "profiles/:id mapped", at: "profiles/:id", press: "Set mapping", says: "Saved", pick: { Field: "x509SAN" }, type: { Attributes: "DNS URI" } },
  { press: /^Delete the mapping of x509SAN DNS/ },
  { is: "profiles/:id mapping refused", at: "profiles/:id", press: "Set mapping", status: 400, type: { Attributes: "no-such-attribute" } },
  ...["trust-anchors/:id", "profiles/:id", "crls/:id"].flatMap((at) => [
    { is: `${at} disabled`, at, press: "Disable", says: "Disabled" },
    { press: "Enable" },
  ]),
  ...["trust-anchors/:id", "profiles/:id", "crls/:id", "subjects/:id"].flatMap((at) => [
    { is: `${at} tagged`, at, press: "Set tag", says: "Tags saved", type: { "Tag key": "cost-centre", "Tag value": "4711" } },
    { press: "Remove the tag cost-centre" },
    { is: `${at} tag refused`, at, press: "Set tag", status: 400, type: { "Tag key": "aws:reserved" } },
  ]),
  { at: "trust-anchors/:id", press: "Save", type: { "Days before the end": "30" } },
  { is: "trust-anchors/:id warnings refused", at: "trust-anchors/:id", press: "Save", status: 400, type: { "Days before the end": "0" } },
  { at: "trust-anchors/:id", press: "Default" },
  { is: "crls with one deleted", at: "crls/:id/delete", press: "Delete for good", says: "Deleted", again: AGAIN },

  // A private CA from its request to its restoration.
  { is: "authorities/:id waiting", isKept: true, at: "authorities/new", press: "Create the CA", says: "Signed by", pick: { Kind: "SUBORDINATE" }, type: { "Common name (CN)": "Example Site CA" } },
  { is: "authorities/:id import refused", press: "Bring in", status: 400, type: { "Certificate (PEM)": RUBBISH } },
  { is: "authorities/:id signed", press: "Sign and bring in", says: "Imported", type: { "Valid for": "1" } },
  { is: "authorities/:id disabled", press: "Disable", says: "Disabled" },
  { press: "Enable" },
  { press: "Disable" },
  { is: "authorities with one deleted", follow: "Delete", press: "Delete the CA", says: "Deleted", again: AGAIN },
  { is: "authorities/:id deleted", isKept: true, follow: "Example Site CA", says: "can be restored until" },
  { is: "authorities/:id restored", press: "Restore", says: "Saved" },
];

async function carryOut(session, deed, seen) {
  const { page } = session;
  if (deed.at !== undefined) {
    if (!seen.has(deed.at)) throw new Error(`no link has led to ${deed.at}`);
    await page.goto(seen.get(deed.at));
  }
  if (deed.follow) await Promise.all([page.waitForNavigation(), page.locator("main").getByRole("link", { name: deed.follow, exact: true }).first().click()]);
  if (deed.press) {
    const button = page.getByRole("button", { name: deed.press, exact: true });
    const form = page.locator("main form", { has: button }).first();
    for (const [label, option] of Object.entries(deed.pick ?? {})) await form.getByLabel(label, { exact: true }).selectOption(option);
    if (deed.tick) await form.getByLabel(deed.tick, { exact: true }).check();
    for (const [label, text] of Object.entries(deed.type ?? {})) await form.getByLabel(label, { exact: true }).first().fill(text);
    if (deed.again) {
      const text = deed.again === AGAIN ? await form.locator("strong, label b").first().innerText() : deed.again;
      await form.locator("[name=confirm], [name=name]").fill(text);
    }
    const [response] = await Promise.all([page.waitForNavigation(), page.locator("main").locator(button).first().click()]);
    const wanted = deed.status ?? 200;
    if (response.status() !== wanted) throw new Error(`it is answered by ${response.status()}, not ${wanted}`);
  }
  const text = await page.locator("main").innerText();
  if (deed.says && !text.includes(deed.says)) throw new Error(`the page doesn't say "${deed.says}"`);
}

/// Carries the deeds out, one after the other; `seen` are the kinds of pages with a URL of each.
exports.deeds = async (session, eye, seen) => {
  session.expectsRefusal = true;
  for (const [place, deed] of table(session.given).entries()) {
    // What fails is told with all else, once the others are done.
    await session.step(`${deed.is ?? deed.press} (deed ${place + 1})`, async () => {
      await carryOut(session, deed, seen);
      if (deed.is) await eye.look(deed.is, deed.isKept === true);
    }).catch((error) => eye.found.push(error.message));
  }
  await session.step("send a form twice", async (page) => {
    const token = page.locator("main form [name=form-token]").first();
    const used = await token.inputValue();
    for (let count = 0; count < 2; count += 1) {
      await page.goto(seen.get("trust-anchors/:id"));
      const form = page.locator("main form", { has: page.getByRole("button", { name: "Set tag" }) });
      await form.getByLabel("Tag key", { exact: true }).fill("twice");
      await form.locator("[name=form-token]").evaluate((it, value) => { it.value = value; }, used);
      const [response] = await Promise.all([page.waitForNavigation(), form.getByRole("button", { name: "Set tag" }).click()]);
      if (response.status() !== (count === 0 ? 200 : 403)) throw new Error(`time ${count + 1} is answered by ${response.status()}`);
    }
    await eye.look("a form sent twice");
  });
  session.expectsRefusal = false;
};
