// Signs in and makes a trust anchor, a role and a profile with the keyboard alone: Tab, Space, typing, Enter. Where the focus is must be seen at
// each stop, and Enter in a field loses nothing of what was typed.
"use strict";

const { run } = require("./driver.js");

/// More stops than a page has.
const MOST = 120;

const stop = () => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const label = element.labels?.[0]?.innerText ?? element.getAttribute("aria-label") ?? element.innerText ?? "";
  const shown = Math.min(box.bottom, window.innerHeight) - Math.max(box.top, 0);
  // Of a text area the browser shows where the caret is, which may leave an end of it outside.
  const enough = Math.min(box.height, window.innerHeight) * (element.tagName === "TEXTAREA" ? 0.5 : 1) - 1;
  return {
    name: label.trim(), tag: element.tagName,
    isSeen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.left >= -1 && shown >= enough,
  };
};

run(async (session) => {
  await session.open();
  const { page, given } = session;
  let stops = 0;
  const tabTo = async (name, key = "Tab") => {
    const passed = [];
    for (let count = 0; count < MOST; count += 1) {
      await page.keyboard.press(key);
      const at = await page.evaluate(stop);
      stops += 1;
      if (at.tag !== "BODY" && !at.isSeen) throw new Error(`nobody sees the focus at ${at.tag} "${at.name}"`);
      if (at.name === name) return;
      passed.push(at.name);
    }
    throw new Error(`${key} doesn't come to "${name}", but to: ${passed.join(" | ")}`);
  };
  const tabBackTo = (name) => tabTo(name, "Shift+Tab");
  const press = async (name) => {
    await tabTo(name);
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  };
  const type = async (name, text) => {
    await tabTo(name);
    await page.keyboard.insertText(text);
  };
  await session.step("sign in by keyboard", async () => {
    await session.visit("");
    await type("Access key ID", given.key.id);
    await type("Secret access key", given.key.secret);
    await press("Sign in");
    await page.getByRole("button", { name: "Sign out" }).waitFor();
  });
  await session.step("skip to the content by keyboard", async () => {
    await tabTo("Skip to the content");
    await page.keyboard.press("Enter");
    if (!await page.evaluate(() => document.activeElement.id === "content")) throw new Error("the focus is not in the content");
  });
  await session.step("open the form by keyboard", async () => {
    await page.reload();
    await press("Trust anchors");
    await press("Create a trust anchor");
  });
  await session.step("make a trust anchor by keyboard", async () => {
    await type("Name", "by-keyboard");
    await type("CA certificates, PEM", given.pem);
    await press("Look at the certificates");
    await press("Save");
    await page.getByRole("heading", { level: 1, name: "by-keyboard" }).waitFor();
  });
  await session.step("write a trust policy by keyboard, and change it by hand", async () => {
    await press("Roles");
    await press("Create a role");
    await type("Name", "by-keyboard");
    await type("Organizational unit (OU)", "Operations");
    await press("Write the JSON from the fields");
    const policy = page.getByLabel("Trust policy (JSON)");
    const written = await policy.inputValue();
    if (!written.includes('"Operations"')) throw new Error(`the unit is not in the JSON:\n${written}`);
    await tabTo("Trust policy (JSON)");
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText(written.replace('"Effect"', '"Sid": "ByHand",\n      "Effect"'));
    await tabBackTo("Name");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    const kept = await policy.inputValue();
    if (!kept.includes('"ByHand"')) throw new Error(`Enter in a field has thrown away what was changed by hand:\n${kept}`);
  });
  await session.step("make the role by keyboard", async () => {
    await press("Create the role");
    await page.getByRole("heading", { level: 1, name: "by-keyboard" }).waitFor();
    await page.getByText("ByHand").first().waitFor();
  });
  await session.step("make a profile by keyboard", async () => {
    await press("Profiles");
    await press("Create a profile");
    await type("Name", "by-keyboard");
    await tabTo("by-keyboard");
    await page.keyboard.press("Space");
    if (!await page.getByRole("checkbox", { name: "by-keyboard" }).isChecked()) throw new Error("Space doesn't pick the role");
    await tabBackTo("Name");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    const isPicked = await page.getByRole("checkbox", { name: "by-keyboard" }).isChecked();
    const name = await page.getByLabel("Name", { exact: true }).inputValue();
    if (!isPicked || name !== "by-keyboard") throw new Error(`Enter in a field has left the name "${name}", the role picked: ${isPicked}`);
    await press("Save");
    await page.getByRole("heading", { level: 1, name: "by-keyboard" }).waitFor();
    await page.getByRole("link", { name: "by-keyboard" }).first().waitFor();
  });
  return { stops };
});
