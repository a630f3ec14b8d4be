// Signs in and makes a trust anchor with the keyboard alone: Tab, typing, Enter. Where the focus is must be seen at each stop.
"use strict";

const { run } = require("./driver.js");

/// More stops than a page has.
const MOST = 120;

const stop = () => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const label = element.labels?.[0]?.innerText ?? element.getAttribute("aria-label") ?? element.innerText ?? "";
  return {
    name: label.trim(), tag: element.tagName,
    isSeen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.width > 0 && box.top >= -1 && box.left >= -1
      && box.bottom <= window.innerHeight + Math.max(0, box.height - window.innerHeight) + 1,
  };
};

run(async (session) => {
  await session.open();
  const { page, given } = session;
  let stops = 0;
  const tabTo = async (name) => {
    const passed = [];
    for (let count = 0; count < MOST; count += 1) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(stop);
      stops += 1;
      if (at.tag !== "BODY" && !at.isSeen) throw new Error(`nobody sees the focus at ${at.tag} "${at.name}"`);
      if (at.name === name) return;
      passed.push(at.name);
    }
    throw new Error(`Tab doesn't come to "${name}", but to: ${passed.join(" | ")}`);
  };
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
  return { stops };
});
