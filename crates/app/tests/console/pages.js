// Looks at every page that links lead to from the first one, at each form that is sent empty, and at what follows the deeds beside this
// file. Returns the pages, what was looked at, what forms were sent to, and what was found.
"use strict";

const { run } = require("./driver.js");
const { signIn } = require("./clicks.js");
const { Eye } = require("./eye.js");
const { PREFIX, kindOf } = require("./kinds.js");
const { deeds } = require("./deeds.js");

/// Pages that a search makes others of.
const SEARCHED = ["certificates?authority"];
const FORMS = "main form[method=post]";
/// What can be emptied.
const TYPED = "input:not([type=hidden], [type=checkbox], [type=radio], [type=file]), textarea";

/// The forms of a page into which something is typed, each by its button that goes on.
const formsOf = (page) => page.locator(FORMS).evaluateAll((forms, typed) => forms.flatMap((form) => {
  const button = form.querySelector("button.primary, button.danger") ?? [...form.querySelectorAll("button")].find((it) => it.checkVisibility());
  return form.querySelector(typed) && button ? [button.getAttribute("aria-label") ?? button.innerText.trim()] : [];
}), TYPED);

/// The kinds of pages that links lead to, each with the URL of one of `given.richest`, else the first of its kind.
async function crawl(session, eye) {
  const { names, richest, url: origin } = session.given;
  const seen = new Map([["", `${origin}${PREFIX}`]]);
  const bytes = {};
  const forms = [];
  const pictured = new Set();
  const been = new Set();
  for (const [kind, url] of seen) {
    been.add(kind);
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
      bytes[kind] = (await response.body()).length;
      // The same page with another search looks much the same, but where there is nothing to see without one.
      const shown = SEARCHED.includes(kind) ? kind : kind.split("?")[0];
      await eye.look(kind, !pictured.has(shown));
      pictured.add(shown);
      const links = await page.evaluate(() => [...document.querySelectorAll("a[href]")].filter((it) => !it.download).map((it) => [it.href, it.innerText.trim()]));
      for (const [href, text] of links) {
        const to = new URL(href);
        to.hash = "";
        if (to.origin !== new URL(origin).origin || !to.pathname.startsWith(PREFIX)) continue;
        const its = kindOf(to, names);
        if (!seen.has(its) || richest.includes(text) && !been.has(its)) seen.set(its, to.href);
      }
      forms.push(...(await formsOf(page)).map((name) => ({ kind, url, name })));
    });
  }
  await session.step("look at a refusal", async (page) => {
    await session.visit("activity?outcome=refused&event=rolesanywhere:CreateSession");
    await page.locator("main tbody").getByRole("link", { name: "CreateSession" }).last().click();
    await page.locator(".steps li.bad").first().waitFor();
    await eye.look("activity/refusal");
  });
  for (const { kind, url, name } of forms) {
    await session.step(`send the empty form of ${kind}: ${name}`, async (page) => {
      await page.goto(url);
      const button = page.getByRole("button", { name, exact: true });
      const form = page.locator(FORMS, { has: button }).first();
      await form.evaluate((it, typed) => {
        it.noValidate = true;
        it.querySelectorAll(typed).forEach((field) => { field.value = ""; });
      }, TYPED);
      session.expectsRefusal = true;
      const [response] = await Promise.all([page.waitForNavigation(), form.locator(button).first().click()]);
      session.expectsRefusal = false;
      if (response.status() >= 500) eye.found.push(`${kind} sent empty (${name}) answers ${response.status()}`);
      await eye.look(`${kind} sent empty (${name})`, false);
    });
  }
  return { seen, bytes };
}

async function lookAt(session, eye, visits) {
  for (const [kind, visit] of Object.entries(visits ?? {})) {
    await session.step(`look at ${kind}`, async () => {
      await session.visit(visit.url, visit.status);
      await eye.look(kind);
    });
  }
}

run(async (session) => {
  const { given } = session;
  const eye = new Eye(session);
  await session.open();
  await lookAt(session, eye, given.signedOut);
  if (given.signedOut) {
    await session.step("sign in with a wrong secret", async (page) => {
      await session.visit("sign-in");
      session.expectsRefusal = true;
      await page.getByLabel("Access key ID").fill(given.key.id);
      await page.getByLabel("Secret access key").fill("wrong");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("alert").waitFor();
      session.expectsRefusal = false;
      await eye.look("sign-in refused");
    });
  }
  await signIn(session);
  const posted = new Set();
  session.page.context().on("request", (request) => {
    if (request.method() === "POST") posted.add(kindOf(new URL(request.url()), given.names));
  });
  const { seen, bytes } = given.crawl ? await crawl(session, eye) : { seen: new Map(), bytes: {} };
  await lookAt(session, eye, given.visits);
  if (given.crawl) await deeds(session, eye, seen);
  return { pages: [...seen.keys()].sort(), looked: [...eye.looked], posted: [...posted].sort(), found: [...new Set(eye.found)], bytes };
});
