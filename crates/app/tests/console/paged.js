// Follows "Next page" of each area to its end. Returns, for each area, the bytes and the rows of its pages.
"use strict";

const { run } = require("./driver.js");
const { signIn } = require("./clicks.js");

run(async (session) => {
  await session.open();
  await signIn(session);
  const seen = {};
  for (const area of session.given.areas) {
    await session.step(`leaf through ${area}`, async (page) => {
      seen[area] = [];
      let response = await session.visit(area);
      for (;;) {
        const rows = await page.locator("main table.rows tbody tr td:first-of-type").allInnerTexts();
        seen[area].push({ bytes: (await response.body()).length, rows });
        const next = page.getByRole("link", { name: "Next page" });
        if (await next.count() === 0) break;
        [response] = await Promise.all([page.waitForNavigation(), next.click()]);
      }
    });
  }
  return seen;
});
