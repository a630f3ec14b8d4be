// What a person does in the console, by the words on the page: sign in, make a trust anchor, a role and a profile.
"use strict";

/// Signs in with the access key of `given.key`, from wherever the console sends someone who hasn't.
exports.signIn = (session) => session.step("sign in", async (page) => {
  await session.visit("");
  const { id, secret } = session.given.key;
  await page.getByLabel("Access key ID").fill(id);
  await page.getByLabel("Secret access key").fill(secret);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
});

/// The entry of the navigation with this name.
const goTo = async (page, name) => {
  const menu = page.locator(".menu summary");
  if (await menu.isVisible() && !(await page.locator("details.menu").getAttribute("open"))) await menu.click();
  await page.getByRole("navigation", { name: "Console" }).getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { level: 1, name }).waitFor();
};
exports.goTo = goTo;

/// The ARN that the page of one thing shows first.
const shownArn = async (page, service) => {
  const arn = await page.locator(".arn code").first().innerText();
  if (!arn.startsWith(`arn:aws:${service}:`)) throw new Error(`the page shows ${arn} first, not an ARN of ${service}`);
  return arn;
};

/// Pastes `pem` and looks at what would be trusted, where `subject` must stand, before saving. Returns the ARN.
exports.createTrustAnchor = async (session, { name, pem, subject }) => {
  await session.step("open the form of a trust anchor", async (page) => {
    await goTo(page, "Trust anchors");
    await page.getByRole("link", { name: "Create a trust anchor" }).first().click();
  });
  await session.step("look at the pasted certificate", async (page) => {
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("CA certificates, PEM").fill(pem);
    await page.getByRole("button", { name: "Look at the certificates" }).click();
    await page.getByRole("heading", { name: "What would be trusted" }).waitFor();
    await page.locator("#review").getByText(subject).first().waitFor();
    await page.locator("#review").getByText("SHA-256 fingerprint").first().waitFor();
  });
  return session.step("save the trust anchor", async (page) => {
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
    return shownArn(page, "rolesanywhere");
  });
};

/// A role by the trust policy editor: form fields write the JSON. `fields` are labels of the editor with what to type.
exports.createRole = async (session, { name, anchor, fields, managed }) => {
  await session.step("open the form of a role", async (page) => {
    await goTo(page, "Roles");
    await page.getByRole("link", { name: "Create a role" }).first().click();
  });
  const policy = await session.step("write the trust policy by its fields", async (page) => {
    await page.getByLabel("Name", { exact: true }).fill(name);
    if (anchor) await page.getByLabel("Trust anchor", { exact: true }).selectOption(anchor);
    for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
    await page.getByRole("button", { name: "Write the JSON from the fields" }).click();
    await page.getByRole("heading", { level: 1 }).waitFor();
    const policy = await page.getByLabel("Trust policy (JSON)").inputValue();
    for (const value of [anchor, ...Object.values(fields)].filter(Boolean)) {
      if (!policy.includes(JSON.stringify(value))) throw new Error(`${value} is not in the JSON:\n${policy}`);
    }
    return policy;
  });
  const arn = await session.step("create the role", async (page) => {
    await page.getByLabel("Managed policy", { exact: true }).fill(managed);
    await page.getByRole("button", { name: "Create the role" }).click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
    await page.getByText("Let in", { exact: true }).first().waitFor();
    return shownArn(page, "iam");
  });
  return { arn, policy: JSON.parse(policy) };
};

/// A profile that picks the role from those that the page offers.
exports.createProfile = async (session, { name, role }) => {
  await session.step("open the form of a profile", async (page) => {
    await goTo(page, "Profiles");
    await page.getByRole("link", { name: "Create a profile" }).first().click();
  });
  return session.step("create the profile with the role", async (page) => {
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByRole("checkbox", { name: role }).check();
    await page.getByRole("button", { name: /^(Save|Create the profile)$/ }).click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
    return shownArn(page, "rolesanywhere");
  });
};
