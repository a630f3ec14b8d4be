// That the driver sees what no page may do. Returns what it noted of each deed.
"use strict";

const { run } = require("./driver.js");

const PAGES = {
  "another origin": `<img src="http://192.0.2.1/x.png" alt="">`,
  "the console": `<script>console.error("broken")</script>`,
  "a script": `<script>setTimeout(() => { throw new Error("thrown") })</script>`,
  "nothing": `<p>All is well</p>`,
};

run(async (session) => {
  const noted = {};
  for (const [name, html] of Object.entries(PAGES)) {
    const page = await session.open();
    await page.setContent(html, { waitUntil: "domcontentloaded" });
    await page.waitForTimeout(200);
    noted[name] = session.faults.splice(0).join("\n");
  }
  const page = await session.open();
  await page.setContent(`<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><input>`);
  noted.axe = await session.axe();
  noted.failed = await session.step("press what is not there", () => page.getByRole("button", { name: "Nowhere" }).click({ timeout: 200 }))
    .catch((error) => error.message);
  session.faults.length = 0;
  return noted;
});
