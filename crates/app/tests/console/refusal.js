// Reads in Activity why a certificate was refused: the list of refusals, then the last one opened. Returns what both say.
"use strict";

const { run } = require("./driver.js");
const clicks = require("./clicks.js");

run(async (session) => {
  await session.open();
  await clicks.signIn(session);
  const list = await session.step("list the refusals", async (page) => {
    await clicks.goTo(page, "Activity");
    await page.getByLabel("Outcome").selectOption("refused");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.getByText("CreateSession").first().waitFor();
    return page.locator("main").innerText();
  });
  const opened = await session.step("open the refusal", async (page) => {
    await page.locator("main").getByRole("link", { name: /CreateSession/ }).first().click();
    await page.locator(".steps li.bad").first().waitFor();
    return { text: await page.locator("main").innerText(), failed: await page.locator(".steps li.bad").first().innerText() };
  });
  return { list, ...opened };
});
