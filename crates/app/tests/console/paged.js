// Follows "Next page" of each list to its end, and looks at the second page. Returns, for each list, the bytes and the rows of its pages, and
// what was found.
"use strict";

const { run } = require("./driver.js");
const { signIn } = require("./clicks.js");
const { Eye } = require("./eye.js");

run(async (session) => {
  await session.open();
  await signIn(session);
  const eye = new Eye(session);
  const lists = {};
  for (const [list, url] of Object.entries(session.given.lists)) {
    await session.step(`leaf through ${list}`, async (page) => {
      lists[list] = [];
      let response = await session.visit(url);
      for (;;) {
        const rows = await page.locator("main table.rows tbody tr td:first-of-type").allInnerTexts();
        lists[list].push({ bytes: (await response.body()).length, rows });
        if (lists[list].length === 2) await eye.look(`${list}?after`, list === "profiles");
        const next = page.getByRole("link", { name: "Next page" });
        if (await next.count() === 0) break;
        [response] = await Promise.all([page.waitForNavigation(), next.click()]);
      }
    });
  }
  return { lists, found: [...new Set(eye.found)] };
});
