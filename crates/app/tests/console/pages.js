// Looks at every page that links lead to from the first one, and at each form that is sent empty: axe in light and dark, layout at
// 360 and 1280 px, a screenshot of each where `given.screenshots` names a folder. Returns the pages and what was found.
"use strict";

const fs = require("fs");
const path = require("path");
const { run } = require("./driver.js");
const { signIn } = require("./clicks.js");
const layout = require("./layout.js");

const PREFIX = "/-/console/";
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 360, height: 740 };
/// What is kept of a long page, in pixels.
const HIGHEST = 1500;
/// Pages below these lead to one page for each thing of the filling; one of them is enough.
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/// What all URLs to the same kind of page have in common: `trust-anchors/:id/edit`. The names of things are `given.names`.
function kindOf(url, names) {
  const parts = decodeURIComponent(url.pathname.slice(PREFIX.length)).replace(/arn:[^?#]*/g, ":arn").replace(UUID, ":id");
  const segments = parts.split("/").map((it) => (names.includes(it) ? ":name" : /^(?=.*\d)[\w-]{12,}$/.test(it) ? ":key" : it));
  const query = [...new Set(url.searchParams.keys())].sort().join("&");
  return segments.join("/") + (query ? `?${query}` : "");
}

function fileOf(kind) {
  return kind.replace(/:/g, "").replace(/[^\w-]+/g, "-").replace(/^-|-$/g, "") || "home";
}

class Eye {
  constructor(session) {
    this.session = session;
    this.found = [];
    this.bytes = {};
    this.kept = new Set();
  }

  /// Looks at the page as it stands.
  async look(kind) {
    const { page, given } = this.session;
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await page.evaluate(() => document.querySelectorAll("main details").forEach((it) => { it.open = true; }));
    for (const [size, scheme] of [[WIDE, "light"], [NARROW, "light"], [WIDE, "dark"]]) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      const note = (line) => this.found.push(`${kind} at ${size.width} px in ${scheme}: ${line}`);
      (await this.session.axe()).forEach(note);
      (await page.evaluate(layout.tooWide)).forEach(note);
      (await page.evaluate(layout.misplaced)).forEach(note);
      if (given.screenshots && (scheme === "light" || given.dark.includes(kind))) await this.keep(kind, size, scheme);
    }
    await page.setViewportSize(WIDE);
  }

  /// One picture of each page: the same with another search, or with what a form lacks, looks much the same.
  async keep(kind, size, scheme) {
    const [page, search] = kind.split("?");
    if (search && this.kept.has(page) || kind !== "sign-in refused" && kind.endsWith(" refused")) return;
    if (this.session.given.pictured && !this.session.given.pictured.includes(kind)) return;
    this.kept.add(kind);
    const name = `${this.session.given.prefix}${fileOf(kind)}-${size.width}${scheme === "dark" ? "-dark" : ""}.webp`;
    const whole = await this.session.page.evaluate(() => document.documentElement.scrollHeight);
    const clip = { x: 0, y: 0, width: size.width, height: Math.min(whole, HIGHEST) };
    const png = await this.session.page.screenshot({ fullPage: true, clip, animations: "disabled", caret: "hide" });
    fs.writeFileSync(path.join(this.session.given.screenshots, name), await this.session.webp(png));
    if (this.session.given.png) fs.writeFileSync(path.join(this.session.given.png, name.replace("webp", "png")), png);
  }
}

async function crawl(session, eye) {
  const { names, url: origin } = session.given;
  const seen = new Map([["", `${origin}${PREFIX}`]]);
  const forms = [];
  for (const [kind, url] of seen) {
    await session.step(`look at ${kind || "home"}`, async (page) => {
      session.expectsRefusal = true;
      const response = await page.goto(url).catch((error) => {
        if (/Download is starting/.test(error.message)) return null;
        throw error;
      });
      session.expectsRefusal = false;
      if (response === null) return;
      if (response.status() !== 200) {
        eye.found.push(`${url} answers ${response.status()}`);
        return;
      }
      eye.bytes[kind] = (await response.body()).length;
      await eye.look(kind);
      for (const link of await page.evaluate(() => [...document.querySelectorAll("a[href]")].filter((it) => !it.download).map((it) => it.href))) {
        const to = new URL(link);
        to.hash = "";
        if (to.origin !== new URL(origin).origin || !to.pathname.startsWith(PREFIX)) continue;
        const its = kindOf(to, names);
        if (!seen.has(its)) seen.set(its, to.href);
      }
      if (await page.locator("main form[method=post] button.primary").count() > 0) forms.push([kind, url]);
    });
  }
  await session.step("look at a refusal", async (page) => {
    await session.visit("activity?outcome=refused&event=rolesanywhere:CreateSession");
    await page.locator("main tbody").getByRole("link", { name: "CreateSession" }).last().click();
    await page.locator(".steps li.bad").first().waitFor();
    await eye.look("activity/refusal");
  });
  for (const [kind, url] of forms) {
    await session.step(`send the empty form of ${kind}`, async (page) => {
      await page.goto(url);
      await page.evaluate(() => {
        const form = document.querySelector("main form[method=post]:has(button.primary)");
        form.noValidate = true;
        form.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio]), textarea").forEach((it) => { it.value = ""; });
      });
      session.expectsRefusal = true;
      await Promise.all([page.waitForNavigation(), page.locator("main form[method=post] button.primary").first().click()]);
      session.expectsRefusal = false;
      await eye.look(`${kind} refused`);
    });
  }
  return [...seen.keys()];
}

run(async (session) => {
  const eye = new Eye(session);
  await session.open();
  for (const [kind, visit] of Object.entries(session.given.signedOut ?? {})) {
    await session.step(`look at ${kind}`, async () => {
      await session.visit(visit.url, visit.status);
      await eye.look(kind);
    });
  }
  if (session.given.signedOut) {
    await session.step("sign in with a wrong secret", async (page) => {
      await session.visit("sign-in");
      session.expectsRefusal = true;
      await page.getByLabel("Access key ID").fill(session.given.key.id);
      await page.getByLabel("Secret access key").fill("wrong");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("alert").waitFor();
      session.expectsRefusal = false;
      await eye.look("sign-in refused");
    });
  }
  await signIn(session);
  const pages = session.given.crawl ? await crawl(session, eye) : [];
  for (const [kind, visit] of Object.entries(session.given.visits ?? {})) {
    await session.step(`look at ${kind}`, async () => {
      await session.visit(visit.url, visit.status);
      await eye.look(kind);
    });
  }
  return { pages: pages.sort(), found: [...new Set(eye.found)], bytes: eye.bytes };
});
